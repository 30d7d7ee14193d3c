#pragma once

#include "opensupa/hal/types.h"

/// The device abstraction: six objects. Everything asynchronous is ordered by (fence, value) waits
/// and signals; streams, events and graphs are built above. Unless stated, methods are thread safe,
/// and an object must not outlive the Device that made it. A backend fills in these classes and
/// registers an Adapter (registry.h).
namespace opensupa::hal {

/// A timeline: a 64-bit value that only grows.
class Fence {
 public:
  virtual ~Fence() = default;
  /// The value now; a plain memory read.
  virtual uint64_t Value() const = 0;
  /// Blocks until Value() >= value; the calling thread may run device work meanwhile.
  /// kDeadlineExceeded after `timeout_ns` (negative: never), kAborted when the device's address
  /// space died first.
  virtual Status Wait(uint64_t value, int64_t timeout_ns) = 0;
  /// Raises the value from the host.
  virtual Status Signal(uint64_t value) = 0;
};

/// Storage without an address.
class Memory {
 public:
  virtual ~Memory() = default;
  virtual const MemoryDesc& desc() const = 0;
};

/// A reserved run of device addresses. Destroying it unbinds what is bound.
class AddressRange {
 public:
  virtual ~AddressRange() = default;
  virtual DeviceAddress base() const = 0;
  virtual uint64_t size_bytes() const = 0;
  /// Makes [memory_offset, +size) appear at base() + offset. All page multiples. `memory` may
  /// belong to another device of the same backend when both are `shareable` or the address is the
  /// same (peer access).
  virtual Status Bind(uint64_t offset_bytes, Memory* memory, uint64_t memory_offset_bytes,
                      uint64_t size_bytes, uint32_t access) = 0;
  virtual Status Unbind(uint64_t offset_bytes, uint64_t size_bytes) = 0;
  virtual Status SetAccess(uint64_t offset_bytes, uint64_t size_bytes, uint32_t access) = 0;
};

/// An in-order list of work.
class Queue {
 public:
  virtual ~Queue() = default;  // waits until nothing of it runs
  /// Runs `commands` in order after all `waits`, then performs `signals`. Nothing is kept of the
  /// spans. Blocks only when the queue is full. kAborted once the address space is dead.
  virtual Status Submit(std::span<const FencePoint> waits, std::span<const Command> commands,
                        std::span<const FencePoint> signals) = 0;
};

/// One use of a card: an address space with its memory, programs and queues.
class Device {
 public:
  virtual ~Device() = default;
  virtual const DeviceProperties& properties() const = 0;
  virtual StatusOr<MemoryInfo> QueryMemory() = 0;

  virtual StatusOr<std::unique_ptr<Memory>> CreateMemory(const MemoryDesc& desc) = 0;
  /// `align_bytes` is a power of two or 0; `hint` 0 = anywhere.
  virtual StatusOr<std::unique_ptr<AddressRange>> ReserveRange(uint64_t size_bytes,
                                                               uint64_t align_bytes,
                                                               DeviceAddress hint) = 0;
  /// Makes host memory usable by the device at the same address, until unregistered. Pages are
  /// widened as needed.
  virtual Status RegisterHost(void* host, uint64_t size_bytes) = 0;
  virtual Status UnregisterHost(void* host) = 0;

  virtual StatusOr<std::unique_ptr<Queue>> CreateQueue(const QueueDesc& desc) = 0;
  virtual StatusOr<std::unique_ptr<Fence>> CreateFence(uint64_t initial_value) = 0;

  /// Loads a serialised code object for properties().code_target. kDataLoss, kFailedPrecondition as
  /// its parser says.
  virtual StatusOr<ProgramId> LoadProgram(std::span<const std::byte> code_object) = 0;
  virtual Status UnloadProgram(ProgramId program) = 0;
  virtual StatusOr<KernelHandle> FindKernel(ProgramId program, const std::string& name) = 0;
  virtual StatusOr<Symbol> FindVariable(ProgramId program, const std::string& name) = 0;

  /// Takes in pending device events: prints device printf output to stdout, and returns the first
  /// fault (kNone if the address space lives). Cheap when nothing happened.
  virtual FaultReport PollFault() = 0;
  /// Text of the allocation nearest to `address` is asked from here when a fault is described; set
  /// by the owner.
  using DescribeAddress = std::function<std::string(DeviceAddress)>;
  using DescribeLaunch = std::function<std::string(uint64_t cookie, KernelHandle kernel)>;
  virtual void SetDescribers(DescribeAddress address, DescribeLaunch launch) = 0;
};

/// A way to reach cards: one per backend.
class Adapter {
 public:
  virtual ~Adapter() = default;
  virtual const std::string& backend() const = 0;
  virtual uint32_t DeviceCount() const = 0;
  virtual StatusOr<DeviceProperties> GetProperties(uint32_t index) const = 0;
  virtual StatusOr<std::unique_ptr<Device>> OpenDevice(uint32_t index) = 0;
};

}  // namespace opensupa::hal
