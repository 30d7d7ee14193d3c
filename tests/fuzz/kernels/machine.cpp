#include "machine.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "scalar_ops.h"

namespace opensupa::fuzz {
namespace {

constexpr size_t kStackBytes = size_t{64} << 20;

size_t Align(size_t offset) { return (offset + 15) & ~size_t{15}; }

bool IsShared(const Variable& variable) {
  return variable.storage == Storage::kShared || variable.storage == Storage::kDynamicShared;
}

}  // namespace

Machine::Machine(const Program& program, uint64_t max_steps)
    : program_(program), max_steps_(max_steps), stack_(new std::byte[kStackBytes]) {
  PlaceMemory();
}

void Machine::Invalid(std::string reason) {
  throw Stop{Outcome::Kind::kInvalid, std::move(reason)};
}

void Machine::Step() {
  if (++steps_ > max_steps_) throw Stop{Outcome::Kind::kTooLong, "the program runs too long"};
}

void Machine::PlaceMemory() {
  size_t bytes = 0;
  for (const Buffer& buffer : program_.buffers) {
    buffer_offsets_.push_back(bytes);
    bytes = Align(bytes + buffer.initial.size());
  }
  module_offset_ = bytes;
  size_t module_bytes = 0;
  size_t shared_bytes = 0;
  for (const Variable* variable : program_.globals) {
    size_t& end = IsShared(*variable) ? shared_bytes : module_bytes;
    end = std::max<size_t>(end, variable->offset + variable->type->size_bytes);
  }
  shared_offset_ = Align(bytes + module_bytes);
  memory_.resize(shared_offset_ + Align(shared_bytes));
  races_.Watch(memory_.size());
  races_.SetInitialised(0, shared_offset_, true);
  for (size_t i = 0; i < program_.buffers.size(); ++i) {
    const std::vector<uint8_t>& initial = program_.buffers[i].initial;
    std::memcpy(&memory_[buffer_offsets_[i]], initial.data(), initial.size());
  }
  for (const Variable* variable : program_.globals) {
    if (IsShared(*variable)) continue;
    std::memcpy(&memory_[module_offset_ + variable->offset], variable->initial.data(),
                variable->initial.size());
  }
}

void Machine::SetArguments(Frame& frame) {
  size_t buffer = 0;
  size_t argument = 0;
  for (const Variable* parameter : program_.kernel->parameters) {
    uint64_t address = 0;
    const void* bytes = &address;
    size_t size_bytes = sizeof address;
    if (program_.is_buffer(parameter)) {
      address = reinterpret_cast<uintptr_t>(&memory_[buffer_offsets_[buffer++]]);
    } else {
      bytes = program_.arguments[argument].data();
      size_bytes = program_.arguments[argument++].size();
    }
    all_.ForEach([&](uint32_t thread) {
      std::memcpy(VariableAddress(*parameter, frame, thread), bytes, size_bytes);
    });
  }
}

void Machine::RunBlock(uint32_t block) {
  block_ = block;
  block_time_ = 0;
  warp_times_.assign(32, 0);
  if (memory_.size() > shared_offset_) {
    races_.SetInitialised(shared_offset_, memory_.size() - shared_offset_, false);
    std::memset(&memory_[shared_offset_], 0xa5, memory_.size() - shared_offset_);
  }
  Frame frame{program_.kernel, stack_.get(), program_.kernel->frame_bytes, {}};
  stack_used_ = frame.stride * program_.threads_per_block();
  if (stack_used_ > kStackBytes) throw Stop{Outcome::Kind::kTooLong, "the frames are too large"};
  kernel_frame_ = &frame;
  SetArguments(frame);
  ExecList(program_.kernel->body, all_, frame, {});
}

Outcome Machine::Run() {
  Outcome outcome;
  all_ = ThreadSet::First(program_.threads_per_block());
  try {
    for (uint32_t block = 0; block < program_.blocks(); ++block) RunBlock(block);
  } catch (const Stop& stop) {
    outcome.kind = stop.kind;
    outcome.reason = stop.reason;
  }
  outcome.steps = steps_;
  const auto bytes_at = [&](size_t offset, size_t size_bytes) {
    const auto* first = reinterpret_cast<const uint8_t*>(&memory_[offset]);
    return std::vector<uint8_t>(first, first + size_bytes);
  };
  for (size_t i = 0; i < program_.buffers.size(); ++i) {
    outcome.buffers.push_back(bytes_at(buffer_offsets_[i], program_.buffers[i].initial.size()));
  }
  for (const Variable* variable : program_.globals) {
    if (variable->storage != Storage::kDevice) continue;
    outcome.device_variables.push_back(
        bytes_at(module_offset_ + variable->offset, variable->type->size_bytes));
  }
  return outcome;
}

std::byte* Machine::VariableAddress(const Variable& variable, const Frame& frame, uint32_t thread) {
  switch (variable.storage) {
    case Storage::kLocal:
    case Storage::kParameter:
      return frame.memory + frame.stride * thread + variable.offset;
    case Storage::kShared:
    case Storage::kDynamicShared:
      return &memory_[shared_offset_ + variable.offset];
    default:
      return &memory_[module_offset_ + variable.offset];
  }
}

bool Machine::IsWatched(const std::byte* address) const {
  return address >= memory_.data() && address < memory_.data() + memory_.size();
}

AccessPoint Machine::PointOf(uint32_t thread) const {
  return {thread, thread / 32, block_, block_time_, warp_times_[thread / 32]};
}

void Machine::CheckRead(const std::byte* address, size_t size_bytes, uint32_t thread) {
  if (!IsWatched(address)) return;
  std::string problem =
      races_.Read(static_cast<size_t>(address - memory_.data()), size_bytes, PointOf(thread));
  if (!problem.empty()) Invalid(std::move(problem));
}

void Machine::CheckWrite(const std::byte* address, size_t size_bytes, uint32_t thread,
                         uint8_t kind) {
  if (!IsWatched(address)) return;
  std::string problem = races_.Write(static_cast<size_t>(address - memory_.data()), size_bytes,
                                     PointOf(thread), kind);
  if (!problem.empty()) Invalid(std::move(problem));
}

uint64_t Machine::Load(const std::byte* address, const Type& type, uint32_t thread) {
  CheckRead(address, type.size_bytes, thread);
  uint64_t value = 0;
  std::memcpy(&value, address, type.size_bytes);
  return type.is_scalar() ? Normalize(type.scalar, value) : value;
}

void Machine::Store(std::byte* address, const Type& type, uint64_t value, uint32_t bits,
                    uint32_t thread, uint8_t kind) {
  CheckWrite(address, type.size_bytes, thread, kind);
  if (bits != 0) {
    // A bit field keeps its low bits, extended as its type is.
    value <<= 64 - bits;
    value = IsSigned(type.scalar)
                ? static_cast<uint64_t>(static_cast<int64_t>(value) >> (64 - bits))
                : value >> (64 - bits);
  }
  std::memcpy(address, &value, type.size_bytes);
}

void Machine::Copy(std::byte* to, const std::byte* from, const Type& type, uint32_t thread) {
  if (type.is_struct()) {
    // Member by member: what lies between members is never written.
    for (const Field& field : type.fields) {
      Copy(to + field.offset, from + field.offset, *field.type, thread);
    }
    return;
  }
  if (type.is_array()) {
    for (uint32_t i = 0; i < type.count; ++i) {
      const size_t offset = size_t{i} * type.element->size_bytes;
      Copy(to + offset, from + offset, *type.element, thread);
    }
    return;
  }
  Store(to, type, Load(from, type, thread), 0, thread, RaceChecker::kPlain);
}

Outcome Interpret(const Program& program, uint64_t max_steps) {
  return Machine(program, max_steps).Run();
}

}  // namespace opensupa::fuzz
