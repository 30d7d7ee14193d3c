#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "address_space.h"
#include "job.h"
#include "opensupa/port/packets.h"

namespace opensupa::emu {

class Card;

/// One queue: a ring in the client's memory and the card's state of it.
///
/// At any time at most one thread holds the claim and takes packets; while a job of the queue runs,
/// the claim belongs to the job, and the thread that ends the job goes on with it.
class Queue {
 public:
  struct Desc {
    uint32_t id;
    uint32_t queue_class;
    int32_t priority;
    uint32_t ring_packets;
    uint64_t ring_va;
    uint64_t control_va;
  };

  Queue(const Desc& desc, std::shared_ptr<Card> card, std::shared_ptr<AddressSpace> space);
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  const Desc& desc() const { return desc_; }
  const Card& card() const { return *card_; }
  AddressSpace& space() const { return *space_; }

  /// Sets the device's half of the control page; before anyone else knows the queue.
  void Start();

  // ---- the claim
  /// Whoever has the claim looks at the ring by itself, so the driver need not ring meanwhile.
  bool TryClaim() {
    if (claimed_.load() || claimed_.exchange(true)) return false;
    BeginWatch();
    return true;
  }
  /// Afterwards the caller must look at Ready again: a packet may have come in the meantime.
  void Unclaim() {
    EndWatch();
    claimed_.store(false);
  }
  bool claimed() const { return claimed_.load(); }

  /// Whether there is a packet that can be taken now. Safe without the claim; may be out of date.
  bool Ready() const;
  /// Whether packets wait to be retired.
  bool Pending() const;
  bool blocked() const { return blocked_.load(); }

  // ---- for the holder of the claim
  /// The next packet; false when there is none or the ring cannot be read (then `*broken`).
  bool Fetch(supa_packet* packet, bool* broken);
  void Retire();
  /// Forgets all packets that are in the ring.
  void DropPending();
  /// Notes that the next packet waits; returns false when that was known. Call Ready again after
  /// Unclaim.
  bool Block(const supa_packet_fence& wait);
  /// Returns false when it was not blocked.
  bool Unblock() { return blocked_.load() && blocked_.exchange(false); }

  /// Tells the driver through the control page.
  void SetError(uint32_t event_type);

  /// From Begin to End the caller looks for packets by itself, and after End once more; the driver
  /// is told that it need not ring. The caller has the claim or is an attendant.
  void BeginWatch();
  void EndWatch();
  /// The driver has rung. It need not do so again until the ring is answered, which whoever looks
  /// for work does before it looks at the queue. The caller is an attendant.
  void NoteRing() {
    if (!rung_.exchange(true)) BeginWatch();
  }
  bool rung() const { return rung_.load(); }
  void AnswerRing() {
    if (rung_.exchange(false)) EndWatch();
  }

  /// Whether one of the next packets signals `address`. Safe without the claim.
  bool WillSignal(uint64_t address) const;

  /// Set while the queue is being destroyed or reset: no further packet is taken.
  std::atomic<bool> closing{false};
  /// Threads that watch without the claim; the control page must stay while there are any.
  std::atomic<uint32_t> attendants{0};
  /// One thread destroys or resets at a time.
  std::mutex admin_mutex;

  // ---- the running job
  /// Guards `open_job` and the number of threads in it.
  std::mutex job_mutex;
  /// Set while others may join. Changed under job_mutex; read without it as a hint.
  std::atomic<Job*> open_job{nullptr};

  /// What the last packets have used, for the holder of the claim.
  struct KnownPlaces {
    AddressSpace::Known descriptors, arguments, code, signals, waits;
  } known;

  // For the holder of the claim: the job stands in the queue itself, so that none is allocated.
  Job* job() const { return job_; }
  template <typename T, typename... Args>
  void MakeJob(Args&&... args) {
    static_assert(sizeof(T) <= kJobBytes && alignof(T) <= kJobAlign);
    job_ = new (job_storage_) T(std::forward<Args>(args)...);
  }
  void EndJob() {
    job_->~Job();
    job_ = nullptr;
  }

 private:
  static constexpr size_t kJobBytes = 2048;
  static constexpr size_t kJobAlign = 64;

  void SetDeviceSleeping(bool sleeping);
  uint64_t WriteIndex() const;

  const Desc desc_;
  const std::shared_ptr<Card> card_;
  const std::shared_ptr<AddressSpace> space_;
  std::atomic<bool> claimed_{false};
  std::atomic<uint64_t> read_index_{0};
  std::atomic<bool> blocked_{false};
  // What the blocked queue waits for. A torn read only makes one look be wrong, and whoever changes
  // these looks again.
  std::atomic<uint64_t> wait_address_{0};
  std::atomic<uint64_t> wait_value_{0};
  std::atomic<uint8_t> wait_flags_{0};
  std::atomic<uint32_t> watchers_{0};
  std::atomic<bool> rung_{false};   // counts as a watcher
  uint64_t known_write_index_ = 0;  // of the holder of the claim
  Job* job_ = nullptr;              // likewise
  alignas(kJobAlign) std::byte job_storage_[kJobBytes];
};

/// Whether memory at `address` satisfies a WAIT with `flags` for `value`; false also when it cannot
/// be read, then `*broken` is set (if given).
bool WaitSatisfied(uint64_t address, uint64_t value, uint8_t flags, bool* broken);

}  // namespace opensupa::emu
