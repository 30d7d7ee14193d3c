#include "normalize_device.h"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "annotations.h"
#include "ir_externs.h"
#include "library_functions.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "ptx_assembly.h"
#include "variadic_functions.h"

namespace opensupa::cc {
namespace {

constexpr char kClusterAnnotation[] = "supa.cluster_dims";

/// A function that clang's NVPTX target writes, the extern that stands for it, and the constants
/// that come before and after the call's own arguments.
struct Replacement {
  std::string_view from;
  std::string_view to;
  std::vector<uint32_t> first_arguments = {};
  std::vector<uint32_t> last_arguments = {};
};

const std::vector<Replacement>& Replacements() {
  static const auto* const kReplacements = new std::vector<Replacement>{
      {"vprintf", "__su_vprintf"},
      {"llvm.trap", "__su_trap"},
      {"llvm.debugtrap", "__su_trap"},
      {"llvm.nvvm.barrier0", "__su_barrier", {0, 0, 0}},
      {"llvm.nvvm.barrier0.popc", "__su_barrier", {0, 1}},
      {"llvm.nvvm.barrier0.and", "__su_barrier", {0, 2}},
      {"llvm.nvvm.barrier0.or", "__su_barrier", {0, 3}},
      {"llvm.nvvm.barrier.n", "__su_named_barrier", {}, {0, 0}},
      {"llvm.nvvm.bar.sync", "__su_named_barrier", {}, {0, 0}},
      {"llvm.nvvm.barrier.sync", "__su_named_barrier", {}, {0, 0}},
      {"llvm.nvvm.barrier.cluster.arrive", "__su_cluster_barrier", {1}},
      {"llvm.nvvm.barrier.cluster.arrive.aligned", "__su_cluster_barrier", {1}},
      {"llvm.nvvm.barrier.cluster.arrive.relaxed", "__su_cluster_barrier", {1}},
      {"llvm.nvvm.barrier.cluster.arrive.relaxed.aligned", "__su_cluster_barrier", {1}},
      {"llvm.nvvm.barrier.cluster.wait", "__su_cluster_barrier", {2}},
      {"llvm.nvvm.barrier.cluster.wait.aligned", "__su_cluster_barrier", {2}},
      {"llvm.nvvm.mapa", "__su_cluster_map_shared"},
      {"llvm.nvvm.read.ptx.sreg.tid.x", "__su_tid_x"},
      {"llvm.nvvm.read.ptx.sreg.tid.y", "__su_tid_y"},
      {"llvm.nvvm.read.ptx.sreg.tid.z", "__su_tid_z"},
      {"llvm.nvvm.read.ptx.sreg.ntid.x", "__su_ntid_x"},
      {"llvm.nvvm.read.ptx.sreg.ntid.y", "__su_ntid_y"},
      {"llvm.nvvm.read.ptx.sreg.ntid.z", "__su_ntid_z"},
      {"llvm.nvvm.read.ptx.sreg.ctaid.x", "__su_ctaid_x"},
      {"llvm.nvvm.read.ptx.sreg.ctaid.y", "__su_ctaid_y"},
      {"llvm.nvvm.read.ptx.sreg.ctaid.z", "__su_ctaid_z"},
      {"llvm.nvvm.read.ptx.sreg.nctaid.x", "__su_nctaid_x"},
      {"llvm.nvvm.read.ptx.sreg.nctaid.y", "__su_nctaid_y"},
      {"llvm.nvvm.read.ptx.sreg.nctaid.z", "__su_nctaid_z"},
      {"llvm.nvvm.read.ptx.sreg.clusterid.x", "__su_clusterid_x"},
      {"llvm.nvvm.read.ptx.sreg.clusterid.y", "__su_clusterid_y"},
      {"llvm.nvvm.read.ptx.sreg.clusterid.z", "__su_clusterid_z"},
      {"llvm.nvvm.read.ptx.sreg.nclusterid.x", "__su_nclusterid_x"},
      {"llvm.nvvm.read.ptx.sreg.nclusterid.y", "__su_nclusterid_y"},
      {"llvm.nvvm.read.ptx.sreg.nclusterid.z", "__su_nclusterid_z"},
      {"llvm.nvvm.read.ptx.sreg.cluster.ctaid.x", "__su_cluster_ctaid_x"},
      {"llvm.nvvm.read.ptx.sreg.cluster.ctaid.y", "__su_cluster_ctaid_y"},
      {"llvm.nvvm.read.ptx.sreg.cluster.ctaid.z", "__su_cluster_ctaid_z"},
      {"llvm.nvvm.read.ptx.sreg.cluster.nctaid.x", "__su_cluster_nctaid_x"},
      {"llvm.nvvm.read.ptx.sreg.cluster.nctaid.y", "__su_cluster_nctaid_y"},
      {"llvm.nvvm.read.ptx.sreg.cluster.nctaid.z", "__su_cluster_nctaid_z"},
      {"llvm.nvvm.read.ptx.sreg.laneid", "__su_laneid"},
      {"llvm.nvvm.read.ptx.sreg.clock64", "__su_clock64"},
      {"llvm.nvvm.read.ptx.sreg.globaltimer", "__su_globaltimer"},
  };
  return *kReplacements;
}

/// Math functions that reach the IR without the headers: builtins that clang knows by name, as
/// intrinsics or as calls of the C library.
class MathNames {
 public:
  MathNames() {
    for (const std::string name :
         {"acos",      "acosh",  "asin", "asinh", "atan",  "atan2", "atanh", "cbrt",      "cos",
          "cosh",      "erf",    "erfc", "exp",   "exp10", "exp2",  "expm1", "fmod",      "hypot",
          "ldexp",     "lgamma", "log",  "log10", "log1p", "log2",  "logb",  "nextafter", "pow",
          "remainder", "sin",    "sinh", "tan",   "tanh",  "tgamma"}) {
      Add(name + "f", "__su_" + name + "_f32");
      Add(name, "__su_" + name + "_f64");
    }
    for (const std::string name :
         {"cos", "exp", "exp10", "exp2", "log", "log10", "log2", "pow", "sin", "tan"}) {
      Add("llvm." + name + ".f32", "__su_" + name + "_f32");
      Add("llvm." + name + ".f64", "__su_" + name + "_f64");
    }
    for (const std::string name : {"ldexp", "powi"}) {
      Add("llvm." + name + ".f32.i32", "__su_" + name + "_f32");
      Add("llvm." + name + ".f64.i32", "__su_" + name + "_f64");
    }
  }

