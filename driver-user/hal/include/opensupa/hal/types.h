#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "opensupa/base/status.h"

namespace opensupa::hal {

class Fence;

/// Address in a device's address space. Unique in the process: two devices never hand out the same
/// one.
using DeviceAddress = uint64_t;

struct Dim3 {
  uint32_t x = 1, y = 1, z = 1;
};

/// DeviceProperties::code_target of a device that runs no code.
inline constexpr char kNoCodeTarget[] = "none";

/// What a device is and can do: data, so that no caller asks for a backend's type.
struct DeviceProperties {
  std::string backend;       // "emu", "null"
  std::string name;          // product name, "Biren106M"
  std::string model;         // "BR106M"
  std::string architecture;  // "br106"
  std::string code_target;   // CodeObject::target that LoadProgram wants
  std::array<uint8_t, 16> uuid{};
  uint32_t pci_domain = 0, pci_bus = 0, pci_device = 0;
  uint32_t compute_major = 0, compute_minor = 0;
  uint32_t multiprocessors = 0;
  uint32_t warp_threads = 32;
  uint32_t max_threads_per_block = 0;
  uint32_t max_threads_per_multiprocessor = 0;
  uint32_t max_blocks_per_multiprocessor = 0;
  Dim3 max_block_dim, max_grid_dim;
  uint32_t shared_bytes_per_block = 0;
  uint32_t shared_bytes_per_block_optin = 0;
  uint32_t shared_bytes_per_multiprocessor = 0;
  uint32_t registers_per_block = 0, registers_per_multiprocessor = 0;
  uint32_t l2_bytes = 0;
  uint32_t core_clock_khz = 0, memory_clock_khz = 0, memory_bus_bits = 0;
  uint32_t copy_engines = 0;
  uint64_t memory_bytes = 0;
  uint64_t constant_bytes = 0;
  uint32_t page_bytes = 4096;  // granularity of Memory and AddressRange
  bool fp64 = true;
  bool emulated = false;
  bool unified_host_mapping =
      false;  // device addresses can be read and written by the host while bound
  bool cooperative_launch = false;
  uint32_t max_cluster_blocks = 0;  // 0 = no clusters
};

enum class Placement { kDevice, kHost };

struct MemoryDesc {
  uint64_t size_bytes = 0;  // multiple of page_bytes
  Placement placement = Placement::kDevice;
  bool shareable = false;  // may be bound more than once
};

enum Access : uint32_t { kAccessRead = 1, kAccessWrite = 2, kAccessExecute = 4 };

struct MemoryInfo {
  uint64_t total_bytes = 0;
  uint64_t free_bytes = 0;
};

/// A point on a fence's timeline.
struct FencePoint {
  Fence* fence = nullptr;
  uint64_t value = 0;
};

using ProgramId = uint64_t;          // 0 is none
using KernelHandle = DeviceAddress;  // address of the kernel's descriptor

struct Symbol {
  DeviceAddress address = 0;
  uint64_t size_bytes = 0;
};

struct DispatchCommand {
  KernelHandle kernel = 0;
  Dim3 grid, block;
  Dim3 cluster{0, 0, 0};                 // blocks; divides the grid; all 0 = no clusters
  bool cooperative = false;              // all blocks run at a time and can meet
  uint64_t heap_limit_bytes = 8u << 20;  // what malloc() in kernels may give out in all
  uint32_t dynamic_shared_bytes = 0;
  std::span<const std::byte> args;  // copied by Submit
  uint64_t cookie = 0;              // reported with faults: the runtime's launch id
};
struct CopyCommand {
  DeviceAddress dst = 0, src = 0;
  uint64_t size_bytes = 0;
};
struct CopyRectCommand {
  DeviceAddress dst = 0, src = 0;
  uint64_t dst_pitch_bytes = 0, src_pitch_bytes = 0;
  uint64_t dst_slice_bytes = 0, src_slice_bytes = 0;
  uint64_t width_bytes = 0, height = 1, depth = 1;
};
struct FillCommand {
  DeviceAddress dst = 0;
  uint64_t value = 0;
  uint32_t element_bytes = 1;  // 1, 2, 4, 8
  uint64_t width_elements = 0;
  uint64_t height = 1;
  uint64_t pitch_bytes = 0;
};
struct TimestampCommand {
  DeviceAddress dst = 0;  // 8 bytes; receives nanoseconds of the device clock
};
struct HostCallCommand {
  std::function<void()>
      function;  // runs on a driver thread; must not call back into the device synchronously
};
/// 32- or 64-bit store or wait in device memory (stream memory operations).
struct WriteValueCommand {
  DeviceAddress dst = 0;
  uint64_t value = 0;
  bool is_64bit = false;
};
struct WaitValueCommand {
  DeviceAddress src = 0;
  uint64_t value = 0;
  bool is_64bit = false;
  bool equal = false;  // wait for == instead of >=
};

using Command =
    std::variant<DispatchCommand, CopyCommand, CopyRectCommand, FillCommand, TimestampCommand,
                 HostCallCommand, WriteValueCommand, WaitValueCommand>;

struct QueueDesc {
  int32_t priority = 0;  // negative is more urgent
};

/// Why a device's address space is dead. Text is a full story: kernel, block, thread, address,
/// nearest allocation.
enum class FaultKind {
  kNone,
  kIllegalAddress,
  kIllegalInstruction,
  kAssert,
  kTrap,
  kStackOverflow,
  kDeadlock,
  kDeviceLost,
  kBadCommand
};
struct FaultReport {
  FaultKind kind = FaultKind::kNone;
  std::string text;
  DeviceAddress address = 0;
  KernelHandle kernel = 0;
  uint64_t cookie = 0;
  Dim3 block, thread;
};

}  // namespace opensupa::hal
