#include <cstring>

#include "absl/strings/str_format.h"
#include "intrinsics.h"
#include "machine.h"
#include "machine_call.h"
#include "scalar_ops.h"

namespace opensupa::fuzz {

uint64_t Machine::Eval(const Expr& expr, Frame& frame, uint32_t thread) {
  Step();
  switch (expr.op) {
    case Op::kLiteral:
      return expr.literal;
    case Op::kVariable:
    case Op::kMember:
    case Op::kIndex:
    case Op::kDeref:
      return Load(Address(expr, frame, thread), *expr.type, thread);
    case Op::kAddress:
      return reinterpret_cast<uintptr_t>(Address(*expr.args[0], frame, thread));
    case Op::kLogicalAnd:
      return Holds(*expr.args[0], frame, thread) && Holds(*expr.args[1], frame, thread);
    case Op::kLogicalOr:
      return Holds(*expr.args[0], frame, thread) || Holds(*expr.args[1], frame, thread);
    case Op::kSelect:
      return Eval(*expr.args[Holds(*expr.args[0], frame, thread) ? 1 : 2], frame, thread);
    case Op::kCall:
    case Op::kTableCall:
      return EvalCall(expr, frame, thread);
    case Op::kBuiltin:
      return EvalBuiltin(static_cast<Builtin>(expr.index), thread);
    default:
      return EvalOperator(expr, frame, thread);
  }
}

uint64_t Machine::EvalOperator(const Expr& expr, Frame& frame, uint32_t thread) {
  uint64_t args[3] = {};
  for (size_t i = 0; i < expr.args.size(); ++i) args[i] = Eval(*expr.args[i], frame, thread);
  const Scalar from = expr.args[0]->type->scalar;
  switch (expr.op) {
    case Op::kNegate:
      if (expr.exact && Overflows(Op::kSubtract, from, 0, args[0])) Invalid("a negation overflows");
      return EvalUnary(expr.op, from, args[0]);
    case Op::kComplement:
    case Op::kNot:
      return EvalUnary(expr.op, from, args[0]);
    case Op::kCast:
      return EvalCast(from, expr.type->scalar, args[0]);
    case Op::kBits:
      return EvalBits(from, expr.type->scalar, args[0]);
    case Op::kIntrinsic:
      return AllIntrinsics()[expr.index].eval(args);
    default:
      if (expr.exact && Overflows(expr.op, from, args[0], args[1])) {
        Invalid("arithmetic that is marked as exact overflows");
      }
      return EvalBinary(expr.op, from, args[0], args[1]);
  }
}

uint64_t Machine::EvalBuiltin(Builtin builtin, uint32_t thread) const {
  const auto& block = program_.block;
  const auto& grid = program_.grid;
  const uint32_t threads = program_.threads_per_block();
  switch (builtin) {
    case Builtin::kThreadX:
      return thread % block[0];
    case Builtin::kThreadY:
      return thread / block[0] % block[1];
    case Builtin::kThreadZ:
      return thread / block[0] / block[1];
    case Builtin::kBlockX:
      return block_ % grid[0];
    case Builtin::kBlockY:
      return block_ / grid[0] % grid[1];
    case Builtin::kBlockZ:
      return block_ / grid[0] / grid[1];
    case Builtin::kBlockDimX:
    case Builtin::kBlockDimY:
    case Builtin::kBlockDimZ:
      return block[static_cast<size_t>(builtin) - static_cast<size_t>(Builtin::kBlockDimX)];
    case Builtin::kGridDimX:
    case Builtin::kGridDimY:
    case Builtin::kGridDimZ:
      return grid[static_cast<size_t>(builtin) - static_cast<size_t>(Builtin::kGridDimX)];
    case Builtin::kThread:
      return thread;
    case Builtin::kBlock:
      return block_;
    case Builtin::kThreads:
      return threads;
    case Builtin::kLane:
      return thread % 32;
    case Builtin::kWarp:
      return thread / 32;
    case Builtin::kWarpLanes: {
      const uint32_t rest = threads - thread / 32 * 32;
      return rest >= 32 ? 0xffffffffu : (1u << rest) - 1;
    }
    case Builtin::kGridThread:
      return block_ * threads + thread;
  }
  return 0;
}

std::byte* Machine::Address(const Expr& expr, Frame& frame, uint32_t thread) {
  switch (expr.op) {
    case Op::kVariable:
      return VariableAddress(*expr.variable, frame, thread);
    case Op::kMember:
      return Address(*expr.args[0], frame, thread) + expr.args[0]->type->fields[expr.index].offset;
    case Op::kDeref:
      return reinterpret_cast<std::byte*>(Eval(*expr.args[0], frame, thread));
    case Op::kIndex: {
      const Expr& base = *expr.args[0];
      auto* first = base.type->is_array() ? Address(base, frame, thread)
                                          : reinterpret_cast<std::byte*>(Eval(base, frame, thread));
      const uint64_t index = Eval(*expr.args[1], frame, thread);
      if (expr.in_range && index >= expr.index) {
        Invalid(absl::StrFormat("index %d is outside the %u elements", index, expr.index));
      }
      return first + index % expr.index * base.type->element->size_bytes;
    }
    default:
      Invalid("an expression without an address is used as an object");
  }
}

const Function& Machine::Callee(const Expr& expr, Frame& frame, uint32_t thread) {
  if (expr.op == Op::kCall) return *expr.function;
  const auto& entries = program_.tables[expr.index].entries;
  return *entries[Eval(*expr.args[0], frame, thread) % entries.size()];
}

uint64_t Machine::EvalCall(const Expr& expr, Frame& frame, uint32_t thread) {
  const Function& callee = Callee(expr, frame, thread);
  uint64_t result = 0;
  Call(callee, expr, expr.op == Op::kTableCall ? 1 : 0, ThreadSet::One(thread), 1, frame,
       [&](const std::byte* value, uint32_t) { result = Load(value, *callee.result, thread); });
  return result;
}

void Machine::PassArgument(const Variable& parameter, const Expr& argument, Frame& caller,
                           Frame& callee, uint32_t thread) {
  std::byte* place = VariableAddress(parameter, callee, thread);
  if (parameter.type->is_struct()) {
    Copy(place, Address(argument, caller, thread), *parameter.type, thread);
  } else {
    Store(place, *parameter.type, Eval(argument, caller, thread), 0, thread, RaceChecker::kPlain);
  }
}

}  // namespace opensupa::fuzz
