#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string_view>
#include <vector>

#include "device_heap.h"
#include "event_log.h"
#include "memory_manager.h"
#include "opensupa/port/uapi.h"

namespace opensupa::emu {

/// An address space (VM). Its binds are host mappings at the same address within a range that the
/// client has reserved; user memory is bound where it stands, and such binds may overlap. Thread
/// safe. Results are 0 or a negative errno.
class AddressSpace {
 public:
  AddressSpace(uint32_t id, uint64_t base, uint64_t size_bytes, std::shared_ptr<MemoryQuota> quota);
  ~AddressSpace();
  AddressSpace(const AddressSpace&) = delete;
  AddressSpace& operator=(const AddressSpace&) = delete;

  uint32_t id() const { return id_; }

  /// -EBUSY when a part is bound already, here or in another address space of the process.
  int Map(std::shared_ptr<BufferObject> bo, uint64_t offset_bytes, uint64_t va, uint64_t size_bytes,
          uint32_t access);
  /// -EINVAL when the memory is not mapped in the process.
  int MapUser(uint64_t address, uint64_t size_bytes, uint32_t access);
  /// Unmaps the whole binds in the range, or the user bind that is exactly it. -ENOENT when there
  /// is none, -EINVAL when the range cuts one, -EBUSY when a queue lives in it.
  int Unmap(uint64_t va, uint64_t size_bytes);
  int Protect(uint64_t va, uint64_t size_bytes, uint32_t access);
  /// Unmaps everything.
  void Clear();

  /// Addresses that were bound for `access` when the binds had the version.
  struct Known {
    uint64_t version = 0;
    uint64_t begin = 0;
    uint64_t end = 0;
    uint32_t access = 0;
  };

  /// Whether all of [va, va + size_bytes) may be accessed so. A size of 0 always may. What is found
  /// is kept in `known`, if given, so that the next look at the same place takes no lock.
  bool Allows(uint64_t va, uint64_t size_bytes, uint32_t access, Known* known = nullptr) const;

  /// The bind of code that holds `va`; false when there is none. `known` as for Allows.
  bool CodeAround(uint64_t va, Known* known) const;

  /// Keeps [va, va + size) bound until Unpin; false when it is not readable and writable.
  bool Pin(uint64_t va, uint64_t size_bytes);
  void Unpin(uint64_t va);

  /// Ends the address space after a fault: adds the event, and stops all work. Only the first call
  /// counts; returns false for others.
  bool Kill(const supa_uapi_event& event, std::string_view text);
  /// SUPA_UAPI_EVENT_* that killed it, 0 while it lives.
  uint32_t killed_by() const { return killed_by_.load(); }
  bool dead() const { return killed_by() != 0; }
  const std::atomic<uint32_t>& killed_by_flag() const { return killed_by_; }

  EventLog& events() { return events_; }
  DeviceHeap& heap() { return heap_; }
  std::atomic<uint32_t>& queues() { return queues_; }

 private:
  struct Bind {
    uint64_t size_bytes;
    uint64_t offset_bytes;
    uint32_t access;
    std::shared_ptr<BufferObject> bo;
  };
  struct UserBind {
    uint64_t size_bytes;
    uint32_t access;
  };
  using Binds = std::map<uint64_t, Bind>;

  int FindWhole(uint64_t va, uint64_t size_bytes, Binds::iterator* first, Binds::iterator* last);
  bool Holds(const Known& known, uint64_t va, uint64_t size_bytes, uint32_t access) const;
  bool UnmapUser(uint64_t va, uint64_t size_bytes);
  uint64_t ReachLocked(uint64_t va, uint32_t access) const;
  bool AllowsLocked(uint64_t va, uint64_t size_bytes, uint32_t access) const;
  bool PinnedLocked(uint64_t va, uint64_t size_bytes) const;

  const uint32_t id_;
  const uint64_t base_;
  const uint64_t size_bytes_;
  mutable std::shared_mutex mutex_;
  std::atomic<uint64_t> version_{1};          // of the binds; written with the mutex held
  Binds binds_;                               // by start
  std::multimap<uint64_t, UserBind> user_;    // by start
  std::multimap<uint64_t, uint64_t> pinned_;  // start -> bytes
  uint64_t longest_user_bytes_ = 0;           // of all binds ever in user_
  EventLog events_;
  DeviceHeap heap_;
  std::atomic<uint32_t> killed_by_{0};
  std::atomic<uint32_t> queues_{0};
};

}  // namespace opensupa::emu
