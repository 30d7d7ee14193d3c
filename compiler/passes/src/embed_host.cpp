#include "opensupa/passes/embed_host.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstrTypes.h"
#include "opensupa/binary/fat_binary.h"

namespace opensupa::cc {
namespace {

constexpr uint32_t kCudaMagic = 0x466243b1;
constexpr uint64_t kFatBinaryAlignmentBytes = 1u << 16;
constexpr char kLinkedRegistration[] = "__cudaRegisterLinkedBinary";

/// Functions that keep their parameters and change their name only.
constexpr std::pair<const char*, const char*> kRenamed[] = {
    {"__cudaPushCallConfiguration", "__supaPushCallConfiguration"},
    {"__cudaPopCallConfiguration", "__supaPopCallConfiguration"},
    {"__cudaRegisterFatBinary", "__supaRegisterFatBinary"},
    {"__cudaRegisterFatBinaryEnd", "__supaRegisterFatBinaryEnd"},
    {"__cudaUnregisterFatBinary", "__supaUnregisterFatBinary"},
    {"__cudaRegisterFunction", "__supaRegisterFunction"},
    {"__cudaRegisterVar", "__supaRegisterVar"},
    {"__cudaRegisterManagedVar", "__supaRegisterManagedVar"},
    {"__cudaRegisterSurface", "__supaRegisterSurface"},
    {"__cudaRegisterTexture", "__supaRegisterTexture"},
    {"cudaLaunchKernel", "supaLaunchKernel"},
    {"cudaLaunchKernel_ptsz", "supaLaunchKernel_ptsz"}};

absl::Status Unexpected(const char* what) {
  return absl::InvalidArgumentError(absl::StrCat(
      "The host module does not have the registration that clang 19 writes: ", what, "."));
}

/// Gives `function` the name `to`, or sends its uses to the function that has it already. A
/// function with a body is the program's own and stays.
void Rename(llvm::Module& module, const char* from, const char* to) {
  llvm::Function* function = module.getFunction(from);
  if (function == nullptr || !function->isDeclaration()) return;
  if (function->use_empty()) {
    function->eraseFromParent();
    return;
  }
  llvm::GlobalValue* existing = module.getNamedValue(to);
  if (existing == nullptr) {
    function->setName(to);
    return;
  }
  function->replaceAllUsesWith(existing);
  function->eraseFromParent();
}

/// The registration of one host module.
class Embedder {
 public:
  explicit Embedder(llvm::Module& module)
      : module_(module), pointer_(llvm::PointerType::get(module.getContext(), 0)) {}

  absl::Status Run() {
    if (absl::Status status = CheckManagedVariables(); !status.ok()) return status;
    wrapper_ = module_.getNamedGlobal("__cuda_fatbin_wrapper");
    if (wrapper_ != nullptr) {
      if (absl::Status status = RewriteWrapper(); !status.ok()) return status;
      if (absl::Status status = RewriteConstructor(); !status.ok()) return status;
    }
    for (const auto& [from, to] : kRenamed) Rename(module_, from, to);
    return absl::OkStatus();
  }

