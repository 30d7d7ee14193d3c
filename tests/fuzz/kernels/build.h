#pragma once

#include <utility>
#include <vector>

#include "program.h"

namespace opensupa::fuzz {

/// Makes nodes of one program.
class Build {
 public:
  explicit Build(Program& program) : program_(program) {}

  /// `value` is cut to the type.
  ExprPtr Literal(Scalar scalar, uint64_t value) const;
  ExprPtr Float(Scalar scalar, double value) const;
  ExprPtr Of(const Variable& variable) const;
  ExprPtr Of(Builtin builtin) const;
  ExprPtr Unary(Op op, ExprPtr a) const;
  /// Operands of one type; comparisons and logic give bool.
  ExprPtr Binary(Op op, ExprPtr a, ExprPtr b) const;
  ExprPtr Select(ExprPtr condition, ExprPtr a, ExprPtr b) const;
  /// `a` itself if it has the type.
  ExprPtr Cast(Scalar to, ExprPtr a) const;
  ExprPtr BitsOf(Scalar to, ExprPtr a) const;
  ExprPtr Member(ExprPtr object, uint32_t field) const;
  /// Element `index` modulo `count` of an array or of what a pointer points to.
  ExprPtr Element(ExprPtr base, ExprPtr index, uint32_t count, bool in_range = false) const;
  ExprPtr Deref(ExprPtr pointer) const;
  ExprPtr AddressOf(ExprPtr object) const;
  ExprPtr Intrinsic(uint32_t number, std::vector<ExprPtr> args) const;
  ExprPtr Call(const Function& function, std::vector<ExprPtr> args) const;
  ExprPtr CallTable(uint32_t table, ExprPtr index, std::vector<ExprPtr> args) const;

  StmtPtr Declare(const Variable& variable, ExprPtr value) const;
  StmtPtr Assign(ExprPtr target, ExprPtr value, Op op = Op::kLiteral) const;
  StmtPtr If(ExprPtr condition, StmtList body, StmtList otherwise = {}) const;
  StmtPtr While(ExprPtr condition, StmtList body) const;
  StmtPtr Do(StmtList body, ExprPtr condition) const;
  StmtPtr For(const Variable& counter, ExprPtr first, ExprPtr condition, ExprPtr step,
              StmtList body) const;
  StmtPtr Jump(Stmt::Kind kind) const;
  StmtPtr Return(ExprPtr value) const;
  StmtPtr Barrier(BarrierOp op, ExprPtr target, ExprPtr value) const;
  /// `parameter` and `width` are those of shuffles.
  StmtPtr Warp(WarpOp op, ExprPtr target, ExprPtr mask, ExprPtr value, ExprPtr parameter = nullptr,
               uint32_t width = 32) const;
  StmtPtr Atomic(AtomicOp op, ExprPtr target, ExprPtr object, ExprPtr value) const;
  StmtPtr CallStmt(ExprPtr target, ExprPtr call) const;

  Variable& NewVariable(const char* prefix, const Type* type, Storage storage) const;

  template <typename... Args>
  static std::vector<ExprPtr> List(Args... args) {
    std::vector<ExprPtr> list;
    (list.push_back(std::move(args)), ...);
    return list;
  }
  template <typename... Args>
  static StmtList Body(Args... args) {
    StmtList list;
    (list.push_back(std::move(args)), ...);
    return list;
  }

 private:
  ExprPtr Make(Op op, const Type* type, std::vector<ExprPtr> args) const;

  Program& program_;
};

}  // namespace opensupa::fuzz
