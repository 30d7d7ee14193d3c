#include <iterator>

#include "generate.h"

namespace opensupa::fuzz {

void Generator::GenSyncStmt(Context& context, StmtList& out) {
  const uint32_t roll = random_.Below(100);
  const bool nest = context.depth < 4;
  if (context.sync == Sync::kBlock && roll < 30) return GenBarrier(context, out);
  if (context.sync == Sync::kBlock && roll < 36) return GenEarlyReturn(context, out);
  if (roll < 55) return GenWarp(context, out);
  if (roll < 68) return GenShuffle(context, out);
  if (roll < 82 && nest) return GenMaskedIf(context, out);
  if (roll < 92 && nest && context.loops < 3) return GenMaskedLoop(context, out);
  GenMaskedJump(context, out);
}

void Generator::Rearrange(StmtList& out) {
  ++rearranged_;
  Charge(4);
  out.push_back(build_.Barrier(BarrierOp::kPlain, nullptr, nullptr));
  for (SharedArray& array : shared_) {
    const uint32_t roll = random_.Below(100);
    const bool integers = array.element == Of(Scalar::kI32) || array.element == Of(Scalar::kU32) ||
                          array.element == Of(Scalar::kU64);
    if (roll < 30 && integers) {
      array.state = State::kAtomic;
      static constexpr AtomicOp kOps[] = {AtomicOp::kAdd, AtomicOp::kMin, AtomicOp::kMax,
                                          AtomicOp::kAnd, AtomicOp::kOr,  AtomicOp::kXor,
                                          AtomicOp::kSub, AtomicOp::kInc};
      // Subtraction exists for 32 bits, counting for unsigned.
      const bool word = array.element != Of(Scalar::kU64);
      const bool unsigned_word = array.element == Of(Scalar::kU32);
      array.atomic = kOps[random_.Below(unsigned_word ? 8 : word ? 7 : 6)];
      array.limit = random_.Between(1, 40);
    } else if (roll < 65) {
      array.state = State::kReadable;
    } else {
      array.state = State::kOwn;
      array.shift = random_.Below(array.count);
      const bool power_of_two = (array.count & (array.count - 1)) == 0;
      array.factor = power_of_two ? 2 * random_.Below(8) + 1 : 1;
    }
  }
}

void Generator::GenBarrier(const Context& context, StmtList& out) {
  const uint32_t roll = random_.Below(100);
  if (context.may_rearrange && roll < 60) return Rearrange(out);
  if (roll < 70) {
    out.push_back(build_.Barrier(BarrierOp::kPlain, nullptr, nullptr));
    return;
  }
  static constexpr BarrierOp kOps[] = {BarrierOp::kCount, BarrierOp::kAnd, BarrierOp::kOr};
  const BarrierOp op = kOps[random_.Below(std::size(kOps))];
  const Variable& result = NewLocal("b", Scalar::kI32);
  ExprPtr predicate = GenBool(3, false);
  out.push_back(build_.Declare(result, nullptr));
  out.push_back(build_.Barrier(op, build_.Of(result), std::move(predicate)));
  Show(result, true, false);
}

StmtPtr Generator::Ballot(const Variable& target, const Variable& mask, ExprPtr condition) {
  return build_.Warp(WarpOp::kBallot, build_.Of(target), build_.Of(mask), std::move(condition));
}

void Generator::GenWarp(const Context& context, StmtList& out) {
  static constexpr WarpOp kOps[] = {WarpOp::kSync,      WarpOp::kBallot,    WarpOp::kAny,
                                    WarpOp::kAll,       WarpOp::kMatchAny,  WarpOp::kMatchAll,
                                    WarpOp::kReduceAdd, WarpOp::kReduceMin, WarpOp::kReduceMax,
                                    WarpOp::kReduceAnd, WarpOp::kReduceOr,  WarpOp::kReduceXor};
  const WarpOp op = kOps[random_.Below(std::size(kOps))];
  Charge(4);
  if (op == WarpOp::kSync) {
    out.push_back(build_.Warp(op, nullptr, build_.Of(*context.mask), nullptr));
    return;
  }
  Scalar input = Scalar::kBool;
  Scalar result = Scalar::kU32;
  if (op == WarpOp::kAny || op == WarpOp::kAll) result = Scalar::kI32;
  if (op == WarpOp::kMatchAny || op == WarpOp::kMatchAll) {
    static constexpr Scalar kInputs[] = {Scalar::kI32, Scalar::kU32, Scalar::kI64, Scalar::kU64};
    input = kInputs[random_.Below(std::size(kInputs))];
  } else if (op >= WarpOp::kReduceAdd) {
    input = random_.Percent(50) && op <= WarpOp::kReduceMax ? Scalar::kI32 : Scalar::kU32;
    result = input;
  }
  ExprPtr value = input == Scalar::kBool ? GenBool(3, false) : Gen(input, 3, false);
  if ((op == WarpOp::kMatchAny || op == WarpOp::kMatchAll) && random_.Percent(70)) {
    // Few different values, so that some are equal.
    value = build_.Binary(Op::kRemainder, std::move(value),
                          build_.Literal(input, random_.Between(1, 5)));
  }
  const Variable& variable = NewLocal("w", result);
  out.push_back(build_.Declare(variable, nullptr));
  out.push_back(build_.Warp(op, build_.Of(variable), build_.Of(*context.mask), std::move(value)));
  Show(variable, false, true);
}

void Generator::GenShuffle(const Context& context, StmtList& out) {
  static constexpr WarpOp kOps[] = {WarpOp::kShuffle, WarpOp::kShuffleUp, WarpOp::kShuffleDown,
                                    WarpOp::kShuffleXor};
  static constexpr Scalar kScalars[] = {Scalar::kI32, Scalar::kU32, Scalar::kI64,
                                        Scalar::kU64, Scalar::kF32, Scalar::kF64};
  const WarpOp op = kOps[random_.Below(std::size(kOps))];
  const Scalar scalar = kScalars[random_.Below(std::size(kScalars))];
  const uint32_t width = random_.Percent(50) ? 32 : 2u << random_.Below(5);
  ExprPtr value = Gen(scalar, 3, false);
  ExprPtr parameter = random_.Percent(60) ? build_.Literal(Scalar::kU32, random_.Below(32))
                                          : build_.Binary(Op::kAnd, Gen(Scalar::kU32, 2, false),
                                                          build_.Literal(Scalar::kU32, 31));
  const Variable& variable = NewLocal("s", scalar);
  out.push_back(build_.Declare(variable, nullptr));
  out.push_back(build_.Warp(op, build_.Of(variable), build_.Of(*context.mask), std::move(value),
                            std::move(parameter), width));
  Charge(8);
  Show(variable, false, true);
}

void Generator::GenMaskedIf(const Context& context, StmtList& out) {
  const Variable& chosen = NewLocal("c", Scalar::kBool);
  const Variable& taken = NewLocal("m", Scalar::kU32);
  out.push_back(build_.Declare(chosen, GenBool(3, false)));
  out.push_back(build_.Declare(taken, nullptr));
  out.push_back(Ballot(taken, *context.mask, build_.Of(chosen)));
  Context inner = Inner(context, Sync::kWarp);
  inner.may_break = inner.may_continue = false;
  inner.loop_mask = nullptr;
  inner.mask = &taken;
  StmtList body = GenList(inner, random_.Between(1, 4));
  StmtList otherwise;
  if (random_.Percent(50)) {
    const Variable& rest = NewLocal("m", Scalar::kU32);
    out.push_back(
        build_.Declare(rest, build_.Binary(Op::kAnd, build_.Of(*context.mask),
                                           build_.Unary(Op::kComplement, build_.Of(taken)))));
    inner.mask = &rest;
    otherwise = GenList(inner, random_.Between(1, 3));
  }
  out.push_back(build_.If(build_.Of(chosen), std::move(body), std::move(otherwise)));
}

void Generator::GenMaskedLoop(const Context& context, StmtList& out) {
  const uint32_t limit = random_.Between(2, 5);
  if (!Affordable(40 * limit)) return GenWarp(context, out);
  const Variable& counter = NewLocal("n", Scalar::kU32);
  const Variable& mask = NewLocal("m", Scalar::kU32);
  const Variable& go_on = NewLocal("c", Scalar::kBool);
  out.push_back(build_.Declare(counter, build_.Literal(Scalar::kU32, 0)));
  out.push_back(build_.Declare(mask, build_.Of(*context.mask)));
  const uint64_t outside = iterations_;
  iterations_ *= limit + 1;
  const size_t visible = objects_.size();
  Show(counter, false, false);
  StmtList body;
  ExprPtr below = build_.Binary(Op::kLess, build_.Of(counter), build_.Literal(Scalar::kU32, limit));
  body.push_back(
      build_.Declare(go_on, build_.Binary(Op::kLogicalAnd, std::move(below), GenBool(3, false))));
  body.push_back(Ballot(mask, mask, build_.Of(go_on)));
  body.push_back(build_.If(build_.Unary(Op::kNot, build_.Of(go_on)),
                           Build::Body(build_.Jump(Stmt::Kind::kBreak))));
  body.push_back(build_.Assign(build_.Of(counter), build_.Literal(Scalar::kU32, 1), Op::kAdd));
  Context inner = Inner(context, Sync::kWarp);
  inner.mask = &mask;
  inner.loop_mask = &mask;
  ++inner.loops;
  for (StmtPtr& stmt : GenList(inner, random_.Between(1, 5))) body.push_back(std::move(stmt));
  objects_.resize(visible);
  iterations_ = outside;
  out.push_back(build_.While(build_.Literal(Scalar::kBool, 1), std::move(body)));
}

void Generator::GenMaskedJump(Context& context, StmtList& out) {
  if (context.sync != Sync::kWarp || context.loop_mask == nullptr ||
      context.mask != context.loop_mask) {
    return GenWarp(context, out);
  }
  const Variable& leaves = NewLocal("c", Scalar::kBool);
  out.push_back(build_.Declare(leaves, GenBool(3, false)));
  ExprPtr stays = build_.Unary(Op::kNot, build_.Of(leaves));
  if (random_.Percent(50)) {
    out.push_back(Ballot(*context.mask, *context.mask, std::move(stays)));
    out.push_back(build_.If(build_.Of(leaves), Build::Body(build_.Jump(Stmt::Kind::kBreak))));
    return;
  }
  // Those that continue wait at the top of the loop for the others.
  const Variable& rest = NewLocal("m", Scalar::kU32);
  out.push_back(build_.Declare(rest, nullptr));
  out.push_back(Ballot(rest, *context.mask, std::move(stays)));
  out.push_back(build_.If(build_.Of(leaves), Build::Body(build_.Jump(Stmt::Kind::kContinue))));
  context.mask = &rest;
  context.loop_mask = nullptr;
}

void Generator::GenEarlyReturn(const Context& context, StmtList& out) {
  if (!in_kernel_ || early_returns_left_ == 0) return GenBarrier(context, out);
  --early_returns_left_;
  const Variable& leaves = NewLocal("c", Scalar::kBool);
  out.push_back(build_.Declare(leaves, GenBool(3, false)));
  out.push_back(Ballot(*context.mask, *context.mask, build_.Unary(Op::kNot, build_.Of(leaves))));
  out.push_back(build_.If(build_.Of(leaves), Build::Body(build_.Return(nullptr))));
}

void Generator::GenAtomic(StmtList& out) {
  Charge(6);
  const uint32_t roll = random_.Below(100);
  if (roll < 35 && !stable_only_) return GenSharedAtomic(out);
  if (roll < 60) return GenOwnAtomic(out);
  const auto slots = static_cast<uint32_t>(accumulator_ops_.size());
  const uint32_t slot = random_.Below(slots);
  ExprPtr object =
      build_.Element(build_.Of(*accumulators_), build_.Literal(Scalar::kU32, slot), slots, true);
  const AtomicOp op = accumulator_ops_[slot];
  ExprPtr value = op == AtomicOp::kInc ? build_.Literal(Scalar::kU32, 1000 + slot)
                                       : Gen(Scalar::kU32, 2, false);
  out.push_back(build_.Atomic(op, nullptr, std::move(object), std::move(value)));
}

void Generator::GenSharedAtomic(StmtList& out) {
  std::vector<const SharedArray*> usable;
  for (const SharedArray& array : shared_) {
    if (array.state == State::kAtomic) usable.push_back(&array);
  }
  if (usable.empty()) return GenOwnAtomic(out);
  const SharedArray& array = *random_.Pick(usable);
  const Scalar scalar = array.element->scalar;
  ExprPtr object = build_.Element(build_.Of(*array.variable), GenIndex(false), array.count);
  ExprPtr value =
      array.atomic == AtomicOp::kInc ? build_.Literal(scalar, array.limit) : Gen(scalar, 2, false);
  out.push_back(build_.Atomic(array.atomic, nullptr, std::move(object), std::move(value)));
}

void Generator::GenOwnAtomic(StmtList& out) {
  // Nobody else touches the element, so the old value is known.
  std::vector<const SharedArray*> usable;
  for (const SharedArray& array : shared_) {
    const bool words = array.element == Of(Scalar::kI32) || array.element == Of(Scalar::kU32) ||
                       array.element == Of(Scalar::kU64);
    if (array.state == State::kOwn && words) usable.push_back(&array);
  }
  if (usable.empty()) return;
  const SharedArray& array = *random_.Pick(usable);
  const Scalar scalar = array.element->scalar;
  static constexpr AtomicOp kOps[] = {AtomicOp::kAdd,      AtomicOp::kMin, AtomicOp::kMax,
                                      AtomicOp::kAnd,      AtomicOp::kOr,  AtomicOp::kXor,
                                      AtomicOp::kExchange, AtomicOp::kCas};
  const AtomicOp op = kOps[random_.Below(std::size(kOps))];
  const Variable& old = NewLocal("o", scalar);
  ExprPtr value = Gen(scalar, 2, false);
  StmtPtr stmt = build_.Atomic(op, build_.Of(old), OwnElement(array), std::move(value));
  if (op == AtomicOp::kCas) stmt->args.push_back(Gen(scalar, 1, false));
  out.push_back(build_.Declare(old, nullptr));
  out.push_back(std::move(stmt));
  Show(old, false, true);
}

}  // namespace opensupa::fuzz
