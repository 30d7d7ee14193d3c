#include "math_intrinsics.h"

#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "opensupa/base/status.h"

namespace opensupa::cc {
namespace {

using llvm::Intrinsic::ID;

/// Function of the device library for an intrinsic, or null if LLVM expands it in line.
const char* LibraryName(ID intrinsic) {
  switch (intrinsic) {
    case llvm::Intrinsic::acos:
      return "acos";
    case llvm::Intrinsic::asin:
      return "asin";
    case llvm::Intrinsic::atan:
      return "atan";
    case llvm::Intrinsic::cos:
      return "cos";
    case llvm::Intrinsic::cosh:
      return "cosh";
    case llvm::Intrinsic::exp:
      return "exp";
    case llvm::Intrinsic::exp10:
      return "exp10";
    case llvm::Intrinsic::exp2:
      return "exp2";
    case llvm::Intrinsic::ldexp:
      return "ldexp";
    case llvm::Intrinsic::llround:
      return "llround";
    case llvm::Intrinsic::log:
      return "log";
    case llvm::Intrinsic::log10:
      return "log10";
    case llvm::Intrinsic::log2:
      return "log2";
    case llvm::Intrinsic::lround:
      return "lround";
    case llvm::Intrinsic::pow:
      return "pow";
    case llvm::Intrinsic::powi:
      return "powi";
    case llvm::Intrinsic::sin:
      return "sin";
    case llvm::Intrinsic::sinh:
      return "sinh";
    case llvm::Intrinsic::tan:
      return "tan";
    case llvm::Intrinsic::tanh:
      return "tanh";
    default:
      return nullptr;
  }
}

bool IsTrap(ID intrinsic) {
  return intrinsic == llvm::Intrinsic::trap || intrinsic == llvm::Intrinsic::debugtrap ||
         intrinsic == llvm::Intrinsic::ubsantrap;
}

/// Calls `__su_<name>_f32` or `_f64` in place of `instruction`, whose first floating-point operand
/// or result gives the type.
absl::Status CallLibrary(llvm::Instruction& instruction, const std::string& name,
                         llvm::ArrayRef<llvm::Value*> operands) {
  llvm::Type* type = operands[0]->getType();
  if (!type->isFloatTy() && !type->isDoubleTy()) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "Function %s uses the math function %s on a type that is neither float nor double.",
        instruction.getFunction()->getName().str(), name));
  }
  std::vector<llvm::Type*> parameters;
  for (llvm::Value* operand : operands) parameters.push_back(operand->getType());
  auto* function_type = llvm::FunctionType::get(instruction.getType(), parameters, false);
  const std::string symbol = absl::StrFormat("__su_%s_%s", name, type->isFloatTy() ? "f32" : "f64");
  llvm::FunctionCallee callee = instruction.getModule()->getOrInsertFunction(symbol, function_type);
  llvm::IRBuilder<> builder(&instruction);
  instruction.replaceAllUsesWith(builder.CreateCall(callee, operands));
  instruction.eraseFromParent();
  return absl::OkStatus();
}

/// The library's llround returns 64 bits whatever the intrinsic returns.
absl::Status CallRounding(llvm::IntrinsicInst& call, const std::string& name) {
  if (call.getType()->isIntegerTy(64)) return CallLibrary(call, name, {call.getArgOperand(0)});
  llvm::IRBuilder<> builder(&call);
  auto* wide = builder.CreateIntrinsic(call.getIntrinsicID(),
                                       {builder.getInt64Ty(), call.getArgOperand(0)->getType()},
                                       {call.getArgOperand(0)});
  call.replaceAllUsesWith(builder.CreateSExtOrTrunc(wide, call.getType()));
  call.eraseFromParent();
  return CallLibrary(*wide, name, {wide->getArgOperand(0)});
}

void ReplaceTrap(llvm::IntrinsicInst& call) {
  llvm::IRBuilder<> builder(&call);
  llvm::FunctionCallee trap =
      call.getModule()->getOrInsertFunction("__su_trap", builder.getVoidTy());
  builder.CreateCall(trap);
  call.eraseFromParent();
}

absl::Status ReplaceOne(llvm::Instruction& instruction) {
  if (instruction.getOpcode() == llvm::Instruction::FRem) {
    return CallLibrary(instruction, "fmod", {instruction.getOperand(0), instruction.getOperand(1)});
  }
  auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  if (call == nullptr) return absl::OkStatus();
  if (IsTrap(call->getIntrinsicID())) {
    ReplaceTrap(*call);
    return absl::OkStatus();
  }
  const char* name = LibraryName(call->getIntrinsicID());
  if (name == nullptr) return absl::OkStatus();
  const bool rounds = call->getIntrinsicID() == llvm::Intrinsic::lround ||
                      call->getIntrinsicID() == llvm::Intrinsic::llround;
  if (rounds) return CallRounding(*call, name);
  return CallLibrary(*call, name, llvm::SmallVector<llvm::Value*, 2>(call->args()));
}

}  // namespace

absl::Status ReplaceMathIntrinsics(llvm::Module& module) {
  for (llvm::Function& function : module) {
    for (llvm::Instruction& instruction :
         llvm::make_early_inc_range(llvm::instructions(function))) {
      SUPA_RETURN_IF_ERROR(ReplaceOne(instruction));
    }
  }
  return absl::OkStatus();
}

}  // namespace opensupa::cc
