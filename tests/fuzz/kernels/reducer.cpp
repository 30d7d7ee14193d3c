#include "reducer.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace opensupa::fuzz {
namespace {

/// Every variable is declared where it is used. Deleting a declaration alone breaks that.
class ScopeCheck {
 public:
  explicit ScopeCheck(const Program& program) : globals_(program.globals) {}

  bool Holds(const Function& function) {
    visible_.clear();
    Declare(function.parameters);
    Declare(globals_);
    return List(function.body);
  }

 private:
  void Declare(const std::vector<const Variable*>& variables) {
    visible_.insert(visible_.end(), variables.begin(), variables.end());
  }
  bool Known(const ExprPtr& expr) const {
    if (expr == nullptr) return true;
    if (expr->variable != nullptr &&
        std::find(visible_.begin(), visible_.end(), expr->variable) == visible_.end()) {
      return false;
    }
    return std::all_of(expr->args.begin(), expr->args.end(),
                       [this](const ExprPtr& arg) { return Known(arg); });
  }
  bool List(const StmtList& list) {
    const size_t outside = visible_.size();
    bool holds = true;
    for (const StmtPtr& stmt : list) holds = holds && One(*stmt);
    visible_.resize(outside);
    return holds;
  }
  bool One(const Stmt& stmt) {
    const size_t outside = visible_.size();
    const bool is_loop = stmt.kind == Stmt::Kind::kFor;
    if (is_loop) visible_.push_back(stmt.variable);
    bool holds = Known(stmt.value) && Known(stmt.target);
    for (const ExprPtr& arg : stmt.args) holds = holds && Known(arg);
    holds = holds && List(stmt.body) && List(stmt.otherwise);
    for (const SwitchCase& one : stmt.cases) holds = holds && List(one.body);
    visible_.resize(outside);
    if (stmt.kind == Stmt::Kind::kDeclare) visible_.push_back(stmt.variable);
    return holds;
  }

  const std::vector<const Variable*>& globals_;
  std::vector<const Variable*> visible_;
};

class Reducer {
 public:
  Reducer(Program& program, const std::function<bool(Program&)>& still_fails, uint32_t max_attempts)
      : program_(program), still_fails_(still_fails), attempts_left_(max_attempts) {}

  void Run() {
    bool smaller = true;
    while (smaller && attempts_left_ > 0) {
      smaller = false;
      for (size_t i = program_.functions.size(); i-- > 0;) {
        smaller |= ReduceList(program_.functions[i].body);
      }
      smaller |= DropUnused();
    }
    for (Function& function : program_.functions) ReduceExpressions(function.body);
    DropUnused();
  }

 private:
  bool Fails() {
    if (attempts_left_ == 0) return false;
    ScopeCheck check(program_);
    for (const Function& function : program_.functions) {
      // The body of a lambda uses its parameters only.
      if (!check.Holds(function)) return false;
    }
    --attempts_left_;
    return still_fails_(program_);
  }

  /// Deletes runs of statements, long ones first; then looks inside those that stay.
  bool ReduceList(StmtList& list) {
    bool smaller = false;
    for (size_t run = list.size(); run > 0; run /= 2) {
      for (size_t first = 0; first + run <= list.size();) {
        StmtList removed;
        const auto begin = list.begin() + static_cast<ptrdiff_t>(first);
        const auto end = begin + static_cast<ptrdiff_t>(run);
        std::move(begin, end, std::back_inserter(removed));
        list.erase(begin, end);
        if (Fails()) {
          smaller = true;
          continue;
        }
        list.insert(list.begin() + static_cast<ptrdiff_t>(first),
                    std::make_move_iterator(removed.begin()),
                    std::make_move_iterator(removed.end()));
        first += run;
      }
    }
    for (size_t i = 0; i < list.size(); ++i) {
      smaller |= Unwrap(list, i);
      if (i >= list.size()) break;
      Stmt& stmt = *list[i];
      smaller |= ReduceList(stmt.body);
      smaller |= ReduceList(stmt.otherwise);
      for (SwitchCase& one : stmt.cases) smaller |= ReduceList(one.body);
    }
    return smaller;
  }