  const std::vector<Replacement>& replacements() const { return replacements_; }

 private:
  void Add(const std::string& from, const std::string& to) {
    const std::string& kept_from = names_.emplace_back(from);
    const std::string& kept_to = names_.emplace_back(to);
    replacements_.push_back({kept_from, kept_to});
  }

  std::deque<std::string> names_;  // whose elements never move
  std::vector<Replacement> replacements_;
};

const std::vector<Replacement>& MathReplacements() {
  static const auto* const kNames = new MathNames();
  return kNames->replacements();
}

/// True if `type` can be called with the added arguments around those of `from`, for its result.
bool TakesArgumentsOf(const llvm::FunctionType& type, const Replacement& replacement,
                      const llvm::Function& from) {
  const size_t before = replacement.first_arguments.size();
  const size_t added = before + replacement.last_arguments.size();
  const bool same_result =
      from.getReturnType()->isVoidTy() || from.getReturnType() == type.getReturnType();
  if (!same_result || type.getNumParams() != from.arg_size() + added) return false;
  for (size_t i = 0; i < from.arg_size(); ++i) {
    if (from.getArg(i)->getType() != type.getParamType(before + i)) return false;
  }
  return true;
}

void ReplaceFunction(llvm::Module& module, const Replacement& replacement) {
  llvm::Function* from = module.getFunction(replacement.from);
  if (from == nullptr || !from->isDeclaration()) return;
  llvm::FunctionCallee to = DeclareExtern(module, replacement.to);
  if (!TakesArgumentsOf(*to.getFunctionType(), replacement, *from)) return;
  for (llvm::User* user : llvm::make_early_inc_range(from->users())) {
    auto* call = llvm::dyn_cast<llvm::CallInst>(user);
    if (call == nullptr || call->getCalledOperand() != from) continue;
    llvm::IRBuilder<> builder(call);
    std::vector<llvm::Value*> arguments;
    for (const uint32_t value : replacement.first_arguments) {
      arguments.push_back(builder.getInt32(value));
    }
    arguments.insert(arguments.end(), call->arg_begin(), call->arg_end());
    for (const uint32_t value : replacement.last_arguments) {
      arguments.push_back(builder.getInt32(value));
    }
    llvm::CallInst* result = builder.CreateCall(to, arguments);
    if (!call->getType()->isVoidTy()) call->replaceAllUsesWith(result);
    call->eraseFromParent();
  }
  if (from->use_empty()) from->eraseFromParent();
}

/// barrier(id, threads), whose arguments the extern takes apart.
void ReplaceCountedBarrier(llvm::Module& module, llvm::StringRef name) {
  llvm::Function* from = module.getFunction(name);
  if (from == nullptr || from->arg_size() != 2) return;
  for (llvm::User* user : llvm::make_early_inc_range(from->users())) {
    auto* call = llvm::cast<llvm::CallInst>(user);
    llvm::IRBuilder<> builder(call);
    builder.CreateCall(DeclareExtern(module, "__su_named_barrier"),
                       {call->getArgOperand(0), builder.getInt32(0), call->getArgOperand(1)});
    call->eraseFromParent();
  }
  from->eraseFromParent();
}

/// threadIdx and its like are objects without content, of which a program may take the address.
void DefineBuiltinVariables(llvm::Module& module) {
  for (const char* name : {"threadIdx", "blockIdx", "blockDim", "gridDim"}) {
    llvm::GlobalVariable* variable = module.getNamedGlobal(name);
    if (variable == nullptr || !variable->isDeclaration()) continue;
    variable->setInitializer(llvm::Constant::getNullValue(variable->getValueType()));
    variable->setLinkage(llvm::GlobalValue::InternalLinkage);
    variable->setConstant(true);
  }
}

/// A virtual table has these where no function may be called; the call ends the kernel.
void DefinePureVirtual(llvm::Module& module) {
  for (const char* name : {"__cxa_pure_virtual", "__cxa_deleted_virtual"}) {
    llvm::Function* function = module.getFunction(name);
    if (function == nullptr || !function->isDeclaration()) continue;
    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(module.getContext(), "", function));
    builder.CreateCall(DeclareExtern(module, "__su_trap"));
    builder.CreateUnreachable();
    function->setLinkage(llvm::GlobalValue::InternalLinkage);
  }
}

/// With -fgpu-rdc clang renames a static variable that host code uses, but not in functions that it
/// wrote before it saw that use: these mean an undefined variable of the plain name.
void JoinRenamedStatics(llvm::Module& module) {
  for (llvm::GlobalVariable& variable : module.globals()) {
    const size_t suffix = variable.getName().find("__static__");
    if (variable.isDeclaration() || suffix == llvm::StringRef::npos) continue;
    llvm::GlobalVariable* plain =
        module.getGlobalVariable(variable.getName().take_front(suffix), /*AllowInternal=*/true);
    if (plain == nullptr || !plain->isDeclaration() || plain->getType() != variable.getType()) {
      continue;
    }
    plain->replaceAllUsesWith(&variable);
  }
}

/// __cluster_dims__ as LLVM writes it for kernels; missing numbers are 1.
void KeepClusterSize(llvm::Module& module, llvm::Metadata& kernel,
                     const std::vector<uint64_t>& blocks) {
  llvm::LLVMContext& context = module.getContext();
  llvm::Type* word = llvm::Type::getInt32Ty(context);
  std::vector<llvm::Metadata*> entry = {&kernel};
  for (size_t i = 0; i < std::size(kClusterKeys); ++i) {
    entry.push_back(llvm::MDString::get(context, kClusterKeys[i]));
    entry.push_back(llvm::ConstantAsMetadata::get(
        llvm::ConstantInt::get(word, i < blocks.size() ? blocks[i] : 1)));
  }
  module.getOrInsertNamedMetadata("nvvm.annotations")
      ->addOperand(llvm::MDNode::get(context, entry));
}

void EraseGlobal(llvm::Module& module, const char* name) {
  if (llvm::GlobalVariable* variable = module.getNamedGlobal(name)) variable->eraseFromParent();
}

}  // namespace

