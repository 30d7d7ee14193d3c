#include "front_end.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/emulator/emulator.h"
#include "safe_access.h"

namespace opensupa::emu {
namespace {

constexpr uint64_t kPage = SUPA_UAPI_PAGE_BYTES;
constexpr uint64_t kMaxAddress = uint64_t{1} << 56;
constexpr uint32_t kAllAccess =
    SUPA_UAPI_BIND_ACCESS_READ | SUPA_UAPI_BIND_ACCESS_WRITE | SUPA_UAPI_BIND_ACCESS_EXECUTE;
constexpr uint32_t kMinRingPackets = 16;
constexpr uint32_t kMaxRingPackets = 65536;
constexpr int32_t kMostUrgent = -5;

// Counts the forks that this process came from: the threads of a parent's cards are not in the
// child.
std::atomic<uint32_t> g_forks{0};

uint32_t ForkGeneration() {
  static const int registered = pthread_atfork(nullptr, nullptr, [] { g_forks.fetch_add(1); });
  (void)registered;
  return g_forks.load();
}

bool PageRange(uint64_t start, uint64_t size_bytes) {
  return start % kPage == 0 && size_bytes % kPage == 0 && size_bytes > 0 && start < kMaxAddress &&
         size_bytes < kMaxAddress && start + size_bytes <= kMaxAddress;
}

/// No extension is known, so a chain must be empty. -EFAULT when it cannot be read.
int CheckExtensions(uint64_t chain) {
  if (chain == 0) return 0;
  supa_uapi_extension extension;
  const bool read = safe::Copy(&extension, reinterpret_cast<const void*>(chain), sizeof(extension));
  return read ? -EINVAL : -EFAULT;
}

template <size_t N, typename T>
bool Zero(const T (&words)[N]) {
  return std::all_of(words, words + N, [](T word) { return word == 0; });
}

}  // namespace

FrontEnd::FrontEnd(std::shared_ptr<Hub> hub, std::shared_ptr<Card> card)
    : fork_generation_(ForkGeneration()), hub_(std::move(hub)), card_(std::move(card)) {}

FrontEnd::~FrontEnd() {
  if (fork_generation_ != g_forks.load()) {
    // The parent's card: its threads and locks are not here, so nothing of it can be ended.
    new std::shared_ptr<Hub>(std::move(hub_));
    new auto(std::move(queues_));
    new auto(std::move(spaces_));
    new auto(std::move(buffers_));
    return;
  }
  for (const auto& [handle, queue] : queues_) CloseQueue(queue);
  for (const auto& [handle, space] : spaces_) space->Clear();
}

int FrontEnd::Call(uint32_t op, void* arg, uint32_t size_bytes) {
  if (fork_generation_ != g_forks.load()) return -ENODEV;
  if (op >= SUPA_UAPI_OP_COUNT || size_bytes != port::OpStructBytes(op)) return -EINVAL;
  if (arg == nullptr) return -EFAULT;
  uint64_t extensions;  // the first field of every struct
  std::memcpy(&extensions, arg, sizeof(extensions));
  if (const int result = CheckExtensions(extensions); result != 0) return result;
  switch (op) {
    case SUPA_UAPI_QUERY:
      return Query(*static_cast<supa_uapi_query*>(arg));
    case SUPA_UAPI_BO_CREATE:
      return BoCreate(*static_cast<supa_uapi_bo_create*>(arg));
    case SUPA_UAPI_BO_DESTROY:
      return BoDestroy(*static_cast<supa_uapi_bo_destroy*>(arg));
    case SUPA_UAPI_BO_MMAP:
      return BoMmap(*static_cast<supa_uapi_bo_mmap*>(arg));
    case SUPA_UAPI_VM_CREATE:
      return VmCreate(*static_cast<supa_uapi_vm_create*>(arg));
    case SUPA_UAPI_VM_DESTROY:
      return VmDestroy(*static_cast<supa_uapi_vm_destroy*>(arg));
    case SUPA_UAPI_VM_BIND:
      return VmBind(*static_cast<supa_uapi_vm_bind*>(arg));
    case SUPA_UAPI_QUEUE_CREATE:
      return QueueCreate(*static_cast<supa_uapi_queue_create*>(arg));
    case SUPA_UAPI_QUEUE_DESTROY:
      return QueueDestroy(*static_cast<supa_uapi_queue_destroy*>(arg));
    case SUPA_UAPI_DOORBELL:
      return Doorbell(*static_cast<supa_uapi_doorbell*>(arg));
    case SUPA_UAPI_WAIT_FENCE:
      return WaitFence(*static_cast<supa_uapi_wait_fence*>(arg));
    case SUPA_UAPI_EVENT_READ:
      return EventRead(*static_cast<supa_uapi_event_read*>(arg));
    default:
      return Reset(*static_cast<supa_uapi_reset*>(arg));
  }
}

int FrontEnd::Query(supa_uapi_query& call) {
  if (!Zero(call.reserved)) return -EINVAL;
  supa_uapi_device_info device;
  supa_uapi_memory_info memory{};
  const void* answer = nullptr;
  uint32_t answer_bytes = 0;
  if (call.topic == SUPA_UAPI_QUERY_DEVICE) {
    device = DescribeCard(card_->model(), card_->index(), hub_->code_target());
    answer = &device;
    answer_bytes = sizeof(device);
  } else if (call.topic == SUPA_UAPI_QUERY_MEMORY) {
    memory.total_bytes = card_->quota()->total_bytes();
    memory.free_bytes = card_->quota()->free_bytes();
    answer = &memory;
    answer_bytes = sizeof(memory);
  } else {
    return -EINVAL;
  }
  const uint32_t room_bytes = std::exchange(call.size_bytes, answer_bytes);
  if (room_bytes == 0) return 0;
  if (room_bytes < answer_bytes) return -EINVAL;
  return safe::Copy(reinterpret_cast<void*>(call.data), answer, answer_bytes) ? 0 : -EFAULT;
}

int FrontEnd::BoCreate(supa_uapi_bo_create& call) {
  const bool device = call.placement == SUPA_UAPI_BO_PLACEMENT_DEVICE;
  const bool host = call.placement == SUPA_UAPI_BO_PLACEMENT_HOST;
  if (!Zero(call.reserved) || (!device && !host) ||
      (call.flags & ~SUPA_UAPI_BO_FLAG_SHAREABLE) != 0 || !PageRange(0, call.size_bytes)) {
    return -EINVAL;
  }
  int error = 0;
  auto bo = BufferObject::Create(device ? card_->quota() : nullptr, call.size_bytes,
                                 (call.flags & SUPA_UAPI_BO_FLAG_SHAREABLE) != 0, &error);
  if (bo == nullptr) return error;
  std::unique_lock lock(mutex_);
  call.handle = next_buffer_++;
  buffers_.emplace(call.handle, std::move(bo));
  return 0;
}

int FrontEnd::BoDestroy(const supa_uapi_bo_destroy& call) {
  if (call.reserved != 0) return -EINVAL;
  std::shared_ptr<BufferObject> bo;  // freed after the unlock
  std::unique_lock lock(mutex_);
  const auto it = buffers_.find(call.handle);
  if (it == buffers_.end()) return -ENOENT;
  if (it->second->bound()) return -EBUSY;
  bo = std::move(it->second);
  buffers_.erase(it);
  lock.unlock();
  return 0;
}

int FrontEnd::BoMmap(supa_uapi_bo_mmap& call) {
  if (call.reserved != 0) return -EINVAL;
  const auto bo = Find(buffers_, call.handle);
  if (bo == nullptr) return -ENOENT;
  call.fd = -1;
  call.offset_bytes = 0;
  call.host_address = bo->bound_address();
  return 0;
}

int FrontEnd::VmCreate(supa_uapi_vm_create& call) {
  if (call.reserved != 0 || call.flags != 0 || call.va_base == 0 ||
      !PageRange(call.va_base, call.va_size_bytes)) {
    return -EINVAL;
  }
  if (!fault::Check("emulator.vm_create").ok()) return -ENOMEM;
  auto space = std::make_shared<AddressSpace>(card_->NewSpaceId(), call.va_base, call.va_size_bytes,
                                              card_->quota());
  card_->AddSpace(space);
  std::unique_lock lock(mutex_);
  call.vm = space->id();
  spaces_.emplace(call.vm, std::move(space));
  return 0;
}

int FrontEnd::VmDestroy(const supa_uapi_vm_destroy& call) {
  if (call.reserved != 0) return -EINVAL;
  std::shared_ptr<AddressSpace> space;
  {
    std::unique_lock lock(mutex_);
    const auto it = spaces_.find(call.vm);
    if (it == spaces_.end()) return -ENOENT;
    if (it->second->queues().load() > 0) return -EBUSY;
    space = std::move(it->second);
    spaces_.erase(it);
  }
  space->Clear();
  return 0;
}

int FrontEnd::VmBind(const supa_uapi_vm_bind& call) {
  if (call.reserved != 0 || (call.access & ~kAllAccess) != 0 ||
      !PageRange(call.va, call.size_bytes) || call.va == 0) {
    return -EINVAL;
  }
  const auto space = Find(spaces_, call.vm);
  if (space == nullptr) return -ENOENT;
  switch (call.op) {
    case SUPA_UAPI_BIND_MAP: {
      if (call.bo_offset_bytes % kPage != 0) return -EINVAL;
      auto bo = Find(buffers_, call.handle);
      if (bo == nullptr) return -ENOENT;
      return space->Map(std::move(bo), call.bo_offset_bytes, call.va, call.size_bytes, call.access);
    }
    case SUPA_UAPI_BIND_UNMAP:
      if (call.handle != 0 || call.access != 0 || call.bo_offset_bytes != 0) return -EINVAL;
      return space->Unmap(call.va, call.size_bytes);
    case SUPA_UAPI_BIND_MAP_USERPTR:
      if (call.handle != 0 || call.bo_offset_bytes != call.va) return -EINVAL;
      return space->MapUser(call.va, call.size_bytes, call.access);
    case SUPA_UAPI_BIND_PROTECT:
      if (call.handle != 0 || call.bo_offset_bytes != 0) return -EINVAL;
      return space->Protect(call.va, call.size_bytes, call.access);
    default:
      return -EINVAL;
  }
}

int FrontEnd::QueueCreate(supa_uapi_queue_create& call) {
  if (!Zero(call.reserved) || call.queue_class > SUPA_UAPI_QUEUE_COPY || call.priority > 0 ||
      call.priority < kMostUrgent || !std::has_single_bit(call.ring_packets) ||
      call.ring_packets < kMinRingPackets || call.ring_packets > kMaxRingPackets ||
      call.ring_va % kPage != 0 || call.control_va % kPage != 0) {
    return -EINVAL;
  }
  const auto space = Find(spaces_, call.vm);
  if (space == nullptr) return -ENOENT;
  if (space->dead()) return -ECANCELED;
  if (!fault::Check("emulator.queue_create").ok()) return -ENOMEM;
  if (!card_->TakeQueueSlot()) return -ENOSPC;
  const uint64_t ring_bytes = uint64_t{call.ring_packets} * SUPA_PACKET_BYTES;
  const bool ring = space->Pin(call.ring_va, ring_bytes);
  if (!ring || !space->Pin(call.control_va, kPage)) {
    if (ring) space->Unpin(call.ring_va);
    card_->GiveQueueSlot();
    return -EINVAL;
  }
  const Queue::Desc desc{.id = card_->NewQueueId(),
                         .queue_class = call.queue_class,
                         .priority = call.priority,
                         .ring_packets = call.ring_packets,
                         .ring_va = call.ring_va,
                         .control_va = call.control_va};
  auto queue = std::make_shared<Queue>(desc, card_, space);
  queue->Start();
  space->queues().fetch_add(1);
  if (const Status status = hub_->AddQueue(queue); !status.ok()) {
    space->queues().fetch_sub(1);
    space->Unpin(call.ring_va);
    space->Unpin(call.control_va);
    card_->GiveQueueSlot();
    return -ENOMEM;
  }
  std::unique_lock lock(mutex_);
  call.queue = desc.id;
  queues_.emplace(desc.id, std::move(queue));
  return 0;
}

void FrontEnd::CloseQueue(const std::shared_ptr<Queue>& queue) {
  hub_->RemoveQueue(queue);
  AddressSpace& space = queue->space();
  space.Unpin(queue->desc().ring_va);
  space.Unpin(queue->desc().control_va);
  space.queues().fetch_sub(1);
  card_->GiveQueueSlot();
}

int FrontEnd::QueueDestroy(const supa_uapi_queue_destroy& call) {
  if (call.reserved != 0) return -EINVAL;
  std::shared_ptr<Queue> queue;
  {
    std::unique_lock lock(mutex_);
    const auto it = queues_.find(call.queue);
    if (it == queues_.end()) return -ENOENT;
    queue = std::move(it->second);
    queues_.erase(it);
  }
  CloseQueue(queue);
  return 0;
}

int FrontEnd::Doorbell(const supa_uapi_doorbell& call) {
  if (call.reserved != 0) return -EINVAL;
  if (call.queue == 0) {
    hub_->HostSignalled();
    return 0;
  }
  const auto queue = Find(queues_, call.queue);
  if (queue == nullptr) return -ENOENT;
  hub_->Ring(*queue);
  return 0;
}

int FrontEnd::WaitFence(const supa_uapi_wait_fence& call) {
  if (call.reserved != 0) return -EINVAL;
  std::shared_ptr<AddressSpace> space;
  if (call.vm != 0) {
    space = Find(spaces_, call.vm);
    if (space == nullptr) return -ENOENT;
  }
  return hub_->WaitFence(space.get(), call.address, call.value, call.timeout_ns);
}

int FrontEnd::EventRead(const supa_uapi_event_read& call) {
  if (call.reserved != 0 || call.reserved2 != 0) return -EINVAL;
  const auto space = Find(spaces_, call.vm);
  if (space == nullptr) return -ENOENT;
  // Try the memory before an event is taken for it.
  supa_uapi_event event{};
  void* to = reinterpret_cast<void*>(call.event);
  if (!safe::Copy(to, &event, sizeof(event))) return -EFAULT;
  if (!space->events().Take(&event)) return -EAGAIN;
  return safe::Copy(to, &event, sizeof(event)) ? 0 : -EFAULT;
}

int FrontEnd::Reset(const supa_uapi_reset& call) {
  if (call.reserved != 0) return -EINVAL;
  if (call.scope == SUPA_UAPI_RESET_QUEUE) {
    const auto queue = Find(queues_, call.queue);
    if (queue == nullptr) return -ENOENT;
    hub_->ResetQueue(*queue);
    return queue->space().dead() ? -ECANCELED : 0;
  }
  if (call.scope != SUPA_UAPI_RESET_DEVICE || call.queue != 0) return -EINVAL;
  supa_uapi_event event{};
  event.type = SUPA_UAPI_EVENT_DEVICE_LOST;
  const std::string text = absl::StrCat("The card ", card_->name(), " was reset.");
  for (const auto& space : card_->Spaces()) hub_->Kill(*space, event, text);
  return 0;
}

StatusOr<std::unique_ptr<port::Port>> OpenCard(const std::string& model, uint32_t index) {
  const Model* data = FindModel(model);
  if (data == nullptr) {
    return absl::NotFoundError(absl::StrCat("There is no card model '", model, "'; known are ",
                                            absl::StrJoin(CardModels(), ", "), "."));
  }
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Hub> hub, Hub::Acquire());
  return std::make_unique<FrontEnd>(std::move(hub), Card::Get(*data, index));
}

std::vector<std::string> CardModels() {
  std::vector<std::string> names;
  for (const Model& model : AllModels()) names.emplace_back(model.name);
  return names;
}

}  // namespace opensupa::emu
