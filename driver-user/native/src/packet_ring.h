#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "device_buffer.h"
#include "fence_pool.h"
#include "opensupa/port/packets.h"

namespace opensupa::native {

/// The ring of one queue with its argument memory: index arithmetic, waiting for room, and the
/// doorbell. Appending and publishing need no allocation and, while the device is awake, no call.
/// Not thread safe: the queue's mutex guards it.
class PacketRing {
 public:
  static constexpr uint32_t kPackets = 2048;
  static constexpr uint64_t kArgumentBytes = 512 * 1024;
  static constexpr uint64_t kMaxArgumentBytes = kArgumentBytes / 4;  // of one packet

  /// Makes the memory and the card's queue.
  static StatusOr<std::unique_ptr<PacketRing>> Create(std::shared_ptr<DeviceContext> context,
                                                      int32_t priority);
  /// Destroys the card's queue: packets not yet run are dropped; returns when none runs.
  ~PacketRing();

  uint32_t id() const { return queue_; }

  /// kAborted when the queue or its address space is dead.
  Status CheckAlive();

  /// Device address of `size_bytes` (at most kMaxArgumentBytes) filled from `bytes`, valid until
  /// the packet appended next is done. Waits for room.
  StatusOr<uint64_t> PutArguments(const void* bytes, uint64_t size_bytes);

  /// Writes a packet; the device does not see it before Publish. Waits for room, publishing what is
  /// there.
  Status Append(const supa_packet& packet);

  /// Shows all packets to the device, and wakes it when it sleeps.
  Status Publish();

 private:
  PacketRing(std::shared_ptr<DeviceContext> context, std::unique_ptr<DeviceBuffer> buffer,
             FenceSlot progress);
  Status CreateQueue(int32_t priority);
  supa_uapi_queue_control& control() const;
  void Write(const supa_packet& packet);
  Status WaitForPackets(uint64_t packets);
  Status WaitForArguments(uint64_t bytes);
  Status WaitForProgress();
  void Refresh();
  void FetchNextLines() const;

  const std::shared_ptr<DeviceContext> context_;
  const std::unique_ptr<DeviceBuffer> buffer_;  // control page, ring, arguments
  // Rises to n when packets below n are done. Stored by marker packets, so that a full ring is
  // waited for as any fence is.
  const FenceSlot progress_;
  uint32_t queue_ = 0;
  uint64_t written_ = 0;    // packets in the ring so far
  uint64_t published_ = 0;  // of them, shown to the device
  uint64_t retired_ = 0;    // of them, known to be done
  uint64_t argument_head_ = 0;
  uint64_t argument_tail_ = 0;
  std::vector<uint64_t> argument_end_;  // for each ring slot: argument_head_ after its packet
  std::vector<uint64_t> markers_;       // for each marker (a ring): its packet index
  uint64_t first_marker_ = 0;
  uint64_t next_marker_ = 0;
  uint64_t marker_packet_ = 0;    // written_ at the last marker
  uint64_t marker_argument_ = 0;  // argument_head_ at the last marker
};

}  // namespace opensupa::native