 private:
  /// The fat binary gets its own section, and the wrapper SUPA's magic and version.
  absl::Status RewriteWrapper() {
    const auto* old = llvm::dyn_cast<llvm::ConstantStruct>(wrapper_->getInitializer());
    if (old == nullptr || old->getNumOperands() != 4) return Unexpected("its wrapper is no struct");
    const auto* magic = llvm::dyn_cast<llvm::ConstantInt>(old->getOperand(0));
    if (magic == nullptr || magic->getZExtValue() != kCudaMagic) {
      return Unexpected("its wrapper has another magic number");
    }
    auto* fat_binary =
        llvm::dyn_cast<llvm::GlobalVariable>(old->getOperand(2)->stripPointerCasts());
    if (fat_binary == nullptr) {
      return Unexpected("it holds no fat binary (compile with -fcuda-include-gpubinary)");
    }
    fat_binary->setLinkage(llvm::GlobalValue::InternalLinkage);
    fat_binary->setName("__supa_fatbin");
    fat_binary->setSection(".supa_fatbin");
    fat_binary->setAlignment(llvm::Align(kFatBinaryAlignmentBytes));

    auto* word = llvm::Type::getInt32Ty(module_.getContext());
    wrapper_->setInitializer(
        llvm::ConstantStruct::get(llvm::cast<llvm::StructType>(old->getType()),
                                  {llvm::ConstantInt::get(word, binary::kWrapperMagic),
                                   llvm::ConstantInt::get(word, binary::kWrapperVersion),
                                   fat_binary, llvm::ConstantPointerNull::get(pointer_)}));
    wrapper_->setName("__supa_fatbin_wrapper");
    wrapper_->setSection(".supaFatBinSegment");
    return absl::OkStatus();
  }

  absl::Status RewriteConstructor() {
    llvm::Function* constructor = module_.getFunction("__cuda_module_ctor");
    if (constructor == nullptr || constructor->isDeclaration()) {
      return Unexpected("it has no constructor");
    }
    constructor->setName("__supa_module_ctor");
    llvm::Function* registration = module_.getFunction("__cuda_register_globals");
    if (registration != nullptr) registration->setName("__supa_register_globals");
    llvm::CallInst* linked = FindLinkedRegistration(*constructor);
    if (linked != nullptr) return RewriteLinked(*constructor, *linked);

    llvm::GlobalVariable* handle = module_.getNamedGlobal("__cuda_gpubin_handle");
    llvm::Function* destructor = module_.getFunction("__cuda_module_dtor");
    if (handle == nullptr || destructor == nullptr) {
      return Unexpected("it has no handle or no destructor");
    }
    handle->setName("__supa_gpubin_handle");
    destructor->setName("__supa_module_dtor");
    return absl::OkStatus();
  }

  /// The one call that clang's constructor makes with -fgpu-rdc, or null.
  static llvm::CallInst* FindLinkedRegistration(llvm::Function& constructor) {
    for (llvm::Instruction& instruction : constructor.getEntryBlock()) {
      auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
      if (call == nullptr || call->getCalledFunction() == nullptr) continue;
      if (call->getCalledFunction()->getName().starts_with(kLinkedRegistration)) return call;
    }
    return nullptr;
  }

  /// -fgpu-rdc: clang leaves the registration to a linker step. Here each object registers itself
  /// and the runtime links the images of one shared object.
  absl::Status RewriteLinked(llvm::Function& constructor, llvm::CallInst& linked) {
    if (linked.arg_size() != 4) return Unexpected("its call for a linked binary is another one");
    llvm::Value* registration = linked.getArgOperand(0);
    auto* module_id =
        llvm::dyn_cast<llvm::GlobalVariable>(linked.getArgOperand(2)->stripPointerCasts());
    auto* callback = llvm::dyn_cast<llvm::Function>(linked.getArgOperand(3)->stripPointerCasts());
    llvm::Function* linker = linked.getCalledFunction();
    auto* handle = new llvm::GlobalVariable(
        module_, pointer_, /*isConstant=*/false, llvm::GlobalValue::InternalLinkage,
        llvm::ConstantPointerNull::get(pointer_), "__supa_gpubin_handle");
    handle->setAlignment(llvm::Align(8));

    auto* nothing = llvm::Type::getVoidTy(module_.getContext());
    llvm::IRBuilder<> builder(&linked);
    llvm::Value* registered = builder.CreateCall(
        module_.getOrInsertFunction("__supaRegisterFatBinary", pointer_, pointer_), {wrapper_});
    builder.CreateStore(registered, handle);
    if (llvm::isa<llvm::Function>(registration)) {
      auto* type = llvm::FunctionType::get(nothing, {pointer_}, false);
      builder.CreateCall(type, registration, {registered});
    }
    builder.CreateCall(module_.getOrInsertFunction("__supaRegisterFatBinaryEnd", nothing, pointer_),
                       {registered});
    builder.CreateCall(module_.getOrInsertFunction("atexit", builder.getInt32Ty(), pointer_),
                       {MakeDestructor(*handle, constructor)});

    linked.eraseFromParent();
    if (linker->use_empty()) linker->eraseFromParent();
    EraseAliases();
    if (module_id != nullptr && module_id->use_empty()) module_id->eraseFromParent();
    if (callback != nullptr && callback->use_empty()) callback->eraseFromParent();
    return absl::OkStatus();
  }

