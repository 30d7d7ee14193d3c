#include "opensupa/core/copy.h"

#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <system_error>
#include <thread>

#include "absl/strings/str_format.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/core/context.h"
#include "opensupa/core/error.h"
#include "opensupa/core/runtime.h"

namespace opensupa::rt {
namespace {

/// One side of a copy. Without an allocation it is pageable host memory.
struct Side {
  uint64_t address = 0;
  AllocationRef allocation;
  bool on_device() const { return allocation != nullptr && IsDeviceKind(allocation->kind); }
};

enum class Must { kBeDevice, kBeHost, kBeAnything };

uint64_t AddressOf(const void* pointer) { return reinterpret_cast<uint64_t>(pointer); }

/// Bytes from the start of a box to its end, or nothing when that overflows.
StatusOr<uint64_t> Extent(uint64_t width, uint64_t height, uint64_t depth, uint64_t pitch,
                          uint64_t slice) {
  constexpr uint64_t kLimit = std::numeric_limits<uint64_t>::max() / 4;
  const long double bytes = static_cast<long double>(depth - 1) * slice +
                            static_cast<long double>(height - 1) * pitch +
                            static_cast<long double>(width);
  if (bytes > static_cast<long double>(kLimit)) {
    return MakeError(
        supaErrorInvalidValue,
        absl::StrFormat("A box of %d x %d x %d does not fit into memory.", width, height, depth));
  }
  return (depth - 1) * slice + (height - 1) * pitch + width;
}

Status BadSide(AddressMap& map, const char* what, uint64_t address, uint64_t size_bytes) {
  return MakeError(
      supaErrorInvalidValue,
      absl::StrFormat("The %s of %d bytes at 0x%x is not memory the device can use: it is %s.",
                      what, size_bytes, address, map.Describe(address)));
}

StatusOr<Side> Resolve(AddressMap& map, const char* what, const void* pointer, uint64_t size_bytes,
                       Must must) {
  Side side{AddressOf(pointer), map.Find(AddressOf(pointer))};
  if (pointer == nullptr) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("The %s of a copy of %d bytes is null.", what, size_bytes));
  }
  if (side.allocation != nullptr && side.address + size_bytes > side.allocation->end()) {
    const bool host_side = !IsDeviceKind(side.allocation->kind);
    if (!host_side || must == Must::kBeDevice) {
      return MakeError(
          supaErrorInvalidValue,
          absl::StrFormat("The %s of %d bytes at 0x%x ends %d bytes past its allocation: it is %s.",
                          what, size_bytes, side.address,
                          side.address + size_bytes - side.allocation->end(),
                          map.Describe(side.address)));
    }
    side.allocation = nullptr;  // host memory of which only the first part is registered
  }
  if (side.allocation != nullptr) return side;
  if (must == Must::kBeDevice) return BadSide(map, what, side.address, size_bytes);
  AllocationRef freed = map.FindFreed(side.address);
  if (freed != nullptr && IsDeviceKind(freed->kind)) {
    return BadSide(map, what, side.address, size_bytes);
  }
  return side;
}

StatusOr<std::pair<Must, Must>> SidesOf(supaMemcpyKind kind) {
  switch (kind) {
    case supaMemcpyHostToHost:
      return std::pair(Must::kBeHost, Must::kBeHost);
    case supaMemcpyHostToDevice:
      return std::pair(Must::kBeDevice, Must::kBeHost);
    case supaMemcpyDeviceToHost:
      return std::pair(Must::kBeHost, Must::kBeDevice);
    case supaMemcpyDeviceToDevice:
      return std::pair(Must::kBeDevice, Must::kBeDevice);
    case supaMemcpyDefault:
      return std::pair(Must::kBeAnything, Must::kBeAnything);
  }
  return MakeError(supaErrorInvalidMemcpyDirection,
                   absl::StrFormat("Copy kind %d does not exist.", static_cast<int>(kind)));
}

