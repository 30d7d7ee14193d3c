#include "opensupa/core/virtual_memory.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/core/context.h"
#include "opensupa/core/error.h"
#include "opensupa/core/runtime.h"

namespace opensupa::rt {
namespace {

Status CheckMultiple(const char* what, uint64_t value, uint64_t multiple) {
  if (value % multiple == 0) return absl::OkStatus();
  return MakeError(supaErrorInvalidValue, absl::StrFormat("The %s, %d, is no multiple of %d bytes.",
                                                          what, value, multiple));
}

Status CheckSize(const char* what, uint64_t size_bytes, uint64_t multiple) {
  if (size_bytes != 0) return CheckMultiple(what, size_bytes, multiple);
  return MakeError(supaErrorInvalidValue, absl::StrFormat("The %s is 0.", what));
}

}  // namespace

uint64_t VirtualMemory::GranularityBytes(const hal::DeviceProperties& device, Grain grain) {
  const uint64_t page = std::max<uint64_t>(device.page_bytes, 1);
  if (grain == Grain::kMinimum) return page;
  return (kLargePageBytes + page - 1) / page * page;
}

VirtualMemory::Owner VirtualMemory::OwnerOf(Context& context) {
  return {context.shared_device(), context.id(), context.device_ordinal()};
}

StatusOr<uint64_t> VirtualMemory::Create(Context& context, uint64_t size_bytes) {
  SUPA_RETURN_IF_ERROR(context.CheckHealth());
  SUPA_RETURN_IF_ERROR(CheckSize("size of physical memory", size_bytes,
                                 GranularityBytes(context.properties(), Grain::kMinimum)));
  OPENSUPA_FAULT_POINT("runtime.virtual_memory_create");
  auto physical = std::make_shared<Physical>();
  physical->owner = OwnerOf(context);
  physical->size_bytes = size_bytes;
  StatusOr<std::unique_ptr<hal::Memory>> memory =
      context.device().CreateMemory({size_bytes, hal::Placement::kDevice, /*shareable=*/true});
  if (!memory.ok()) {
    return WithContext(context.Translate(memory.status()),
                       absl::StrFormat("creating %d bytes of physical memory on device %d",
                                       size_bytes, context.device_ordinal()));
  }
  physical->memory = *std::move(memory);
  std::lock_guard lock(mutex_);
  physical->handle = next_handle_++;
  memory_[physical->handle] = physical;
  return physical->handle;
}

StatusOr<std::shared_ptr<VirtualMemory::Physical>> VirtualMemory::FindMemory(
    uint64_t handle) const {
  auto it = memory_.find(handle);
  if (it != memory_.end()) return it->second;
  return MakeError(supaErrorInvalidValue,
                   absl::StrFormat("Handle 0x%x is no live physical memory.", handle));
}

Status VirtualMemory::Release(uint64_t handle) {
  std::shared_ptr<Physical> released;  // freed after the lock
  std::lock_guard lock(mutex_);
  SUPA_ASSIGN_OR_RETURN(released, FindMemory(handle));
  if (--released->uses == 0) memory_.erase(handle);
  return absl::OkStatus();
}

StatusOr<uint64_t> VirtualMemory::Retain(uint64_t address) {
  std::lock_guard lock(mutex_);
  SUPA_ASSIGN_OR_RETURN(auto piece, FindPiece(address));
  const std::shared_ptr<Physical>& memory = piece->second.memory;
  if (memory->uses++ == 0) memory_[memory->handle] = memory;
  return memory->handle;
}

StatusOr<int> VirtualMemory::DeviceOf(uint64_t handle) const {
  std::lock_guard lock(mutex_);
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Physical> memory, FindMemory(handle));
  return memory->owner.ordinal;
}