void ReplaceTargetCode(llvm::Module& module) {
  for (const char* name : {"llvm.nvvm.barrier", "llvm.nvvm.barrier.sync.cnt"}) {
    ReplaceCountedBarrier(module, name);
  }
  DefineBuiltinVariables(module);
  JoinRenamedStatics(module);
  DefinePureVirtual(module);
  DefineLibraryFunctions(module);
  DropUnusedVariableArguments(module);
  for (const Replacement& replacement : Replacements()) ReplaceFunction(module, replacement);
  for (const Replacement& replacement : MathReplacements()) ReplaceFunction(module, replacement);
  for (llvm::Function& function : module) {
    for (llvm::Instruction& instruction :
         llvm::make_early_inc_range(llvm::instructions(function))) {
      auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
      if (call != nullptr && call->isInlineAsm()) ReplacePtxAssembly(*call);
    }
  }
}

void ReplaceAnnotations(llvm::Module& module) {
  for (const Annotation& annotation : ReadAnnotations(module)) {
    auto* target = llvm::ValueAsMetadata::get(annotation.target);
    if (annotation.name == kManagedMetadata) {
      module.getOrInsertNamedMetadata(kManagedMetadata)
          ->addOperand(llvm::MDNode::get(module.getContext(), {target}));
    } else if (annotation.name == kClusterAnnotation) {
      KeepClusterSize(module, *target, annotation.numbers);
    }
  }
  for (const char* name : {"llvm.global.annotations", "llvm.compiler.used", "llvm.used"}) {
    EraseGlobal(module, name);
  }
}

}  // namespace opensupa::cc
