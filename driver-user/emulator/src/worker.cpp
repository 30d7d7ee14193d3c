// How a thread finds device work and runs it: the part of the hub that workers and helping host
// threads share, and the workers' life.

#include <pthread.h>
#include <sys/prctl.h>

#include <algorithm>
#include <string>
#include <utility>

#include "command_processor.h"
#include "fault_handler.h"
#include "hub.h"
#include "queues.h"

namespace opensupa::emu {
namespace {

// Threads that look for work may join from this much on: less is done before they have begun.
constexpr uint64_t kShareNs = 2'000;
// Another thread is woken for as much work as this.
constexpr uint64_t kWakeNs = 10'000;
// After so many packets that take no time a thread looks at the clock.
constexpr uint32_t kPacketsPerLook = 16;
// After this a thread asks whether other queues should have its time.
constexpr uint64_t kSliceNs = 200'000;
// How long a worker that has just worked looks for more.
constexpr uint64_t kSpinNs = 20'000;
// How long after the last work one worker naps rather than sleeps, and for how long each time.
constexpr uint64_t kNapForNs = 3'000'000;
constexpr uint64_t kNapNs = 100'000;
constexpr uint64_t kSpareNapNs = 500'000;
constexpr uint32_t kMaxSpinning = 2;
constexpr size_t kSignalStackBytes = 65536;

void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  asm volatile("yield");
#endif
}

}  // namespace

// ---- one queue

/// Gives up the claim.
void Hub::LetGo(Queue& queue) {
  queue.Unclaim();
  if (queue.closing.load()) close_gate_.NotifyAll();
}

/// Runs packets of a queue whose claim the caller has, until there is nothing to do or the caller's
/// time is over.
void Hub::RunQueue(Runner& runner, Queue& queue) {
  runner.now_ns = NowNs();
  runner.slice_end_ns = runner.now_ns + kSliceNs;
  if (helped_last_.load(std::memory_order_relaxed) != runner.is_helper) {
    helped_last_.store(runner.is_helper, std::memory_order_relaxed);
  }
  RunPackets(runner, queue);
  runner.last_work_ns = runner.now_ns;
  last_activity_ns_.store(runner.now_ns, std::memory_order_relaxed);
}

void Hub::RunPackets(Runner& runner, Queue& queue) {
  uint32_t packets = 0;
  while (true) {
    switch (TakePacket(*this, queue)) {
      case Step::kRetired:
        if (++packets % kPacketsPerLook == 0) runner.now_ns = NowNs();
        break;
      case Step::kJob: {
        Job& job = *queue.job();
        if (RunJob(runner, queue, job, job.JoinRange(runner.index)) == Outcome::kLeft) return;
        queue.EndJob();
        queue.Retire();
        break;
      }
      case Step::kBlocked:
      case Step::kEmpty:
      case Step::kDead:
        LetGo(queue);
        // A packet or a signal may have come between the look and the letting go.
        if (!queue.Ready() || !queue.TryClaim()) return;
        continue;
    }
    if (MustStop(runner, queue)) {
      LetGo(queue);
      if (queue.Ready()) gate_.NotifyOne();
      return;
    }
  }
}

/// Whether the runner should turn to something else between two packets or chunks.
bool Hub::MustStop(Runner& runner, const Queue& queue) {
  if (runner.is_helper) {
    return WaitSatisfied(runner.fence_address, runner.fence_value, 0, nullptr);
  }
  if (runner.now_ns < runner.slice_end_ns) return false;
  runner.slice_end_ns = runner.now_ns + kSliceNs;
  if (stopping_.load()) return true;
  Refresh(runner);
  for (const auto& other : *runner.list) {
    if (other->desc().priority > queue.desc().priority) return false;
    if (other.get() != &queue && !other->claimed() && other->Ready()) return true;
    const bool urgent = other->desc().priority < queue.desc().priority;
    if (urgent && other->open_job.load() != nullptr) return true;
  }
  return false;
}

// ---- one job

/// Whether what is left of the job takes at least `ns`, or nobody knows; `unit_ns` 0 = nobody does.
bool Hub::IsWorth(const Job& job, uint64_t unit_ns, uint64_t ns) {
  const uint64_t units = job.UnitsLeft();
  return units > 1 && (unit_ns == 0 || units >= ns / unit_ns);
}

