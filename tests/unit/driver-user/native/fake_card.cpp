#include "fake_card.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace opensupa::native {
namespace {

class FakePort : public port::Port {
 public:
  explicit FakePort(FakeCard* card) : card_(card) {}
  int Call(uint32_t op, void* arg, uint32_t size_bytes) override {
    return size_bytes == port::OpStructBytes(op) ? card_->Call(op, arg) : -EINVAL;
  }
  std::string name() const override { return "fake:FAKE1#0"; }

 private:
  FakeCard* card_;
};

uint64_t Load(uint64_t address) {
  return std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(address)).load();
}
void Store(uint64_t address, uint64_t value) {
  std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(address)).store(value);
}
uint8_t* Bytes(uint64_t address) { return reinterpret_cast<uint8_t*>(address); }

}  // namespace

FakeCard::FakeCard() : calls_(SUPA_UAPI_OP_COUNT, 0) {
  info.uapi_version_major = SUPA_UAPI_VERSION_MAJOR;
  info.flags = SUPA_UAPI_DEVICE_FLAG_UNIFIED_HOST_MAPPING | SUPA_UAPI_DEVICE_FLAG_EMULATED;
  std::strcpy(info.model, "FAKE1");
  std::strcpy(info.name, "Fake card");
  std::strcpy(info.code_target, "fake/target");
  info.max_threads_per_block = 1024;
  for (int i = 0; i < 3; ++i) info.max_block_dim[i] = 1024;
  for (int i = 0; i < 3; ++i) info.max_grid_dim[i] = 65535;
  info.shared_bytes_per_block_optin = 65536;
  info.memory_bytes = 1 << 30;
  info.features = SUPA_UAPI_FEATURE_FP64;
}

FakeCard::~FakeCard() {
  for (auto& [handle, fd] : bos_) close(fd);
}

std::unique_ptr<port::Port> FakeCard::Open() { return std::make_unique<FakePort>(this); }

int FakeCard::Call(uint32_t op, void* arg) {
  if (op == SUPA_UAPI_WAIT_FENCE) {
    return WaitFence(*static_cast<supa_uapi_wait_fence*>(arg));
  }
  std::lock_guard lock(mutex_);
  ++calls_[op];
  if (fail_op == static_cast<int>(op)) return -fail_errno;
  switch (op) {
    case SUPA_UAPI_QUERY:
      return Query(*static_cast<supa_uapi_query*>(arg));
    case SUPA_UAPI_BO_CREATE: {
      auto& create = *static_cast<supa_uapi_bo_create*>(arg);
      const int fd = memfd_create("fake", MFD_CLOEXEC);
      if (fd < 0 || ftruncate(fd, static_cast<off_t>(create.size_bytes)) != 0) return -ENOMEM;
      create.handle = next_++;
      bos_[create.handle] = fd;
      return 0;
    }
    case SUPA_UAPI_BO_DESTROY: {
      const uint32_t handle = static_cast<supa_uapi_bo_destroy*>(arg)->handle;
      if (!bos_.contains(handle)) return -ENOENT;
      if (AnyBound(handle)) return -EBUSY;
      close(bos_[handle]);
      bos_.erase(handle);
      return 0;
    }
    case SUPA_UAPI_VM_CREATE:
      static_cast<supa_uapi_vm_create*>(arg)->vm = next_;
      vms_[next_++] = 0;
      return 0;
    case SUPA_UAPI_VM_DESTROY: {
      const uint32_t vm = static_cast<supa_uapi_vm_destroy*>(arg)->vm;
      for (auto& [id, queue] : queues_) {
        if (queue.vm == vm) return -EBUSY;
      }
      std::erase_if(binds_, [&](const auto& bind) { return bind.second.vm == vm; });
      return vms_.erase(vm) == 1 ? 0 : -ENOENT;
    }
    case SUPA_UAPI_VM_BIND:
      return VmBind(*static_cast<supa_uapi_vm_bind*>(arg));
    case SUPA_UAPI_QUEUE_CREATE: {
      auto& create = *static_cast<supa_uapi_queue_create*>(arg);
      create.queue = next_++;
      queues_[create.queue] = {create.vm, create.ring_va, create.control_va, create.ring_packets};
      auto& control = *reinterpret_cast<supa_uapi_queue_control*>(create.control_va);
      std::atomic_ref<uint32_t>(control.device_sleeping).store(awake ? 0 : 1);
      return 0;
    }
    case SUPA_UAPI_QUEUE_DESTROY:
      return queues_.erase(static_cast<supa_uapi_queue_destroy*>(arg)->queue) == 1 ? 0 : -ENOENT;
    case SUPA_UAPI_DOORBELL:
      RunAll();
      return 0;
    case SUPA_UAPI_EVENT_READ:
      return EventRead(*static_cast<supa_uapi_event_read*>(arg));
    default:
      return -EINVAL;
  }
}

int FakeCard::Query(supa_uapi_query& query) {
  supa_uapi_memory_info memory{};
  memory.total_bytes = info.memory_bytes;
  memory.free_bytes = info.memory_bytes / 2;
  const bool device = query.topic == SUPA_UAPI_QUERY_DEVICE;
  const uint32_t size = device ? sizeof(info) : sizeof(memory);
  if (query.size_bytes < size) return -EINVAL;
  std::memcpy(Bytes(query.data), device ? static_cast<void*>(&info) : &memory, size);
  return 0;
}

