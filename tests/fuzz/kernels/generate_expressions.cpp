#include <iterator>

#include "generate.h"
#include "intrinsics.h"
#include "scalar_ops.h"

namespace opensupa::fuzz {
namespace {

constexpr Scalar kIntegers[] = {Scalar::kI8,  Scalar::kU8,  Scalar::kI16, Scalar::kU16,
                                Scalar::kI32, Scalar::kU32, Scalar::kI64, Scalar::kU64};

}  // namespace

Scalar Generator::PickInteger() {
  // int and unsigned most often, as in real kernels.
  if (random_.Percent(50)) return random_.Percent(50) ? Scalar::kI32 : Scalar::kU32;
  return kIntegers[random_.Below(std::size(kIntegers))];
}

Scalar Generator::PickScalar() {
  const uint32_t roll = random_.Below(100);
  if (roll < 8) return Scalar::kBool;
  if (roll < 70) return PickInteger();
  if (roll < 86) return Scalar::kF32;
  return roll < 95 ? Scalar::kF64 : Scalar::kF16;
}

ExprPtr Generator::Gen(Scalar scalar, uint32_t depth, bool uniform) {
  Charge(1);
  if (depth == 0 || !Affordable(8) || random_.Percent(20)) return Leaf(scalar, uniform);
  return GenNode(scalar, depth - 1, uniform);
}

ExprPtr Generator::GenNode(Scalar scalar, uint32_t depth, bool uniform) {
  const uint32_t roll = random_.Below(100);
  if (roll < 8) {
    ExprPtr condition = GenBool(depth, uniform);
    ExprPtr first = Gen(scalar, depth, uniform);
    return build_.Select(std::move(condition), std::move(first), Gen(scalar, depth, uniform));
  }
  if (roll < 20) return GenConversion(scalar, depth, uniform);
  if (roll < 30 && calls_allowed_) return GenCall(scalar, depth, uniform);
  if (scalar == Scalar::kBool) return GenBool(depth, uniform);
  if (roll < 42) return GenIntrinsic(scalar, depth, uniform);
  if (roll < 50) return GenUnary(scalar, depth, uniform);
  if (roll < 60) return GenExact(scalar, depth, uniform);
  return GenArithmetic(scalar, depth, uniform);
}

ExprPtr Generator::GenArithmetic(Scalar scalar, uint32_t depth, bool uniform) {
  if (IsFloat(scalar)) {
    static constexpr Op kOps[] = {Op::kAdd, Op::kSubtract, Op::kMultiply, Op::kDivide};
    const Op op = kOps[random_.Below(std::size(kOps))];
    ExprPtr left = Gen(scalar, depth, uniform);
    return build_.Binary(op, std::move(left), Gen(scalar, depth, uniform));
  }
  static constexpr Op kOps[] = {Op::kAdd,    Op::kAdd,       Op::kSubtract,  Op::kMultiply,
                                Op::kDivide, Op::kRemainder, Op::kAnd,       Op::kOr,
                                Op::kXor,    Op::kShiftLeft, Op::kShiftRight};
  const Op op = kOps[random_.Below(std::size(kOps))];
  ExprPtr left = Gen(scalar, depth, uniform);
  const bool division = op == Op::kDivide || op == Op::kRemainder;
  if (division && random_.Percent(50)) {
    const uint32_t limit = random_.Percent(70) ? 20 : 127;
    return build_.Binary(op, std::move(left), build_.Literal(scalar, random_.Between(1, limit)));
  }
  return build_.Binary(op, std::move(left), Gen(scalar, depth, uniform));
}

ExprPtr Generator::GenExact(Scalar scalar, uint32_t depth, bool uniform) {
  if (scalar != Scalar::kI32 && scalar != Scalar::kI64) {
    return GenArithmetic(scalar, depth, uniform);
  }
  // Operands are cut so that the plain signed operation cannot overflow.
  static constexpr Op kOps[] = {Op::kAdd, Op::kSubtract, Op::kMultiply};
  const auto cut = [&] {
    ExprPtr value = Gen(scalar, depth, uniform);
    if (random_.Percent(50)) {
      const uint32_t bits = random_.Between(3, 14);
      return build_.Binary(Op::kAnd, std::move(value), build_.Literal(scalar, (1u << bits) - 1));
    }
    return build_.Binary(Op::kRemainder, std::move(value),
                         build_.Literal(scalar, random_.Between(2, 30000)));
  };
  const Op op = kOps[random_.Below(std::size(kOps))];
  ExprPtr left = cut();
  ExprPtr expr = build_.Binary(op, std::move(left), cut());
  expr->exact = true;
  return expr;
}

ExprPtr Generator::GenUnary(Scalar scalar, uint32_t depth, bool uniform) {
  const Op op = IsFloat(scalar) || random_.Percent(50) ? Op::kNegate : Op::kComplement;
  return build_.Unary(op, Gen(scalar, depth, uniform));
}

ExprPtr Generator::GenBool(uint32_t depth, bool uniform) {
  Charge(1);
  if (depth == 0) return Leaf(Scalar::kBool, uniform);
  const uint32_t roll = random_.Below(100);
  if (roll < 10) return build_.Unary(Op::kNot, GenBool(depth - 1, uniform));
  if (roll < 35) {
    const Op op = random_.Percent(50) ? Op::kLogicalAnd : Op::kLogicalOr;
    ExprPtr left = GenBool(depth - 1, uniform);
    return build_.Binary(op, std::move(left), GenBool(depth - 1, uniform));
  }
  Scalar scalar = PickScalar();
  if (scalar == Scalar::kBool) scalar = Scalar::kI32;
  static constexpr Op kOps[] = {Op::kLess,         Op::kLessEqual, Op::kGreater,
                                Op::kGreaterEqual, Op::kEqual,     Op::kNotEqual};
  const Op op = kOps[random_.Below(std::size(kOps))];
  // A small remainder, so that equality and order are decided either way.
  if (IsInteger(scalar) && random_.Percent(50)) {
    const uint32_t modulus = random_.Between(2, 9);
    ExprPtr value = build_.Binary(Op::kRemainder, Gen(scalar, depth - 1, uniform),
                                  build_.Literal(scalar, modulus));
    return build_.Binary(op, std::move(value), build_.Literal(scalar, random_.Below(modulus)));
  }
  ExprPtr left = Gen(scalar, depth - 1, uniform);
  return build_.Binary(op, std::move(left), Gen(scalar, depth - 1, uniform));
}

ExprPtr Generator::GenConversion(Scalar scalar, uint32_t depth, bool uniform) {
  if (random_.Percent(25)) {
    if (scalar == Scalar::kU32) return build_.BitsOf(scalar, Gen(Scalar::kF32, depth, uniform));
    if (scalar == Scalar::kF32) return build_.BitsOf(scalar, Gen(Scalar::kU32, depth, uniform));
    if (scalar == Scalar::kU64) return build_.BitsOf(scalar, Gen(Scalar::kF64, depth, uniform));
    if (scalar == Scalar::kF64) return build_.BitsOf(scalar, Gen(Scalar::kU64, depth, uniform));
    if (scalar == Scalar::kU16) return build_.BitsOf(scalar, Gen(Scalar::kF16, depth, uniform));
    if (scalar == Scalar::kF16) return build_.BitsOf(scalar, Gen(Scalar::kU16, depth, uniform));
  }
  return build_.Cast(scalar, Gen(PickScalar(), depth, uniform));
}

ExprPtr Generator::GenIntrinsic(Scalar scalar, uint32_t depth, bool uniform) {
  const auto all = AllIntrinsics();
  const uint32_t number = random_.Below(static_cast<uint32_t>(all.size()));
  // Floats stay floats; an integer result fits any integer type.
  if (IsFloat(all[number].result) != IsFloat(scalar) || scalar == Scalar::kF16) {
    return GenArithmetic(scalar, depth, uniform);
  }
  std::vector<ExprPtr> args;
  for (Scalar parameter : all[number].parameters) args.push_back(Gen(parameter, depth, uniform));
  return build_.Cast(scalar, build_.Intrinsic(number, std::move(args)));
}

bool Generator::CanCall(const Callable& callable) {
  if (!Affordable(callable.cost)) return false;
  for (const Variable* parameter : callable.function->parameters) {
    const Type* type = parameter->type;
    const bool by_pointer = type->is_pointer();
    if (by_pointer) type = type->element;
    if (type->is_struct() && StructValue(type, by_pointer) == nullptr) return false;
  }
  return true;
}

ExprPtr Generator::GenCall(Scalar scalar, uint32_t depth, bool uniform) {
  std::vector<const Callable*> fitting;
  for (const Callable& callable : callables_) {
    const bool pure = callable.sync == Sync::kNone && !callable.has_effects;
    if (pure && callable.function->result->is_scalar() && CanCall(callable)) {
      fitting.push_back(&callable);
    }
  }
  // A function may read what differs between threads.
  if (uniform || fitting.empty()) return Leaf(scalar, uniform);
  const Callable callable = *random_.Pick(fitting);
  Charge(callable.cost);
  const Function& function = *callable.function;
  std::vector<ExprPtr> args;
  if (callable.recursive) {
    args.push_back(build_.Binary(Op::kAnd, Gen(Scalar::kU32, depth, uniform),
                                 build_.Literal(Scalar::kU32, 3)));
  }
  for (ExprPtr& arg : GenArguments(function, args.size(), depth)) args.push_back(std::move(arg));
  if (callable.table >= 0) {
    ExprPtr index = Gen(Scalar::kU32, depth, uniform);
    return build_.Cast(scalar, build_.CallTable(static_cast<uint32_t>(callable.table),
                                                std::move(index), std::move(args)));
  }
  return build_.Cast(scalar, build_.Call(function, std::move(args)));
}

std::vector<ExprPtr> Generator::GenArguments(const Function& function, size_t first,
                                             uint32_t depth) {
  std::vector<ExprPtr> args;
  for (size_t i = first; i < function.parameters.size(); ++i) {
    const Variable& parameter = *function.parameters[i];
    if (i < function.template_parameters) {
      args.push_back(build_.Literal(Scalar::kU32, random_.Below(8)));
    } else if (i >= function.parameters.size() - function.captures) {
      // The captured variable has the parameter's name.
      for (const Object& object : objects_) {
        if (object.variable->name != parameter.name) continue;
        args.push_back(build_.Of(*object.variable));
        break;
      }
    } else if (parameter.type->is_struct()) {
      args.push_back(StructValue(parameter.type, false));
    } else {
      args.push_back(Gen(parameter.type->scalar, depth, false));
    }
  }
  return args;
}

ExprPtr Generator::Leaf(Scalar scalar, bool uniform) {
  if (random_.Percent(20)) return GenLiteral(scalar);
  if (random_.Percent(12)) return build_.Cast(scalar, GenBuiltin(uniform));
  ExprPtr value = ReadSomething(uniform);
  return value != nullptr ? build_.Cast(scalar, std::move(value)) : GenLiteral(scalar);
}

ExprPtr Generator::GenLiteral(Scalar scalar) {
  if (IsFloat(scalar)) {
    static constexpr double kValues[] = {0, 1, -1, 0.5, 2, 3, -7, 100, 1.25, -0.375, 1e-3, 4096};
    if (random_.Percent(80))
      return build_.Float(scalar, kValues[random_.Below(std::size(kValues))]);
    const double value = static_cast<double>(static_cast<int64_t>(random_.Next() >> 40)) / 256.0;
    return build_.Float(scalar, random_.Percent(50) ? value : -value);
  }
  if (random_.Percent(60)) return build_.Literal(scalar, random_.Below(16));
  if (random_.Percent(30)) return build_.Literal(scalar, uint64_t{0} - random_.Between(1, 4));
  return build_.Literal(scalar, random_.Next() >> random_.Below(64));
}

ExprPtr Generator::GenBuiltin(bool uniform) {
  static constexpr Builtin kUniform[] = {
      Builtin::kBlockX,    Builtin::kBlockY,    Builtin::kBlockZ,
      Builtin::kBlockDimX, Builtin::kBlockDimY, Builtin::kGridDimX,
      Builtin::kGridDimZ,  Builtin::kBlock,     Builtin::kThreads};
  static constexpr Builtin kVarying[] = {Builtin::kThreadX, Builtin::kThreadY,   Builtin::kThreadZ,
                                         Builtin::kThread,  Builtin::kThread,    Builtin::kLane,
                                         Builtin::kWarp,    Builtin::kGridThread};
  return build_.Of(uniform || random_.Percent(20) ? kUniform[random_.Below(std::size(kUniform))]
                                                  : kVarying[random_.Below(std::size(kVarying))]);
}

ExprPtr Generator::GenIndex(bool uniform) {
  Charge(1);
  if (random_.Percent(30)) return build_.Literal(Scalar::kU32, random_.Below(32));
  if (random_.Percent(25)) return GenBuiltin(uniform);
  return Gen(Scalar::kU32, random_.Percent(30) ? 1 : 0, uniform);
}

ExprPtr Generator::ObjectExpr(const Object& object, bool uniform) {
  ExprPtr expr = build_.Of(*object.variable);
  if (object.extent != 0) return build_.Element(std::move(expr), GenIndex(uniform), object.extent);
  if (object.is_reference) return build_.Deref(std::move(expr));
  return expr;
}

ExprPtr Generator::Descend(ExprPtr object, bool uniform, bool addressable) {
  while (!object->type->is_scalar()) {
    Charge(1);
    if (object->type->is_array()) {
      const uint32_t count = object->type->count;
      std::vector<const Variable*> counters;
      for (const Object& one : objects_) {
        if (one.below != 0 && one.below <= count && (one.uniform || !uniform)) {
          counters.push_back(one.variable);
        }
      }
      if (!counters.empty() && random_.Percent(40)) {
        ExprPtr counter = build_.Of(*random_.Pick(counters));
        object = build_.Element(std::move(object), std::move(counter), count, true);
      } else {
        object = build_.Element(std::move(object), GenIndex(uniform), count);
      }
      continue;
    }
    const auto& fields = object->type->fields;
    const uint32_t field = random_.Below(static_cast<uint32_t>(fields.size()));
    if (addressable && fields[field].bits != 0) return nullptr;
    object = build_.Member(std::move(object), field);
  }
  return object;
}

ExprPtr Generator::ScalarIn(const Object& object, bool uniform, bool addressable) {
  if (uniform && !object.uniform) return nullptr;
  return Descend(ObjectExpr(object, uniform), uniform, addressable);
}

ExprPtr Generator::ReadShared(bool uniform) {
  std::vector<const SharedArray*> usable;
  for (const SharedArray& array : shared_) {
    if (array.state == State::kReadable || (array.state == State::kOwn && !uniform)) {
      usable.push_back(&array);
    }
  }
  if (usable.empty()) return nullptr;
  const SharedArray& array = *random_.Pick(usable);
  Charge(2);
  ExprPtr element = array.state == State::kOwn ? OwnElement(array)
                                               : build_.Element(build_.Of(*array.variable),
                                                                GenIndex(uniform), array.count);
  return Descend(std::move(element), uniform, false);
}

ExprPtr Generator::OwnElement(const SharedArray& array) {
  ExprPtr index = build_.Of(Builtin::kThread);
  if (array.factor != 1) {
    index =
        build_.Binary(Op::kMultiply, std::move(index), build_.Literal(Scalar::kU32, array.factor));
  }
  if (array.shift != 0) {
    index = build_.Binary(Op::kAdd, std::move(index), build_.Literal(Scalar::kU32, array.shift));
  }
  Charge(4);
  return build_.Element(build_.Of(*array.variable), std::move(index), array.count);
}

ExprPtr Generator::ReadSomething(bool uniform) {
  if (in_kernel_ && !stable_only_ && random_.Percent(15)) {
    if (ExprPtr value = ReadShared(uniform)) return value;
  }
  Charge(1);
  if (objects_.empty()) return nullptr;
  for (int attempt = 0; attempt < 6; ++attempt) {
    // Recent objects more often.
    const auto size = static_cast<uint32_t>(objects_.size());
    uint32_t number = random_.Below(size);
    if (random_.Percent(50)) number = std::max(number, random_.Below(size));
    const Object& object = objects_[number];
    if (uniform && !object.uniform) continue;
    if (ExprPtr value = ScalarIn(object, uniform, false)) return value;
  }
  return nullptr;
}

ExprPtr Generator::WritableTarget(bool uniform) {
  if (in_kernel_ && !uniform && random_.Percent(20)) {
    std::vector<const SharedArray*> own;
    for (const SharedArray& array : shared_) {
      if (array.state == State::kOwn) own.push_back(&array);
    }
    if (!own.empty()) return Descend(OwnElement(*random_.Pick(own)), false, false);
  }
  std::vector<const Object*> fitting;
  for (const Object& object : objects_) {
    if (object.writable && object.uniform == uniform) fitting.push_back(&object);
  }
  if (fitting.empty()) return nullptr;
  return ScalarIn(*random_.Pick(fitting), uniform, false);
}

ExprPtr Generator::StructValue(const Type* type, bool writable) {
  std::vector<const Object*> fitting;
  for (const Object& object : objects_) {
    const Type* held = object.variable->type;
    if (object.is_reference) held = held->element;
    // What is the same for all threads is not written through pointers.
    const bool usable = !writable || (object.writable && !object.uniform);
    if (object.extent == 0 && held == type && usable) {
      fitting.push_back(&object);
    }
  }
  if (fitting.empty()) return nullptr;
  return ObjectExpr(*random_.Pick(fitting), false);
}

}  // namespace opensupa::fuzz