/// Runs chunks of the job as one of its active threads. kFinished: the job is done, and the caller
/// now holds the claim of the queue. kLeft: others see to it.
Hub::Outcome Hub::RunJob(Runner& runner, Queue& queue, Job& job, uint32_t range) {
  if (job.needs_lane() && !TakeLane(runner, queue)) job.Stop();
  uint64_t unit_ns = job.UnitNs();
  // Shared before it starts, since already the first chunk may take long.
  const bool measured = job.UnitsLeft() > 1;
  if (measured) ShareJob(queue, job, unit_ns);
  uint64_t first = 0;
  uint64_t count = 0;
  bool stop = false;
  bool noted = false;
  uint64_t start_ns = measured ? NowNs() : 0;
  while (!stop && job.TakeChunk(range, unit_ns, &first, &count)) {
    if (job.published && job.Exhausted()) CloseJob(queue);
    job.Run(first, count, runner.lane);
    if (queue.space().dead()) job.Stop();
    runner.now_ns = NowNs();
    if (measured) {
      const uint64_t chunk_ns = runner.now_ns - std::exchange(start_ns, runner.now_ns);
      const uint64_t thought_ns = std::exchange(unit_ns, chunk_ns / count + 1);
      if (!std::exchange(noted, true)) job.NoteUnitNs(unit_ns);
      if (thought_ns != 0 && unit_ns > 2 * thought_ns) ShareJob(queue, job, unit_ns);
    }
    stop = MustStop(runner, queue);
  }
  if (!job.published && job.Exhausted()) return Outcome::kFinished;
  if (!job.published) PublishJob(queue, job);
  return LeaveJob(queue, job, range);
}

/// Lets others take part if that is worth it.
void Hub::ShareJob(Queue& queue, Job& job, uint64_t unit_ns) {
  if (!job.published) {
    if (!IsWorth(job, unit_ns, kShareNs)) return;
    PublishJob(queue, job);
  }
  if (queue.open_job.load() != nullptr && IsWorth(job, unit_ns, kWakeNs)) {
    WakeForJob(job, unit_ns);
  }
}

void Hub::PublishJob(Queue& queue, Job& job) {
  job.published = true;
  std::lock_guard lock(queue.job_mutex);
  if (job.active < worker_count_) queue.open_job.store(&job);
}

/// Wakes as many sleeping workers as the job gives enough to do; all it could use when that is not
/// known (`unit_ns` 0).
void Hub::WakeForJob(const Job& job, uint64_t unit_ns) {
  const uint64_t units = job.UnitsLeft();
  uint64_t useful = std::min<uint64_t>(units, worker_count_) - 1;
  if (unit_ns != 0) {
    useful = std::min(useful, units / std::max<uint64_t>(kWakeNs / unit_ns, 1));
  }
  if (useful == 0 || units == 0) return;
  if (useful >= gate_.sleepers()) {
    gate_.NotifyAll();
  } else {
    for (uint64_t i = 0; i < useful; ++i) gate_.NotifyOne();
  }
}

/// Nothing is left for others to take, so nobody should try.
void Hub::CloseJob(Queue& queue) {
  std::lock_guard lock(queue.job_mutex);
  queue.open_job.store(nullptr);
}

Hub::Outcome Hub::LeaveJob(Queue& queue, Job& job, uint32_t range) {
  bool left_over = false;
  {
    std::lock_guard lock(queue.job_mutex);
    --job.active;
    job.LeaveRange(range);
    if (job.Exhausted()) {
      queue.open_job.store(nullptr);
      // The last one out takes the queue with it; after the unlock the job may be gone.
      if (job.active == 0) return Outcome::kFinished;
    } else {
      queue.open_job.store(&job);  // there is room for one more now
      left_over = true;
    }
  }
  if (left_over) gate_.NotifyOne();
  return Outcome::kLeft;
}