StatusOr<uint64_t> VirtualMemory::Reserve(Context& context, uint64_t size_bytes,
                                          uint64_t align_bytes, uint64_t hint) {
  SUPA_RETURN_IF_ERROR(context.CheckHealth());
  SUPA_RETURN_IF_ERROR(CheckSize("size of an address range", size_bytes,
                                 GranularityBytes(context.properties(), Grain::kMinimum)));
  if (align_bytes != 0 && !std::has_single_bit(align_bytes)) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("The alignment %d is no power of two.", align_bytes));
  }
  OPENSUPA_FAULT_POINT("runtime.virtual_memory_reserve");
  StatusOr<std::unique_ptr<hal::AddressRange>> range =
      context.device().ReserveRange(size_bytes, align_bytes, hint);
  if (!range.ok()) {
    return WithContext(context.Translate(range.status()),
                       absl::StrFormat("reserving %d bytes of addresses", size_bytes));
  }
  const uint64_t base = (*range)->base();
  std::lock_guard lock(mutex_);
  Reservation& reservation = reservations_[base];
  reservation.owner = OwnerOf(context);
  reservation.size_bytes = size_bytes;
  reservation.range = *std::move(range);
  return base;
}

Status VirtualMemory::FreeReservation(uint64_t base, uint64_t size_bytes) {
  std::lock_guard lock(mutex_);
  auto it = reservations_.find(base);
  if (it == reservations_.end() || it->second.size_bytes != size_bytes) {
    return MakeError(
        supaErrorInvalidValue,
        absl::StrFormat("No reservation of %d bytes starts at 0x%x.", size_bytes, base));
  }
  if (!it->second.pieces.empty()) {
    return MakeError(
        supaErrorInvalidValue,
        absl::StrFormat("The reservation at 0x%x cannot be freed: %d mappings are still in it.",
                        base, it->second.pieces.size()));
  }
  reservations_.erase(it);
  return absl::OkStatus();
}

StatusOr<std::map<uint64_t, VirtualMemory::Reservation>::iterator> VirtualMemory::FindReservation(
    uint64_t address, uint64_t size_bytes) {
  auto it = reservations_.upper_bound(address);
  if (it != reservations_.begin()) {
    --it;
    const uint64_t offset_bytes = address - it->first;
    if (offset_bytes < it->second.size_bytes && size_bytes <= it->second.size_bytes - offset_bytes)
      return it;
  }
  return MakeError(
      supaErrorInvalidValue,
      absl::StrFormat("%d bytes at 0x%x lie in no single reservation.", size_bytes, address));
}

Status VirtualMemory::Move(Reservation& reservation, uint64_t base, const Owner& owner) {
  auto reserve_at_base = [&](const Owner& at) -> Status {
    SUPA_ASSIGN_OR_RETURN(reservation.range,
                          at.device->ReserveRange(reservation.size_bytes, 0, base));
    if (reservation.range->base() == base) return absl::OkStatus();
    reservation.range = nullptr;
    return MakeError(
        supaErrorNotSupported,
        absl::StrFormat("The addresses at 0x%x cannot be taken by device %d.", base, at.ordinal));
  };
  reservation.range = nullptr;  // addresses are unique in the process: free them first
  Status status = reserve_at_base(owner);
  if (status.ok()) {
    reservation.owner = owner;
    return status;
  }
  reserve_at_base(reservation.owner).IgnoreError();  // Map reports a reservation that is lost
  return status;
}

