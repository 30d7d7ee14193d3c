#include "program.h"

#include <algorithm>

namespace opensupa::fuzz {
namespace {

class FrameLayout {
 public:
  explicit FrameLayout(Function& function) : function_(function) {
    bytes_ = ((function.result != nullptr ? function.result->size_bytes : 0) + 7) & ~7u;
    for (const Variable* parameter : function.parameters) Place(*parameter);
    Walk(function.body);
    function_.frame_bytes = (bytes_ + 15) & ~15u;
  }

 private:
  void Place(const Variable& variable) {
    const uint32_t align = std::max(variable.type->align_bytes, 8u);
    bytes_ = (bytes_ + align - 1) / align * align;
    // Only the layout of the model's own frames; all else about a variable is fixed when made.
    const_cast<Variable&>(variable).offset = bytes_;
    bytes_ += variable.type->size_bytes;
  }

  void Walk(const StmtList& list) {
    for (const StmtPtr& stmt : list) {
      if (stmt->kind == Stmt::Kind::kDeclare || stmt->kind == Stmt::Kind::kFor) {
        Place(*stmt->variable);
      }
      Walk(stmt->body);
      Walk(stmt->otherwise);
      for (const SwitchCase& one : stmt->cases) Walk(one.body);
    }
  }

  Function& function_;
  uint32_t bytes_ = 0;
};

}  // namespace

bool Program::is_buffer(const Variable* parameter) const {
  return std::any_of(buffers.begin(), buffers.end(),
                     [&](const Buffer& buffer) { return buffer.parameter == parameter; });
}

ExprPtr Clone(const Expr& expr) {
  auto copy = std::make_unique<Expr>();
  copy->op = expr.op;
  copy->type = expr.type;
  for (const ExprPtr& arg : expr.args) copy->args.push_back(Clone(*arg));
  copy->literal = expr.literal;
  copy->index = expr.index;
  copy->variable = expr.variable;
  copy->function = expr.function;
  copy->exact = expr.exact;
  copy->in_range = expr.in_range;
  return copy;
}

StmtList Clone(const StmtList& list) {
  StmtList copy;
  for (const StmtPtr& stmt : list) copy.push_back(Clone(*stmt));
  return copy;
}

StmtPtr Clone(const Stmt& stmt) {
  auto copy = std::make_unique<Stmt>();
  copy->kind = stmt.kind;
  copy->variable = stmt.variable;
  copy->function = stmt.function;
  if (stmt.target != nullptr) copy->target = Clone(*stmt.target);
  if (stmt.value != nullptr) copy->value = Clone(*stmt.value);
  for (const ExprPtr& arg : stmt.args) copy->args.push_back(Clone(*arg));
  copy->op = stmt.op;
  copy->body = Clone(stmt.body);
  copy->otherwise = Clone(stmt.otherwise);
  for (const SwitchCase& one : stmt.cases) {
    copy->cases.push_back({one.labels, Clone(one.body), one.falls_through});
  }
  copy->warp_op = stmt.warp_op;
  copy->atomic_op = stmt.atomic_op;
  copy->barrier_op = stmt.barrier_op;
  copy->number = stmt.number;
  return copy;
}

void LayOut(Program& program) {
  for (Function& function : program.functions) FrameLayout layout(function);
  uint32_t shared = 0;
  uint32_t module = 0;
  for (const Variable* variable : program.globals) {
    const bool is_shared =
        variable->storage == Storage::kShared || variable->storage == Storage::kDynamicShared;
    uint32_t& bytes = is_shared ? shared : module;
    bytes = (bytes + 15) & ~15u;
    const_cast<Variable*>(variable)->offset = bytes;
    bytes += variable->type->size_bytes;
  }
}

}  // namespace opensupa::fuzz