/// Takes part in the open job of the queue and goes on with the queue when it ends the job. No more
/// threads than there are workers run one job, hosts that help included.
bool Hub::JoinJob(Runner& runner, const std::shared_ptr<Queue>& queue) {
  Job* job = nullptr;
  uint32_t range = 0;
  {
    std::lock_guard lock(queue->job_mutex);
    job = queue->open_job.load();
    if (job == nullptr || job->Exhausted()) return false;
    range = job->JoinRange(runner.index);
    if (++job->active >= worker_count_) queue->open_job.store(nullptr);
  }
  TurnTo(runner, queue);
  runner.now_ns = NowNs();
  runner.slice_end_ns = runner.now_ns + kSliceNs;
  if (RunJob(runner, *queue, *job, range) == Outcome::kFinished) {
    queue->EndJob();
    queue->Retire();
    RunQueue(runner, *queue);
  }
  runner.last_work_ns = runner.now_ns;
  last_activity_ns_.store(runner.now_ns, std::memory_order_relaxed);
  return true;
}

bool Hub::TakeLane(Runner& runner, Queue& queue) {
  if (runner.lane != nullptr) return true;
  {
    std::lock_guard lock(mutex_);
    if (!lanes_.empty()) {
      runner.owned_lane = std::move(lanes_.back());
      lanes_.pop_back();
    }
  }
  if (runner.owned_lane == nullptr) {
    StatusOr<std::unique_ptr<Lane>> lane = engine_->CreateLane();
    if (!lane.ok()) {
      supa_uapi_event event{};
      event.type = SUPA_UAPI_EVENT_DEVICE_LOST;
      Fail(queue, event, std::string(lane.status().message()));
      return false;
    }
    runner.owned_lane = std::move(*lane);
  }
  runner.lane = runner.owned_lane.get();
  return true;
}

void Hub::ReturnLane(Runner& runner) {
  if (runner.owned_lane == nullptr) return;
  runner.lane = nullptr;
  std::lock_guard lock(mutex_);
  lanes_.push_back(std::move(runner.owned_lane));
}

// ---- looking for work

void Hub::Refresh(Runner& runner) {
  if (runner.list != nullptr && runner.list_version == list_version_.load()) return;
  std::lock_guard lock(mutex_);
  runner.list = list_;
  runner.list_version = list_version_.load();
}

bool Hub::AnyWork(Runner& runner) {
  Refresh(runner);
  return std::any_of(runner.list->begin(), runner.list->end(), [this](const auto& queue) {
    AnswerRing(*queue);
    return queue->open_job.load() != nullptr || (!queue->claimed() && queue->Ready());
  });
}

/// Another worker should look again when this one takes one of several pieces of work: the rings of
/// the others may have been left to it.
void Hub::WakeForRest(Runner& runner, const Queue& taken) {
  for (const auto& queue : *runner.list) {
    if (queue.get() != &taken && !queue->claimed() && queue->Ready()) {
      gate_.NotifyOne();
      return;
    }
  }
}

bool Hub::RunQueueIfReady(Runner& runner, const std::shared_ptr<Queue>& entry) {
  AnswerRing(*entry);
  const bool join = entry->open_job.load() != nullptr;
  if (join && runner.is_spare) return false;
  if (!join && (entry->claimed() || !entry->Ready() || !entry->TryClaim())) return false;
  // A copy, since the list may be replaced while the queue runs.
  const std::shared_ptr<Queue> queue = entry;
  if (join) return JoinJob(runner, queue);
  TurnTo(runner, queue);
  RunQueue(runner, *queue);
  return true;
}

/// Runs the most urgent piece of work there is. Queues of one priority take turns.
bool Hub::RunOne(Runner& runner) {
  Refresh(runner);
  const QueueList& list = *runner.list;
  size_t begin = 0;
  while (begin < list.size()) {
    size_t end = begin;
    while (end < list.size() && list[end]->desc().priority == list[begin]->desc().priority) ++end;
    const size_t size = end - begin;
    const size_t start = runner.turn++ % size;
    for (size_t i = 0; i < size; ++i) {
      if (RunQueueIfReady(runner, list[begin + (start + i) % size])) return true;
    }
    begin = end;
  }
  return false;
}

// ---- the workers' life

/// Makes `queue`, which the worker begins to run, the one that it watches. Helping hosts and spare
/// threads watch none.
void Hub::TurnTo(Runner& runner, const std::shared_ptr<Queue>& queue) {
  if (runner.is_helper) return;
  if (!runner.is_spare) {
    if (runner.last != queue) {
      StopAttending(runner);
      runner.last = queue;
    }
    Attend(runner);
  }
  WakeForRest(runner, *queue);
}

