#include <algorithm>
#include <cstring>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "generate.h"
#include "generator.h"
#include "scalar_ops.h"

namespace opensupa::fuzz {
namespace {

/// A half has no initial value that is known to the compiler.
bool HasHalf(const Type& type) {
  if (type.is_scalar()) return type.scalar == Scalar::kF16;
  if (type.is_array()) return HasHalf(*type.element);
  return std::any_of(type.fields.begin(), type.fields.end(),
                     [](const Field& field) { return HasHalf(*field.type); });
}

constexpr uint32_t kInputs = 128;
constexpr uint64_t kMaxSteps = 600'000;

}  // namespace

Generator::Generator(uint64_t seed)
    : random_(seed), program_(std::make_unique<Program>()), build_(*program_) {
  program_->seed = seed;
  program_->name = absl::StrCat("k", seed);
}

void Generator::PickShape() {
  auto& block = program_->block;
  const uint32_t roll = random_.Below(100);
  if (roll < 60) {
    block = {random_.Between(1, 80), 1, 1};
  } else if (roll < 70) {
    static constexpr uint32_t kWarps[] = {32, 64, 96, 128};
    block = {kWarps[random_.Below(std::size(kWarps))], 1, 1};
  } else if (roll < 82) {
    block = {random_.Between(1, 17), random_.Between(1, 7), 1};
  } else if (roll < 94) {
    block = {random_.Between(1, 7), random_.Between(1, 5), random_.Between(1, 5)};
  } else if (roll < 98) {
    block = {random_.Between(100, 400), 1, 1};
  } else {
    static constexpr uint32_t kLarge[][3] = {{1024, 1, 1}, {1023, 1, 1}, {32, 32, 1}, {8, 8, 16}};
    const auto& large = kLarge[random_.Below(std::size(kLarge))];
    block = {large[0], large[1], large[2]};
  }
  auto& grid = program_->grid;
  if (random_.Percent(70)) {
    grid = {random_.Between(1, 4), 1, 1};
  } else {
    grid = {random_.Between(1, 3), random_.Between(1, 3), random_.Between(1, 2)};
  }
  if (program_->threads_per_block() >= 256) grid = {random_.Between(1, 2), 1, 1};
}

const Type* Generator::PickFieldType(uint32_t depth, bool plain) {
  const auto& structs = program_->types.structs();
  if (depth > 0 && !structs.empty() && random_.Percent(20)) {
    const Type* type = random_.Pick(structs);
    if (!plain || type->plain_layout()) return type;
  }
  const Type* type = Of(PickScalar());
  static constexpr uint32_t kCounts[] = {2, 3, 4, 8};
  if (random_.Percent(25)) {
    type = program_->types.ArrayOf(type, kCounts[random_.Below(std::size(kCounts))]);
  }
  return type;
}

void Generator::MakeStructs() {
  for (uint32_t i = random_.Below(4); i > 0; --i) {
    std::vector<Field> fields;
    const bool plain = random_.Percent(60);
    for (uint32_t count = random_.Between(1, 5); count > 0; --count) {
      Field field;
      field.name = absl::StrCat("x", fields.size());
      field.type = PickFieldType(1, plain);
      if (!plain && field.type->is_scalar() && IsInteger(field.type->scalar) &&
          random_.Percent(60)) {
        field.bits = random_.Between(1, Bits(field.type->scalar));
      }
      fields.push_back(field);
    }
    program_->types.Struct(absl::StrCat("S", program_->types.structs().size()), std::move(fields));
  }
}

void Generator::FillRandom(const Type& type, std::vector<uint8_t>& bytes) {
  const size_t start = (bytes.size() + type.align_bytes - 1) / type.align_bytes * type.align_bytes;
  bytes.resize(start);
  if (type.is_scalar()) {
    const ExprPtr value = GenLiteral(type.scalar);
    const auto* raw = reinterpret_cast<const uint8_t*>(&value->literal);
    bytes.insert(bytes.end(), raw, raw + type.size_bytes);
  } else if (type.is_array()) {
    for (uint32_t i = 0; i < type.count; ++i) FillRandom(*type.element, bytes);
  } else {
    for (const Field& field : type.fields) FillRandom(*field.type, bytes);
  }
  bytes.resize(start + type.size_bytes);
}

std::vector<uint8_t> Generator::RandomBytes(const Type& type) {
  std::vector<uint8_t> bytes;
  FillRandom(type, bytes);
  return bytes;
}

void Generator::MakeModuleVariables() {
  for (uint32_t i = random_.Below(3); i > 0; --i) {
    const Type* element = PickFieldType(1, true);
    if (HasHalf(*element)) element = Of(Scalar::kU16);
    static constexpr uint32_t kCounts[] = {1, 3, 8, 16, 20};
    const Type* type = program_->types.ArrayOf(element, kCounts[random_.Below(std::size(kCounts))]);
    if (element->is_array()) type = element;
    Variable& variable = build_.NewVariable("ct", type, Storage::kConstant);
    variable.initial = RandomBytes(*type);
    program_->globals.push_back(&variable);
  }
}

void Generator::MakeSharedArrays() {
  const uint32_t threads = program_->threads_per_block();
  for (uint32_t i = random_.Below(4); i > 0; --i) {
    SharedArray array;
    array.element = random_.Percent(60) ? Of(random_.Percent(60) ? Scalar::kU32 : PickInteger())
                                        : Of(PickScalar());
    const auto& structs = program_->types.structs();
    if (!structs.empty() && random_.Percent(25)) array.element = random_.Pick(structs);
    uint32_t power = 1;
    while (power < threads) power *= 2;
    array.count = random_.Percent(60) ? power : threads + random_.Below(5);
    if (array.element->size_bytes * array.count > 12000) array.element = Of(Scalar::kU32);
    Variable& variable = build_.NewVariable(
        "sh", program_->types.ArrayOf(array.element, array.count), Storage::kShared);
    if (program_->dynamic_shared_bytes == 0 && random_.Percent(35) &&
        array.element->plain_layout()) {
      variable.storage = Storage::kDynamicShared;
      program_->dynamic_shared_bytes = variable.type->size_bytes;
    }
    array.variable = &variable;
    program_->globals.push_back(&variable);
    shared_.push_back(array);
  }
}

void Generator::MakeParameters(Function& kernel) {
  const uint32_t threads = program_->blocks() * program_->threads_per_block();
  const auto add_buffer = [&](const char* name, Scalar scalar, uint32_t count, bool is_const) {
    Variable& parameter =
        build_.NewVariable(name, program_->types.PointerTo(Of(scalar)), Storage::kParameter);
    parameter.is_const = is_const;
    kernel.parameters.push_back(&parameter);
    Buffer buffer;
    buffer.parameter = &parameter;
    buffer.element = Of(scalar);
    buffer.count = count;
    if (is_const) {
      buffer.initial = RandomBytes(*program_->types.ArrayOf(Of(scalar), count));
    } else {
      buffer.initial.resize(size_t{count} * SizeBytes(scalar));
    }
    program_->buffers.push_back(std::move(buffer));
    return &parameter;
  };
  const auto add_input = [&](Scalar scalar) {
    const Variable* input = add_buffer("in", scalar, kInputs, true);
    Show(*input, true, false);
    objects_.back().extent = kInputs;
  };
  out_per_thread_ = random_.Between(2, 4);
  out_ = add_buffer("out", Scalar::kU64, threads * out_per_thread_, false);
  add_input(Scalar::kU32);
  add_input(PickScalar());
  static constexpr AtomicOp kOps[] = {AtomicOp::kAdd, AtomicOp::kMin, AtomicOp::kMax,
                                      AtomicOp::kAnd, AtomicOp::kOr,  AtomicOp::kXor,
                                      AtomicOp::kSub, AtomicOp::kInc};
  accumulator_ops_.assign(std::begin(kOps), std::end(kOps));
  accumulators_ = add_buffer("acc", Scalar::kU32, static_cast<uint32_t>(std::size(kOps)), false);
  // Values from which every operation can change something.
  for (uint8_t& byte : program_->buffers.back().initial) byte = 0x5a;
  for (uint32_t i = random_.Below(4); i > 0; --i) {
    const Type* type = PickFieldType(1, true);
    const auto& structs = program_->types.structs();
    if (type->is_array() || (!structs.empty() && random_.Percent(40))) {
      type = structs.empty() ? Of(Scalar::kI32) : random_.Pick(structs);
    }
    if (!type->plain_layout()) type = Of(Scalar::kI64);
    const Variable& parameter = build_.NewVariable("arg", type, Storage::kParameter);
    kernel.parameters.push_back(&parameter);
    program_->arguments.push_back(RandomBytes(*type));
    Show(parameter, true, false);
  }
}

void Generator::MakePrologue(StmtList& out) {
  // Every element of shared memory gets a value before it is read.
  for (const SharedArray& array : shared_) {
    const Variable& counter = NewLocal("i", Scalar::kU32);
    StmtList body;
    std::function<void(const std::function<ExprPtr()>&, const Type&)> fill =
        [&](const std::function<ExprPtr()>& object, const Type& type) {
          if (type.is_scalar()) {
            ExprPtr value = build_.Binary(Op::kMultiply, build_.Of(counter),
                                          build_.Literal(Scalar::kU32, random_.Between(1, 999)));
            body.push_back(build_.Assign(object(), build_.Cast(type.scalar, std::move(value))));
            return;
          }
          if (type.is_array()) {
            for (uint32_t i = 0; i < type.count; ++i) {
              fill(
                  [&] {
                    return build_.Element(object(), build_.Literal(Scalar::kU32, i), type.count,
                                          true);
                  },
                  *type.element);
            }
            return;
          }
          for (uint32_t i = 0; i < type.fields.size(); ++i) {
            fill([&] { return build_.Member(object(), i); }, *type.fields[i].type);
          }
        };
    fill(
        [&] {
          return build_.Element(build_.Of(*array.variable), build_.Of(counter), array.count, true);
        },
        *array.element);
    out.push_back(build_.For(
        counter, build_.Of(Builtin::kThread),
        build_.Binary(Op::kLess, build_.Of(counter), build_.Literal(Scalar::kU32, array.count)),
        build_.Of(Builtin::kThreads), std::move(body)));
  }
  if (!shared_.empty()) Rearrange(out);
}

void Generator::DumpShared(StmtList& out) {
  if (shared_.empty()) return;
  out.push_back(build_.Barrier(BarrierOp::kPlain, nullptr, nullptr));
  for (SharedArray& array : shared_) array.state = State::kReadable;
  // Each thread looks at a few elements of every array.
  for (const SharedArray& array : shared_) {
    const Variable& counter = NewLocal("i", Scalar::kU32);
    ExprPtr index = build_.Binary(Op::kAdd, build_.Of(Builtin::kThread), build_.Of(counter));
    ExprPtr element = build_.Element(build_.Of(*array.variable), std::move(index), array.count);
    StmtList body;
    body.push_back(build_.Assign(build_.Of(*hash_),
                                 Observe(Descend(std::move(element), true, false)), Op::kAdd));
    body.push_back(build_.Assign(build_.Of(*hash_), build_.Literal(Scalar::kU64, 1099511628211u),
                                 Op::kMultiply));
    out.push_back(
        build_.For(counter, build_.Literal(Scalar::kU32, 0),
                   build_.Binary(Op::kLess, build_.Of(counter), build_.Literal(Scalar::kU32, 4)),
                   build_.Literal(Scalar::kU32, 1), std::move(body)));
  }
}

void Generator::MakeEpilogue(StmtList& out) {
  hash_ = &NewLocal("hash", Scalar::kU64);
  out.push_back(build_.Declare(*hash_, build_.Literal(Scalar::kU64, 14695981039346656037u)));
  const auto mix = [&](ExprPtr value) {
    out.push_back(build_.Assign(build_.Of(*hash_), Observe(std::move(value)), Op::kXor));
    out.push_back(build_.Assign(build_.Of(*hash_), build_.Literal(Scalar::kU64, 1099511628211u),
                                Op::kMultiply));
  };
  for (const Object& object : objects_) {
    if (object.extent != 0) continue;
    const bool many = !object.variable->type->is_scalar();
    for (uint32_t i = many ? 3 : 1; i > 0; --i) mix(ScalarIn(object, false, false));
  }
  DumpShared(out);
  const uint32_t count = program_->blocks() * program_->threads_per_block() * out_per_thread_;
  ExprPtr index = build_.Binary(Op::kMultiply, build_.Of(Builtin::kGridThread),
                                build_.Literal(Scalar::kU32, out_per_thread_));
  out.push_back(build_.Assign(build_.Element(build_.Of(*out_), std::move(index), count, true),
                              build_.Of(*hash_), Op::kAdd));
}

void Generator::MakeKernel() {
  Function& kernel = program_->functions.emplace_back();
  kernel.name = program_->name;
  kernel.result = program_->types.Void();
  kernel.is_kernel = true;
  program_->kernel = &kernel;
  objects_.clear();
  in_kernel_ = true;
  calls_allowed_ = true;
  return_type_ = nullptr;
  iterations_ = 1;
  cost_ = 0;
  cost_limit_ = std::clamp<uint64_t>(
      kMaxSteps / (program_->blocks() * program_->threads_per_block()), 150, 6000);
  statements_left_ = random_.Between(8, 60);
  for (const Variable* variable : program_->globals) {
    if (variable->storage == Storage::kConstant) Show(*variable, true, false);
  }
  MakeParameters(kernel);
  const Variable& mask = NewLocal("m", Scalar::kU32);
  kernel.body.push_back(build_.Declare(mask, build_.Of(Builtin::kWarpLanes)));
  MakePrologue(kernel.body);
  Context context;
  context.sync = Sync::kBlock;
  context.mask = &mask;
  context.may_rearrange = true;
  while (statements_left_ > 0 && Affordable(20)) {
    --statements_left_;
    GenStmt(context, kernel.body);
  }
  if (random_.Percent(30)) {
    // From here on nobody synchronises, and threads return where they like.
    Context tail;
    tail.may_return = true;
    cost_limit_ += cost_limit_ / 3;
    statements_left_ = 10;
    for (uint32_t i = random_.Between(2, 5); i > 0; --i) GenStmt(tail, kernel.body);
    shared_.clear();
  }
  MakeEpilogue(kernel.body);
}

std::unique_ptr<Program> Generator::Run() {
  PickShape();
  MakeStructs();
  MakeModuleVariables();
  MakeFunctions();
  MakeSharedArrays();
  MakeKernel();
  LayOut(*program_);
  return std::move(program_);
}

std::unique_ptr<Program> Generate(uint64_t seed) { return Generator(seed).Run(); }

}  // namespace opensupa::fuzz
