#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "absl/container/flat_hash_map.h"
#include "opensupa/core/address_map.h"
#include "opensupa/hal/hal.h"

namespace opensupa::rt {

class Context;
struct DeviceSlot;

/// Physical memory and address ranges that a program handles apart: what suMem* does. A reservation
/// takes memory of one context at a time. A mapping can be used once access was given. Thread safe.
class VirtualMemory {
 public:
  static constexpr uint64_t kLargePageBytes = 2 << 20;

  enum class Grain { kMinimum, kRecommended };
  /// What sizes and offsets must be multiples of.
  static uint64_t GranularityBytes(const hal::DeviceProperties& device, Grain grain);

  struct Mapping {
    uint64_t base = 0;
    uint64_t size_bytes = 0;
    int device = 0;  // ordinal of the device whose memory it is
  };

  explicit VirtualMemory(AddressMap& addresses) : addresses_(addresses) {}
  VirtualMemory(const VirtualMemory&) = delete;
  VirtualMemory& operator=(const VirtualMemory&) = delete;

  /// Memory of the device of `context`. The handle is never 0 and never used again.
  StatusOr<uint64_t> Create(Context& context, uint64_t size_bytes);
  /// Gives one use of the handle back; the memory lives on while it is mapped.
  Status Release(uint64_t handle);
  /// One more use of the handle of the memory mapped at `address`.
  StatusOr<uint64_t> Retain(uint64_t address);
  /// Ordinal of the device that the memory belongs to.
  StatusOr<int> DeviceOf(uint64_t handle) const;

  /// `align_bytes` is a power of two or 0; `hint` 0 means anywhere.
  StatusOr<uint64_t> Reserve(Context& context, uint64_t size_bytes, uint64_t align_bytes,
                             uint64_t hint);
  /// `base` and `size_bytes` are those of a reservation in which nothing is mapped.
  Status FreeReservation(uint64_t base, uint64_t size_bytes);

  /// Puts [memory_offset, +size) of the memory at `address`. Nobody has access at first.
  Status Map(uint64_t address, uint64_t size_bytes, uint64_t memory_offset_bytes, uint64_t handle);
  /// The range must consist of whole mappings; so for SetAccess. Does not wait for work.
  Status Unmap(uint64_t address, uint64_t size_bytes);
  /// Lets the device of `slot` use the range with `access`, bits of hal::Access: read and write, or
  /// 0 for none.
  Status SetAccess(uint64_t address, uint64_t size_bytes, const DeviceSlot& slot, uint32_t access);
  /// What SetAccess said last of device `ordinal` for the mapping at `address`.
  StatusOr<uint32_t> GetAccess(uint64_t address, int ordinal) const;
  /// supaErrorInvalidValue when nothing is mapped at `address`.
  StatusOr<Mapping> FindMapping(uint64_t address) const;

  /// Drops all memory and reservations of a context that ends.
  void Detach(uint64_t context_id);

 private:
  /// The device of a context, with what is asked of it after the context is gone.
  struct Owner {
    std::shared_ptr<hal::Device> device;
    uint64_t context_id = 0;
    int ordinal = 0;
  };
  struct Physical {
    Owner owner;  // destroyed after the memory
    std::unique_ptr<hal::Memory> memory;
    uint64_t handle = 0;
    uint64_t size_bytes = 0;
    uint32_t uses = 1;
  };
  struct Piece {  // one mapping
    uint64_t size_bytes = 0;
    uint64_t memory_offset_bytes = 0;
    std::shared_ptr<Physical> memory;
    uint32_t bound_access = 0;                  // 0: not bound on the device
    std::map<int, uint32_t> access_by_ordinal;  // absent: none
  };
  using Pieces = std::map<uint64_t, Piece>;  // by address
  struct Reservation {
    Owner owner;
    uint64_t size_bytes = 0;
    Pieces pieces;
    std::unique_ptr<hal::AddressRange> range;  // destroyed first, which unbinds
  };
  struct Part {
    Reservation* reservation;
    uint64_t base;
    Pieces::iterator first, last;
  };

  static Owner OwnerOf(Context& context);
  static Status Rebind(Reservation& reservation, uint64_t base, uint64_t address, Piece& piece);
  /// Tells the address map what of a reservation can be used: neighbours as one, since copies may
  /// cross from one mapping into the next.
  void Publish(const Reservation& reservation, uint64_t base);
  StatusOr<std::map<uint64_t, Reservation>::iterator> FindReservation(uint64_t address,
                                                                      uint64_t size_bytes);
  /// The whole mappings that make up a range.
  StatusOr<Part> WholePieces(const char* verb, uint64_t address, uint64_t size_bytes);
  StatusOr<Pieces::const_iterator> FindPiece(uint64_t address) const;
  StatusOr<std::shared_ptr<Physical>> FindMemory(uint64_t handle) const;
  /// Moves an empty reservation to the device of `owner`, at the same addresses.
  static Status Move(Reservation& reservation, uint64_t base, const Owner& owner);

  AddressMap& addresses_;
  mutable std::mutex mutex_;  // taken before the address map's
  uint64_t next_handle_ = 1;
  absl::flat_hash_map<uint64_t, std::shared_ptr<Physical>> memory_;
  std::map<uint64_t, Reservation> reservations_;  // by base
};

}  // namespace opensupa::rt
