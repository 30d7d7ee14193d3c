#include "opensupa/passes/verify_device_ir.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "device_rules.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"
#include "opensupa/binary/matrix_abi.h"

namespace opensupa::cc {
namespace {

constexpr llvm::Intrinsic::ID kAllowedIntrinsics[] = {
    llvm::Intrinsic::abs,
    llvm::Intrinsic::smax,
    llvm::Intrinsic::smin,
    llvm::Intrinsic::umax,
    llvm::Intrinsic::umin,
    llvm::Intrinsic::ctpop,
    llvm::Intrinsic::ctlz,
    llvm::Intrinsic::cttz,
    llvm::Intrinsic::bitreverse,
    llvm::Intrinsic::bswap,
    llvm::Intrinsic::fshl,
    llvm::Intrinsic::fshr,
    llvm::Intrinsic::sadd_with_overflow,
    llvm::Intrinsic::uadd_with_overflow,
    llvm::Intrinsic::ssub_with_overflow,
    llvm::Intrinsic::usub_with_overflow,
    llvm::Intrinsic::smul_with_overflow,
    llvm::Intrinsic::umul_with_overflow,
    llvm::Intrinsic::sadd_sat,
    llvm::Intrinsic::uadd_sat,
    llvm::Intrinsic::ssub_sat,
    llvm::Intrinsic::usub_sat,
    llvm::Intrinsic::scmp,
    llvm::Intrinsic::ucmp,
    llvm::Intrinsic::fabs,
    llvm::Intrinsic::sqrt,
    llvm::Intrinsic::fma,
    llvm::Intrinsic::fmuladd,
    llvm::Intrinsic::floor,
    llvm::Intrinsic::ceil,
    llvm::Intrinsic::trunc,
    llvm::Intrinsic::rint,
    llvm::Intrinsic::nearbyint,
    llvm::Intrinsic::round,
    llvm::Intrinsic::roundeven,
    llvm::Intrinsic::copysign,
    llvm::Intrinsic::minnum,
    llvm::Intrinsic::maxnum,
    llvm::Intrinsic::minimum,
    llvm::Intrinsic::maximum,
    llvm::Intrinsic::canonicalize,
    llvm::Intrinsic::is_fpclass,
    llvm::Intrinsic::fptosi_sat,
    llvm::Intrinsic::fptoui_sat,
    llvm::Intrinsic::ptrmask,
    llvm::Intrinsic::memcpy,
    llvm::Intrinsic::memcpy_inline,
    llvm::Intrinsic::memmove,
    llvm::Intrinsic::memset,
    llvm::Intrinsic::memset_inline,
    llvm::Intrinsic::lifetime_start,
    llvm::Intrinsic::lifetime_end,
    llvm::Intrinsic::invariant_start,
    llvm::Intrinsic::invariant_end,
    llvm::Intrinsic::launder_invariant_group,
    llvm::Intrinsic::strip_invariant_group,
    llvm::Intrinsic::assume,
    llvm::Intrinsic::expect,
    llvm::Intrinsic::expect_with_probability,
    llvm::Intrinsic::is_constant,
    llvm::Intrinsic::objectsize,
    llvm::Intrinsic::donothing,
    llvm::Intrinsic::sideeffect,
    llvm::Intrinsic::experimental_noalias_scope_decl,
    llvm::Intrinsic::stacksave,
    llvm::Intrinsic::stackrestore,
    llvm::Intrinsic::dbg_declare,
    llvm::Intrinsic::dbg_value,
    llvm::Intrinsic::dbg_label,
    llvm::Intrinsic::dbg_assign,
    llvm::Intrinsic::vector_reduce_add,
    llvm::Intrinsic::vector_reduce_and,
    llvm::Intrinsic::vector_reduce_or,
    llvm::Intrinsic::vector_reduce_xor,
    llvm::Intrinsic::vector_reduce_smax,
    llvm::Intrinsic::vector_reduce_smin,
    llvm::Intrinsic::vector_reduce_umax,
    llvm::Intrinsic::vector_reduce_umin};

bool IsAllowedIntrinsic(llvm::Intrinsic::ID id) {
  static const auto* const kAllowed = new std::set<llvm::Intrinsic::ID>(
      std::begin(kAllowedIntrinsics), std::end(kAllowedIntrinsics));
  return kAllowed->contains(id);
}

/// Checks one function; reports each rule once for each function, at the first place.
class FunctionChecker {
 public:
  FunctionChecker(const llvm::Function& function, Violations& violations)
      : function_(function), violations_(violations) {}

