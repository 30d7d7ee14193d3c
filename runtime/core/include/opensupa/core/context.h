#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "opensupa/core/address_map.h"
#include "opensupa/core/channel.h"
#include "opensupa/core/device_heap.h"
#include "opensupa/core/event.h"
#include "opensupa/core/module.h"
#include "opensupa/core/stream.h"
#include "runtime/supa_error_types.h"

namespace opensupa::rt {

class Runtime;
struct DeviceSlot;

/// One use of a device: an address space with its memory, streams, events and modules. A primary
/// context belongs to its device's slot, others to the program. Thread safe. Locks are taken in the
/// order: module lock, stream lock, then those of the members, which are leaves.
class Context : public std::enable_shared_from_this<Context> {
 public:
  static StatusOr<std::shared_ptr<Context>> Create(Runtime& runtime, DeviceSlot& slot, bool primary,
                                                   uint32_t flags);
  /// Use Create.
  Context(Runtime& runtime, DeviceSlot& slot, bool primary, uint32_t flags,
          std::shared_ptr<hal::Device> device);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// Waits for its work and frees everything in it; every later call finds it destroyed.
  /// Idempotent.
  void Destroy();

  Runtime& runtime() const { return runtime_; }
  uint64_t id() const { return id_; }
  int device_ordinal() const;
  bool primary() const { return primary_; }
  /// The address that stands for this context in the driver API.
  const void* handle() const;
  hal::Device& device() const { return *device_; }
  const std::shared_ptr<hal::Device>& shared_device() const { return device_; }
  const hal::DeviceProperties& properties() const { return device_->properties(); }
  DeviceHeap& heap() { return heap_; }
  ChannelPool& channels() { return channels_; }
  const Channel& legacy_channel() const { return *legacy_channel_; }
  TimestampSlots& timestamps() { return timestamps_; }
  ModuleSet& modules() { return modules_; }

  std::atomic<uint32_t> flags;

  // Health.
  bool destroyed() const { return destroyed_.load(std::memory_order_acquire); }
  bool poisoned() const { return sticky_.load(std::memory_order_acquire) != supaSuccess; }
  supaError_t sticky_error() const { return sticky_.load(std::memory_order_acquire); }
  /// The sticky error if a fault made the context unusable, or that it is destroyed. Cheap.
  Status CheckHealth() const;
  /// As CheckHealth, after taking in what the device has to say: printf output and faults.
  Status Poll();
  /// `status` of a call into the device; one that says that the address space is dead becomes the
  /// sticky error.
  Status Translate(const Status& status);

  // Streams.
  const std::shared_ptr<Stream>& legacy_stream() const { return legacy_; }
  /// The default stream of the calling thread.
  StatusOr<std::shared_ptr<Stream>> PerThreadStream();
  void ReleasePerThreadStream(std::thread::id thread);
  /// Waits for all work of all streams.
  Status Synchronize();
  /// Waits until all streams are idle, for each up to `timeout_ns` (negative = for ever).
  Status WaitForWork(int64_t timeout_ns);
  /// How long the end of a context or image waits for work that may never end.
  static constexpr int64_t kEndWaitNs = 10'000'000'000;
  /// Waits for each stream up to `timeout_ns`, then writes what kernels have printed.
  void FlushOutput(int64_t timeout_ns);

  // Memory.
  StatusOr<uint64_t> Allocate(uint64_t size_bytes);
  /// Frees device memory after the work under way. supaErrorInvalidValue for a pointer that is no
  /// start of device memory of this process.
  Status Free(uint64_t address);
  /// As Free, once `stream` has reached this point.
  Status FreeAsync(uint64_t address, Stream& stream);

  // Peers: contexts of other devices whose memory this one may use.
  Status EnablePeer(Context& peer);
  Status DisablePeer(Context& peer);

  /// Values of supaDeviceSetLimit by number; hints that are kept and returned.
  std::array<std::atomic<uint64_t>, 8> limits;
  std::atomic<int> cache_config{0};
  std::atomic<int> shared_config{0};

 private:
  Status Initialize();
  void SweepDeferredFrees();
  void SetSticky(const hal::FaultReport& report);
  std::string DescribeLaunch(uint64_t stream_id, hal::KernelHandle kernel) const;

  Runtime& runtime_;
  DeviceSlot& slot_;
  const uint64_t id_;
  const bool primary_;
  // Destroyed bottom up: the device last.
  std::shared_ptr<hal::Device> device_;
  DeviceHeap heap_;
  ChannelPool channels_;
  TimestampSlots timestamps_;
  std::shared_ptr<Channel> legacy_channel_;
  ModuleSet modules_;

  std::atomic<bool> destroyed_{false};
  std::atomic<supaError_t> sticky_{supaSuccess};
  mutable std::mutex fault_mutex_;
  std::string fault_text_;

  std::shared_ptr<Stream> legacy_;  // refers to this context without owning it
  std::shared_mutex per_thread_mutex_;
  absl::flat_hash_map<std::thread::id, std::shared_ptr<Stream>> per_thread_;

  std::mutex deferred_mutex_;
  std::vector<std::pair<TimelinePoint, uint64_t>> deferred_frees_;

  std::mutex peers_mutex_;
  absl::flat_hash_set<uint64_t> peers_;  // ids of contexts
};

}  // namespace opensupa::rt
