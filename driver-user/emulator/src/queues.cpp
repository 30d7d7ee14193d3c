#include "queues.h"

#include <algorithm>
#include <cstddef>

#include "safe_access.h"

namespace opensupa::emu {
namespace {

constexpr uint64_t kLookAheadPackets = 64;

}  // namespace

Queue::Queue(const Desc& desc, std::shared_ptr<Card> card, std::shared_ptr<AddressSpace> space)
    : desc_(desc), card_(std::move(card)), space_(std::move(space)) {}

Queue::~Queue() {
  if (job_ != nullptr) EndJob();
}

void Queue::Start() {
  (void)safe::Store64(desc_.control_va + offsetof(supa_uapi_queue_control, read_index), 0);
  SetError(0);
  SetDeviceSleeping(true);
}

uint64_t Queue::WriteIndex() const {
  uint64_t index = 0;
  // The control page is pinned, so this fails only for user memory that is gone: nothing new then.
  if (!safe::Load64(desc_.control_va + offsetof(supa_uapi_queue_control, write_index), &index)) {
    return read_index_.load();
  }
  return index;
}

bool Queue::Pending() const { return WriteIndex() != read_index_.load(); }

bool Queue::Ready() const {
  if (closing.load() || space_->dead() || !Pending()) return false;
  if (!blocked_.load()) return true;
  bool broken = false;
  // A wait on memory that is gone is ready too: taking it up again reports it.
  return WaitSatisfied(wait_address_.load(), wait_value_.load(), wait_flags_.load(), &broken) ||
         broken;
}

bool Queue::Fetch(supa_packet* packet, bool* broken) {
  const uint64_t read = read_index_.load(std::memory_order_relaxed);
  *broken = false;
  if (known_write_index_ == read) {
    known_write_index_ = WriteIndex();
    *broken = known_write_index_ - read > desc_.ring_packets;  // also when it ran backwards
    if (known_write_index_ == read || *broken) return false;
  }
  const uint64_t slot = read & (desc_.ring_packets - 1);
  const void* from = reinterpret_cast<const void*>(desc_.ring_va + slot * SUPA_PACKET_BYTES);
  *broken = !safe::Copy64(packet, from);
  return !*broken;
}

void Queue::Retire() {
  // Those who look without the claim may see it late: then they find nothing once they have it.
  const uint64_t read = read_index_.load(std::memory_order_relaxed) + 1;
  read_index_.store(read, std::memory_order_release);
  (void)safe::Release64(desc_.control_va + offsetof(supa_uapi_queue_control, read_index), read);
}

void Queue::DropPending() {
  const uint64_t write = WriteIndex();
  known_write_index_ = write;
  read_index_.store(write);
  (void)safe::Store64(desc_.control_va + offsetof(supa_uapi_queue_control, read_index), write);
}

bool Queue::Block(const supa_packet_fence& wait) {
  wait_address_.store(wait.address);
  wait_value_.store(wait.value);
  wait_flags_.store(wait.header.flags);
  return !blocked_.exchange(true);
}

void Queue::SetError(uint32_t event_type) {
  (void)safe::Store32(desc_.control_va + offsetof(supa_uapi_queue_control, error), event_type);
}

void Queue::SetDeviceSleeping(bool sleeping) {
  (void)safe::Store32(desc_.control_va + offsetof(supa_uapi_queue_control, device_sleeping),
                      sleeping ? 1 : 0);
}

void Queue::BeginWatch() {
  if (watchers_.fetch_add(1) == 0) SetDeviceSleeping(false);
}

void Queue::EndWatch() {
  // Should the next one begin right now, the driver rings in vain for a while, which does no harm.
  if (watchers_.fetch_sub(1) == 1) SetDeviceSleeping(true);
}

bool Queue::WillSignal(uint64_t address) const {
  const uint64_t read = read_index_.load();
  const uint64_t end = std::min(WriteIndex(), read + kLookAheadPackets);
  for (uint64_t i = read; i < end; ++i) {
    const uint64_t slot = i & (desc_.ring_packets - 1);
    supa_packet packet;
    const void* from = reinterpret_cast<const void*>(desc_.ring_va + slot * SUPA_PACKET_BYTES);
    if (!safe::Copy64(&packet, from)) return false;
    if (packet.header.type == SUPA_PACKET_SIGNAL && packet.fence.address == address) return true;
  }
  return false;
}

bool WaitSatisfied(uint64_t address, uint64_t value, uint8_t flags, bool* broken) {
  uint64_t now = 0;
  const bool narrow = (flags & SUPA_VALUE_32BIT) != 0;
  const bool read = narrow ? safe::Load32(address, &now) : safe::Load64(address, &now);
  if (!read) {
    if (broken != nullptr) *broken = true;
    return false;
  }
  if (narrow) value &= 0xffffffffu;
  return (flags & SUPA_WAIT_EQUAL) != 0 ? now == value : now >= value;
}

}  // namespace opensupa::emu
