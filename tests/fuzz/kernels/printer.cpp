#include "printer.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "print_expression.h"
#include "scalar_ops.h"

namespace opensupa::fuzz {
namespace {

/// `name` declared with a type: "int name[4]", "S* name".
std::string Declarator(const Type& type, const std::string& name) {
  std::string suffix;
  const Type* base = &type;
  for (; base->is_array(); base = base->element) absl::StrAppend(&suffix, "[", base->count, "]");
  return absl::StrCat(TypeName(*base), " ", name, suffix);
}

std::string Initializer(const Type& type, const uint8_t* bytes) {
  if (type.is_scalar()) {
    uint64_t value = 0;
    std::copy_n(bytes, type.size_bytes, reinterpret_cast<uint8_t*>(&value));
    return LiteralText(type.scalar, Normalize(type.scalar, value));
  }
  std::vector<std::string> parts;
  if (type.is_array()) {
    for (uint32_t i = 0; i < type.count; ++i) {
      parts.push_back(Initializer(*type.element, bytes + size_t{i} * type.element->size_bytes));
    }
  }
  for (const Field& field : type.fields) {
    parts.push_back(Initializer(*field.type, bytes + field.offset));
  }
  return absl::StrCat("{", absl::StrJoin(parts, ", "), "}");
}

class Printer {
 public:
  explicit Printer(const Program& program) : program_(program) {}

  std::string Run() {
    Line("namespace p_", program_.name, " {");
    for (const Type* type : program_.types.structs()) PrintStruct(*type);
    for (const Variable* variable : program_.globals) PrintModuleVariable(*variable);
    for (const Function& function : program_.functions) {
      if (!function.is_lambda && !function.is_dropped) PrintFunction(function);
      for (size_t i = 0; i < program_.tables.size(); ++i) {
        if (program_.tables[i].entries.back() == &function) PrintTable(program_.tables[i]);
      }
    }
    Line("}");
    return std::move(text_);
  }

 private:
  template <typename... Parts>
  void Line(const Parts&... parts) {
    absl::StrAppend(&text_, std::string(2 * indent_, ' '), parts..., "\n");
  }

  void PrintStruct(const Type& type) {
    Line("struct ", type.name, " {");
    ++indent_;
    for (const Field& field : type.fields) {
      const std::string width = field.bits != 0 ? absl::StrCat(" : ", field.bits) : "";
      Line(Declarator(*field.type, field.name), width, ";");
    }
    --indent_;
    Line("};");
  }

  void PrintModuleVariable(const Variable& variable) {
    if (variable.storage == Storage::kShared) return;
    if (variable.storage == Storage::kDynamicShared) {
      Line("extern __shared__ ", TypeName(*variable.type->element), " ", variable.name, "[];");
      return;
    }
    const char* space = variable.storage == Storage::kConstant ? "__constant__ " : "__device__ ";
    Line(space, Declarator(*variable.type, variable.name), " = ",
         Initializer(*variable.type, variable.initial.data()), ";");
  }

  std::string Parameters(const Function& function) {
    std::vector<std::string> list;
    for (size_t i = function.template_parameters;
         i < function.parameters.size() - function.captures; ++i) {
      const Variable& parameter = *function.parameters[i];
      const bool is_const = parameter.is_const && parameter.type->is_pointer();
      list.push_back(
          absl::StrCat(is_const ? "const " : "", Declarator(*parameter.type, parameter.name)));
    }
    return absl::StrJoin(list, ", ");
  }

  std::string Attributes(const Function& function) {
    if (function.is_kernel) return "extern \"C\" __global__ ";
    switch (function.inlining) {
      case Function::Inlining::kForce:
        return "static __device__ __forceinline__ ";
      case Function::Inlining::kNever:
        return "static __device__ __noinline__ ";
      default:
        return "static __device__ ";
    }
  }

