#include <algorithm>
#include <bit>

#include "absl/strings/str_format.h"
#include "machine.h"
#include "scalar_ops.h"

namespace opensupa::fuzz {
namespace {

/// The lane that a shuffle reads, or the own one when the language says that the value stays.
uint32_t SourceLane(WarpOp op, uint32_t lane, uint32_t parameter, uint32_t width) {
  const uint32_t first = lane & ~(width - 1);
  const uint32_t place = lane & (width - 1);
  switch (op) {
    case WarpOp::kShuffle:
      return first | (parameter & (width - 1));
    case WarpOp::kShuffleUp:
      return place < parameter ? lane : lane - parameter;
    case WarpOp::kShuffleDown:
      return place + parameter >= width ? lane : lane + parameter;
    default: {
      // Lanes of earlier segments can be read, those of later ones cannot.
      const uint32_t source = (lane ^ parameter) & 31;
      return source > first + width - 1 ? lane : source;
    }
  }
}

uint64_t Combine(WarpOp op, Scalar scalar, uint64_t a, uint64_t b) {
  switch (op) {
    case WarpOp::kReduceAdd:
      return EvalBinary(Op::kAdd, scalar, a, b);
    case WarpOp::kReduceMin:
      return EvalBinary(Op::kLess, scalar, a, b) != 0 ? a : b;
    case WarpOp::kReduceMax:
      return EvalBinary(Op::kLess, scalar, a, b) != 0 ? b : a;
    case WarpOp::kReduceAnd:
      return a & b;
    case WarpOp::kReduceOr:
      return a | b;
    default:
      return EvalBinary(Op::kXor, scalar, a, b);
  }
}

/// What one warp operation gives to lane `lane`, of the lanes in `mask` with their `values`.
uint64_t Exchange(const Stmt& stmt, uint32_t mask, const uint64_t* values,
                  const uint64_t* parameters, uint32_t lane) {
  const auto lanes_with = [&](auto predicate) {
    uint32_t lanes = 0;
    for (uint32_t rest = mask; rest != 0; rest &= rest - 1) {
      const auto one = static_cast<uint32_t>(std::countr_zero(rest));
      if (predicate(values[one])) lanes |= 1u << one;
    }
    return lanes;
  };
  const auto equal_mine = [&](uint64_t value) { return value == values[lane]; };
  switch (stmt.warp_op) {
    case WarpOp::kSync:
      return 0;
    case WarpOp::kShuffle:
    case WarpOp::kShuffleUp:
    case WarpOp::kShuffleDown:
    case WarpOp::kShuffleXor: {
      const auto parameter = static_cast<uint32_t>(parameters[lane]);
      const uint32_t source = SourceLane(stmt.warp_op, lane, parameter, stmt.number);
      // The kernel source keeps the own value, too, where the source does not take part.
      return values[(mask >> source & 1) != 0 ? source : lane];
    }
    case WarpOp::kBallot:
      return lanes_with([](uint64_t value) { return value != 0; });
    case WarpOp::kAny:
      return lanes_with([](uint64_t value) { return value != 0; }) != 0;
    case WarpOp::kAll:
      return lanes_with([](uint64_t value) { return value == 0; }) == 0;
    case WarpOp::kMatchAny:
      return lanes_with(equal_mine);
    case WarpOp::kMatchAll:
      return lanes_with(equal_mine) == mask ? mask : 0;
    default: {
      uint64_t result = values[std::countr_zero(mask)];
      for (uint32_t rest = mask & (mask - 1); rest != 0; rest &= rest - 1) {
        result =
            Combine(stmt.warp_op, stmt.value->type->scalar, result, values[std::countr_zero(rest)]);
      }
      return result;
    }
  }
}

}  // namespace

void Machine::ExecBarrier(const Stmt& stmt, const ThreadSet& set, Frame& frame) {
  const ThreadSet live = all_ - kernel_frame_->returned;
  if (set != live) Invalid("not all threads of the block reach a barrier");
  uint32_t holds = 0;
  uint32_t threads = 0;
  set.ForEach([&](uint32_t thread) {
    ++threads;
    if (stmt.value != nullptr && Holds(*stmt.value, frame, thread)) ++holds;
  });
  ++block_time_;
  uint64_t result = holds;
  if (stmt.barrier_op == BarrierOp::kAnd) result = holds == threads;
  if (stmt.barrier_op == BarrierOp::kOr) result = holds != 0;
  set.ForEach([&](uint32_t thread) { AssignTo(stmt, result, frame, thread); });
}

void Machine::ExecWarp(const Stmt& stmt, const ThreadSet& set, Frame& frame) {
  const ThreadSet live = all_ - kernel_frame_->returned;
  for (uint32_t warp = 0; warp * 32 < program_.threads_per_block(); ++warp) {
    const uint32_t lanes = set.Warp(warp);
    if (lanes == 0) continue;
    uint64_t values[32] = {};
    uint64_t parameters[32] = {};
    for (uint32_t rest = lanes; rest != 0; rest &= rest - 1) {
      const auto lane = static_cast<uint32_t>(std::countr_zero(rest));
      const uint32_t thread = warp * 32 + lane;
      const uint64_t mask = Eval(*stmt.args[0], frame, thread);
      if (mask != lanes) {
        Invalid(absl::StrFormat("warp %u: mask %08x at an operation that lanes %08x reach", warp,
                                mask, lanes));
      }
      if (stmt.value != nullptr) values[lane] = Eval(*stmt.value, frame, thread);
      if (stmt.args.size() > 1) parameters[lane] = Eval(*stmt.args[1], frame, thread);
    }
    // Only this one is said to order memory.
    if (stmt.warp_op == WarpOp::kSync && lanes == live.Warp(warp)) ++warp_times_[warp];
    for (uint32_t rest = lanes; rest != 0; rest &= rest - 1) {
      const auto lane = static_cast<uint32_t>(std::countr_zero(rest));
      AssignTo(stmt, Exchange(stmt, lanes, values, parameters, lane), frame, warp * 32 + lane);
    }
  }
}

void Machine::ExecAtomic(const Stmt& stmt, uint32_t thread, Frame& frame) {
  const Expr& object = *stmt.args[0];
  const Scalar scalar = object.type->scalar;
  const uint64_t operand = Eval(*stmt.value, frame, thread);
  const uint64_t compare = stmt.args.size() > 1 ? Eval(*stmt.args[1], frame, thread) : 0;
  std::byte* place = Address(object, frame, thread);
  // With a look at the result, or one that depends on the order, the thread must be alone.
  const bool alone = stmt.target != nullptr || stmt.atomic_op == AtomicOp::kExchange ||
                     stmt.atomic_op == AtomicOp::kCas;
  const uint8_t kind =
      alone ? RaceChecker::kPlain : static_cast<uint8_t>(2 + static_cast<int>(stmt.atomic_op));
  if (alone) CheckRead(place, object.type->size_bytes, thread);
  uint64_t old = 0;
  std::copy_n(place, object.type->size_bytes, reinterpret_cast<std::byte*>(&old));
  old = Normalize(scalar, old);
  uint64_t value = operand;
  switch (stmt.atomic_op) {
    case AtomicOp::kAdd:
      value = EvalBinary(Op::kAdd, scalar, old, operand);
      break;
    case AtomicOp::kSub:
      value = EvalBinary(Op::kSubtract, scalar, old, operand);
      break;
    case AtomicOp::kMin:
      value = Combine(WarpOp::kReduceMin, scalar, old, operand);
      break;
    case AtomicOp::kMax:
      value = Combine(WarpOp::kReduceMax, scalar, old, operand);
      break;
    case AtomicOp::kAnd:
      value = old & operand;
      break;
    case AtomicOp::kOr:
      value = old | operand;
      break;
    case AtomicOp::kXor:
      value = EvalBinary(Op::kXor, scalar, old, operand);
      break;
    case AtomicOp::kInc:
      value = old >= operand ? 0 : old + 1;
      break;
    case AtomicOp::kExchange:
      break;
    case AtomicOp::kCas:
      value = old == compare ? operand : old;
      break;
  }
  Store(place, *object.type, value, 0, thread, kind);
  AssignTo(stmt, old, frame, thread);
}

}  // namespace opensupa::fuzz
