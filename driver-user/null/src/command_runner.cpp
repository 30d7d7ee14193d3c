#include "command_runner.h"

#include <chrono>
#include <cstring>
#include <thread>

#include "opensupa/base/log.h"

namespace opensupa::null {
namespace {

std::byte* Bytes(hal::DeviceAddress address) { return reinterpret_cast<std::byte*>(address); }

uint64_t LoadValue(hal::DeviceAddress address, bool is_64bit) {
  if (is_64bit) {
    return std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(address)).load();
  }
  return std::atomic_ref<uint32_t>(*reinterpret_cast<uint32_t*>(address)).load();
}

void StoreValue(hal::DeviceAddress address, uint64_t value, bool is_64bit) {
  if (is_64bit) {
    std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(address)).store(value);
  } else {
    std::atomic_ref<uint32_t>(*reinterpret_cast<uint32_t*>(address))
        .store(static_cast<uint32_t>(value));
  }
}

void Run(const hal::DispatchCommand&, const std::atomic<bool>&) {}  // refused by the queue

void Run(const hal::CopyCommand& command, const std::atomic<bool>&) {
  if (command.size_bytes != 0) {
    std::memmove(Bytes(command.dst), Bytes(command.src), command.size_bytes);
  }
}

void Run(const hal::CopyRectCommand& command, const std::atomic<bool>&) {
  for (uint64_t z = 0; command.width_bytes != 0 && z < command.depth; ++z) {
    for (uint64_t y = 0; y < command.height; ++y) {
      std::memmove(Bytes(command.dst + z * command.dst_slice_bytes + y * command.dst_pitch_bytes),
                   Bytes(command.src + z * command.src_slice_bytes + y * command.src_pitch_bytes),
                   command.width_bytes);
    }
  }
}

void Run(const hal::FillCommand& command, const std::atomic<bool>&) {
  for (uint64_t y = 0; y < command.height; ++y) {
    std::byte* row = Bytes(command.dst + y * command.pitch_bytes);
    for (uint64_t x = 0; x < command.width_elements; ++x) {
      std::memcpy(row + x * command.element_bytes, &command.value, command.element_bytes);
    }
  }
}

void Run(const hal::TimestampCommand& command, const std::atomic<bool>&) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  StoreValue(
      command.dst,
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()),
      true);
}

void Run(const hal::HostCallCommand& command, const std::atomic<bool>&) {
  try {
    if (command.function) command.function();
  } catch (...) {
    log::Write(log::Level::kError, "A host call threw an exception; it is ignored.");
  }
}

void Run(const hal::WriteValueCommand& command, const std::atomic<bool>&) {
  StoreValue(command.dst, command.value, command.is_64bit);
}

void Run(const hal::WaitValueCommand& command, const std::atomic<bool>& stop) {
  while (!stop) {
    const uint64_t seen = LoadValue(command.src, command.is_64bit);
    if (command.equal ? seen == command.value : seen >= command.value) return;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

}  // namespace

void RunCommand(const hal::Command& command, const std::atomic<bool>& stop) {
  std::visit([&](const auto& one) { Run(one, stop); }, command);
}

}  // namespace opensupa::null