  llvm::Function* MakeDestructor(llvm::GlobalVariable& handle, const llvm::Function& constructor) {
    auto* nothing = llvm::Type::getVoidTy(module_.getContext());
    auto* destructor =
        llvm::Function::Create(llvm::FunctionType::get(nothing, false),
                               llvm::GlobalValue::InternalLinkage, "__supa_module_dtor", module_);
    destructor->copyAttributesFrom(&constructor);
    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(module_.getContext(), "entry", destructor));
    builder.CreateCall(module_.getOrInsertFunction("__supaUnregisterFatBinary", nothing, pointer_),
                       {builder.CreateLoad(pointer_, &handle)});
    builder.CreateRetVoid();
    return destructor;
  }

  /// Names for the wrapper that only a device linker would look for; they are global, so two
  /// objects of the same source would clash.
  void EraseAliases() {
    for (llvm::GlobalAlias& alias : llvm::make_early_inc_range(module_.aliases())) {
      if (!alias.getName().starts_with("__fatbinwrap")) continue;
      alias.replaceAllUsesWith(alias.getAliasee());
      alias.eraseFromParent();
    }
  }

  /// Host code would read and write the shadow of a managed variable, not the variable.
  absl::Status CheckManagedVariables() {
    const llvm::GlobalVariable* list = module_.getNamedGlobal("llvm.global.annotations");
    if (list == nullptr || !list->hasInitializer()) return absl::OkStatus();
    for (const llvm::Use& use : list->getInitializer()->operands()) {
      const auto* entry = llvm::cast<llvm::Constant>(use.get());
      if (!IsManagedAnnotation(*entry)) continue;
      const llvm::Value* variable = entry->getOperand(0)->stripPointerCasts();
      if (!UsedByCode(*variable)) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("Host code uses the __managed__ variable `", variable->getName().str(),
                       "`: managed variables can be used in device code and through "
                       "supaMemcpyToSymbol and supaGetSymbolAddress only."));
    }
    return absl::OkStatus();
  }

  static bool IsManagedAnnotation(const llvm::Constant& entry) {
    const auto* text =
        llvm::dyn_cast<llvm::GlobalVariable>(entry.getOperand(1)->stripPointerCasts());
    if (text == nullptr || !text->hasInitializer()) return false;
    const auto* data = llvm::dyn_cast<llvm::ConstantDataArray>(text->getInitializer());
    return data != nullptr && data->isCString() && data->getAsCString() == "supa.managed";
  }

  /// True if an instruction reads, writes or computes with `value`. Passing the bare address to a
  /// function is how symbols are named in API calls, and is allowed.
  static bool UsedByCode(const llvm::Value& value) {
    for (const llvm::Use& use : value.uses()) {
      const llvm::User* user = use.getUser();
      if (llvm::isa<llvm::CallBase>(user)) continue;
      if (llvm::isa<llvm::Instruction>(user)) return true;
      if (llvm::isa<llvm::ConstantExpr>(user) && UsedByCode(*user)) return true;
    }
    return false;
  }

  llvm::Module& module_;
  llvm::PointerType* pointer_;
  llvm::GlobalVariable* wrapper_ = nullptr;
};

}  // namespace

absl::Status EmbedHost(llvm::Module& module) { return Embedder(module).Run(); }

}  // namespace opensupa::cc