/// Tells the driver of the last queue that no doorbell is needed, unless the queue is going away.
void Hub::Attend(Runner& runner) {
  if (runner.attending || runner.last == nullptr) return;
  Queue& queue = *runner.last;
  queue.attendants.fetch_add(1);
  if (queue.closing.load()) {
    DropAttendant(queue);
    return;
  }
  queue.BeginWatch();
  runner.attending = true;
}

/// Afterwards the caller, or someone it wakes, must look at the queue once more.
void Hub::StopAttending(Runner& runner) {
  if (!std::exchange(runner.attending, false)) return;
  runner.last->EndWatch();
  DropAttendant(*runner.last);
}

void Hub::DropAttendant(Queue& queue) {
  if (queue.attendants.fetch_sub(1) == 1 && queue.closing.load()) close_gate_.NotifyAll();
}

/// Looks for work until there is some, or for a while; then it does not watch any more.
bool Hub::Spin(Runner& runner) {
  const uint64_t until_ns = runner.last_work_ns + kSpinNs;
  bool found = false;
  if (NowNs() < until_ns) {
    if (spinning_.fetch_add(1) < kMaxSpinning) {
      Attend(runner);
      while (!(found = AnyWork(runner)) && NowNs() < until_ns && !stopping_.load() &&
             !(runner.attending && runner.last->closing.load())) {
        for (int i = 0; i < 16; ++i) Pause();
      }
    }
    spinning_.fetch_sub(1);
  }
  if (!found) StopAttending(runner);
  return found;
}

/// One worker at a time wakes often for a while after the last work, so that host threads which
/// launch and wait in turns do not have to wake it each time.
bool Hub::Nap(Runner& runner) {
  if (napping_.exchange(true)) return false;
  bool found = false;
  while (!stopping_.load()) {
    const uint32_t epoch = gate_.Epoch();
    found = AnyWork(runner);
    const uint64_t now_ns = NowNs();
    if (found || now_ns >= last_activity_ns_.load(std::memory_order_relaxed) + kNapForNs) break;
    const auto deadline = Gate::Clock::now() + std::chrono::nanoseconds(kNapNs);
    gate_.Wait(epoch, &deadline);
  }
  napping_.store(false);
  return found;
}

void Hub::WorkerLoop(Runner& runner, uint32_t index) {
  runner.index = index;
  while (!stopping_.load()) {
    if (RunOne(runner)) continue;
    if (Spin(runner) || Nap(runner)) continue;
    // From here on rings are not absorbed any more, so this look finds what was absorbed before.
    const uint32_t epoch = gate_.Epoch();
    if (RunOne(runner)) continue;
    runner.list.reset();
    runner.last.reset();
    if (!stopping_.load()) gate_.Wait(epoch, nullptr);
  }
}

/// Stands in for the stalled threads beyond the first `index`.
void Hub::SpareLoop(Runner& runner, uint32_t index) {
  while (!stopping_.load()) {
    const uint32_t spare_epoch = spare_gate_.Epoch();
    if (stalled_.load() <= index) {
      runner.list.reset();
      runner.last.reset();
      if (!stopping_.load()) spare_gate_.Wait(spare_epoch, nullptr);
      continue;
    }
    const uint32_t epoch = gate_.Epoch();
    if (RunOne(runner)) continue;
    // Looks often, since it also has to see the end of the stall.
    const auto deadline = Gate::Clock::now() + std::chrono::nanoseconds(kSpareNapNs);
    gate_.Wait(epoch, &deadline);
  }
}

void Hub::WorkerMain(Runner& runner, const std::string& name, void (Hub::*loop)(Runner&, uint32_t),
                     uint32_t index) {
  pthread_setname_np(pthread_self(), name.c_str());
  prctl(PR_SET_TIMERSLACK, 1000ul);
  const auto signal_stack = std::make_unique<std::byte[]>(kSignalStackBytes);
  KeepSignalStack(signal_stack.get(), kSignalStackBytes);
  (this->*loop)(runner, index);
  runner = Runner{};
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  sigaltstack(&none, nullptr);
}

}  // namespace opensupa::emu