  /// Replaces a branch or loop by its body.
  bool Unwrap(StmtList& list, size_t place) {
    bool smaller = false;
    for (const bool otherwise : {false, true}) {
      const StmtList& body = otherwise ? list[place]->otherwise : list[place]->body;
      if (body.empty()) continue;
      auto block = std::make_unique<Stmt>();
      block->body = Clone(body);
      if (list[place]->kind == Stmt::Kind::kBlock) return false;
      std::swap(list[place], block);
      if (Fails()) return true;
      std::swap(list[place], block);
    }
    return smaller;
  }

  void ReduceExpressions(StmtList& list) {
    for (StmtPtr& stmt : list) {
      if (stmt->value != nullptr && stmt->kind != Stmt::Kind::kCall) ReduceExpr(stmt->value);
      ReduceExpressions(stmt->body);
      ReduceExpressions(stmt->otherwise);
      for (SwitchCase& one : stmt->cases) ReduceExpressions(one.body);
    }
  }

  void ReduceExpr(ExprPtr& expr) {
    if (!expr->type->is_scalar() || expr->op == Op::kLiteral) return;
    // An operand of the same type in place of the whole, or 0.
    for (size_t i = 0; i < expr->args.size(); ++i) {
      if (expr->args[i]->type != expr->type) continue;
      ExprPtr candidate = Clone(*expr->args[i]);
      std::swap(expr, candidate);
      if (Fails()) return ReduceExpr(expr);
      std::swap(expr, candidate);
    }
    auto zero = std::make_unique<Expr>();
    zero->type = expr->type;
    std::swap(expr, zero);
    if (Fails()) return;
    std::swap(expr, zero);
    const bool is_lvalue = expr->op == Op::kMember || expr->op == Op::kIndex ||
                           expr->op == Op::kDeref || expr->op == Op::kVariable;
    if (is_lvalue) return;
    for (ExprPtr& arg : expr->args) ReduceExpr(arg);
  }

  /// Leaves out functions that nothing calls any more.
  bool DropUnused() {
    std::set<const Function*> used;
    for (const Function& function : program_.functions) Collect(function.body, used);
    for (const FunctionTable& table : program_.tables) {
      used.insert(table.entries.begin(), table.entries.end());
    }
    bool smaller = false;
    for (Function& function : program_.functions) {
      if (function.is_kernel || function.is_lambda || used.count(&function) != 0) continue;
      // Without a body nothing of it is left to print or run.
      if (function.is_dropped) continue;
      function.is_dropped = true;
      smaller = Fails();
      function.is_dropped = smaller;
    }
    return smaller;
  }

  static void Collect(const Expr& expr, std::set<const Function*>& used) {
    if (expr.function != nullptr) used.insert(expr.function);
    for (const ExprPtr& arg : expr.args) Collect(*arg, used);
  }
  static void Collect(const StmtList& list, std::set<const Function*>& used) {
    for (const StmtPtr& stmt : list) {
      if (stmt->target != nullptr) Collect(*stmt->target, used);
      if (stmt->value != nullptr) Collect(*stmt->value, used);
      for (const ExprPtr& arg : stmt->args) Collect(*arg, used);
      Collect(stmt->body, used);
      Collect(stmt->otherwise, used);
      for (const SwitchCase& one : stmt->cases) Collect(one.body, used);
    }
  }

  Program& program_;
  const std::function<bool(Program&)>& still_fails_;
  uint32_t attempts_left_;
};

}  // namespace

void Reduce(Program& program, const std::function<bool(Program&)>& still_fails,
            uint32_t max_attempts) {
  Reducer(program, still_fails, max_attempts).Run();
}

}  // namespace opensupa::fuzz
