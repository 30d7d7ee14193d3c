#include <iterator>

#include "generate.h"

namespace opensupa::fuzz {

const Variable& Generator::NewLocal(const char* prefix, Scalar scalar) {
  return build_.NewVariable(prefix, Of(scalar), Storage::kLocal);
}

void Generator::Show(const Variable& variable, bool uniform, bool writable) {
  Object object;
  object.variable = &variable;
  object.uniform = uniform;
  object.writable = writable;
  objects_.push_back(object);
}

Context Generator::Inner(const Context& context, Sync sync) const {
  Context inner = context;
  inner.sync = sync;
  ++inner.depth;
  if (sync != context.sync) {
    // Leaving the loop or function from here would not be seen by the masks around.
    inner.may_break = inner.may_continue = inner.may_return = false;
    inner.loop_mask = nullptr;
  }
  if (sync != Sync::kBlock) inner.may_rearrange = false;
  return inner;
}

StmtList Generator::GenList(const Context& outer, uint32_t statements) {
  Context context = outer;
  const size_t visible = objects_.size();
  const size_t callable = callables_.size();
  StmtList list;
  for (uint32_t i = 0; i < statements && statements_left_ > 0 && Affordable(20); ++i) {
    --statements_left_;
    GenStmt(context, list);
  }
  objects_.resize(visible);
  callables_.resize(callable);
  return list;
}

void Generator::GenStmt(Context& context, StmtList& out) {
  Charge(2);
  if (context.sync != Sync::kNone && random_.Percent(40)) return GenSyncStmt(context, out);
  const bool nest = context.depth < 4;
  const uint32_t roll = random_.Below(100);
  if (roll < 16) return GenDeclare(context, out);
  if (roll < 21) return GenAggregate(context, out);
  if (roll < 25) return GenReference(out);
  if (roll < 45) return GenAssign(context, out);
  if (roll < 57 && nest) return GenIf(context, out);
  if (roll < 65 && nest && context.loops < 3) return GenFor(context, out);
  if (roll < 71 && nest && context.loops < 3) return GenFreeLoop(context, out);
  if (roll < 77 && nest) return GenSwitch(context, out);
  if (roll < 84) return GenJump(context, out);
  if (roll < 87) return GenStructCopy(out);
  if (roll < 90 && in_kernel_) return GenAtomic(out);
  if (roll < 94 && in_kernel_) return GenStore(out);
  if (roll < 98) return GenCallStmt(context, out);
  return GenAssign(context, out);
}

void Generator::GenDeclare(const Context& context, StmtList& out) {
  if (random_.Percent(10)) {
    if (StmtPtr lambda = MakeLambda()) {
      out.push_back(std::move(lambda));
      return;
    }
  }
  const Scalar scalar = PickScalar();
  const bool uniform = context.sync == Sync::kBlock && random_.Percent(40);
  ExprPtr value = Gen(scalar, 3, uniform);
  const bool is_const = random_.Percent(25);
  Variable& variable = build_.NewVariable("v", Of(scalar), Storage::kLocal);
  variable.is_const = is_const;
  out.push_back(build_.Declare(variable, std::move(value)));
  Show(variable, uniform, !is_const);
}

void Generator::GenAggregate(const Context& context, StmtList& out) {
  const auto& structs = program_->types.structs();
  const Type* type =
      structs.empty() || random_.Percent(50) ? Of(PickScalar()) : random_.Pick(structs);
  if (type->is_scalar() || random_.Percent(40)) {
    static constexpr uint32_t kCounts[] = {2, 3, 4, 5, 8, 8, 16};
    type = program_->types.ArrayOf(type, kCounts[random_.Below(std::size(kCounts))]);
  }
  Variable& variable = build_.NewVariable("a", type, Storage::kLocal);
  ExprPtr value = type->is_struct() && random_.Percent(50) ? StructValue(type, false) : nullptr;
  const bool zeroed = value == nullptr;
  out.push_back(build_.Declare(variable, std::move(value)));
  Show(variable, zeroed && context.sync == Sync::kBlock && random_.Percent(20), true);
  const Object object = objects_.back();
  // Some of it gets values at once, so that not all is zero.
  for (uint32_t i = random_.Below(4); i > 0; --i) {
    ExprPtr target = ScalarIn(object, object.uniform, false);
    const Scalar scalar = target->type->scalar;
    out.push_back(build_.Assign(std::move(target), Gen(scalar, 2, object.uniform)));
  }
}

void Generator::GenReference(StmtList& out) {
  std::vector<Object> fitting;
  for (const Object& object : objects_) {
    if (object.writable && !object.uniform && !object.variable->is_const) fitting.push_back(object);
  }
  if (fitting.empty()) return;
  const Object target = random_.Pick(fitting);
  ExprPtr object = ObjectExpr(target, false);
  if (!object->type->is_struct() || random_.Percent(60)) {
    object = Descend(std::move(object), false, true);
  }
  if (object == nullptr) return;
  const Variable& pointer =
      build_.NewVariable("p", program_->types.PointerTo(object->type), Storage::kLocal);
  // Sometimes one of two objects of the type, known only at run time.
  ExprPtr address = build_.AddressOf(std::move(object));
  const Object second = random_.Pick(fitting);
  const Type* held = second.is_reference ? second.variable->type->element : second.variable->type;
  if (held == pointer.type->element && second.extent == 0 && random_.Percent(70)) {
    ExprPtr condition = GenBool(2, false);
    address = build_.Select(std::move(condition), std::move(address),
                            build_.AddressOf(ObjectExpr(second, false)));
  }
  out.push_back(build_.Declare(pointer, std::move(address)));
  Show(pointer, false, true);
  objects_.back().is_reference = true;
}

void Generator::GenAssign(const Context& context, StmtList& out) {
  const bool uniform = context.sync == Sync::kBlock && random_.Percent(25);
  ExprPtr target = WritableTarget(uniform);
  if (target == nullptr) return GenDeclare(context, out);
  const Scalar scalar = target->type->scalar;
  Op op = Op::kLiteral;
  if (random_.Percent(45) && scalar != Scalar::kBool) {
    static constexpr Op kOps[] = {Op::kAdd, Op::kSubtract, Op::kMultiply, Op::kXor,
                                  Op::kOr,  Op::kAnd,      Op::kShiftLeft};
    op = kOps[random_.Below(IsFloat(scalar) ? 3 : std::size(kOps))];
  }
  out.push_back(build_.Assign(std::move(target), Gen(scalar, random_.Between(1, 4), uniform), op));
}

void Generator::GenIf(const Context& context, StmtList& out) {
  const bool uniform = context.sync == Sync::kBlock && random_.Percent(50);
  ExprPtr condition = GenBool(3, uniform);
  const Context inner = Inner(context, uniform ? Sync::kBlock : Sync::kNone);
  const std::vector<SharedArray> before = shared_;
  const uint32_t rearranged = rearranged_;
  StmtList body = GenList(inner, random_.Between(1, 4));
  shared_ = before;
  StmtList otherwise;
  if (random_.Percent(50)) otherwise = GenList(inner, random_.Between(1, 3));
  out.push_back(build_.If(std::move(condition), std::move(body), std::move(otherwise)));
  if (rearranged_ != rearranged) Rearrange(out);
}

void Generator::GenFor(const Context& context, StmtList& out) {
  const bool uniform = context.sync == Sync::kBlock && random_.Percent(60);
  static constexpr Scalar kCounters[] = {Scalar::kI32, Scalar::kI32, Scalar::kU32,
                                         Scalar::kI64, Scalar::kU8,  Scalar::kI16};
  const Scalar scalar = kCounters[random_.Below(std::size(kCounters))];
  const uint32_t limit = random_.Percent(80) ? 4 : 8;
  if (!Affordable(30 * limit)) return GenAssign(context, out);
  stable_only_ = true;
  ExprPtr trips = random_.Percent(30) ? build_.Literal(scalar, random_.Between(1, limit - 1))
                                      : build_.Binary(Op::kAnd, Gen(scalar, 2, uniform),
                                                      build_.Literal(scalar, limit - 1));
  stable_only_ = false;
  const Variable& counter = NewLocal("i", scalar);
  const bool down = IsSigned(scalar) && random_.Percent(30);
  Context inner = Inner(context, uniform ? Sync::kBlock : Sync::kNone);
  inner.may_break = inner.may_continue = true;
  inner.loop_mask = nullptr;
  ++inner.loops;
  inner.may_rearrange = inner.may_rearrange && random_.Percent(40);
  const uint64_t outside = iterations_;
  iterations_ *= limit;
  const size_t visible = objects_.size();
  Show(counter, uniform, false);
  objects_.back().below = limit;
  StmtList body;
  if (inner.may_rearrange) Rearrange(body);
  for (StmtPtr& stmt : GenList(inner, random_.Between(1, 4))) body.push_back(std::move(stmt));
  objects_.resize(visible);
  iterations_ = outside;
  ExprPtr zero = build_.Literal(scalar, 0);
  if (down) {
    ExprPtr condition = build_.Binary(Op::kGreater, build_.Of(counter), std::move(zero));
    out.push_back(build_.For(counter, std::move(trips), std::move(condition),
                             build_.Literal(scalar, ~uint64_t{0}), std::move(body)));
  } else {
    ExprPtr condition = build_.Binary(Op::kLess, build_.Of(counter), std::move(trips));
    out.push_back(build_.For(counter, std::move(zero), std::move(condition),
                             build_.Literal(scalar, random_.Between(1, 2)), std::move(body)));
  }
  if (inner.may_rearrange) Rearrange(out);
}

void Generator::GenFreeLoop(const Context& context, StmtList& out) {
  const uint32_t limit = random_.Between(2, 5);
  if (!Affordable(30 * limit)) return GenAssign(context, out);
  const bool uniform = context.sync == Sync::kBlock && random_.Percent(50);
  const Variable& counter = NewLocal("n", Scalar::kU32);
  out.push_back(build_.Declare(counter, build_.Literal(Scalar::kU32, 0)));
  const size_t visible = objects_.size();
  Show(counter, uniform, false);
  stable_only_ = true;
  ExprPtr below = build_.Binary(Op::kLess, build_.Of(counter), build_.Literal(Scalar::kU32, limit));
  ExprPtr condition = build_.Binary(Op::kLogicalAnd, std::move(below), GenBool(3, uniform));
  stable_only_ = false;
  Context inner = Inner(context, uniform ? Sync::kBlock : Sync::kNone);
  inner.may_break = inner.may_continue = true;
  inner.loop_mask = nullptr;
  inner.may_rearrange = false;
  ++inner.loops;
  const uint64_t outside = iterations_;
  iterations_ *= limit + 1;
  StmtList body;
  body.push_back(build_.Assign(build_.Of(counter), build_.Literal(Scalar::kU32, 1), Op::kAdd));
  for (StmtPtr& stmt : GenList(inner, random_.Between(1, 4))) body.push_back(std::move(stmt));
  iterations_ = outside;
  objects_.resize(visible);
  out.push_back(random_.Percent(50) ? build_.While(std::move(condition), std::move(body))
                                    : build_.Do(std::move(body), std::move(condition)));
}

void Generator::GenSwitch(const Context& context, StmtList& out) {
  const bool uniform = context.sync == Sync::kBlock && random_.Percent(40);
  auto stmt = build_.Jump(Stmt::Kind::kSwitch);
  const uint32_t modulus = random_.Between(2, 9);
  stmt->value =
      build_.Cast(Scalar::kI32, build_.Binary(Op::kRemainder, Gen(Scalar::kU32, 2, uniform),
                                              build_.Literal(Scalar::kU32, modulus)));
  Context inner = Inner(context, uniform ? Sync::kBlock : Sync::kNone);
  inner.may_break = true;
  inner.may_rearrange = false;
  inner.loop_mask = nullptr;
  const uint32_t cases = random_.Between(1, 5);
  const uint32_t default_case = random_.Below(8);
  int32_t label = 0;
  for (uint32_t i = 0; i < cases; ++i) {
    SwitchCase one;
    if (i != default_case) {
      for (uint32_t labels = random_.Between(1, 2); labels > 0; --labels) {
        one.labels.push_back(label);
        label += static_cast<int32_t>(random_.Between(1, 2));
      }
    }
    one.body = GenList(inner, random_.Between(1, 3));
    one.falls_through = i + 1 < cases && random_.Percent(35);
    stmt->cases.push_back(std::move(one));
  }
  out.push_back(std::move(stmt));
}

void Generator::GenJump(const Context& context, StmtList& out) {
  std::vector<Stmt::Kind> possible;
  if (context.may_break) possible.push_back(Stmt::Kind::kBreak);
  if (context.may_continue) possible.push_back(Stmt::Kind::kContinue);
  if (context.may_return && context.sync == Sync::kNone) possible.push_back(Stmt::Kind::kReturn);
  if (possible.empty() || context.sync == Sync::kWarp) return GenAssign(context, out);
  const bool uniform = context.sync == Sync::kBlock;
  ExprPtr condition = GenBool(2, uniform);
  const Stmt::Kind kind = random_.Pick(possible);
  StmtList body;
  if (random_.Percent(40)) body = GenList(Inner(context, context.sync), 1);
  StmtPtr jump = build_.Jump(kind);
  if (kind == Stmt::Kind::kReturn && return_type_ != nullptr) {
    jump->value = return_type_->is_struct() ? StructValue(return_type_, false)
                                            : Gen(return_type_->scalar, 2, false);
  }
  body.push_back(std::move(jump));
  out.push_back(build_.If(std::move(condition), std::move(body)));
}

ExprPtr Generator::Observe(ExprPtr value) {
  switch (value->type->scalar) {
    case Scalar::kF16:
      return build_.Cast(Scalar::kU64, build_.BitsOf(Scalar::kU16, std::move(value)));
    case Scalar::kF32:
      return build_.Cast(Scalar::kU64, build_.BitsOf(Scalar::kU32, std::move(value)));
    case Scalar::kF64:
      return build_.BitsOf(Scalar::kU64, std::move(value));
    default:
      return build_.Cast(Scalar::kU64, std::move(value));
  }
}

void Generator::GenStore(StmtList& out) {
  const uint32_t count = program_->blocks() * program_->threads_per_block() * out_per_thread_;
  ExprPtr first = build_.Binary(Op::kMultiply, build_.Of(Builtin::kGridThread),
                                build_.Literal(Scalar::kU32, out_per_thread_));
  ExprPtr index = build_.Binary(Op::kAdd, std::move(first),
                                build_.Literal(Scalar::kU32, random_.Below(out_per_thread_)));
  ExprPtr target = build_.Element(build_.Of(*out_), std::move(index), count, true);
  static constexpr Op kOps[] = {Op::kLiteral, Op::kAdd, Op::kXor, Op::kAdd};
  const Op op = kOps[random_.Below(std::size(kOps))];
  ExprPtr value = Observe(Gen(PickScalar(), 3, false));
  out.push_back(build_.Assign(std::move(target), std::move(value), op));
  Charge(8);
}

void Generator::GenCallStmt(const Context& context, StmtList& out) {
  std::vector<Callable> fitting;
  for (const Callable& callable : callables_) {
    const bool reached = callable.sync == Sync::kNone ||
                         (callable.sync == Sync::kWarp && context.sync != Sync::kNone) ||
                         context.sync == Sync::kBlock;
    if (reached && calls_allowed_ && CanCall(callable)) fitting.push_back(callable);
  }
  if (fitting.empty()) return GenAssign(context, out);
  const Callable callable = random_.Pick(fitting);
  const Function& function = *callable.function;
  Charge(callable.cost);
  std::vector<ExprPtr> args;
  if (callable.sync != Sync::kNone) args.push_back(build_.Of(*context.mask));
  if (callable.recursive) args.push_back(build_.Literal(Scalar::kU32, random_.Below(4)));
  if (callable.has_effects) {
    const Type* type = function.parameters[0]->type->element;
    args.push_back(build_.AddressOf(StructValue(type, true)));
  }
  for (ExprPtr& arg : GenArguments(function, args.size(), 2)) args.push_back(std::move(arg));
  ExprPtr call = callable.table >= 0
                     ? build_.CallTable(static_cast<uint32_t>(callable.table),
                                        Gen(Scalar::kU32, 2, false), std::move(args))
                     : build_.Call(function, std::move(args));
  const Variable& result = build_.NewVariable("r", function.result, Storage::kLocal);
  out.push_back(build_.Declare(result, nullptr));
  out.push_back(build_.CallStmt(build_.Of(result), std::move(call)));
  Show(result, false, true);
}

void Generator::GenStructCopy(StmtList& out) {
  const auto& structs = program_->types.structs();
  if (structs.empty()) return;
  const Type* type = random_.Pick(structs);
  ExprPtr to = StructValue(type, true);
  if (to == nullptr) return;
  Charge(10);
  out.push_back(build_.Assign(std::move(to), StructValue(type, false)));
}

}  // namespace opensupa::fuzz
