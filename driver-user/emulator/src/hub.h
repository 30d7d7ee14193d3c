#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "block_times.h"
#include "engine/engine.h"
#include "gate.h"
#include "grid_memory.h"
#include "opensupa/base/status.h"
#include "queues.h"

namespace opensupa::emu {

using QueueList = std::vector<std::shared_ptr<Queue>>;

/// What a thread that runs device work carries with it.
struct Runner {
  // Of the worker, or of the waiting host thread.
  bool is_helper = false;
  bool is_spare = false;                        // takes no part in jobs that others have begun
  uint32_t index = UnitRanges::kMaxRanges - 1;  // of a worker; chooses the part of a job
  uint64_t now_ns = 0;         // when the clock was last looked at, which is seldom
  uint64_t fence_address = 0;  // a helper stops when this fence has its value
  uint64_t fence_value = 0;
  uint64_t slice_end_ns = 0;
  Lane* lane = nullptr;                   // taken from the hub when first needed
  std::unique_ptr<Lane> owned_lane;       // goes back to the hub
  std::shared_ptr<const QueueList> list;  // snapshot; most urgent first
  uint64_t list_version = 0;
  uint32_t turn = 0;            // rotates among queues of one priority
  std::shared_ptr<Queue> last;  // queue that was run last
  bool attending = false;       // of a worker: watches `last`
  uint64_t last_work_ns = 0;
};

/// The scheduler of all emulated cards of the process: the worker threads, and the host threads
/// that wait for a fence.
///
/// Nobody is told which queue has work; who looks for work looks at all queues, the most urgent
/// first. So a wake-up only has to make sure that someone looks again *after* the change:
///  - Wake is called after a change. It does nothing while a worker watches (spins, or naps for a
///    moment), else it wakes a sleeper.
///  - A worker that stops watching first says so and then looks once more before it sleeps.
///  - Who lets go of a queue looks at it once more, and wakes a worker when it leaves work behind.
///  - A queue is first marked as blocked, then its fence is looked at once more; a signaller first
///    writes the fence, then looks for blocked queues.
/// All these flags are sequentially consistent.
class Hub {
 public:
  /// The hub of the process, made when there is none. It ends with its last holder, joining the
  /// workers; so a worker never holds one.
  static StatusOr<std::shared_ptr<Hub>> Acquire();
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  Engine& engine() { return *engine_; }
  BlockTimes& block_times() { return block_times_; }
  const GridMemory& grid_memory() const { return grid_memory_; }
  uint32_t worker_count() const { return worker_count_; }
  /// Target string of code objects that the cards run.
  const std::string& code_target() const { return code_target_; }

  /// Starts the workers if need be.
  Status AddQueue(std::shared_ptr<Queue> queue);
  /// Drops what has not been started, and returns when nothing of the queue runs.
  void RemoveQueue(const std::shared_ptr<Queue>& queue);
  /// As RemoveQueue, but the queue lives on, empty.
  void ResetQueue(Queue& queue);

  /// To be called after a packet was written to `queue`.
  void Ring(Queue& queue);
  /// To be called after the host wrote a fence.
  void HostSignalled();
  /// To be called after the device wrote a fence.
  void Signalled(uint64_t address);

  /// Ends the address space of `queue` with `event`; the queue is filled in here.
  void Fail(Queue& queue, supa_uapi_event event, std::string_view text);
  void Kill(AddressSpace& space, const supa_uapi_event& event, std::string_view text);

  /// WAIT_FENCE; `space` may be null.
  int WaitFence(const AddressSpace* space, uint64_t address, uint64_t value, int64_t timeout_ns);

  /// A thread that runs a job has (or no longer has) nothing to do but wait for others. While there
  /// are such threads, as many spare ones run the other queues.
  void NoteStall(bool stalled);
  /// For a job that hands out units by itself: nobody should try to join it any more.
  void CloseJob(Queue& queue);

  /// For the command processor, holding the claim.
  void Block(Queue& queue, const supa_packet_fence& wait);
  void Unblock(Queue& queue);

 private:
  enum class Outcome { kFinished, kLeft };
  struct WorkerSlot {
    std::thread thread;
    Runner runner;
  };

  Hub(uint32_t worker_count, GridMemory grid_memory);
  Status Start();

  // worker.cpp
  void WorkerMain(Runner& runner, const std::string& name, void (Hub::*loop)(Runner&, uint32_t),
                  uint32_t index);
  void WorkerLoop(Runner& runner, uint32_t index);
  void SpareLoop(Runner& runner, uint32_t index);
  bool RunOne(Runner& runner);
  bool RunQueueIfReady(Runner& runner, const std::shared_ptr<Queue>& entry);
  void RunQueue(Runner& runner, Queue& queue);
  void RunPackets(Runner& runner, Queue& queue);
  Outcome RunJob(Runner& runner, Queue& queue, Job& job, uint32_t range);
  Outcome LeaveJob(Queue& queue, Job& job, uint32_t range);
  void ShareJob(Queue& queue, Job& job, uint64_t unit_ns);
  static bool IsWorth(const Job& job, uint64_t unit_ns, uint64_t ns);
  bool JoinJob(Runner& runner, const std::shared_ptr<Queue>& queue);
  void PublishJob(Queue& queue, Job& job);
  void WakeForJob(const Job& job, uint64_t unit_ns);
  void Wake();
  void AnswerRing(Queue& queue);
  bool MustStop(Runner& runner, const Queue& queue);
  void LetGo(Queue& queue);
  bool TakeLane(Runner& runner, Queue& queue);
  void ReturnLane(Runner& runner);
  void Refresh(Runner& runner);
  bool AnyWork(Runner& runner);
  bool Watch(Runner& runner);
  bool Spin(Runner& runner);
  bool Nap(Runner& runner);
  void TurnTo(Runner& runner, const std::shared_ptr<Queue>& queue);
  void Attend(Runner& runner);
  void StopAttending(Runner& runner);
  void DropAttendant(Queue& queue);
  void WakeForRest(Runner& runner, const Queue& taken);
  void WaitUntilUnused(Queue& queue);

  // hub_wait.cpp
  bool Help(Runner& runner);
  Gate& WaitGate(uint64_t address) { return wait_gates_[(address >> 6) % wait_gates_.size()]; }

  const uint32_t worker_count_;
  const GridMemory grid_memory_;
  std::unique_ptr<Engine> engine_;
  std::string code_target_;
  BlockTimes block_times_;

  std::mutex mutex_;  // guards what follows; list_version_ is written under it
  std::shared_ptr<const QueueList> list_ = std::make_shared<QueueList>();
  std::vector<std::unique_ptr<WorkerSlot>> workers_;
  std::vector<std::unique_ptr<WorkerSlot>> spares_;  // started when first needed
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::atomic<uint64_t> list_version_{1};

  Gate gate_;                        // workers sleep here
  std::array<Gate, 16> wait_gates_;  // host threads that wait for a fence sleep here
  Gate close_gate_;                  // RemoveQueue sleeps here
  Gate spare_gate_;                  // spare threads that are not needed sleep here
  std::atomic<bool> stopping_{false};
  std::atomic<uint32_t> spinning_{0};
  std::atomic<bool> napping_{false};
  std::atomic<bool> helped_last_{false};  // a waiting host thread took the last work
  std::atomic<uint64_t> last_activity_ns_{0};
  std::atomic<uint32_t> blocked_{0};  // queues
  std::atomic<uint32_t> stalled_{0};  // threads
};

/// The clock of the scheduler.
uint64_t NowNs();

}  // namespace opensupa::emu