int FakeCard::VmBind(supa_uapi_vm_bind& bind) {
  void* at = reinterpret_cast<void*>(bind.va);
  switch (bind.op) {
    case SUPA_UAPI_BIND_MAP:
      if (!bos_.contains(bind.handle)) return -ENOENT;
      if (mmap(at, bind.size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
               bos_[bind.handle], static_cast<off_t>(bind.bo_offset_bytes)) == MAP_FAILED) {
        return -ENOMEM;
      }
      binds_[bind.va] = {bind.vm, bind.handle, bind.access, bind.size_bytes, false};
      return 0;
    case SUPA_UAPI_BIND_MAP_USERPTR:
      if (bind.va != bind.bo_offset_bytes) return -EINVAL;
      if (!binds_.emplace(bind.va, Bind{bind.vm, 0, bind.access, bind.size_bytes, true}).second) {
        return -EBUSY;
      }
      return 0;
    case SUPA_UAPI_BIND_UNMAP: {
      auto found = binds_.find(bind.va);
      if (found == binds_.end() || found->second.size_bytes != bind.size_bytes) return -EINVAL;
      if (!found->second.host) {
        mmap(at, bind.size_bytes, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
      }
      binds_.erase(found);
      return 0;
    }
    case SUPA_UAPI_BIND_PROTECT: {
      auto found = binds_.find(bind.va);
      if (found == binds_.end() || found->second.size_bytes != bind.size_bytes) return -EINVAL;
      found->second.access = bind.access;
      return 0;
    }
    default:
      return -EINVAL;
  }
}

int FakeCard::WaitFence(supa_uapi_wait_fence& wait) {
  const auto begin = std::chrono::steady_clock::now();
  {
    std::lock_guard lock(mutex_);
    waited_values_.push_back(wait.value);
  }
  while (true) {
    {
      std::lock_guard lock(mutex_);
      ++calls_[SUPA_UAPI_WAIT_FENCE];
      RunAll();
      if (Load(wait.address) >= wait.value) return 0;
      if (dead_) return -ECANCELED;
    }
    const auto waited = std::chrono::steady_clock::now() - begin;
    if (wait.timeout_ns >= 0 && waited >= std::chrono::nanoseconds(wait.timeout_ns)) return -ETIME;
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

std::vector<uint64_t> FakeCard::WaitedValues() const {
  std::lock_guard lock(mutex_);
  return waited_values_;
}

int FakeCard::EventRead(supa_uapi_event_read& read) {
  if (events_.empty()) return -EAGAIN;
  std::memcpy(Bytes(read.event), &events_.front(), sizeof(supa_uapi_event));
  events_.pop_front();
  return 0;
}

void FakeCard::RunAll() {
  if (dead_ || paused) return;
  for (bool progress = true; progress;) {
    progress = false;
    for (auto& [id, queue] : queues_) progress |= RunOne(queue);
  }
}

bool FakeCard::RunOne(Queue& queue) {
  auto& control = *reinterpret_cast<supa_uapi_queue_control*>(queue.control);
  std::atomic_ref<uint64_t> read(control.read_index), write(control.write_index);
  if (read.load() == write.load()) return false;
  supa_packet packet;
  std::memcpy(&packet, Bytes(queue.ring + read.load() % queue.packets * SUPA_PACKET_BYTES),
              sizeof(packet));
  if (!RunPacket(packet)) return false;
  read.store(read.load() + 1);
  return true;
}

bool FakeCard::RunPacket(const supa_packet& packet) {
  switch (packet.header.type) {
    case SUPA_PACKET_DISPATCH:
      dispatches_.push_back(packet);
      dispatch_args_.emplace_back(Bytes(packet.dispatch.args_va),
                                  Bytes(packet.dispatch.args_va) + 64);
      return true;
    case SUPA_PACKET_COPY:
      std::memmove(Bytes(packet.copy.dst_va), Bytes(packet.copy.src_va), packet.copy.size_bytes);
      return true;
    case SUPA_PACKET_FILL:
      std::memset(Bytes(packet.fill.dst_va), static_cast<int>(packet.fill.value),
                  packet.fill.width_elements * packet.fill.element_bytes);
      return true;
    case SUPA_PACKET_SIGNAL:
      Store(packet.fence.address, packet.fence.value);
      return true;
    case SUPA_PACKET_WAIT:
      return Load(packet.fence.address) >= packet.fence.value;
    default:
      return true;
  }
}

bool FakeCard::AnyBound(uint32_t handle) const {
  for (const auto& [va, bind] : binds_) {
    if (!bind.host && bind.handle == handle) return true;
  }
  return false;
}

void FakeCard::Kill(const supa_uapi_event& event) {
  std::lock_guard lock(mutex_);
  events_.push_back(event);
  dead_ = true;
  for (auto& [id, queue] : queues_) {
    auto& control = *reinterpret_cast<supa_uapi_queue_control*>(queue.control);
    std::atomic_ref<uint32_t>(control.error).store(event.type);
  }
}

void FakeCard::Tell(const supa_uapi_event& event) {
  std::lock_guard lock(mutex_);
  events_.push_back(event);
}

size_t FakeCard::Calls(uint32_t op) const {
  std::lock_guard lock(mutex_);
  return calls_[op];
}

size_t FakeCard::LiveObjects() const {
  std::lock_guard lock(mutex_);
  return bos_.size() + vms_.size() + queues_.size() + binds_.size();
}

std::map<uint64_t, FakeCard::Bind> FakeCard::Binds() const {
  std::lock_guard lock(mutex_);
  return binds_;
}

std::vector<supa_packet> FakeCard::Dispatches() const {
  std::lock_guard lock(mutex_);
  return dispatches_;
}

std::vector<std::vector<uint8_t>> FakeCard::DispatchArgs() const {
  std::lock_guard lock(mutex_);
  return dispatch_args_;
}

}  // namespace opensupa::native