void CopyOnHost(const CopyBox& box) {
  auto* dst = static_cast<std::byte*>(box.dst);
  const auto* src = static_cast<const std::byte*>(box.src);
  for (uint64_t z = 0; z < box.depth; ++z) {
    for (uint64_t y = 0; y < box.height; ++y) {
      std::memmove(dst + z * box.dst_slice_bytes + y * box.dst_pitch_bytes,
                   src + z * box.src_slice_bytes + y * box.src_pitch_bytes, box.width_bytes);
    }
  }
}

bool IsOneRow(const CopyBox& box) { return box.height == 1 && box.depth == 1; }

hal::Command CommandOf(const CopyBox& box) {
  if (IsOneRow(box)) {
    return hal::CopyCommand{AddressOf(box.dst), AddressOf(box.src), box.width_bytes};
  }
  return hal::CopyRectCommand{AddressOf(box.dst),  AddressOf(box.src),  box.dst_pitch_bytes,
                              box.src_pitch_bytes, box.dst_slice_bytes, box.src_slice_bytes,
                              box.width_bytes,     box.height,          box.depth};
}

/// `box` with one side packed: rows without gaps at `address`.
CopyBox Packed(CopyBox box, void* dst, const void* src) {
  if (dst != nullptr) {
    box.dst = dst;
    box.dst_pitch_bytes = box.width_bytes;
    box.dst_slice_bytes = box.width_bytes * box.height;
  }
  if (src != nullptr) {
    box.src = src;
    box.src_pitch_bytes = box.width_bytes;
    box.src_slice_bytes = box.width_bytes * box.height;
  }
  return box;
}

/// From pageable memory, small: the device reads a copy of it later.
Status CopyStaged(Stream& stream, const CopyBox& box) {
  return stream.SubmitStaged(
      box.width_bytes * box.height * box.depth,
      [&](std::byte* piece) { CopyOnHost(Packed(box, piece, nullptr)); },
      [&](hal::DeviceAddress piece) {
        return CommandOf(Packed(box, nullptr, reinterpret_cast<const void*>(piece)));
      });
}

/// Pieces of a copy between pageable memory and a device whose memory the host cannot reach.
Status CopyInPieces(Stream& stream, const CopyBox& box, bool to_device) {
  for (uint64_t z = 0; z < box.depth; ++z) {
    for (uint64_t y = 0; y < box.height; ++y) {
      auto* dst =
          static_cast<std::byte*>(box.dst) + z * box.dst_slice_bytes + y * box.dst_pitch_bytes;
      const auto* src = static_cast<const std::byte*>(box.src) + z * box.src_slice_bytes +
                        y * box.src_pitch_bytes;
      for (uint64_t done = 0; done < box.width_bytes;) {
        const uint64_t bytes = std::min(StagingRing::kPieceBytes, box.width_bytes - done);
        CopyBox piece;
        piece.dst = dst + done;
        piece.src = src + done;
        piece.width_bytes = bytes;
        if (to_device) {
          SUPA_RETURN_IF_ERROR(CopyStaged(stream, piece));
        } else {
          std::byte* staging = nullptr;
          SUPA_RETURN_IF_ERROR(stream.SubmitStaged(
              bytes, [&](std::byte* taken) { staging = taken; },
              [&](hal::DeviceAddress taken) {
                return hal::CopyCommand{taken, AddressOf(piece.src), bytes};
              }));
          SUPA_RETURN_IF_ERROR(stream.Drain());
          std::memcpy(piece.dst, staging, bytes);
        }
        done += bytes;
      }
    }
  }
  return stream.Drain();
}

bool IsForeign(const Side& side, const Context& context) {
  return side.on_device() && side.allocation->context_id != context.id();
}

bool Overlap(const CopyBox& box) {
  const uint64_t dst = AddressOf(box.dst);
  const uint64_t src = AddressOf(box.src);
  return dst < src + box.width_bytes && src < dst + box.width_bytes;
}

