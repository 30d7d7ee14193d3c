#include "compile.h"

#include <chrono>
#include <memory>
#include <set>

#include "absl/strings/str_format.h"
#include "block_fences.h"
#include "device_module.h"
#include "diagnostics.h"
#include "elf_linker.h"
#include "embedded.h"
#include "guard_division.h"
#include "host_target.h"
#include "kernel_entries.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "lower_externs.h"
#include "opensupa/base/log.h"
#include "opensupa/base/status.h"
#include "opensupa/binary/code_object.h"
#include "opensupa/binary/device_abi.h"
#include "optimize.h"
#include "reachability.h"
#include "retarget.h"
#include "shared_memory.h"
#include "spin_loops.h"
#include "stack_usage.h"
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
  for (const KernelSource& kernel : kernels) functions.push_back(kernel.function);
  SUPA_ASSIGN_OR_RETURN(const SharedSizes shared,
                        PlaceSharedVariables(module, functions, reachability));
  std::vector<KernelPlan> plans;
  for (const KernelSource& kernel : kernels) {
    KernelPlan plan;
    plan.name = kernel.function->getName().str();
    plan.body = kernel.function;
    plan.plain_loop = !reachability.MaySuspend(*kernel.function);
    plan.distinct = FindDistinctDimensions(reachability, *kernel.function);
    plan.static_shared_bytes = shared.at(kernel.function);
    plan.max_threads_per_block = kernel.max_threads_per_block;
    plans.push_back(std::move(plan));
  }
  return plans;
}

/// Gives the module the host's shape; afterwards every kernel's name is its entry point.
absl::Status LowerToHost(llvm::Module& module, std::vector<KernelPlan>& plans) {
  std::set<const llvm::Function*> indexed;
  for (const KernelPlan& plan : plans) {
    if (plan.plain_loop) indexed.insert(plan.body);
  }
  const FunctionMap functions = RetargetModule(module, indexed);
  indexed.clear();
  for (KernelPlan& plan : plans) {
    plan.body = functions.at(plan.body);
    if (plan.plain_loop) indexed.insert(plan.body);
  }
  SUPA_RETURN_IF_ERROR(LowerExterns(module, indexed));
  for (KernelPlan& plan : plans) MakeKernelEntry(module, plan);
  return CheckModule(module, "after it was lowered to the host");
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
    kernel.descriptor.flags = plan.plain_loop ? uint32_t{binary::abi::kKernelPlainLoop} : 0u;
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
  const std::vector<KernelSource> kernels = FindKernels(*module);
  SUPA_RETURN_IF_ERROR(PrepareDeviceModule(*module, kernels));
  SUPA_RETURN_IF_ERROR(CheckKernelUses(kernels));
  SUPA_RETURN_IF_ERROR(CheckModule(*module, "as it was given"));
  clock.Ended("linking the device library");
  MarkSpinLoops(*module);
  NarrowBlockFences(*module);
  KeepWarpsInStep(*module, options.warp_lockstep ? Lockstep::kAll : Lockstep::kVolatile);
  SUPA_ASSIGN_OR_RETURN(std::vector<KernelPlan> plans, PlanKernels(*module, kernels));
  module->setTargetTriple(target.triple);
  module->setDataLayout(machine->createDataLayout());
  SUPA_RETURN_IF_ERROR(LowerToHost(*module, plans));
  clock.Ended("lowering");
  OptimizeModule(*module, *machine, opt_level);
  GuardDivisions(*module);
  clock.Ended("optimising");
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