Status VirtualMemory::Map(uint64_t address, uint64_t size_bytes, uint64_t memory_offset_bytes,
                          uint64_t handle) {
  std::lock_guard lock(mutex_);
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Physical> memory, FindMemory(handle));
  const uint64_t page = GranularityBytes(memory->owner.device->properties(), Grain::kMinimum);
  SUPA_RETURN_IF_ERROR(CheckSize("size of a mapping", size_bytes, page));
  SUPA_RETURN_IF_ERROR(CheckMultiple("address of a mapping", address, page));
  SUPA_RETURN_IF_ERROR(CheckMultiple("memory offset of a mapping", memory_offset_bytes, page));
  if (memory_offset_bytes > memory->size_bytes ||
      size_bytes > memory->size_bytes - memory_offset_bytes) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("%d bytes from offset %d cannot be mapped: the memory has %d.",
                                     size_bytes, memory_offset_bytes, memory->size_bytes));
  }
  SUPA_ASSIGN_OR_RETURN(auto at, FindReservation(address, size_bytes));
  Reservation& reservation = at->second;
  auto next = reservation.pieces.lower_bound(address);
  const bool hits_next = next != reservation.pieces.end() && next->first < address + size_bytes;
  const bool hits_previous = next != reservation.pieces.begin() &&
                             std::prev(next)->first + std::prev(next)->second.size_bytes > address;
  if (hits_next || hits_previous) {
    return MakeError(
        supaErrorInvalidValue,
        absl::StrFormat("Part of the %d bytes at 0x%x is mapped already.", size_bytes, address));
  }
  if (reservation.range == nullptr || reservation.owner.device != memory->owner.device) {
    if (!reservation.pieces.empty()) {
      return MakeError(
          supaErrorNotSupported,
          absl::StrFormat("The reservation at 0x%x holds memory of device %d; memory "
                          "of another context, of device %d, needs its own.",
                          at->first, reservation.owner.ordinal, memory->owner.ordinal));
    }
    SUPA_RETURN_IF_ERROR(Move(reservation, at->first, memory->owner));
  }
  reservation.pieces[address] = {size_bytes, memory_offset_bytes, std::move(memory), 0, {}};
  return absl::OkStatus();
}

StatusOr<VirtualMemory::Part> VirtualMemory::WholePieces(const char* verb, uint64_t address,
                                                         uint64_t size_bytes) {
  SUPA_ASSIGN_OR_RETURN(auto at, FindReservation(address, size_bytes));
  Pieces& pieces = at->second.pieces;
  auto first = pieces.find(address);
  auto last = first;
  uint64_t end = address;
  while (last != pieces.end() && last->first == end && end < address + size_bytes) {
    end += last->second.size_bytes;
    ++last;
  }
  if (size_bytes == 0 || end != address + size_bytes) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("Cannot %s %d bytes at 0x%x: they are not made up of whole "
                                     "mappings.",
                                     verb, size_bytes, address));
  }
  return Part{&at->second, at->first, first, last};
}

Status VirtualMemory::Unmap(uint64_t address, uint64_t size_bytes) {
  std::lock_guard lock(mutex_);
  SUPA_ASSIGN_OR_RETURN(Part part, WholePieces("unmap", address, size_bytes));
  Reservation& reservation = *part.reservation;
  Status status;
  for (auto it = part.first; it != part.last && status.ok();) {
    if (it->second.bound_access != 0) {
      status = reservation.range->Unbind(it->first - part.base, it->second.size_bytes);
    }
    if (status.ok()) it = reservation.pieces.erase(it);
  }
  Publish(reservation, part.base);
  return status;
}

Status VirtualMemory::Rebind(Reservation& reservation, uint64_t base, uint64_t address,
                             Piece& piece) {
  uint32_t access = 0;
  for (const auto& [ordinal, given] : piece.access_by_ordinal) access |= given;
  if (access == piece.bound_access) return absl::OkStatus();
  OPENSUPA_FAULT_POINT("runtime.virtual_memory_bind");
  const uint64_t offset_bytes = address - base;
  hal::AddressRange& range = *reservation.range;
  if (access == 0) {
    SUPA_RETURN_IF_ERROR(range.Unbind(offset_bytes, piece.size_bytes));
  } else if (piece.bound_access == 0) {
    SUPA_RETURN_IF_ERROR(range.Bind(offset_bytes, piece.memory->memory.get(),
                                    piece.memory_offset_bytes, piece.size_bytes, access));
  } else {
    SUPA_RETURN_IF_ERROR(range.SetAccess(offset_bytes, piece.size_bytes, access));
  }
  piece.bound_access = access;
  return absl::OkStatus();
}