  void PrintFunction(const Function& function) {
    std::vector<std::string> names;
    for (uint32_t i = 0; i < function.template_parameters; ++i) {
      names.push_back(absl::StrCat("unsigned ", function.parameters[i]->name));
    }
    if (!names.empty()) Line("template <", absl::StrJoin(names, ", "), ">");
    Line(Attributes(function), TypeName(*function.result), " ", function.name, "(",
         Parameters(function), ") {");
    ++indent_;
    if (function.is_kernel) {
      for (const Variable* variable : program_.globals) {
        if (variable->storage != Storage::kShared) continue;
        Line("__shared__ ", Declarator(*variable->type, variable->name), ";");
      }
    }
    PrintList(function.body);
    --indent_;
    Line("}");
  }

  void PrintTable(const FunctionTable& table) {
    const Function& first = *table.entries.front();
    std::vector<std::string> names;
    for (const Function* entry : table.entries) names.push_back(entry->name);
    std::vector<std::string> types;
    std::vector<std::string> parameters;
    std::vector<std::string> arguments = {};
    for (const Variable* parameter : first.parameters) {
      types.push_back(TypeName(*parameter->type));
      arguments.push_back(absl::StrCat("a", arguments.size()));
      parameters.push_back(Declarator(*parameter->type, arguments.back()));
    }
    const std::string entries = absl::StrJoin(names, ", ");
    const std::string result = TypeName(*first.result);
    if (!table.is_local) {
      Line("__device__ ", result, " (*", table.name, "[])(", absl::StrJoin(types, ", "), ") = {",
           entries, "};");
      return;
    }
    Line("static __device__ ", result, " ", table.name, "(unsigned i, ",
         absl::StrJoin(parameters, ", "), ") {");
    Line("  ", result, " (*const entries[])(", absl::StrJoin(types, ", "), ") = {", entries, "};");
    Line("  return entries[i](", absl::StrJoin(arguments, ", "), ");");
    Line("}");
  }

  void PrintList(const StmtList& list) {
    for (const StmtPtr& stmt : list) PrintStmt(*stmt);
  }
  void PrintBody(const std::string& head, const StmtList& list, const char* tail = "}") {
    Line(head, " {");
    ++indent_;
    PrintList(list);
    --indent_;
    Line(tail);
  }

  std::string Text(const ExprPtr& expr) { return Print(*expr, program_); }
  std::string TargetText(const Stmt& stmt) {
    return stmt.target != nullptr ? Text(stmt.target) + " = " : "";
  }

  void PrintStmt(const Stmt& stmt) {
    switch (stmt.kind) {
      case Stmt::Kind::kDeclare:
        Line(stmt.variable->is_const ? "const " : "",
             Declarator(*stmt.variable->type, stmt.variable->name), " = ",
             stmt.value != nullptr ? Text(stmt.value) : "{}", ";");
        return;
      case Stmt::Kind::kAssign:
        PrintAssign(stmt);
        return;
      case Stmt::Kind::kIf:
        PrintBody(absl::StrCat("if (", Text(stmt.value), ")"), stmt.body,
                  stmt.otherwise.empty() ? "}" : "} else {");
        if (stmt.otherwise.empty()) return;
        ++indent_;
        PrintList(stmt.otherwise);
        --indent_;
        Line("}");
        return;
      case Stmt::Kind::kWhile:
        PrintBody(absl::StrCat("while (", Text(stmt.value), ")"), stmt.body);
        return;
      case Stmt::Kind::kDo:
        PrintBody("do", stmt.body, absl::StrCat("} while (", Text(stmt.value), ");").c_str());
        return;
      case Stmt::Kind::kFor:
        PrintFor(stmt);
        return;
      case Stmt::Kind::kSwitch:
        PrintSwitch(stmt);
        return;
      case Stmt::Kind::kBreak:
        Line("break;");
        return;
      case Stmt::Kind::kContinue:
        Line("continue;");
        return;
      case Stmt::Kind::kReturn:
        Line("return", stmt.value != nullptr ? " " + Text(stmt.value) : "", ";");
        return;
      case Stmt::Kind::kBarrier:
        PrintBarrier(stmt);
        return;
      case Stmt::Kind::kWarp:
        Line(TargetText(stmt), WarpText(stmt, program_), ";");
        return;
      case Stmt::Kind::kAtomic:
        PrintAtomic(stmt);
        return;
      case Stmt::Kind::kCall:
        Line(TargetText(stmt), Text(stmt.value), ";");
        return;
      case Stmt::Kind::kBlock:
        PrintBody("", stmt.body);
        return;
      case Stmt::Kind::kLambda:
        PrintBody(absl::StrCat("auto ", stmt.function->name, " = [=](", Parameters(*stmt.function),
                               ") -> ", TypeName(*stmt.function->result)),
                  stmt.function->body, "};");
        return;
    }
  }

