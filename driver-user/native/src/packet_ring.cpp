#include "packet_ring.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "opensupa/base/fault_point.h"

namespace opensupa::native {
namespace {

constexpr uint64_t kControlBytes = SUPA_UAPI_PAGE_BYTES;
constexpr uint64_t kRingBytes = uint64_t{PacketRing::kPackets} * SUPA_PACKET_BYTES;
constexpr uint64_t kArgumentAlignBytes = 64;
constexpr uint64_t kMarkerPackets = PacketRing::kPackets / 8;
constexpr uint64_t kMarkerBytes = PacketRing::kArgumentBytes / 8;
// Markers come every kMarkerPackets packets or kMarkerBytes bytes, so fewer than 8 + 8 + 2 are in
// the ring at one time.
constexpr size_t kMarkers = 32;
constexpr uint64_t kFetchedPackets = 2;  // of a launch
constexpr int32_t kMostUrgentPriority = -5;

static_assert((PacketRing::kPackets & (PacketRing::kPackets - 1)) == 0);
static_assert(kRingBytes % SUPA_UAPI_PAGE_BYTES == 0);
static_assert(sizeof(supa_uapi_queue_control) <= kControlBytes);

}  // namespace

StatusOr<std::unique_ptr<PacketRing>> PacketRing::Create(std::shared_ptr<DeviceContext> context,
                                                         int32_t priority) {
  SUPA_ASSIGN_OR_RETURN(
      std::unique_ptr<DeviceBuffer> buffer,
      DeviceBuffer::Create(context, kControlBytes + kRingBytes + PacketRing::kArgumentBytes,
                           hal::Placement::kHost));
  SUPA_ASSIGN_OR_RETURN(FenceSlot progress, FencePool::Process().Acquire(0));
  SUPA_RETURN_IF_ERROR(context->MakeVisible(progress.slab()));
  std::unique_ptr<PacketRing> ring(
      new PacketRing(std::move(context), std::move(buffer), std::move(progress)));
  SUPA_RETURN_IF_ERROR_CONTEXT(
      ring->CreateQueue(priority),
      absl::StrCat("creating a queue on card ", ring->context_->port().name()));
  return ring;
}

PacketRing::PacketRing(std::shared_ptr<DeviceContext> context, std::unique_ptr<DeviceBuffer> buffer,
                       FenceSlot progress)
    : context_(std::move(context)),
      buffer_(std::move(buffer)),
      progress_(std::move(progress)),
      argument_end_(kPackets, 0),
      markers_(kMarkers, 0) {
  std::memset(buffer_->host(), 0, kControlBytes);
}

PacketRing::~PacketRing() {
  if (queue_ == 0) return;
  supa_uapi_queue_destroy destroy{};
  destroy.queue = queue_;
  context_->Release(SUPA_UAPI_QUEUE_DESTROY, destroy);
}

Status PacketRing::CreateQueue(int32_t priority) {
  supa_uapi_queue_create create{};
  create.vm = context_->vm();
  create.queue_class = SUPA_UAPI_QUEUE_COMPUTE;
  create.priority = std::clamp(priority, kMostUrgentPriority, 0);
  create.ring_packets = kPackets;
  create.control_va = buffer_->address();
  create.ring_va = buffer_->address() + kControlBytes;
  SUPA_RETURN_IF_ERROR(context_->Call(SUPA_UAPI_QUEUE_CREATE, create));
  queue_ = create.queue;
  return absl::OkStatus();
}

supa_uapi_queue_control& PacketRing::control() const {
  return *reinterpret_cast<supa_uapi_queue_control*>(buffer_->host());
}

Status PacketRing::CheckAlive() {
  const bool dead = context_->faults().dead() ||
                    std::atomic_ref<uint32_t>(control().error).load(std::memory_order_acquire) != 0;
  return dead ? context_->faults().DeadStatus() : absl::OkStatus();
}

StatusOr<uint64_t> PacketRing::PutArguments(const void* bytes, uint64_t size_bytes) {
  const uint64_t room =
      (size_bytes + kArgumentAlignBytes - 1) / kArgumentAlignBytes * kArgumentAlignBytes;
  const uint64_t offset = argument_head_ % kArgumentBytes;
  // Arguments of one packet are never split: skip the rest of the memory when it is too short.
  const uint64_t skip = offset + room > kArgumentBytes ? kArgumentBytes - offset : 0;
  SUPA_RETURN_IF_ERROR(WaitForArguments(skip + room));
  argument_head_ += skip;
  const uint64_t place = kControlBytes + kRingBytes + argument_head_ % kArgumentBytes;
  argument_head_ += room;
  if (size_bytes != 0) std::memcpy(buffer_->host() + place, bytes, size_bytes);
  return buffer_->address() + place;
}

Status PacketRing::Append(const supa_packet& packet) {
  SUPA_RETURN_IF_ERROR(WaitForPackets(2));  // one may be a marker
  Write(packet);
  if (written_ - marker_packet_ >= kMarkerPackets ||
      argument_head_ - marker_argument_ >= kMarkerBytes) {
    supa_packet marker{};
    marker.fence.header.type = SUPA_PACKET_SIGNAL;
    marker.fence.address = progress_.address();
    marker.fence.value = written_;
    markers_[next_marker_++ % kMarkers] = written_;
    Write(marker);
    marker_packet_ = written_;
    marker_argument_ = argument_head_;
  }
  return absl::OkStatus();
}

void PacketRing::Write(const supa_packet& packet) {
  const uint64_t slot = written_ % kPackets;
  std::memcpy(buffer_->host() + kControlBytes + slot * SUPA_PACKET_BYTES, &packet,
              SUPA_PACKET_BYTES);
  argument_end_[slot] = argument_head_;
  ++written_;
}

Status PacketRing::Publish() {
  if (published_ == written_) return absl::OkStatus();
  published_ = written_;
  // The device stores device_sleeping and then looks at write_index once more; one of the two
  // sides must see the other's store, which takes sequential consistency on both.
  std::atomic_ref<uint64_t>(control().write_index).store(written_, std::memory_order_seq_cst);
  FetchNextLines();
  if (std::atomic_ref<uint32_t>(control().device_sleeping).load(std::memory_order_seq_cst) == 0) {
    return absl::OkStatus();
  }
  return context_->Doorbell(queue_);
}

/// Asks for the lines that the next packets and arguments go to. The device has read them a lap
/// before, so without this the next publishing store would wait until they have come.
void PacketRing::FetchNextLines() const {
  const std::byte* ring = buffer_->host() + kControlBytes;
  for (uint64_t i = 0; i < kFetchedPackets; ++i) {
    __builtin_prefetch(ring + (written_ + i) % kPackets * SUPA_PACKET_BYTES, 1);
  }
  __builtin_prefetch(ring + kRingBytes + argument_head_ % kArgumentBytes, 1);
}

void PacketRing::Refresh() {
  const uint64_t read =
      std::atomic_ref<uint64_t>(control().read_index).load(std::memory_order_acquire);
  const uint64_t retired = std::max(read, progress_.value().load(std::memory_order_acquire));
  if (retired <= retired_) return;
  retired_ = retired;
  // The slot of the last retired packet is not reused yet: reuse starts only after this line.
  argument_tail_ = argument_end_[(retired - 1) % kPackets];
  while (first_marker_ != next_marker_ && markers_[first_marker_ % kMarkers] < retired_) {
    ++first_marker_;
  }
}

Status PacketRing::WaitForPackets(uint64_t packets) {
  while (written_ + packets - retired_ > kPackets) {
    Refresh();
    if (written_ + packets - retired_ > kPackets) SUPA_RETURN_IF_ERROR(WaitForProgress());
  }
  return absl::OkStatus();
}

Status PacketRing::WaitForArguments(uint64_t bytes) {
  while (argument_head_ + bytes - argument_tail_ > kArgumentBytes) {
    Refresh();
    if (argument_head_ + bytes - argument_tail_ > kArgumentBytes) {
      SUPA_RETURN_IF_ERROR(WaitForProgress());
    }
  }
  return absl::OkStatus();
}

Status PacketRing::WaitForProgress() {
  SUPA_RETURN_IF_ERROR(Publish());
  SUPA_RETURN_IF_ERROR(CheckAlive());
  if (first_marker_ == next_marker_) {
    return absl::InternalError("A ring without room has no marker to wait for.");
  }
  // Not for the first one only, else this thread would sleep again after a few packets.
  const uint64_t marker = first_marker_ + (next_marker_ - first_marker_ - 1) / 2;
  return context_->WaitValue(progress_.address(), markers_[marker % kMarkers], -1);
}

}  // namespace opensupa::native
