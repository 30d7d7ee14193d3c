#include "print_expression.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "intrinsics.h"
#include "printer.h"
#include "scalar_ops.h"

namespace opensupa::fuzz {
namespace {

std::string FloatText(double value, const char* suffix) {
  if (std::isinf(value)) {
    return absl::StrCat(value < 0 ? "(-" : "(",
                        *suffix != 0 ? "__builtin_huge_valf()" : "__builtin_huge_val()", ")");
  }
  const std::string text = absl::StrFormat("%a%s", value, suffix);
  return std::signbit(value) ? absl::StrCat("(", text, ")") : text;
}

const char* ConversionName(Scalar scalar) {
  static constexpr const char* kNames[] = {"",          "fz_to_i8",  "fz_to_u8",
                                           "fz_to_i16", "fz_to_u16", "fz_to_i32",
                                           "fz_to_u32", "fz_to_i64", "fz_to_u64"};
  return kNames[static_cast<size_t>(scalar)];
}

std::string CastText(Scalar from, Scalar to, const std::string& value) {
  if (from == to) return value;
  if (from == Scalar::kF16)
    return CastText(Scalar::kF32, to, absl::StrCat("__half2float(", value, ")"));
  if (to == Scalar::kF16) {
    return absl::StrCat("__float2half_rn(", CastText(from, Scalar::kF32, value), ")");
  }
  if (to == Scalar::kBool) return absl::StrCat("(", value, " != 0)");
  if (IsFloat(from) && !IsFloat(to)) return absl::StrCat(ConversionName(to), "(", value, ")");
  return absl::StrCat("(", Spelling(to), ")(", value, ")");
}

std::string BitsText(Scalar from, Scalar to, const std::string& value) {
  if (IsFloat(from)) return CastText(Scalar::kU64, to, absl::StrCat("fz_bits(", value, ")"));
  static constexpr const char* kNames[] = {"fz_half", "fz_float", "fz_double"};
  return absl::StrCat(kNames[static_cast<size_t>(to) - static_cast<size_t>(Scalar::kF16)], "(",
                      value, ")");
}

const char* BuiltinText(Builtin builtin) {
  static constexpr const char* kNames[] = {
      "threadIdx.x", "threadIdx.y", "threadIdx.z",     "blockIdx.x",      "blockIdx.y",
      "blockIdx.z",  "blockDim.x",  "blockDim.y",      "blockDim.z",      "gridDim.x",
      "gridDim.y",   "gridDim.z",   "fz_thread()",     "fz_block()",      "fz_threads()",
      "fz_lane()",   "fz_warp()",   "fz_warp_lanes()", "fz_grid_thread()"};
  return kNames[static_cast<size_t>(builtin)];
}

/// A divisor that cannot be 0 or -1.
bool IsSafeDivisor(const Expr& divisor) {
  return divisor.op == Op::kLiteral && static_cast<int64_t>(divisor.literal) > 0;
}

std::string PlainBinary(const Expr& expr, const std::string& a, const std::string& b) {
  const Scalar scalar = expr.args[0]->type->scalar;
  const std::string plain = absl::StrCat("(", a, " ", OperatorText(expr.op), " ", b, ")");
  if (expr.op >= Op::kLess) return plain;
  const bool division = expr.op == Op::kDivide || expr.op == Op::kRemainder;
  if (expr.exact || (division && !IsFloat(scalar) && IsSafeDivisor(*expr.args[1]))) {
    return absl::StrCat("(", Spelling(scalar), ")", plain);
  }
  return BinaryText(expr.op, scalar, a, b);
}

std::string IndexText(const Expr& expr, const std::string& base, const std::string& index) {
  if (expr.in_range) return absl::StrCat(base, "[", index, "]");
  const bool power_of_two = (expr.index & (expr.index - 1)) == 0;
  return power_of_two ? absl::StrCat(base, "[", index, " & ", expr.index - 1, "u]")
                      : absl::StrCat(base, "[", index, " % ", expr.index, "u]");
}

std::string CallText(const Expr& expr, std::vector<std::string> args, const Program& program) {
  if (expr.op == Op::kTableCall) {
    const FunctionTable& table = program.tables[expr.index];
    const std::string index = absl::StrCat(args[0], " % ", table.entries.size(), "u");
    args.erase(args.begin());
    const std::string list = absl::StrJoin(args, ", ");
    return table.is_local
               ? absl::StrCat(table.name, "(", index, args.empty() ? "" : ", ", list, ")")
               : absl::StrCat(table.name, "[", index, "](", list, ")");
  }
  const Function& callee = *expr.function;
  args.resize(args.size() - callee.captures);
  std::string name = callee.name;
  if (callee.template_parameters != 0) {
    const auto split = args.begin() + callee.template_parameters;
    absl::StrAppend(&name, "<", absl::StrJoin(args.begin(), split, ", "), ">");
    args.erase(args.begin(), split);
  }
  return absl::StrCat(name, "(", absl::StrJoin(args, ", "), ")");
}

}  // namespace

std::string TypeName(const Type& type) {
  switch (type.kind) {
    case Type::Kind::kVoid:
      return "void";
    case Type::Kind::kScalar:
      return Spelling(type.scalar);
    case Type::Kind::kStruct:
      return type.name;
    case Type::Kind::kPointer:
      return TypeName(*type.element) + "*";
    case Type::Kind::kArray:
      return TypeName(*type.element);
  }
  return "";
}

std::string LiteralText(Scalar scalar, uint64_t value) {
  switch (scalar) {
    case Scalar::kBool:
      return value != 0 ? "true" : "false";
    case Scalar::kU32:
      return absl::StrCat(value, "u");
    case Scalar::kU64:
      return absl::StrCat(value, "ull");
    case Scalar::kI64:
      return absl::StrCat("(long long)", value, "ull");
    case Scalar::kI32:
      if (static_cast<int64_t>(value) == INT32_MIN) return "(-2147483647 - 1)";
      return absl::StrCat("(", static_cast<int64_t>(value), ")");
    case Scalar::kF16:
      return absl::StrCat("__half(", FloatText(HalfToDouble(value), "f"), ")");
    case Scalar::kF32:
      return FloatText(static_cast<double>(ToFloat(value)), "f");
    case Scalar::kF64:
      return FloatText(ToDouble(value), "");
    default:
      return absl::StrCat("(", Spelling(scalar), ")(", static_cast<int64_t>(value), ")");
  }
}

const char* OperatorText(Op op) {
  static constexpr const char* kTexts[] = {"+",  "-",  "*", "/",  "%", "&",  "|",  "^",
                                           "<<", ">>", "<", "<=", ">", ">=", "==", "!="};
  return kTexts[static_cast<size_t>(op) - static_cast<size_t>(Op::kAdd)];
}

std::string BinaryText(Op op, Scalar scalar, const std::string& a, const std::string& b) {
  const char* name = Spelling(scalar);
  const char* wide = UnsignedSpelling(scalar);
  switch (op) {
    case Op::kDivide:
    case Op::kRemainder:
      if (IsFloat(scalar)) return absl::StrCat("(", a, " / ", b, ")");
      return absl::StrFormat("%s<%s>(%s, %s)", op == Op::kDivide ? "fz_div" : "fz_rem", name, a, b);
    case Op::kShiftLeft:
      return absl::StrFormat("(%s)((%s)%s << (%s & %u))", name, wide, a, b, Bits(scalar) - 1);
    case Op::kShiftRight:
      return absl::StrFormat("(%s)(%s >> (%s & %u))", name, a, b, Bits(scalar) - 1);
    default:
      break;
  }
  if (IsFloat(scalar)) return absl::StrFormat("(%s %s %s)", a, OperatorText(op), b);
  return absl::StrFormat("(%s)((%s)%s %s (%s)%s)", name, wide, a, OperatorText(op), wide, b);
}

std::string WarpText(const Stmt& stmt, const Program& program) {
  static constexpr const char* kNames[] = {
      "__syncwarp",        "fz_shfl",           "fz_shfl_up",        "fz_shfl_down",
      "fz_shfl_xor",       "__ballot_sync",     "__any_sync",        "__all_sync",
      "__match_any_sync",  "fz_match_all",      "__reduce_add_sync", "__reduce_min_sync",
      "__reduce_max_sync", "__reduce_and_sync", "__reduce_or_sync",  "__reduce_xor_sync"};
  std::string text =
      absl::StrCat(kNames[static_cast<size_t>(stmt.warp_op)], "(", Print(*stmt.args[0], program));
  if (stmt.value != nullptr) absl::StrAppend(&text, ", ", Print(*stmt.value, program));
  if (stmt.args.size() > 1) {
    absl::StrAppend(&text, ", ", Print(*stmt.args[1], program), ", ", stmt.number, "u");
  }
  return text + ")";
}

std::string Print(const Expr& expr, const Program& program) {
  std::vector<std::string> args;
  for (const ExprPtr& arg : expr.args) args.push_back(Print(*arg, program));
  switch (expr.op) {
    case Op::kLiteral:
      return LiteralText(expr.type->scalar, expr.literal);
    case Op::kVariable:
      return expr.variable->name;
    case Op::kMember:
      if (expr.args[0]->op == Op::kDeref) {
        return absl::StrCat(Print(*expr.args[0]->args[0], program), "->",
                            expr.args[0]->type->fields[expr.index].name);
      }
      return absl::StrCat(args[0], ".", expr.args[0]->type->fields[expr.index].name);
    case Op::kIndex:
      return IndexText(expr, args[0], args[1]);
    case Op::kDeref:
      return absl::StrCat("(*", args[0], ")");
    case Op::kAddress:
      return absl::StrCat("(&", args[0], ")");
    case Op::kNegate:
      if (IsFloat(expr.type->scalar) || expr.exact) return absl::StrCat("(-", args[0], ")");
      return absl::StrFormat("(%s)(0 - (%s)%s)", Spelling(expr.type->scalar),
                             UnsignedSpelling(expr.type->scalar), args[0]);
    case Op::kComplement:
      return absl::StrFormat("(%s)(~%s)", Spelling(expr.type->scalar), args[0]);
    case Op::kNot:
      return absl::StrCat("(!", args[0], ")");
    case Op::kLogicalAnd:
      return absl::StrCat("(", args[0], " && ", args[1], ")");
    case Op::kLogicalOr:
      return absl::StrCat("(", args[0], " || ", args[1], ")");
    case Op::kSelect:
      return absl::StrCat("(", args[0], " ? ", args[1], " : ", args[2], ")");
    case Op::kCast:
      return CastText(expr.args[0]->type->scalar, expr.type->scalar, args[0]);
    case Op::kBits:
      return BitsText(expr.args[0]->type->scalar, expr.type->scalar, args[0]);
    case Op::kIntrinsic:
      return absl::StrCat(AllIntrinsics()[expr.index].name, "(", absl::StrJoin(args, ", "), ")");
    case Op::kCall:
    case Op::kTableCall:
      return CallText(expr, std::move(args), program);
    case Op::kBuiltin:
      return BuiltinText(static_cast<Builtin>(expr.index));
    default:
      return PlainBinary(expr, args[0], args[1]);
  }
}

}  // namespace opensupa::fuzz
