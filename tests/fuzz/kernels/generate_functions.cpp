#include "generate.h"

namespace opensupa::fuzz {

Function& Generator::NewFunction(const char* prefix, const Type* result) {
  Function& function = program_->functions.emplace_back();
  function.name = prefix + std::to_string(program_->functions.size());
  function.result = result;
  const uint32_t roll = random_.Below(100);
  if (roll < 50) function.inlining = Function::Inlining::kNever;
  if (roll >= 80) function.inlining = Function::Inlining::kForce;
  objects_.clear();
  cost_ = 0;
  cost_limit_ = 300;
  iterations_ = 1;
  statements_left_ = 8;
  calls_allowed_ = true;
  in_kernel_ = false;
  return_type_ = result;
  // Tables of the module can be read everywhere.
  for (const Variable* variable : program_->globals) {
    if (variable->storage == Storage::kConstant) Show(*variable, true, false);
  }
  return function;
}

const Variable& Generator::AddParameter(Function& function, const Type* type, bool writable) {
  Variable& parameter = build_.NewVariable("q", type, Storage::kParameter);
  function.parameters.push_back(&parameter);
  Show(parameter, false, writable);
  return parameter;
}

void Generator::FinishFunction(Function& function, Context context, uint32_t statements,
                               Callable callable) {
  const size_t visible = objects_.size();
  const size_t lambdas = callables_.size();
  const bool returns_anywhere = context.sync == Sync::kNone;
  context.may_return = returns_anywhere;
  // What the body declares at its top is visible to the final return.
  for (uint32_t i = 0; i < statements && Affordable(20); ++i) GenStmt(context, function.body);
  ExprPtr result = function.result->is_struct() ? StructValue(function.result, false)
                                                : Gen(function.result->scalar, 3, false);
  function.body.push_back(build_.Return(std::move(result)));
  objects_.resize(visible);
  callables_.resize(lambdas);
  callable.function = &function;
  callable.cost = cost_ + 5;
  callables_.push_back(callable);
}

void Generator::MakeValueFunction(bool is_template) {
  Function& function = NewFunction("f", Of(PickScalar()));
  if (is_template) {
    function.template_parameters = 1;
    AddParameter(function, Of(Scalar::kU32), false);
  }
  for (uint32_t i = random_.Between(1, 3); i > 0; --i)
    AddParameter(function, Of(PickScalar()), true);
  const auto& structs = program_->types.structs();
  if (!structs.empty() && random_.Percent(40)) AddParameter(function, random_.Pick(structs), true);
  Callable callable;
  FinishFunction(function, {}, random_.Between(1, 5), callable);
}

void Generator::MakeStructFunction() {
  const auto& structs = program_->types.structs();
  if (structs.empty()) return;
  const Type* type = random_.Pick(structs);
  Function& function = NewFunction("g", type);
  AddParameter(function, type, true);
  AddParameter(function, Of(PickScalar()), true);
  FinishFunction(function, {}, random_.Between(1, 4), {});
}

void Generator::MakePointerFunction() {
  const auto& structs = program_->types.structs();
  if (structs.empty()) return;
  Function& function = NewFunction("h", Of(PickScalar()));
  AddParameter(function, program_->types.PointerTo(random_.Pick(structs)), true);
  objects_.back().is_reference = true;
  AddParameter(function, Of(PickScalar()), true);
  Callable callable;
  callable.has_effects = true;
  FinishFunction(function, {}, random_.Between(2, 5), callable);
}

void Generator::MakeRecursiveFunction() {
  const Scalar scalar = PickInteger();
  Function& function = NewFunction("rec", Of(scalar));
  function.inlining = random_.Percent(50) ? Function::Inlining::kFree : Function::Inlining::kNever;
  const Variable& depth = AddParameter(function, Of(Scalar::kU32), false);
  const Variable& value = AddParameter(function, Of(scalar), true);
  cost_limit_ = 60;
  ExprPtr at_end = build_.Binary(Op::kEqual, build_.Of(depth), build_.Literal(Scalar::kU32, 0));
  function.body.push_back(
      build_.If(std::move(at_end), Build::Body(build_.Return(Gen(scalar, 2, false)))));
  Context context;
  context.may_return = true;
  GenStmt(context, function.body);
  for (uint32_t calls = random_.Between(1, 2); calls > 0; --calls) {
    ExprPtr less = build_.Binary(Op::kSubtract, build_.Of(depth), build_.Literal(Scalar::kU32, 1));
    ExprPtr call = build_.Call(function, Build::List(std::move(less), Gen(scalar, 2, false)));
    ExprPtr sum = build_.Binary(Op::kAdd, std::move(call), build_.Of(value));
    if (random_.Percent(40)) {
      function.body.push_back(build_.If(
          GenBool(2, false), Build::Body(build_.Assign(build_.Of(value), std::move(sum)))));
    } else {
      function.body.push_back(build_.Assign(build_.Of(value), std::move(sum)));
    }
  }
  Callable callable;
  callable.recursive = true;
  FinishFunction(function, {}, 1, callable);
  // At most 1 + 2 + 4 + 8 calls.
  callables_.back().cost *= 15;
}

void Generator::MakeWarpFunction(Sync sync) {
  Function& function = NewFunction(sync == Sync::kBlock ? "sync" : "warp", Of(PickScalar()));
  Variable& mask = build_.NewVariable("mask", Of(Scalar::kU32), Storage::kParameter);
  function.parameters.push_back(&mask);
  for (uint32_t i = random_.Between(1, 2); i > 0; --i)
    AddParameter(function, Of(PickScalar()), true);
  Context context;
  context.sync = sync;
  context.mask = &mask;
  Callable callable;
  callable.sync = sync;
  FinishFunction(function, context, random_.Between(2, 5), callable);
}

void Generator::MakeTable() {
  // Functions of one type, of which a call picks one at run time.
  const Scalar result = PickInteger();
  const Scalar first = PickInteger();
  const Scalar second = PickScalar();
  FunctionTable table;
  table.name = "t" + std::to_string(program_->tables.size());
  table.is_local = random_.Percent(50);
  Callable callable;
  for (uint32_t i = random_.Between(2, 4); i > 0; --i) {
    Function& function = NewFunction("e", Of(result));
    AddParameter(function, Of(first), true);
    AddParameter(function, Of(second), true);
    FinishFunction(function, {}, random_.Between(1, 3), {});
    callable.cost = std::max(callable.cost, callables_.back().cost);
    callables_.pop_back();
    table.entries.push_back(&function);
  }
  callable.function = table.entries[0];
  callable.table = static_cast<int>(program_->tables.size());
  program_->tables.push_back(std::move(table));
  callables_.push_back(callable);
}

StmtPtr Generator::MakeLambda() {
  std::vector<Object> captured;
  for (const Object& object : objects_) {
    const Variable& variable = *object.variable;
    if (variable.is_const && variable.type->is_scalar() && variable.storage == Storage::kLocal) {
      captured.push_back(object);
    }
  }
  if (captured.empty()) return nullptr;
  Function& function = program_->functions.emplace_back();
  function.name = "l" + std::to_string(program_->functions.size());
  function.result = Of(PickScalar());
  function.is_lambda = true;
  const std::vector<Object> outside = std::move(objects_);
  const bool outside_calls = calls_allowed_;
  const bool outside_kernel = in_kernel_;
  objects_.clear();
  calls_allowed_ = in_kernel_ = false;
  AddParameter(function, Of(PickScalar()), false);
  for (uint32_t i = random_.Between(1, 3); i > 0; --i) {
    const Variable& original = *random_.Pick(captured).variable;
    bool again = false;
    for (const Variable* known : function.parameters) again |= known->name == original.name;
    if (again) continue;
    Variable& copy = build_.NewVariable("", original.type, Storage::kParameter);
    copy.name = original.name;
    function.parameters.push_back(&copy);
    Show(copy, false, false);
    ++function.captures;
  }
  const uint64_t before = cost_;
  function.body.push_back(build_.Return(Gen(function.result->scalar, 3, false)));
  Callable callable;
  callable.function = &function;
  callable.cost = (cost_ - before) / iterations_ + 5;
  objects_ = outside;
  calls_allowed_ = outside_calls;
  in_kernel_ = outside_kernel;
  callables_.push_back(callable);
  auto stmt = build_.Jump(Stmt::Kind::kLambda);
  stmt->function = &function;
  return stmt;
}

void Generator::MakeFunctions() {
  for (uint32_t i = random_.Below(3); i > 0; --i) MakeValueFunction(random_.Percent(30));
  if (random_.Percent(30)) MakeStructFunction();
  if (random_.Percent(30)) MakePointerFunction();
  if (random_.Percent(25)) MakeRecursiveFunction();
  if (random_.Percent(25)) MakeTable();
  if (random_.Percent(30)) MakeWarpFunction(Sync::kWarp);
  if (random_.Percent(20)) MakeWarpFunction(Sync::kBlock);
}

}  // namespace opensupa::fuzz
