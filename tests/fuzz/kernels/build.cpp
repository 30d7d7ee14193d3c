#include "build.h"

#include "absl/strings/str_cat.h"
#include "intrinsics.h"
#include "scalar_ops.h"

namespace opensupa::fuzz {
namespace {

StmtPtr New(Stmt::Kind kind) {
  auto stmt = std::make_unique<Stmt>();
  stmt->kind = kind;
  return stmt;
}

}  // namespace

ExprPtr Build::Make(Op op, const Type* type, std::vector<ExprPtr> args) const {
  auto expr = std::make_unique<Expr>();
  expr->op = op;
  expr->type = type;
  expr->args = std::move(args);
  return expr;
}

ExprPtr Build::Literal(Scalar scalar, uint64_t value) const {
  ExprPtr expr = Make(Op::kLiteral, program_.types.Of(scalar), {});
  expr->literal = Normalize(scalar, value);
  return expr;
}

ExprPtr Build::Float(Scalar scalar, double value) const {
  return Literal(scalar, EvalCast(Scalar::kF64, scalar, FromDouble(value)));
}

ExprPtr Build::Of(const Variable& variable) const {
  ExprPtr expr = Make(Op::kVariable, variable.type, {});
  expr->variable = &variable;
  return expr;
}

ExprPtr Build::Of(Builtin builtin) const {
  ExprPtr expr = Make(Op::kBuiltin, program_.types.Of(Scalar::kU32), {});
  expr->index = static_cast<uint32_t>(builtin);
  return expr;
}

ExprPtr Build::Unary(Op op, ExprPtr a) const {
  const Type* type = op == Op::kNot ? program_.types.Of(Scalar::kBool) : a->type;
  return Make(op, type, List(std::move(a)));
}

ExprPtr Build::Binary(Op op, ExprPtr a, ExprPtr b) const {
  const Type* type = op >= Op::kLess ? program_.types.Of(Scalar::kBool) : a->type;
  return Make(op, type, List(std::move(a), std::move(b)));
}

ExprPtr Build::Select(ExprPtr condition, ExprPtr a, ExprPtr b) const {
  const Type* type = a->type;
  return Make(Op::kSelect, type, List(std::move(condition), std::move(a), std::move(b)));
}

ExprPtr Build::Cast(Scalar to, ExprPtr a) const {
  if (a->type->scalar == to) return a;
  return Make(Op::kCast, program_.types.Of(to), List(std::move(a)));
}

ExprPtr Build::BitsOf(Scalar to, ExprPtr a) const {
  return Make(Op::kBits, program_.types.Of(to), List(std::move(a)));
}

ExprPtr Build::Member(ExprPtr object, uint32_t field) const {
  const Type* type = object->type->fields[field].type;
  ExprPtr expr = Make(Op::kMember, type, List(std::move(object)));
  expr->index = field;
  return expr;
}

ExprPtr Build::Element(ExprPtr base, ExprPtr index, uint32_t count, bool in_range) const {
  const Type* type = base->type->element;
  ExprPtr expr = Make(Op::kIndex, type, List(std::move(base), std::move(index)));
  expr->index = count;
  expr->in_range = in_range;
  return expr;
}

ExprPtr Build::Deref(ExprPtr pointer) const {
  const Type* type = pointer->type->element;
  return Make(Op::kDeref, type, List(std::move(pointer)));
}

ExprPtr Build::AddressOf(ExprPtr object) const {
  const Type* type = program_.types.PointerTo(object->type);
  return Make(Op::kAddress, type, List(std::move(object)));
}

ExprPtr Build::Intrinsic(uint32_t number, std::vector<ExprPtr> args) const {
  ExprPtr expr =
      Make(Op::kIntrinsic, program_.types.Of(AllIntrinsics()[number].result), std::move(args));
  expr->index = number;
  return expr;
}

ExprPtr Build::Call(const Function& function, std::vector<ExprPtr> args) const {
  ExprPtr expr = Make(Op::kCall, function.result, std::move(args));
  expr->function = &function;
  return expr;
}

ExprPtr Build::CallTable(uint32_t table, ExprPtr index, std::vector<ExprPtr> args) const {
  args.insert(args.begin(), std::move(index));
  ExprPtr expr = Make(Op::kTableCall, program_.tables[table].entries[0]->result, std::move(args));
  expr->index = table;
  return expr;
}

StmtPtr Build::Declare(const Variable& variable, ExprPtr value) const {
  StmtPtr stmt = New(Stmt::Kind::kDeclare);
  stmt->variable = &variable;
  stmt->value = std::move(value);
  return stmt;
}

StmtPtr Build::Assign(ExprPtr target, ExprPtr value, Op op) const {
  StmtPtr stmt = New(Stmt::Kind::kAssign);
  stmt->target = std::move(target);
  stmt->value = std::move(value);
  stmt->op = op;
  return stmt;
}

StmtPtr Build::If(ExprPtr condition, StmtList body, StmtList otherwise) const {
  StmtPtr stmt = New(Stmt::Kind::kIf);
  stmt->value = std::move(condition);
  stmt->body = std::move(body);
  stmt->otherwise = std::move(otherwise);
  return stmt;
}

StmtPtr Build::While(ExprPtr condition, StmtList body) const {
  StmtPtr stmt = New(Stmt::Kind::kWhile);
  stmt->value = std::move(condition);
  stmt->body = std::move(body);
  return stmt;
}

StmtPtr Build::Do(StmtList body, ExprPtr condition) const {
  StmtPtr stmt = New(Stmt::Kind::kDo);
  stmt->value = std::move(condition);
  stmt->body = std::move(body);
  return stmt;
}

StmtPtr Build::For(const Variable& counter, ExprPtr first, ExprPtr condition, ExprPtr step,
                   StmtList body) const {
  StmtPtr stmt = New(Stmt::Kind::kFor);
  stmt->variable = &counter;
  stmt->value = std::move(condition);
  stmt->args = List(std::move(first), std::move(step));
  stmt->body = std::move(body);
  return stmt;
}

StmtPtr Build::Jump(Stmt::Kind kind) const { return New(kind); }

StmtPtr Build::Return(ExprPtr value) const {
  StmtPtr stmt = New(Stmt::Kind::kReturn);
  stmt->value = std::move(value);
  return stmt;
}

StmtPtr Build::Barrier(BarrierOp op, ExprPtr target, ExprPtr value) const {
  StmtPtr stmt = New(Stmt::Kind::kBarrier);
  stmt->barrier_op = op;
  stmt->target = std::move(target);
  stmt->value = std::move(value);
  return stmt;
}

StmtPtr Build::Warp(WarpOp op, ExprPtr target, ExprPtr mask, ExprPtr value, ExprPtr parameter,
                    uint32_t width) const {
  StmtPtr stmt = New(Stmt::Kind::kWarp);
  stmt->warp_op = op;
  stmt->target = std::move(target);
  stmt->value = std::move(value);
  stmt->args = List(std::move(mask));
  if (parameter != nullptr) stmt->args.push_back(std::move(parameter));
  stmt->number = width;
  return stmt;
}

StmtPtr Build::Atomic(AtomicOp op, ExprPtr target, ExprPtr object, ExprPtr value) const {
  StmtPtr stmt = New(Stmt::Kind::kAtomic);
  stmt->atomic_op = op;
  stmt->target = std::move(target);
  stmt->value = std::move(value);
  stmt->args = List(std::move(object));
  return stmt;
}

StmtPtr Build::CallStmt(ExprPtr target, ExprPtr call) const {
  StmtPtr stmt = New(Stmt::Kind::kCall);
  stmt->target = std::move(target);
  stmt->value = std::move(call);
  return stmt;
}

Variable& Build::NewVariable(const char* prefix, const Type* type, Storage storage) const {
  Variable& variable = program_.variables.emplace_back();
  variable.name = absl::StrCat(prefix, program_.variables.size());
  variable.type = type;
  variable.storage = storage;
  return variable;
}

}  // namespace opensupa::fuzz
