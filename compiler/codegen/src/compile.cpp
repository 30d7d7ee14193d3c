#include "compile.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <set>

#include "absl/strings/str_format.h"
#include "block_fences.h"
#include "contract.h"
#include "device_module.h"
#include "diagnostics.h"
#include "elf_linker.h"
#include "embedded.h"
#include "guard_division.h"
#include "host_target.h"
#include "kernel_entries.h"
#include "kernel_forms.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "lower_externs.h"
#include "matrix_externs.h"
#include "opensupa/base/log.h"
#include "opensupa/base/status.h"
#include "opensupa/binary/code_object.h"
#include "opensupa/binary/device_abi.h"
#include "optimize.h"
#include "reachability.h"
#include "retarget.h"
#include "shared_memory.h"
#include "simplify.h"
#include "specialize.h"
#include "spin_loops.h"
#include "stack_usage.h"
#include "vector/lane_facts.h"
#include "vector/warp_operations.h"
#include "warp_lockstep.h"

namespace opensupa::cc {
namespace {

/// Names the stage that ends, with its time, in the debug log.
class StageClock {
 public:
  explicit StageClock(const std::string& module) : module_(module) {}

  void Ended(const char* stage) {
    const auto now = std::chrono::steady_clock::now();
    if (log::Enabled(log::Level::kDebug)) {
      const double elapsed_ms = std::chrono::duration<double, std::milli>(now - last_).count();
      log::Write(log::Level::kDebug,
                 absl::StrFormat("compile %s: %s took %.2f ms", module_, stage, elapsed_ms));
    }
    last_ = now;
  }