  void Run() {
    if (function_.hasFnAttribute("target-cpu") || function_.hasFnAttribute("target-features")) {
      Report("IR011", "is tied to one target (target-cpu or target-features)");
    }
    if (function_.isVarArg()) Report("IR008", "takes a variable number of arguments");
    for (const llvm::Argument& argument : function_.args()) CheckType(*argument.getType());
    for (const llvm::Instruction& instruction : llvm::instructions(function_)) {
      CheckInstruction(instruction);
    }
  }

 private:
  void Report(const char* rule, const std::string& what,
              const llvm::Instruction* instruction = nullptr) {
    if (!reported_.insert(rule).second) return;
    violations_.push_back({rule, absl::StrCat("Function ", Quoted(function_), " ", what, "."),
                           instruction == nullptr ? PlaceOf(function_) : PlaceOf(*instruction),
                           HintFor(rule, what)});
  }

  static std::string HintFor(const std::string& rule, const std::string& what) {
    if (rule == "IR007") {
      return "say it in C++ or with a built-in function; docs/device-ir.md lists the PTX that has "
             "a counterpart";
    }
    if (what.find("variable number") != std::string::npos) {
      return "use a template with a parameter pack; only printf takes any arguments in device code";
    }
    if (what.find("exceptions") != std::string::npos) {
      return "device code has no exceptions: return a status, or end the kernel with __trap()";
    }
    if (what.find("indirectbr") != std::string::npos) {
      return "device code has no computed goto: use a switch";
    }
    if (rule == "IR012") return "device code has float and double; cast long double to double";
    return "";
  }

  void CheckType(const llvm::Type& type, const llvm::Instruction* instruction = nullptr) {
    const llvm::Type& scalar = *type.getScalarType();
    if (scalar.isPointerTy()) {
      const unsigned space = scalar.getPointerAddressSpace();
      if (space > 5 || space == 2) {
        Report("IR004", absl::StrCat("has a pointer into address space ", space), instruction);
      }
    } else if (scalar.isX86_FP80Ty() || scalar.isFP128Ty() || scalar.isPPC_FP128Ty() ||
               scalar.isTargetExtTy() || scalar.isX86_AMXTy() ||
               llvm::isa<llvm::ScalableVectorType>(type)) {
      std::string name;
      llvm::raw_string_ostream(name) << type;
      Report("IR012", absl::StrCat("uses the type ", name), instruction);
    }
  }

  void CheckCall(const llvm::CallBase& call) {
    if (const auto* assembly = llvm::dyn_cast<llvm::InlineAsm>(call.getCalledOperand())) {
      Report("IR007",
             absl::StrCat("has inline assembly without a counterpart in the device IR: \"",
                          assembly->getAsmString(), "\""),
             &call);
    }
    const llvm::Intrinsic::ID id = call.getIntrinsicID();
    if (id != llvm::Intrinsic::not_intrinsic && !IsAllowedIntrinsic(id)) {
      Report("IR006",
             absl::StrCat("calls the intrinsic ", call.getCalledFunction()->getName().str()),
             &call);
    }
    const llvm::Function* callee = call.getCalledFunction();
    if (callee == nullptr || call.arg_size() == 0) return;
    if (callee->getName() == "__su_mma") {
      CheckMatrixCall(call, "multiplies matrices", binary::abi::IsMatrixDescriptor);
    } else if (callee->getName() == "__su_matrix_move") {
      CheckMatrixCall(call, "moves a matrix", binary::abi::IsMatrixMove);
    }
  }

  void CheckMatrixCall(const llvm::CallBase& call, const char* what, bool (*exists)(uint32_t)) {
    const auto* descriptor = llvm::dyn_cast<llvm::ConstantInt>(call.getArgOperand(0));
    if (descriptor == nullptr) {
      Report("IR013", absl::StrCat(what, " of a kind that is not a constant"), &call);
    } else if (!exists(static_cast<uint32_t>(descriptor->getZExtValue()))) {
      Report("IR013",
             absl::StrCat(what, " of a kind that does not exist, ", descriptor->getZExtValue()),
             &call);
    }
  }

