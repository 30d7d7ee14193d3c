#include "card_fixture.h"

#include <sys/mman.h>

#include <thread>

namespace opensupa::emu {

TestSpace::TestSpace(const std::string& model, uint32_t index) {
  StatusOr<std::unique_ptr<port::Port>> port = OpenCard(model, index);
  EXPECT_TRUE(port.ok()) << port.status();
  if (!port.ok()) return;
  port_ = std::move(*port);
  void* range =
      mmap(nullptr, kRangeBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  EXPECT_NE(range, MAP_FAILED);
  base_ = reinterpret_cast<uint64_t>(range);
  next_ = base_;
  supa_uapi_vm_create create{};
  create.va_base = base_;
  create.va_size_bytes = kRangeBytes;
  EXPECT_EQ(Call(SUPA_UAPI_VM_CREATE, create), 0);
  vm_ = create.vm;
}

TestSpace::~TestSpace() {
  port_.reset();
  munmap(reinterpret_cast<void*>(base_), kRangeBytes);
}

uint64_t TestSpace::TakeVa(uint64_t size_bytes) {
  // A page stays free behind each piece, so that running over it is a fault.
  return next_.fetch_add((size_bytes + 4095) / 4096 * 4096 + 4096);
}

uint32_t TestSpace::CreateBo(uint64_t size_bytes, uint32_t flags, uint32_t placement) {
  supa_uapi_bo_create create{};
  create.size_bytes = size_bytes;
  create.flags = flags;
  create.placement = placement;
  EXPECT_EQ(Call(SUPA_UAPI_BO_CREATE, create), 0);
  return create.handle;
}

int TestSpace::DestroyBo(uint32_t handle) {
  supa_uapi_bo_destroy destroy{};
  destroy.handle = handle;
  return Call(SUPA_UAPI_BO_DESTROY, destroy);
}

int TestSpace::Bind(uint32_t bo, uint64_t offset_bytes, uint64_t va, uint64_t size_bytes,
                    uint32_t access) {
  supa_uapi_vm_bind bind{};
  bind.vm = vm_;
  bind.op = SUPA_UAPI_BIND_MAP;
  bind.handle = bo;
  bind.access = access;
  bind.bo_offset_bytes = offset_bytes;
  bind.va = va;
  bind.size_bytes = size_bytes;
  return Call(SUPA_UAPI_VM_BIND, bind);
}

int TestSpace::Unbind(uint64_t va, uint64_t size_bytes) {
  supa_uapi_vm_bind bind{};
  bind.vm = vm_;
  bind.op = SUPA_UAPI_BIND_UNMAP;
  bind.va = va;
  bind.size_bytes = size_bytes;
  return Call(SUPA_UAPI_VM_BIND, bind);
}

int TestSpace::Protect(uint64_t va, uint64_t size_bytes, uint32_t access) {
  supa_uapi_vm_bind bind{};
  bind.vm = vm_;
  bind.op = SUPA_UAPI_BIND_PROTECT;
  bind.access = access;
  bind.va = va;
  bind.size_bytes = size_bytes;
  return Call(SUPA_UAPI_VM_BIND, bind);
}

int TestSpace::BindUser(const void* address, uint64_t size_bytes, uint32_t access) {
  supa_uapi_vm_bind bind{};
  bind.vm = vm_;
  bind.op = SUPA_UAPI_BIND_MAP_USERPTR;
  bind.access = access;
  bind.bo_offset_bytes = bind.va = reinterpret_cast<uint64_t>(address);
  bind.size_bytes = size_bytes;
  return Call(SUPA_UAPI_VM_BIND, bind);
}

uint64_t TestSpace::MakeKernel(void (*entry)(abi::ThreadContext*), bool loop, uint32_t args_bytes,
                               uint32_t static_shared_bytes) {
  const uint64_t code_page = reinterpret_cast<uint64_t>(entry) / 4096 * 4096;
  EXPECT_EQ(BindUser(reinterpret_cast<const void*>(code_page), 4096,
                     SUPA_UAPI_BIND_ACCESS_READ | SUPA_UAPI_BIND_ACCESS_EXECUTE),
            0);
  auto* descriptor = Allocate<abi::KernelDescriptor>(1);
  descriptor->abi_version = abi::kDeviceAbiVersion;
  descriptor->flags = loop ? static_cast<uint32_t>(abi::kKernelPlainLoop) : 0u;
  descriptor->entry_offset_bytes =
      reinterpret_cast<int64_t>(entry) - static_cast<int64_t>(Va(descriptor));
  descriptor->static_shared_bytes = static_shared_bytes;
  descriptor->args_size_bytes = args_bytes;
  return Va(descriptor);
}

int64_t TestSpace::Wait(const uint64_t* fence, uint64_t value, int64_t timeout_ns) {
  supa_uapi_wait_fence wait{};
  wait.address = Va(fence);
  wait.value = value;
  wait.timeout_ns = timeout_ns;
  wait.vm = vm_;
  return Call(SUPA_UAPI_WAIT_FENCE, wait);
}

supa_uapi_event TestSpace::NextFault() {
  while (true) {
    supa_uapi_event event{};
    supa_uapi_event_read read{};
    read.vm = vm_;
    read.event = Va(&event);
    if (Call(SUPA_UAPI_EVENT_READ, read) != 0) return supa_uapi_event{};
    if (event.type != SUPA_UAPI_EVENT_PRINTF) return event;
    printed.append(event.text, event.text_bytes);
  }
}

TestQueue::TestQueue(TestSpace& space, int32_t priority, uint32_t queue_class,
                     uint32_t ring_packets)
    : space_(space), ring_packets_(ring_packets) {
  ring_ = space.Allocate<supa_packet>(ring_packets);
  control_ = space.Allocate<supa_uapi_queue_control>(1);
  fence_ = space.Allocate<uint64_t>(1);
  supa_uapi_queue_create create{};
  create.vm = space.vm();
  create.queue_class = queue_class;
  create.priority = priority;
  create.ring_packets = ring_packets;
  create.ring_va = Va(ring_);
  create.control_va = Va(control_);
  EXPECT_EQ(space.Call(SUPA_UAPI_QUEUE_CREATE, create), 0);
  id_ = create.queue;
}

TestQueue::~TestQueue() { Destroy(); }

int TestQueue::Destroy() {
  if (id_ == 0) return 0;
  supa_uapi_queue_destroy destroy{};
  destroy.queue = std::exchange(id_, 0);
  return space_.Call(SUPA_UAPI_QUEUE_DESTROY, destroy);
}

void TestQueue::Write(const supa_packet& packet) {
  while (written_ - __atomic_load_n(&control_->read_index, __ATOMIC_ACQUIRE) >= ring_packets_) {
    if (__atomic_load_n(&control_->error, __ATOMIC_RELAXED) != 0) return;
    std::this_thread::yield();
  }
  ring_[written_ % ring_packets_] = packet;
  __atomic_store_n(&control_->write_index, ++written_, __ATOMIC_SEQ_CST);
}

void TestQueue::Ring() {
  if (__atomic_load_n(&control_->device_sleeping, __ATOMIC_SEQ_CST) == 0) return;
  supa_uapi_doorbell bell{};
  bell.queue = id_;
  EXPECT_EQ(space_.Call(SUPA_UAPI_DOORBELL, bell), 0);
}

void TestQueue::Copy(uint64_t dst, uint64_t src, uint64_t size_bytes) {
  supa_packet packet = Packet(SUPA_PACKET_COPY);
  packet.copy.dst_va = dst;
  packet.copy.src_va = src;
  packet.copy.size_bytes = size_bytes;
  Write(packet);
}

void TestQueue::Fill(uint64_t dst, uint64_t value, uint32_t element_bytes, uint64_t width,
                     uint64_t height, uint64_t pitch_bytes) {
  supa_packet packet = Packet(SUPA_PACKET_FILL);
  packet.fill.element_bytes = element_bytes;
  packet.fill.dst_va = dst;
  packet.fill.value = value;
  packet.fill.width_elements = width;
  packet.fill.height = height;
  packet.fill.pitch_bytes = pitch_bytes;
  Write(packet);
}

void TestQueue::Dispatch(uint64_t kernel, const void* args, abi::Dim3 grid, abi::Dim3 block,
                         uint32_t dynamic_shared_bytes, uint64_t cookie, bool cooperative,
                         abi::Dim3 cluster) {
  supa_packet packet = Packet(SUPA_PACKET_DISPATCH);
  packet.header.flags = cooperative ? SUPA_DISPATCH_COOPERATIVE : 0;
  packet.dispatch.heap_units = (8u << 20) / SUPA_HEAP_UNIT_BYTES;
  packet.dispatch.cluster[0] = static_cast<uint16_t>(cluster.x);
  packet.dispatch.cluster[1] = static_cast<uint16_t>(cluster.y);
  packet.dispatch.cluster[2] = static_cast<uint16_t>(cluster.z);
  packet.dispatch.dynamic_shared_bytes = dynamic_shared_bytes;
  packet.dispatch.descriptor_va = kernel;
  packet.dispatch.args_va = reinterpret_cast<uint64_t>(args);
  packet.dispatch.grid[0] = grid.x;
  packet.dispatch.grid[1] = grid.y;
  packet.dispatch.grid[2] = grid.z;
  packet.dispatch.block[0] = static_cast<uint16_t>(block.x);
  packet.dispatch.block[1] = static_cast<uint16_t>(block.y);
  packet.dispatch.block[2] = static_cast<uint16_t>(block.z);
  packet.dispatch.cookie = cookie;
  Write(packet);
}

void TestQueue::Signal(const uint64_t* fence, uint64_t value) {
  supa_packet packet = Packet(SUPA_PACKET_SIGNAL);
  packet.fence.address = Va(fence);
  packet.fence.value = value;
  Write(packet);
}

void TestQueue::WaitFor(const uint64_t* fence, uint64_t value, uint8_t flags) {
  supa_packet packet = Packet(SUPA_PACKET_WAIT);
  packet.header.flags = flags;
  packet.fence.address = Va(fence);
  packet.fence.value = value;
  Write(packet);
}

void TestQueue::Timestamp(const uint64_t* where) {
  supa_packet packet = Packet(SUPA_PACKET_TIMESTAMP);
  packet.fence.address = Va(where);
  Write(packet);
}

uint64_t TestQueue::Submit() {
  Signal(fence_, ++submitted_);
  Ring();
  return submitted_;
}

int64_t TestQueue::Finish() { return space_.Wait(fence_, Submit(), -1); }

}  // namespace opensupa::emu
