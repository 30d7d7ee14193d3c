#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "opensupa/base/status.h"
#include "opensupa/binary/device_abi.h"

namespace opensupa::emu {

/// What device code may ask of the card while it runs. Thread safe.
class DeviceServices {
 public:
  virtual ~DeviceServices() = default;
  /// Text printed by the kernel, in order for one thread.
  virtual void Print(std::string_view text) = 0;
  /// Memory that the VM can reach until it is freed or the VM ends; null when the heap is full.
  virtual void* Allocate(uint64_t size_bytes) = 0;
  /// False when `address` was not given out by Allocate.
  virtual bool Free(void* address) = 0;
  /// For a lane whose blocks wait for others: hands it more units of the dispatch, if there are
  /// any.
  virtual bool TakeUnits(uint64_t* first, uint64_t* count) = 0;
  /// Whether `blocks` more than one cluster for each lane may be in flight, as many as the card
  /// holds at a time. Each true is undone by ReleaseResidents.
  virtual bool TakeResidents(uint32_t blocks) = 0;
  virtual void ReleaseResidents(uint32_t blocks) = 0;
  /// A lane has (or no longer has) nothing but threads that wait for what someone else does,
  /// perhaps another queue. Calls come in pairs.
  virtual void NoteStall(bool stalled) = 0;
};

class GridMeeting;

/// One dispatch, checked by the command processor. Shared by all threads that run its blocks.
struct Dispatch {
  uint64_t descriptor_va = 0;
  uint64_t cookie = 0;
  const void* entry = nullptr;
  uint64_t code_begin = 0;  // where the kernel's module stands
  uint64_t code_end = 0;
  uint64_t heap_limit_bytes = 0;  // of malloc()
  bool plain_loop = false;
  binary::abi::Dim3 grid_dim{};
  binary::abi::Dim3 block_dim{};
  uint32_t static_shared_bytes = 0;
  uint32_t dynamic_shared_bytes = 0;
  const std::byte* args = nullptr;
  uint32_t core_clock_khz = 0;
  binary::abi::Dim3 cluster_dim{1, 1, 1};  // blocks; divides the grid
  DeviceServices* services = nullptr;
  const std::atomic<bool>* queue_closing = nullptr;
  const std::atomic<uint32_t>* space_killed_by = nullptr;  // 0 while it lives
  GridMeeting* meeting = nullptr;                          // of a cooperative grid, else null
  // Neighbours along x that one call of the entry runs; 1 for kernels that do not know strips.
  uint32_t most_strip_blocks = 1;
  bool stream_stores = false;  // the grid writes more than the host's caches hold

  /// True once the dispatch is not wanted any more; asked between blocks and by waiting threads.
  bool Cancelled() const {
    return queue_closing->load(std::memory_order_relaxed) ||
           space_killed_by->load(std::memory_order_relaxed) != 0;
  }
  uint32_t ThreadsPerBlock() const { return block_dim.x * block_dim.y * block_dim.z; }
  uint64_t Blocks() const { return uint64_t{grid_dim.x} * grid_dim.y * grid_dim.z; }
  uint32_t BlocksPerCluster() const { return cluster_dim.x * cluster_dim.y * cluster_dim.z; }
  /// What lanes take as a whole: clusters, or blocks where there are none.
  uint64_t Units() const { return Blocks() / BlocksPerCluster(); }
};

/// Why a block could not be run to its end.
struct EngineFault {
  uint32_t type = 0;  // SUPA_UAPI_EVENT_*
  uint64_t address = 0;
  uint64_t program_counter = 0;
  uint32_t access = 0;
  binary::abi::Dim3 block{};
  binary::abi::Dim3 thread{};
  std::string text;
};

/// What one host thread needs to run blocks: stacks, shared memory. Used by one thread at a time.
class Lane {
 public:
  virtual ~Lane() = default;
};

/// A way to execute compiled kernels. Thread safe.
class Engine {
 public:
  virtual ~Engine() = default;
  /// Second half of the card's code target: "reference".
  virtual const char* name() const = 0;
  virtual StatusOr<std::unique_ptr<Lane>> CreateLane() = 0;
  /// Runs units [first, first + count) in linear order (x fastest) on the calling thread, and
  /// others that it takes from the services while these wait. Returns false and fills `fault` when
  /// a block faulted; then some have not been run.
  /// A cancelled dispatch ends with true.
  virtual bool RunBlocks(const Dispatch& dispatch, uint64_t first, uint64_t count, Lane& lane,
                         EngineFault* fault) = 0;
  /// Makes threads that run a cancelled dispatch leave its code, however long that would run. What
  /// is in a service of the engine is not reached: call it again until the dispatch has ended.
  virtual void StopCancelled() = 0;
};

}  // namespace opensupa::emu