Status VirtualMemory::SetAccess(uint64_t address, uint64_t size_bytes, const DeviceSlot& slot,
                                uint32_t access) {
  std::lock_guard lock(mutex_);
  constexpr uint32_t kBoth = hal::kAccessRead | hal::kAccessWrite;
  if (access != 0 && access != kBoth) {
    return MakeError(
        supaErrorNotSupported,
        "Mapped memory can be given to a device for reading and writing or not at all, "
        "not for one of them.");
  }
  SUPA_ASSIGN_OR_RETURN(Part part, WholePieces("set the access of", address, size_bytes));
  const Owner& owner = part.reservation->owner;
  if (slot.ordinal != owner.ordinal &&
      !CanAccessPeer(slot.properties, owner.device->properties())) {
    return MakeError(supaErrorInvalidDevice,
                     absl::StrFormat("Device %d cannot be given access to the memory of device %d.",
                                     slot.ordinal, owner.ordinal));
  }
  Status status;
  for (auto it = part.first; it != part.last && status.ok(); ++it) {
    uint32_t& given = it->second.access_by_ordinal[slot.ordinal];
    const uint32_t before = std::exchange(given, access);
    status = Rebind(*part.reservation, part.base, it->first, it->second);
    if (!status.ok()) given = before;
  }
  Publish(*part.reservation, part.base);
  return status;
}

void VirtualMemory::Publish(const Reservation& reservation, uint64_t base) {
  std::vector<Allocation> runs;
  for (const auto& [address, piece] : reservation.pieces) {
    if (piece.bound_access == 0) continue;
    if (!runs.empty() && runs.back().end() == address) {
      runs.back().size_bytes += piece.size_bytes;
    } else {
      runs.push_back({address, piece.size_bytes, MemoryKind::kMapped, reservation.owner.ordinal,
                      reservation.owner.context_id, 0, 0});
    }
  }
  addresses_.Replace(base, base + reservation.size_bytes, runs);
}

StatusOr<VirtualMemory::Pieces::const_iterator> VirtualMemory::FindPiece(uint64_t address) const {
  auto reservation = reservations_.upper_bound(address);
  if (reservation != reservations_.begin()) {
    const Pieces& pieces = std::prev(reservation)->second.pieces;
    Pieces::const_iterator piece = pieces.upper_bound(address);
    if (piece != pieces.begin()) {
      --piece;
      if (address - piece->first < piece->second.size_bytes) return piece;
    }
  }
  return MakeError(supaErrorInvalidValue,
                   absl::StrFormat("No physical memory is mapped at 0x%x.", address));
}

StatusOr<uint32_t> VirtualMemory::GetAccess(uint64_t address, int ordinal) const {
  std::lock_guard lock(mutex_);
  SUPA_ASSIGN_OR_RETURN(auto piece, FindPiece(address));
  auto it = piece->second.access_by_ordinal.find(ordinal);
  return it == piece->second.access_by_ordinal.end() ? 0 : it->second;
}

StatusOr<VirtualMemory::Mapping> VirtualMemory::FindMapping(uint64_t address) const {
  std::lock_guard lock(mutex_);
  SUPA_ASSIGN_OR_RETURN(auto piece, FindPiece(address));
  return Mapping{piece->first, piece->second.size_bytes, piece->second.memory->owner.ordinal};
}

void VirtualMemory::Detach(uint64_t context_id) {
  std::lock_guard lock(mutex_);
  for (auto it = reservations_.begin(); it != reservations_.end();) {
    if (it->second.owner.context_id != context_id) {
      ++it;
      continue;
    }
    addresses_.Replace(it->first, it->first + it->second.size_bytes, {});
    it = reservations_.erase(it);
  }
  absl::erase_if(memory_, [context_id](const auto& entry) {
    return entry.second->owner.context_id == context_id;
  });
}

}  // namespace opensupa::rt