  void CheckAtomicAccess(llvm::SyncScope::ID scope, llvm::Type* type,
                         const llvm::Instruction& instruction) {
    llvm::SmallVector<llvm::StringRef> names;
    function_.getContext().getSyncScopeNames(names);
    if (names[scope] != "" && names[scope] != "block" && names[scope] != "device") {
      Report("IR010", absl::StrCat("has an atomic operation of scope \"", names[scope].str(), "\""),
             &instruction);
    }
    if (type == nullptr) return;
    const uint64_t size_bits =
        function_.getParent()->getDataLayout().getTypeSizeInBits(type).getFixedValue();
    if (size_bits != 8 && size_bits != 16 && size_bits != 32 && size_bits != 64 &&
        size_bits != 128) {
      Report("IR010", absl::StrCat("has an atomic operation on ", size_bits, " bits"),
             &instruction);
    }
  }

  void CheckAtomic(const llvm::Instruction& instruction) {
    if (const auto* rmw = llvm::dyn_cast<llvm::AtomicRMWInst>(&instruction)) {
      CheckAtomicAccess(rmw->getSyncScopeID(), rmw->getType(), instruction);
    } else if (const auto* cas = llvm::dyn_cast<llvm::AtomicCmpXchgInst>(&instruction)) {
      CheckAtomicAccess(cas->getSyncScopeID(), cas->getNewValOperand()->getType(), instruction);
    } else if (const auto* fence = llvm::dyn_cast<llvm::FenceInst>(&instruction)) {
      CheckAtomicAccess(fence->getSyncScopeID(), nullptr, instruction);
    } else if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
      if (load->isAtomic()) CheckAtomicAccess(load->getSyncScopeID(), load->getType(), instruction);
    } else if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
      if (store->isAtomic()) {
        CheckAtomicAccess(store->getSyncScopeID(), store->getValueOperand()->getType(),
                          instruction);
      }
    }
  }

  void CheckInstruction(const llvm::Instruction& instruction) {
    switch (instruction.getOpcode()) {
      case llvm::Instruction::Invoke:
      case llvm::Instruction::Resume:
      case llvm::Instruction::LandingPad:
      case llvm::Instruction::CleanupPad:
      case llvm::Instruction::CatchPad:
      case llvm::Instruction::CatchSwitch:
      case llvm::Instruction::CleanupRet:
      case llvm::Instruction::CatchRet:
        Report("IR008", "uses exceptions", &instruction);
        break;
      case llvm::Instruction::IndirectBr:
      case llvm::Instruction::CallBr:
      case llvm::Instruction::VAArg:
        Report("IR008", absl::StrCat("has the instruction ", instruction.getOpcodeName()),
               &instruction);
        break;
      default:
        break;
    }
    CheckType(*instruction.getType(), &instruction);
    for (const llvm::Use& use : instruction.operands()) {
      CheckType(*use->getType(), &instruction);
    }
    CheckAtomic(instruction);
    if (const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction)) CheckCall(*call);
  }

  const llvm::Function& function_;
  Violations& violations_;
  std::set<std::string> reported_;
};

}  // namespace

void CheckFunctionRules(const llvm::Function& function, Violations& violations) {
  FunctionChecker(function, violations).Run();
}

std::vector<RuleViolation> VerifyDeviceIr(const llvm::Module& module) {
  Violations violations;
  CheckModuleRules(module, violations);
  for (const llvm::Function& function : module) {
    if (!function.isDeclaration()) CheckFunctionRules(function, violations);
  }
  return violations;
}

std::string FormatViolations(const std::vector<RuleViolation>& violations) {
  std::string text;
  for (const RuleViolation& violation : violations) {
    const std::string& place = violation.place;
    absl::StrAppend(&text, text.empty() ? "" : "\n", place,
                    place.empty() ? "" : ": error: ", violation.rule, ": ", violation.message);
    if (violation.hint.empty()) continue;
    absl::StrAppend(&text, "\n", place, place.empty() ? "" : ": ", "note: hint: ", violation.hint);
  }
  return text;
}

absl::Status CheckDeviceIr(const llvm::Module& module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (llvm::verifyModule(module, &stream)) {
    return absl::InternalError(absl::StrCat("LLVM's verifier refuses the device module: ", text));
  }
  const std::vector<RuleViolation> violations = VerifyDeviceIr(module);
  if (violations.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(FormatViolations(violations));
}

}  // namespace opensupa::cc
