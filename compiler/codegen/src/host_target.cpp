#include "host_target.h"

#include <map>
#include <memory>

#include "absl/strings/str_format.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"

namespace opensupa::cc {
namespace {

constexpr std::string_view kReference = "reference";
constexpr std::string_view kFast = "fast";
constexpr char kX86Triple[] = "x86_64-unknown-linux-gnu";
constexpr char kAarch64Triple[] = "aarch64-unknown-linux-gnu";

void InitializeTargetsOnce() {
  static const bool done = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    return true;
  }();
  static_cast<void>(done);
}

llvm::TargetOptions MakeTargetOptions() {
  llvm::TargetOptions options;
  // Standard fuses only what carries the `contract` flag, which Clang sets for device code.
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  // Running off the end of a function must stop in a trap, not in the next function's code.
  options.TrapUnreachable = true;
  options.NoTrapAfterNoreturn = true;
  options.FunctionSections = false;
  options.EmitStackSizeSection = true;
  return options;
}

}  // namespace

absl::StatusOr<HostTarget> ParseHostTarget(std::string_view name) {
  const size_t slash = name.find('/');
  const std::string_view level = name.substr(0, slash);
  const std::string_view engine =
      slash == std::string_view::npos ? std::string_view() : name.substr(slash + 1);
  const bool is_x86 = level == "x86-64-v2" || level == "x86-64-v3" || level == "x86-64-v4";
  if (!is_x86 && level != "aarch64") {
    return absl::InvalidArgumentError(
        absl::StrFormat("The code target (%s) names no host level that this compiler knows; the "
                        "levels are x86-64-v2, x86-64-v3, x86-64-v4 and aarch64.",
                        name));
  }
  if (engine != kReference && engine != kFast) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "The code target (%s) names no execution engine that this compiler knows; expected %s/%s.",
        name, level, kReference));
  }
  HostTarget target;
  target.name = std::string(name);
  target.triple = is_x86 ? kX86Triple : kAarch64Triple;
  target.cpu = is_x86 ? std::string(level) : "generic";
  target.vectorize = engine == kFast;
  return target;
}

absl::StatusOr<llvm::TargetMachine*> TargetMachineFor(const HostTarget& target, int opt_level) {
  InitializeTargetsOnce();
  static auto* machines = new std::map<std::string, std::unique_ptr<llvm::TargetMachine>>;
  std::unique_ptr<llvm::TargetMachine>& machine = (*machines)[target.name];
  if (machine == nullptr) {
    std::string error;
    const llvm::Target* llvm_target = llvm::TargetRegistry::lookupTarget(target.triple, error);
    if (llvm_target == nullptr) {
      return absl::InternalError(absl::StrFormat("LLVM has no code generator for the triple %s: %s",
                                                 target.triple, error));
    }
    machine.reset(llvm_target->createTargetMachine(target.triple, target.cpu, "",
                                                   MakeTargetOptions(), llvm::Reloc::PIC_,
                                                   llvm::CodeModel::Small));
    if (machine == nullptr) {
      return absl::InternalError(absl::StrFormat(
          "LLVM made no target machine for the CPU %s of %s.", target.cpu, target.triple));
    }
  }
  constexpr llvm::CodeGenOptLevel kLevels[] = {
      llvm::CodeGenOptLevel::None, llvm::CodeGenOptLevel::Less, llvm::CodeGenOptLevel::Default,
      llvm::CodeGenOptLevel::Aggressive};
  machine->setOptLevel(kLevels[opt_level]);
  return machine.get();
}

}  // namespace opensupa::cc
