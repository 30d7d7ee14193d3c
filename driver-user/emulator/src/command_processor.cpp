#include "command_processor.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "block_job.h"
#include "card.h"
#include "copy_engine.h"
#include "hub.h"
#include "opensupa/binary/device_abi.h"
#include "safe_access.h"

namespace opensupa::emu {
namespace {

using binary::abi::KernelDescriptor;

constexpr uint32_t kRead = SUPA_UAPI_BIND_ACCESS_READ;
constexpr uint32_t kWrite = SUPA_UAPI_BIND_ACCESS_WRITE;
constexpr uint32_t kExecute = SUPA_UAPI_BIND_ACCESS_EXECUTE;

/// Why a packet is refused; empty = it is not.
struct Complaint {
  Complaint() = default;
  Complaint(std::string why) : text(std::move(why)) {}  // NOLINT(google-explicit-constructor)
  Complaint(const char* why) : text(why) {}             // NOLINT(google-explicit-constructor)
  bool empty() const { return text.empty(); }

  std::string text;
  uint64_t address = 0;  // the range that is not bound, when that is the reason
  uint32_t access = 0;   // how it would have been used; 0 = not the reason
};

template <size_t N>
bool AllZero(const uint64_t (&words)[N]) {
  for (uint64_t word : words) {
    if (word != 0) return false;
  }
  return true;
}

/// The bytes from `first` to `first` + (rows - 1) * pitch + row_bytes; false when they leave the
/// address space.
bool Extent(uint64_t rows, uint64_t pitch_bytes, uint64_t row_bytes, uint64_t* size_bytes) {
  uint64_t skipped = 0;
  return !__builtin_mul_overflow(rows - 1, pitch_bytes, &skipped) &&
         !__builtin_add_overflow(skipped, row_bytes, size_bytes);
}

Complaint CheckRange(const Queue& queue, const char* what, uint64_t va, uint64_t size_bytes,
                     uint32_t access, AddressSpace::Known* known = nullptr) {
  if (queue.space().Allows(va, size_bytes, access, known)) return {};
  Complaint complaint = absl::StrFormat("%s [%#x, +%d) is not bound %s.", what, va, size_bytes,
                                        access == kRead    ? "for reading"
                                        : access == kWrite ? "for writing"
                                                           : "as code");
  complaint.address = va;
  complaint.access = access;
  return complaint;
}

// ---- dispatch

Complaint CheckShape(const Queue& queue, const supa_packet_dispatch& packet) {
  const Model& model = queue.card().model();
  const uint64_t threads = uint64_t{packet.block[0]} * packet.block[1] * packet.block[2];
  const bool grid_fits = packet.grid[0] >= 1 && packet.grid[1] >= 1 && packet.grid[2] >= 1 &&
                         packet.grid[0] <= model.max_grid_dim_x.value &&
                         packet.grid[1] <= model.max_grid_dim_yz.value &&
                         packet.grid[2] <= model.max_grid_dim_yz.value;
  if (!grid_fits) {
    return absl::StrFormat("The grid (%d,%d,%d) is empty or larger than (%d,%d,%d).",
                           packet.grid[0], packet.grid[1], packet.grid[2],
                           model.max_grid_dim_x.value, model.max_grid_dim_yz.value,
                           model.max_grid_dim_yz.value);
  }
  const bool block_fits = threads >= 1 && threads <= model.max_threads_per_block.value &&
                          packet.block[0] <= model.max_block_dim_xy.value &&
                          packet.block[1] <= model.max_block_dim_xy.value &&
                          packet.block[2] <= model.max_block_dim_z.value;
  if (!block_fits) {
    return absl::StrFormat("The block (%d,%d,%d) is empty or has more than %d threads.",
                           packet.block[0], packet.block[1], packet.block[2],
                           model.max_threads_per_block.value);
  }
  return {};
}

Complaint CheckCluster(const supa_packet_dispatch& packet) {
  const uint16_t(&cluster)[3] = packet.cluster;
  if ((cluster[0] | cluster[1] | cluster[2]) == 0) return {};
  bool fits = true;
  for (int i = 0; i < 3; ++i) fits = fits && cluster[i] != 0 && packet.grid[i] % cluster[i] == 0;
  const uint64_t blocks = uint64_t{cluster[0]} * cluster[1] * cluster[2];
  if (fits && blocks <= SUPA_MAX_CLUSTER_BLOCKS) return {};
  return absl::StrFormat(
      "The cluster (%d,%d,%d) does not divide the grid (%d,%d,%d) or has more than "
      "%d blocks.",
      cluster[0], cluster[1], cluster[2], packet.grid[0], packet.grid[1], packet.grid[2],
      SUPA_MAX_CLUSTER_BLOCKS);
}

/// How many blocks of the dispatch the card holds at a time. Registers are not looked at: the card
/// does not run out of them.
uint64_t ResidentBlocks(const Model& model, const supa_packet_dispatch& packet,
                        uint64_t shared_bytes) {
  const uint64_t warp = model.warp_threads.value;
  const uint64_t threads = uint64_t{packet.block[0]} * packet.block[1] * packet.block[2];
  uint64_t blocks = std::min<uint64_t>(
      model.max_blocks_per_multiprocessor.value,
      model.max_threads_per_multiprocessor.value / ((threads + warp - 1) / warp * warp));
  if (shared_bytes > 0) {
    blocks = std::min(blocks, model.shared_bytes_per_multiprocessor.value / shared_bytes);
  }
  return std::max<uint64_t>(blocks, 1) * model.multiprocessors.value;
}

Complaint CheckDescriptor(Queue& queue, const supa_packet_dispatch& packet,
                          const KernelDescriptor& kernel) {
  const Model& model = queue.card().model();
  if (kernel.abi_version != binary::abi::kDeviceAbiVersion) {
    return absl::StrCat("The kernel was compiled for version ", kernel.abi_version,
                        " of the device ABI, but the card has version ",
                        binary::abi::kDeviceAbiVersion, ".");
  }
  uint32_t reserved =
      kernel.flags & ~(uint32_t{binary::abi::kKernelPlainLoop} | binary::abi::kKernelStrips);
  for (uint32_t word : kernel.reserved) reserved |= word;
  if (reserved != 0) return "A reserved field of the kernel descriptor is not zero.";
  const uint64_t threads = uint64_t{packet.block[0]} * packet.block[1] * packet.block[2];
  if (kernel.max_threads_per_block != 0 && threads > kernel.max_threads_per_block) {
    return absl::StrCat("The block has ", threads, " threads, but the kernel was compiled for ",
                        kernel.max_threads_per_block, " at most.");
  }
  const uint64_t shared_bytes =
      (uint64_t{kernel.static_shared_bytes} + 15) / 16 * 16 + packet.dynamic_shared_bytes;
  if (shared_bytes > model.shared_bytes_per_block_optin.value) {
    return absl::StrCat("A block needs ", shared_bytes,
                        " bytes of shared memory, but the card has ",
                        model.shared_bytes_per_block_optin.value, ".");
  }
  const uint64_t entry = packet.descriptor_va + static_cast<uint64_t>(kernel.entry_offset_bytes);
  if (queue.space().CodeAround(entry, &queue.known.code)) return {};
  return CheckRange(queue, "The entry of the kernel", entry, 1, kExecute);
}

Complaint MakeBlockJob(Hub& hub, Queue& queue, const supa_packet_dispatch& packet) {
  if (queue.desc().queue_class != SUPA_UAPI_QUEUE_COMPUTE) {
    return "A dispatch stands in a copy queue.";
  }
  const uint32_t reserved = (packet.header.flags & ~SUPA_DISPATCH_COOPERATIVE) |
                            packet.header.reserved | packet.reserved1;
  if (reserved != 0) return "A reserved field of the dispatch is not zero.";
  if (Complaint complaint = CheckShape(queue, packet); !complaint.empty()) return complaint;
  if (Complaint complaint = CheckCluster(packet); !complaint.empty()) return complaint;
  if (packet.descriptor_va % 64 != 0) {
    return absl::StrFormat("The kernel descriptor %#x is not aligned to 64.", packet.descriptor_va);
  }
  KernelDescriptor kernel;
  if (Complaint complaint = CheckRange(queue, "The kernel descriptor", packet.descriptor_va,
                                       sizeof(kernel), kRead, &queue.known.descriptors);
      !complaint.empty()) {
    return complaint;
  }
  const auto* descriptor = reinterpret_cast<const std::byte*>(packet.descriptor_va);
  static_assert(sizeof(kernel) == 64);
  if (!safe::Copy64(&kernel, descriptor)) return "The kernel descriptor is gone.";
  if (Complaint complaint = CheckDescriptor(queue, packet, kernel); !complaint.empty()) {
    return complaint;
  }
  if (Complaint complaint = CheckRange(queue, "The argument buffer", packet.args_va,
                                       kernel.args_size_bytes, kRead, &queue.known.arguments);
      !complaint.empty()) {
    return complaint;
  }
  Dispatch dispatch{.descriptor_va = packet.descriptor_va,
                    .cookie = packet.cookie,
                    .entry = descriptor + kernel.entry_offset_bytes,
                    .code_begin = queue.known.code.begin,
                    .code_end = queue.known.code.end,
                    .heap_limit_bytes = uint64_t{packet.heap_units} * SUPA_HEAP_UNIT_BYTES,
                    .plain_loop = (kernel.flags & binary::abi::kKernelPlainLoop) != 0,
                    .grid_dim = {packet.grid[0], packet.grid[1], packet.grid[2]},
                    .block_dim = {packet.block[0], packet.block[1], packet.block[2]},
                    .static_shared_bytes = kernel.static_shared_bytes,
                    .dynamic_shared_bytes = packet.dynamic_shared_bytes,
                    .args = reinterpret_cast<const std::byte*>(packet.args_va),
                    .core_clock_khz = queue.card().model().core_clock_khz.value,
                    .cluster_dim = {std::max<uint32_t>(packet.cluster[0], 1),
                                    std::max<uint32_t>(packet.cluster[1], 1),
                                    std::max<uint32_t>(packet.cluster[2], 1)},
                    .services = nullptr,
                    .meeting = nullptr};
  hub.grid_memory().Decide(kernel, dispatch);
  const bool cooperative = (packet.header.flags & SUPA_DISPATCH_COOPERATIVE) != 0;
  const uint64_t shared_bytes = uint64_t{kernel.static_shared_bytes} + packet.dynamic_shared_bytes;
  const uint64_t residents = ResidentBlocks(queue.card().model(), packet, shared_bytes);
  if (cooperative && dispatch.Blocks() > residents) {
    return absl::StrFormat(
        "A cooperative grid of %d blocks is larger than the %d that the card holds "
        "at a time.",
        dispatch.Blocks(), residents);
  }
  queue.MakeJob<BlockJob>(hub, queue, dispatch, cooperative, hub.worker_count(), residents);
  return {};
}

// ---- copies and fills

Complaint MakeCopy(Hub& hub, Queue& queue, const supa_packet_copy& packet) {
  if ((packet.header.flags | packet.header.reserved | packet.reserved0) != 0 ||
      !AllZero(packet.reserved1)) {
    return "A reserved field of the copy is not zero.";
  }
  Complaint complaint = CheckRange(queue, "The source", packet.src_va, packet.size_bytes, kRead);
  if (complaint.empty()) {
    complaint = CheckRange(queue, "The destination", packet.dst_va, packet.size_bytes, kWrite);
  }
  if (complaint.empty()) MakeCopyJob(hub, queue, packet);
  return complaint;
}

/// Each slice is checked by itself: between slices of a small part of a large volume lies memory
/// that need not be bound.
Complaint CheckRect(const Queue& queue, const char* what, const supa_copy_rect& rect, uint64_t va,
                    uint64_t pitch_bytes, uint64_t slice_bytes, uint32_t access) {
  uint64_t one_slice_bytes = 0;
  uint64_t all_bytes = 0;
  if (rect.height > 1 && pitch_bytes < rect.width_bytes) {
    return absl::StrCat(what, " has rows ", pitch_bytes, " bytes apart that are ", rect.width_bytes,
                        " bytes long.");
  }
  if (!Extent(rect.height, pitch_bytes, rect.width_bytes, &one_slice_bytes) ||
      !Extent(rect.depth, slice_bytes, one_slice_bytes, &all_bytes) || va + all_bytes < va) {
    return absl::StrCat(what, " reaches beyond the end of the address space.");
  }
  if (rect.depth > 1 && slice_bytes < one_slice_bytes) {
    return absl::StrCat(what, " has slices ", slice_bytes, " bytes apart that are ",
                        one_slice_bytes, " bytes long.");
  }
  if (queue.space().Allows(va, all_bytes, access)) return {};
  for (uint64_t slice = 0; slice < rect.depth; ++slice) {
    for (uint64_t row = 0; row < rect.height; ++row) {
      Complaint complaint = CheckRange(queue, what, va + slice * slice_bytes + row * pitch_bytes,
                                       rect.width_bytes, access);
      if (!complaint.empty()) return complaint;
    }
  }
  return {};
}

Complaint MakeRect(Hub& hub, Queue& queue, const supa_packet_copy_rect& packet) {
  if ((packet.header.flags | packet.header.reserved | packet.reserved0) != 0 ||
      !AllZero(packet.reserved1)) {
    return "A reserved field of the copy is not zero.";
  }
  supa_copy_rect rect{};
  Complaint complaint =
      CheckRange(queue, "The description of the copy", packet.rect_va, sizeof(rect), kRead);
  if (!complaint.empty()) return complaint;
  if (!safe::Copy(&rect, reinterpret_cast<const void*>(packet.rect_va), sizeof(rect))) {
    return "The description of the copy is gone.";
  }
  uint64_t rows = 0;
  if (__builtin_mul_overflow(rect.height, rect.depth, &rows)) {
    return "The copy has more rows than can be counted.";
  }
  if (rect.width_bytes == 0 || rows == 0) rect.width_bytes = 0;
  if (rect.width_bytes > 0) {
    complaint = CheckRect(queue, "The source", rect, rect.src_va, rect.src_pitch_bytes,
                          rect.src_slice_bytes, kRead);
    if (complaint.empty()) {
      complaint = CheckRect(queue, "The destination", rect, rect.dst_va, rect.dst_pitch_bytes,
                            rect.dst_slice_bytes, kWrite);
    }
  }
  if (complaint.empty()) MakeRectJob(hub, queue, rect);
  return complaint;
}

Complaint MakeFill(Hub& hub, Queue& queue, const supa_packet_fill& packet) {
  if ((packet.header.flags | packet.header.reserved) != 0 || !AllZero(packet.reserved)) {
    return "A reserved field of the fill is not zero.";
  }
  const uint32_t element = packet.element_bytes;
  if (element != 1 && element != 2 && element != 4 && element != 8) {
    return absl::StrCat("A fill has elements of ", element, " bytes, not of 1, 2, 4 or 8.");
  }
  if (packet.dst_va % element != 0 || (packet.height > 1 && packet.pitch_bytes % element != 0)) {
    return absl::StrFormat("The destination %#x of a fill or its pitch is not aligned to %d bytes.",
                           packet.dst_va, element);
  }
  supa_packet_fill fill = packet;
  if (fill.height == 0 || fill.width_elements == 0) {
    fill.height = 1;
    fill.width_elements = 0;
  }
  uint64_t row_bytes = 0;
  uint64_t size_bytes = 0;
  if (__builtin_mul_overflow(fill.width_elements, uint64_t{element}, &row_bytes) ||
      !Extent(fill.height, fill.pitch_bytes, row_bytes, &size_bytes)) {
    return "The fill reaches beyond the end of the address space.";
  }
  if (fill.height > 1 && fill.pitch_bytes < row_bytes) {
    return absl::StrCat("A fill has rows ", fill.pitch_bytes, " bytes apart that are ", row_bytes,
                        " bytes long.");
  }
  Complaint complaint = CheckRange(queue, "The destination", fill.dst_va, size_bytes, kWrite);
  if (complaint.empty()) MakeFillJob(hub, queue, fill);
  return complaint;
}

// ---- fences

Complaint CheckFence(Queue& queue, const supa_packet_fence& packet, uint8_t known_flags,
                     uint32_t access) {
  if (packet.header.reserved != 0 || packet.reserved0 != 0 || !AllZero(packet.reserved1) ||
      (packet.header.flags & ~known_flags) != 0) {
    return "A reserved field of the fence packet is not zero.";
  }
  const uint32_t bytes = (packet.header.flags & SUPA_VALUE_32BIT) != 0 ? 4 : 8;
  if (packet.address % bytes != 0) {
    return absl::StrFormat("The fence %#x is not aligned to %d bytes.", packet.address, bytes);
  }
  return CheckRange(queue, "The fence", packet.address, bytes, access,
                    access == kWrite ? &queue.known.signals : &queue.known.waits);
}

bool StoreFence(const supa_packet_fence& packet, uint64_t value) {
  return (packet.header.flags & SUPA_VALUE_32BIT) != 0
             ? safe::Store32(packet.address, static_cast<uint32_t>(value))
             : safe::Store64(packet.address, value);
}

Complaint DoSignal(Hub& hub, Queue& queue, const supa_packet_fence& packet) {
  Complaint complaint = CheckFence(queue, packet, SUPA_VALUE_32BIT, kWrite);
  if (!complaint.empty()) return complaint;
  if (!StoreFence(packet, packet.value)) return "The memory of the fence is gone.";
  hub.Signalled(packet.address);
  return {};
}

Complaint DoTimestamp(Queue& queue, const supa_packet_fence& packet) {
  Complaint complaint = CheckFence(queue, packet, SUPA_VALUE_32BIT, kWrite);
  if (complaint.empty() && packet.value != 0)
    complaint = Complaint("The value of a timestamp is not zero.");
  if (!complaint.empty()) return complaint;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  if (!StoreFence(packet, static_cast<uint64_t>(ns))) return "The memory of the timestamp is gone.";
  return {};
}

Complaint DoWait(Hub& hub, Queue& queue, const supa_packet_fence& packet, bool* blocked) {
  Complaint complaint = CheckFence(queue, packet, SUPA_VALUE_32BIT | SUPA_WAIT_EQUAL, kRead);
  if (!complaint.empty()) return complaint;
  bool broken = false;
  if (!WaitSatisfied(packet.address, packet.value, packet.header.flags, &broken)) {
    if (broken) return "The memory of the fence is gone.";
    *blocked = true;
    hub.Block(queue, packet);
    return {};
  }
  hub.Unblock(queue);
  return {};
}

Complaint CheckNop(const supa_packet& packet) {
  for (uint8_t byte : packet.bytes) {
    if (byte != 0) return "A reserved byte of a no-operation packet is not zero.";
  }
  return {};
}

Complaint Take(Hub& hub, Queue& queue, const supa_packet& packet, bool* blocked) {
  switch (packet.header.type) {
    case SUPA_PACKET_NOP:
      return CheckNop(packet);
    case SUPA_PACKET_DISPATCH:
      return MakeBlockJob(hub, queue, packet.dispatch);
    case SUPA_PACKET_COPY:
      return MakeCopy(hub, queue, packet.copy);
    case SUPA_PACKET_COPY_RECT:
      return MakeRect(hub, queue, packet.copy_rect);
    case SUPA_PACKET_FILL:
      return MakeFill(hub, queue, packet.fill);
    case SUPA_PACKET_SIGNAL:
      return DoSignal(hub, queue, packet.fence);
    case SUPA_PACKET_WAIT:
      return DoWait(hub, queue, packet.fence, blocked);
    case SUPA_PACKET_TIMESTAMP:
      return DoTimestamp(queue, packet.fence);
    default:
      return absl::StrCat("There is no packet of type ", packet.header.type, ".");
  }
}

void Refuse(Hub& hub, Queue& queue, const supa_packet& packet, const Complaint& complaint) {
  supa_uapi_event event{};
  event.type = SUPA_UAPI_EVENT_BAD_PACKET;
  const uint8_t type = packet.header.type;
  const bool moves_data =
      type == SUPA_PACKET_COPY || type == SUPA_PACKET_COPY_RECT || type == SUPA_PACKET_FILL;
  if (moves_data && complaint.access != 0) {
    // A copy engine meets an unbound page as a page fault; the packet itself is well formed.
    event.type = SUPA_UAPI_EVENT_PAGE_FAULT;
    event.address = complaint.address;
    event.access = complaint.access;
  }
  if (packet.header.type == SUPA_PACKET_DISPATCH) {
    event.descriptor_va = packet.dispatch.descriptor_va;
    event.cookie = packet.dispatch.cookie;
  }
  hub.Fail(queue, event, complaint.text);
}

}  // namespace

Step TakePacket(Hub& hub, Queue& queue) {
  if (queue.closing.load() || queue.space().dead()) return Step::kDead;
  supa_packet packet{};
  bool broken = false;
  if (!queue.Fetch(&packet, &broken)) {
    if (!broken) return Step::kEmpty;
    Refuse(hub, queue, packet, "The write index of the queue or its ring makes no sense.");
    return Step::kDead;
  }
  bool blocked = false;
  const Complaint complaint = Take(hub, queue, packet, &blocked);
  if (!complaint.empty()) {
    Refuse(hub, queue, packet, complaint);
    return Step::kDead;
  }
  if (blocked) return Step::kBlocked;
  if (queue.job() != nullptr) return Step::kJob;
  queue.Retire();
  return Step::kRetired;
}

}  // namespace opensupa::emu