/// As CopyOnHost, with a second thread for the time of the copy where there is enough to share: one
/// does not use all that memory gives.
void CopyByTwo(const CopyBox& box) {
  constexpr uint64_t kSharedBytes = 16 << 20;
  if (!IsOneRow(box) || box.width_bytes < kSharedBytes || Overlap(box)) return CopyOnHost(box);
  CopyBox first = box;
  first.width_bytes = box.width_bytes / 2;
  CopyBox second = box;
  second.dst = static_cast<std::byte*>(box.dst) + first.width_bytes;
  second.src = static_cast<const std::byte*>(box.src) + first.width_bytes;
  second.width_bytes = box.width_bytes - first.width_bytes;
  std::thread helper;
  try {
    helper = std::thread([&second] { CopyOnHost(second); });
  } catch (const std::system_error&) {
    return CopyOnHost(box);  // the host has no thread left
  }
  CopyOnHost(first);
  helper.join();
}

/// At least one side is pageable.
Status CopyPageable(Stream& stream, const CopyBox& box, const Side& dst, const Side& src) {
  const bool host_reaches_all =
      (!dst.on_device() && !src.on_device()) || stream.context().properties().unified_host_mapping;
  const uint64_t bytes = box.width_bytes * box.height * box.depth;
  // The stream's queue need not reach the memory of another context; the host does.
  const bool staged = dst.allocation != nullptr && !IsForeign(dst, stream.context()) &&
                      bytes <= StagingRing::kPieceBytes;
  if (staged) {
    // Nothing to wait for: the shortest way is the host's own.
    if (!host_reaches_all || !stream.Query().ok()) {
      SUPA_RETURN_IF_ERROR(stream.context().CheckHealth());
      return CopyStaged(stream, box);
    }
  } else {
    SUPA_RETURN_IF_ERROR(stream.Drain());
  }
  if (!host_reaches_all) return CopyInPieces(stream, box, dst.on_device());
  CopyByTwo(box);
  return absl::OkStatus();
}

/// Both sides can be used by devices, but not all by the stream's own.
Status CopyAcross(Stream& stream, const CopyBox& box, const Side& dst, const Side& src) {
  for (const Side* side : {&dst, &src}) {
    if (!side->on_device()) continue;
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Context> owner,
                          stream.context().runtime().FindContextById(side->allocation->context_id));
    if (!CanAccessPeer(stream.context().properties(), owner->properties())) {
      return MakeError(supaErrorNotSupported,
                       absl::StrFormat("Device %d cannot copy to or from the memory of device %d.",
                                       stream.context().device_ordinal(), owner->device_ordinal()));
    }
  }
  return stream.Submit(hal::HostCallCommand{[box] { CopyOnHost(box); }});
}

}  // namespace

Status Copy(Stream& stream, const CopyBox& box, supaMemcpyKind kind, Wait wait) {
  SUPA_RETURN_IF_ERROR(stream.context().CheckHealth());
  OPENSUPA_FAULT_POINT("runtime.copy");
  SUPA_ASSIGN_OR_RETURN(auto must, SidesOf(kind));
  if (box.width_bytes == 0 || box.height == 0 || box.depth == 0) return absl::OkStatus();
  AddressMap& map = stream.context().runtime().addresses();
  SUPA_ASSIGN_OR_RETURN(uint64_t dst_bytes, Extent(box.width_bytes, box.height, box.depth,
                                                   box.dst_pitch_bytes, box.dst_slice_bytes));
  SUPA_ASSIGN_OR_RETURN(uint64_t src_bytes, Extent(box.width_bytes, box.height, box.depth,
                                                   box.src_pitch_bytes, box.src_slice_bytes));
  SUPA_ASSIGN_OR_RETURN(Side dst, Resolve(map, "copy destination", box.dst, dst_bytes, must.first));
  SUPA_ASSIGN_OR_RETURN(Side src, Resolve(map, "copy source", box.src, src_bytes, must.second));
  if (dst.allocation == nullptr || src.allocation == nullptr) {
    return CopyPageable(stream, box, dst, src);
  }
  if (IsForeign(dst, stream.context()) || IsForeign(src, stream.context())) {
    SUPA_RETURN_IF_ERROR(CopyAcross(stream, box, dst, src));
  } else {
    SUPA_RETURN_IF_ERROR(stream.Submit(CommandOf(box)));
  }
  const bool host_side = !dst.on_device() || !src.on_device();
  return wait == Wait::kForHost && host_side ? stream.Drain() : absl::OkStatus();
}