  void PrintAssign(const Stmt& stmt) {
    const std::string target = Text(stmt.target);
    if (stmt.op == Op::kLiteral) {
      Line(target, " = ", Text(stmt.value), ";");
    } else {
      PrintCompound(stmt, target);
    }
  }

  /// Signed and narrow types are spelt out, so that nothing overflows.
  void PrintCompound(const Stmt& stmt, const std::string& target) {
    const Scalar scalar = stmt.target->type->scalar;
    const bool unsigned_word = scalar == Scalar::kU32 || scalar == Scalar::kU64;
    const bool bitwise = stmt.op == Op::kAnd || stmt.op == Op::kOr || stmt.op == Op::kXor;
    const bool simple = stmt.op != Op::kDivide && stmt.op != Op::kRemainder &&
                        stmt.op != Op::kShiftLeft && stmt.op != Op::kShiftRight;
    if (simple && ((unsigned_word || bitwise) || IsFloat(scalar))) {
      Line(target, " ", OperatorText(stmt.op), "= ", Text(stmt.value), ";");
    } else {
      Line(target, " = ", BinaryText(stmt.op, scalar, target, Text(stmt.value)), ";");
    }
  }

  void PrintFor(const Stmt& stmt) {
    const Variable& counter = *stmt.variable;
    const Expr& step = *stmt.args[1];
    std::string advance = absl::StrCat(counter.name, " += ", Text(stmt.args[1]));
    if (step.op == Op::kLiteral && step.literal == 1) advance = counter.name + "++";
    PrintBody(absl::StrCat("for (", Declarator(*counter.type, counter.name), " = ",
                           Text(stmt.args[0]), "; ", Text(stmt.value), "; ", advance, ")"),
              stmt.body);
  }

  void PrintSwitch(const Stmt& stmt) {
    Line("switch (", Text(stmt.value), ") {");
    ++indent_;
    for (const SwitchCase& one : stmt.cases) {
      for (int32_t label : one.labels) Line("case ", label, ":");
      if (one.labels.empty()) Line("default:");
      Line("{");
      ++indent_;
      PrintList(one.body);
      --indent_;
      Line(one.falls_through ? "} [[fallthrough]];" : "} break;");
    }
    --indent_;
    Line("}");
  }

  void PrintBarrier(const Stmt& stmt) {
    static constexpr const char* kNames[] = {"__syncthreads", "__syncthreads_count",
                                             "__syncthreads_and", "__syncthreads_or"};
    Line(TargetText(stmt), kNames[static_cast<size_t>(stmt.barrier_op)], "(",
         stmt.value != nullptr ? Text(stmt.value) : "", ");");
  }

  void PrintAtomic(const Stmt& stmt) {
    static constexpr const char* kNames[] = {"Add", "Sub", "Min", "Max",  "And",
                                             "Or",  "Xor", "Inc", "Exch", "CAS"};
    const std::string compare = stmt.args.size() > 1 ? Text(stmt.args[1]) + ", " : "";
    Line(TargetText(stmt), "atomic", kNames[static_cast<size_t>(stmt.atomic_op)], "(&",
         Text(stmt.args[0]), ", ", compare, Text(stmt.value), ");");
  }

  const Program& program_;
  std::string text_;
  int indent_ = 0;
};

}  // namespace

std::string Print(const Program& program) { return Printer(program).Run(); }

}  // namespace opensupa::fuzz