 private:
  const std::string& module_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

absl::Status CheckKernelUses(const std::vector<KernelSource>& kernels) {
  for (const KernelSource& kernel : kernels) {
    if (kernel.function->use_empty()) continue;
    return absl::InvalidArgumentError(absl::StrFormat(
        "The kernel %s is called or its address is taken in device code; kernels can only be "
        "launched from the host.",
        kernel.function->getName().str()));
  }
  return absl::OkStatus();
}

absl::Status CheckModule(const llvm::Module& module, const char* when) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (!llvm::verifyModule(module, &stream)) return absl::OkStatus();
  return absl::InternalError(
      absl::StrFormat("The module %s is broken %s: %s", module.getName().str(), when, text));
}

/// Decides how each kernel runs and where its shared variables are.
absl::StatusOr<std::vector<KernelPlan>> PlanKernels(llvm::Module& module,
                                                    const std::vector<KernelSource>& kernels) {
  const Reachability reachability(module);
  std::vector<llvm::Function*> functions;
  std::map<const llvm::Function*, DistinctDimensions> distinct;
  for (const KernelSource& kernel : kernels) {
    functions.push_back(kernel.function);
    distinct[kernel.function] = FindDistinctDimensions(reachability, *kernel.function);
  }
  MarkSharedAtomics(module);
  SUPA_ASSIGN_OR_RETURN(const SharedSizes shared,
                        PlaceSharedVariables(module, functions, reachability));
  std::vector<KernelPlan> plans;
  for (const KernelSource& kernel : kernels) {
    KernelPlan plan;
    plan.name = kernel.function->getName().str();
    plan.body = kernel.function;
    plan.plain_loop = !reachability.MaySuspend(*kernel.function);
    plan.distinct = distinct.at(kernel.function);
    plan.static_shared_bytes = shared.at(kernel.function);
    plan.max_threads_per_block = kernel.max_threads_per_block;
    plans.push_back(std::move(plan));
  }
  return plans;
}

/// A kernel whose threads wait for each other in ways that vectors know, with a copy of its body
/// that may become vectors where it runs as fibers otherwise.
struct LanesCandidate {
  KernelPlan* plan;
  llvm::Function* body;
};

std::vector<LanesCandidate> FindCandidates(llvm::Module& module, std::vector<KernelPlan>& plans) {
  const Reachability reachability(module);
  std::vector<LanesCandidate> candidates;
  for (KernelPlan& plan : plans) {
    if (plan.plain_loop) {
      candidates.push_back({&plan, plan.body});
    } else if (!reachability.MaySuspend(*plan.body, IsLoweredLate)) {
      candidates.push_back({&plan, nullptr});
    }
  }
  for (LanesCandidate& candidate : candidates) {
    if (candidate.body != nullptr) continue;
    llvm::ValueToValueMapTy map;
    candidate.body = llvm::CloneFunction(candidate.plan->body, map);
    candidate.body->setName(candidate.plan->name + ".lanes");
  }
  return candidates;
}

/// Makes functions that run many threads at once of the kernels that allow it.
void MakeLanes(const HostTarget& target, std::vector<LanesCandidate>& candidates,
               const std::set<const llvm::Function*>& suspending) {
  for (LanesCandidate& candidate : candidates) {
    KernelPlan& plan = *candidate.plan;
    const char* reason = MakeBlockFunctions(*candidate.body, target, suspending, plan);
    plan.one_by_one = reason;
    if (reason != nullptr) {
      if (candidate.body != plan.body) candidate.body->eraseFromParent();
      if (log::Enabled(log::Level::kInfo)) {
        log::Write(log::Level::kInfo,
                   absl::StrFormat("kernel %s runs thread by thread: %s", plan.name, reason));
      }
    } else if (!plan.plain_loop) {
      plan.plain_loop = true;
      plan.distinct = {};
      plan.body->eraseFromParent();
      plan.body = candidate.body;
    }
  }
}

/// Gives the module the host's shape; afterwards every kernel's name is its entry point.
absl::Status LowerToHost(llvm::Module& module, std::vector<KernelPlan>& plans,
                         const HostTarget& target, bool in_lanes) {
  std::vector<LanesCandidate> candidates;
  if (in_lanes) candidates = FindCandidates(module, plans);
  std::set<const llvm::Function*> indexed;
  for (const KernelPlan& plan : plans) {
    if (plan.plain_loop) indexed.insert(plan.body);
  }
  for (const LanesCandidate& candidate : candidates) indexed.insert(candidate.body);
  std::set<const llvm::Function*> suspending;
  if (!candidates.empty()) {
    const Reachability reachability(module);
    for (const llvm::Function& function : module) {
      if (!function.isDeclaration() && reachability.MaySuspend(function)) {
        suspending.insert(&function);
      }
    }
  }
  const FunctionMap functions = RetargetModule(module, indexed);
  const auto mapped = [&functions](std::set<const llvm::Function*>& set) {
    std::set<const llvm::Function*> result;
    for (const llvm::Function* function : set) result.insert(functions.at(function));
    set = std::move(result);
  };
  mapped(indexed);
  mapped(suspending);
  for (KernelPlan& plan : plans) plan.body = functions.at(plan.body);
  for (LanesCandidate& candidate : candidates) candidate.body = functions.at(candidate.body);
  if (!candidates.empty()) {
    SUPA_RETURN_IF_ERROR(LowerExterns(module, indexed, IsLoweredLate));
    MakeLanes(target, candidates, suspending);
  }
  ExpandMatrixMoves(module);
  if (target.may_have_dot_products()) MarkNativeBf16(module);
  LowerSharedAtomics(module);
  SUPA_RETURN_IF_ERROR(LowerExterns(module, indexed));
  for (KernelPlan& plan : plans) MakeKernelEntry(module, plan);
  return CheckModule(module, "after it was lowered to the host");
}

/// Writes `module` as text to a file of its name in `folder`, unless that is empty.
absl::Status Dump(const llvm::Module& module, const std::string& folder) {
  if (folder.empty()) return absl::OkStatus();
  std::string name = module.getName().str();
  std::replace(name.begin(), name.end(), '/', '_');
  const std::string path = absl::StrFormat("%s/%s.ll", folder, name);
  std::error_code error;
  llvm::raw_fd_ostream file(path, error);
  if (!error) module.print(file, nullptr);
  if (!error) error = file.error();
  if (!error) return absl::OkStatus();
  file.clear_error();
  return absl::InvalidArgumentError(
      absl::StrFormat("The dump file %s cannot be written: %s.", path, error.message()));
}

absl::StatusOr<binary::CodeObject> LinkKernels(const llvm::Module& module, llvm::StringRef object,
                                               const HostTarget& target,
                                               std::vector<KernelPlan>& plans) {
  SUPA_ASSIGN_OR_RETURN(const auto frames, ReadFrameSizes(object));
  LinkInput input;
  input.object = object;
  if (target.triple.starts_with("x86_64")) input.support = EmbeddedX86Support();
  for (const KernelPlan& plan : plans) {
    KernelToLink kernel;
    kernel.name = plan.name;
    kernel.descriptor.abi_version = binary::abi::kDeviceAbiVersion;
    kernel.descriptor.flags = (plan.plain_loop ? binary::abi::kKernelPlainLoop : 0u) |
                              (plan.strips ? binary::abi::kKernelStrips : 0u);
    kernel.descriptor.streamed_bytes_per_thread = plan.streamed_bytes_per_thread;
    kernel.descriptor.static_shared_bytes = plan.static_shared_bytes;
    kernel.descriptor.args_size_bytes = plan.args_size_bytes;
    kernel.descriptor.local_bytes_per_thread = StackBytes(*module.getFunction(plan.name), frames);
    kernel.descriptor.max_threads_per_block = plan.max_threads_per_block;
    input.kernels.push_back(std::move(kernel));
  }
  SUPA_ASSIGN_OR_RETURN(binary::CodeObject code, LinkImage(input));
  code.target = target.name;
  code.device_abi = binary::abi::kDeviceAbiVersion;
  return code;
}

}  // namespace

absl::StatusOr<std::vector<std::byte>> CompileDeviceModule(std::span<const std::byte> bitcode,
                                                           const std::string& name,
                                                           const std::string& target_name,
                                                           const CompileOptions& options,
                                                           std::string& log) {
  StageClock clock(name);
  SUPA_ASSIGN_OR_RETURN(const HostTarget target, ParseHostTarget(target_name));
  llvm::LLVMContext context;
  CollectedDiagnostics diagnostics(context, log);
  SUPA_ASSIGN_OR_RETURN(std::unique_ptr<llvm::Module> module,
                        LoadDeviceModule(bitcode, name, context));
  const int opt_level = options.opt_level.value_or(RecordedOptLevel(*module));
  SUPA_ASSIGN_OR_RETURN(llvm::TargetMachine* const machine, TargetMachineFor(target, opt_level));
  clock.Ended("reading");
  std::vector<KernelSource> kernels = FindKernels(*module);
  if (options.specialization.has_value()) {
    SUPA_RETURN_IF_ERROR(KeepOneKernel(*module, options.specialization->kernel, kernels));
  }
  const Lines lines = options.facts == nullptr ? Lines::kDrop : Lines::kKeep;
  SUPA_RETURN_IF_ERROR(PrepareDeviceModule(*module, kernels, lines));
  SUPA_RETURN_IF_ERROR(CheckKernelUses(kernels));
  SUPA_RETURN_IF_ERROR(CheckModule(*module, "as it was given"));
  clock.Ended("linking the device library");
  MarkSpinLoops(*module);
  NarrowBlockFences(*module);
  KeepWarpsInStep(*module, options.warp_lockstep ? Lockstep::kAll : Lockstep::kVolatile);
  SimplifyKernels(*module, kernels, *machine, opt_level);
  ContractFloatingPoint(*module, target.has_fma());
  if (options.specialization.has_value()) {
    SimplifyForBlock(*module, *options.specialization, *machine, opt_level);
  }
  clock.Ended("simplifying");
  SUPA_ASSIGN_OR_RETURN(std::vector<KernelPlan> plans, PlanKernels(*module, kernels));
  if (options.specialization.has_value()) plans.front().block = options.specialization->block;
  module->setTargetTriple(target.triple);
  module->setDataLayout(machine->createDataLayout());
  const bool in_lanes = target.vectorize && opt_level > 0;
  std::deque<LaneFacts> facts;
  for (KernelPlan& plan : plans) {
    if (options.facts != nullptr) plan.facts = &facts.emplace_back(*machine);
    if (!in_lanes) plan.one_by_one = "code that is not optimised or for the reference engine";
  }
  SUPA_RETURN_IF_ERROR(LowerToHost(*module, plans, target, in_lanes));
  clock.Ended("lowering");
  if (options.facts != nullptr) {
    for (KernelPlan& plan : plans) {
      options.facts->push_back(plan.facts->Finish(plan.name, plan.one_by_one));
    }
    return std::vector<std::byte>();
  }
  OptimizeModule(*module, *machine, opt_level, in_lanes);
  GuardDivisions(*module);
  clock.Ended("optimising");
  SUPA_RETURN_IF_ERROR(Dump(*module, options.dump_folder));
  SUPA_ASSIGN_OR_RETURN(const auto object, EmitObject(*module, *machine));
  clock.Ended("code generation");
  SUPA_RETURN_IF_ERROR(diagnostics.status());
  SUPA_ASSIGN_OR_RETURN(
      const binary::CodeObject code,
      LinkKernels(*module, llvm::StringRef(object.data(), object.size()), target, plans));
  clock.Ended("linking");
  return binary::Serialize(code);
}

}  // namespace opensupa::cc