Status CopyPeer(Stream& stream, void* dst, Context& dst_context, const void* src,
                Context& src_context, uint64_t size_bytes, Wait wait) {
  AddressMap& map = stream.context().runtime().addresses();
  auto check = [&map](const char* what, const void* pointer, const Context& owner) -> Status {
    AllocationRef allocation = map.Find(AddressOf(pointer));
    if (allocation == nullptr || !IsDeviceKind(allocation->kind) ||
        allocation->device == owner.device_ordinal()) {
      return absl::OkStatus();  // Copy judges what is no device memory
    }
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("The %s 0x%x is no memory of device %d: it is %s.", what,
                                     AddressOf(pointer), owner.device_ordinal(),
                                     map.Describe(AddressOf(pointer))));
  };
  if (size_bytes != 0) {
    SUPA_RETURN_IF_ERROR(check("copy destination", dst, dst_context));
    SUPA_RETURN_IF_ERROR(check("copy source", src, src_context));
  }
  CopyBox box;
  box.dst = dst;
  box.src = src;
  box.width_bytes = size_bytes;
  return Copy(stream, box, supaMemcpyDeviceToDevice, wait);
}

Status Fill(Stream& stream, const FillBox& box, Wait wait) {
  SUPA_RETURN_IF_ERROR(stream.context().CheckHealth());
  OPENSUPA_FAULT_POINT("runtime.fill");
  if (box.width_elements == 0 || box.height == 0 || box.depth == 0) return absl::OkStatus();
  AddressMap& map = stream.context().runtime().addresses();
  if (AddressOf(box.dst) % box.element_bytes != 0 || box.pitch_bytes % box.element_bytes != 0) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("Address 0x%x with pitch %d is not aligned to elements of %d "
                                     "bytes.",
                                     AddressOf(box.dst), box.pitch_bytes, box.element_bytes));
  }
  if (box.width_elements > std::numeric_limits<uint64_t>::max() / 16) {
    return MakeError(
        supaErrorInvalidValue,
        absl::StrFormat("A fill of %d elements does not fit into memory.", box.width_elements));
  }
  SUPA_ASSIGN_OR_RETURN(uint64_t bytes, Extent(box.width_elements * box.element_bytes, box.height,
                                               box.depth, box.pitch_bytes, box.slice_bytes));
  SUPA_ASSIGN_OR_RETURN(Side dst,
                        Resolve(map, "fill destination", box.dst, bytes, Must::kBeDevice));
  std::vector<hal::Command> commands;
  for (uint64_t z = 0; z < box.depth; ++z) {
    commands.push_back(hal::FillCommand{AddressOf(box.dst) + z * box.slice_bytes, box.value,
                                        box.element_bytes, box.width_elements, box.height,
                                        box.pitch_bytes});
  }
  if (IsForeign(dst, stream.context())) {
    // Only the owner's queues reach the memory; keep the order of both.
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Context> owner,
                          stream.context().runtime().FindContextById(dst.allocation->context_id));
    SUPA_ASSIGN_OR_RETURN(TimelinePoint before, stream.Mark());
    TimelinePoint done;
    SUPA_RETURN_IF_ERROR(owner->legacy_stream()->WaitFor(before));
    SUPA_RETURN_IF_ERROR(owner->legacy_stream()->Submit(commands, {}, &done));
    SUPA_RETURN_IF_ERROR(stream.WaitFor(done));
  } else {
    SUPA_RETURN_IF_ERROR(stream.Submit(commands));
  }
  return wait == Wait::kForHost && !dst.on_device() ? stream.Drain() : absl::OkStatus();
}

}  // namespace opensupa::rt
