#include "hub.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/reference_engine.h"
#include "fault_handler.h"
#include "model.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/base/options.h"

namespace opensupa::emu {
namespace {

constexpr int64_t kMaxWorkers = 256;
constexpr uint32_t kMaxSpares = 64;
// How often a kernel that is in the way is told to stop.
constexpr std::chrono::milliseconds kStopEvery{2};
constexpr int64_t kMinStackBytes = 16 << 10;
constexpr int64_t kMaxStackBytes = 64 << 20;

StatusOr<int64_t> IntegerOption(const options::Option& option, int64_t least, int64_t most) {
  SUPA_ASSIGN_OR_RETURN(const int64_t value, options::GetInteger(option));
  if (value < least || value > most) {
    return absl::InvalidArgumentError(absl::StrCat(
        "Option ", option.name, " is ", value, ", but must be from ", least, " to ", most, "."));
  }
  return value;
}

}  // namespace

uint64_t NowNs() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

StatusOr<std::shared_ptr<Hub>> Hub::Acquire() {
  struct Holder {
    std::mutex mutex;
    std::weak_ptr<Hub> hub;
  };
  static auto* holder = new Holder;
  std::lock_guard lock(holder->mutex);
  if (auto hub = holder->hub.lock()) return hub;
  OPENSUPA_FAULT_POINT("emulator.start");
  SUPA_ASSIGN_OR_RETURN(int64_t workers, IntegerOption(options::kEmulatorWorkers, 0, kMaxWorkers));
  // A kernel may wait for what another queue does, so one worker is not enough by itself.
  if (workers == 0)
    workers = std::clamp<int64_t>(std::thread::hardware_concurrency(), 2, kMaxWorkers);
  SUPA_ASSIGN_OR_RETURN(const int64_t stack_bytes, IntegerOption(options::kEmulatorStackBytes,
                                                                 kMinStackBytes, kMaxStackBytes));
  SUPA_ASSIGN_OR_RETURN(const int64_t seed, IntegerOption(options::kEmulatorSeed, 0, INT64_MAX));
  const std::string engine = options::Get(options::kEngine);
  if (engine != "reference" && engine != "fast") {
    return absl::InvalidArgumentError(
        absl::StrCat("Option ", options::kEngine.name, " is '", engine,
                     "', but the engines are 'fast' and 'reference'."));
  }
  SUPA_ASSIGN_OR_RETURN(const GridMemory grid_memory, GridMemory::Create());
  std::shared_ptr<Hub> hub(new Hub(static_cast<uint32_t>(workers), grid_memory));
  hub->engine_ = MakeReferenceEngine(static_cast<size_t>(stack_bytes), static_cast<uint64_t>(seed));
  hub->code_target_ = absl::StrCat(HostLevel(), "/", engine);
  holder->hub = hub;
  return hub;
}

Hub::Hub(uint32_t worker_count, GridMemory grid_memory)
    : worker_count_(worker_count), grid_memory_(grid_memory) {
  InstallFaultHandler();
}

Hub::~Hub() {
  stopping_.store(true);
  gate_.NotifyAll();
  spare_gate_.NotifyAll();
  for (const auto& worker : workers_) worker->thread.join();
  for (const auto& spare : spares_) spare->thread.join();
  UninstallFaultHandler();
}

Status Hub::Start() {
  while (workers_.size() < worker_count_) {
    OPENSUPA_FAULT_POINT("emulator.start_worker");
    auto slot = std::make_unique<WorkerSlot>();
    Runner& runner = slot->runner;
    const auto index = static_cast<uint32_t>(workers_.size());
    try {
      slot->thread = std::thread([this, &runner, index] {
        WorkerMain(runner, absl::StrCat("supa-emu-", index), &Hub::WorkerLoop, index);
      });
    } catch (const std::system_error& error) {
      if (!workers_.empty()) return absl::OkStatus();  // fewer will do
      return absl::ResourceExhaustedError(absl::StrCat(
          "The host cannot start a worker thread of the emulated card: ", error.what()));
    }
    workers_.push_back(std::move(slot));
  }
  return absl::OkStatus();
}

Status Hub::AddQueue(std::shared_ptr<Queue> queue) {
  std::lock_guard lock(mutex_);
  SUPA_RETURN_IF_ERROR(Start());
  auto list = std::make_shared<QueueList>(*list_);
  const auto place = std::upper_bound(
      list->begin(), list->end(), queue,
      [](const auto& a, const auto& b) { return a->desc().priority < b->desc().priority; });
  list->insert(place, std::move(queue));
  list_ = std::move(list);
  list_version_.fetch_add(1);
  return absl::OkStatus();
}

void Hub::NoteStall(bool stalled) {
  if (!stalled) {
    stalled_.fetch_sub(1);
    return;
  }
  const uint32_t needed = std::min(stalled_.fetch_add(1) + 1, kMaxSpares);
  std::lock_guard lock(mutex_);
  while (spares_.size() < needed && !stopping_.load()) {
    auto slot = std::make_unique<WorkerSlot>();
    Runner& runner = slot->runner;
    runner.is_spare = true;
    const auto index = static_cast<uint32_t>(spares_.size());
    try {
      slot->thread = std::thread([this, &runner, index] {
        WorkerMain(runner, absl::StrCat("supa-spare-", index), &Hub::SpareLoop, index);
      });
    } catch (const std::system_error&) {
      break;  // the other queues wait until the stall is over
    }
    spares_.push_back(std::move(slot));
  }
  spare_gate_.NotifyAll();
}

/// Gets the claim of a closing queue; its running packet ends first, or is cancelled.
void Hub::WaitUntilUnused(Queue& queue) {
  bool claimed = false;
  while (true) {
    const uint32_t epoch = close_gate_.Epoch();
    claimed = claimed || queue.TryClaim();
    if (claimed && queue.attendants.load() == 0) return;
    if (!claimed) engine_->StopCancelled();
    const auto deadline = Gate::Clock::now() + kStopEvery;
    close_gate_.Wait(epoch, &deadline);
  }
}

void Hub::RemoveQueue(const std::shared_ptr<Queue>& queue) {
  std::lock_guard admin(queue->admin_mutex);
  queue->closing.store(true);
  WaitUntilUnused(*queue);
  Unblock(*queue);
  std::lock_guard lock(mutex_);
  auto list = std::make_shared<QueueList>(*list_);
  std::erase(*list, queue);
  list_ = std::move(list);
  list_version_.fetch_add(1);
}

void Hub::ResetQueue(Queue& queue) {
  std::lock_guard admin(queue.admin_mutex);
  queue.closing.store(true);
  WaitUntilUnused(queue);
  Unblock(queue);
  queue.DropPending();
  queue.closing.store(false);
  queue.AnswerRing();  // nobody did while the queue was closing
  LetGo(queue);
}

void Hub::Ring(Queue& queue) {
  queue.attendants.fetch_add(1);
  if (!queue.closing.load()) queue.NoteRing();
  DropAttendant(queue);
  Wake();
}

/// From here on the driver rings again, so the caller must look at the queue afterwards.
void Hub::AnswerRing(Queue& queue) {
  if (!queue.rung()) return;
  queue.attendants.fetch_add(1);
  if (!queue.closing.load()) queue.AnswerRing();
  DropAttendant(queue);
}

void Hub::Wake() {
  if (spinning_.load() > 0) return;
  // The napping worker looks again in a moment. Until then a host thread that launches and waits
  // does all by itself.
  if (napping_.load() && helped_last_.load()) return;
  gate_.NotifyOne();
}

void Hub::HostSignalled() {
  for (Gate& gate : wait_gates_) gate.NotifyAll();
  if (blocked_.load() > 0) Wake();
}

void Hub::Signalled(uint64_t address) {
  WaitGate(address).NotifyAll();
  if (blocked_.load() == 0) return;
  std::shared_ptr<const QueueList> list;
  {
    std::lock_guard lock(mutex_);
    list = list_;
  }
  for (const auto& queue : *list) {
    if (queue->blocked() && queue->Ready()) gate_.NotifyOne();
  }
}

void Hub::Fail(Queue& queue, supa_uapi_event event, std::string_view text) {
  event.queue = queue.desc().id;
  Kill(queue.space(), event, text);
}

void Hub::Kill(AddressSpace& space, const supa_uapi_event& event, std::string_view text) {
  if (!space.Kill(event, text)) return;
  {
    // Under the lock, since a queue that has left the list has no control page any more.
    std::lock_guard lock(mutex_);
    for (const auto& queue : *list_) {
      if (&queue->space() == &space) queue->SetError(event.type);
    }
  }
  for (Gate& gate : wait_gates_) gate.NotifyAll();
}

void Hub::Block(Queue& queue, const supa_packet_fence& wait) {
  if (queue.Block(wait)) blocked_.fetch_add(1);
}

void Hub::Unblock(Queue& queue) {
  if (queue.Unblock()) blocked_.fetch_sub(1);
}

}  // namespace opensupa::emu
