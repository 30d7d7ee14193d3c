#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "opensupa/binary/device_abi.h"
#include "opensupa/emulator/emulator.h"
#include "opensupa/port/packets.h"
#include "opensupa/port/port.h"

/// A small user-mode driver for tests: everything goes through the port.
namespace opensupa::emu {

namespace abi = binary::abi;

template <typename T>
uint64_t Va(T* pointer) {
  return reinterpret_cast<uint64_t>(pointer);
}

constexpr uint32_t kReadWrite = SUPA_UAPI_BIND_ACCESS_READ | SUPA_UAPI_BIND_ACCESS_WRITE;

/// One address space of one client, with memory taken from it piece by piece.
class TestSpace {
 public:
  static constexpr uint64_t kRangeBytes = uint64_t{1} << 34;

  explicit TestSpace(const std::string& model = "BR106M", uint32_t index = 0);
  ~TestSpace();
  TestSpace(const TestSpace&) = delete;
  TestSpace& operator=(const TestSpace&) = delete;

  port::Port& port() { return *port_; }
  uint32_t vm() const { return vm_; }
  uint64_t base() const { return base_; }

  template <typename T>
  int Call(supa_uapi_op op, T& arg) {
    return port_->Call(op, &arg, sizeof(arg));
  }

  /// An address in the range that nothing uses.
  uint64_t TakeVa(uint64_t size_bytes);
  uint32_t CreateBo(uint64_t size_bytes, uint32_t flags = 0,
                    uint32_t placement = SUPA_UAPI_BO_PLACEMENT_DEVICE);
  int DestroyBo(uint32_t handle);
  int Bind(uint32_t bo, uint64_t offset_bytes, uint64_t va, uint64_t size_bytes,
           uint32_t access = kReadWrite);
  int Unbind(uint64_t va, uint64_t size_bytes);
  int Protect(uint64_t va, uint64_t size_bytes, uint32_t access);
  int BindUser(const void* address, uint64_t size_bytes, uint32_t access);

  /// New bound memory, zero.
  template <typename T>
  T* Allocate(uint64_t count) {
    const uint64_t bytes = (count * sizeof(T) + 4095) / 4096 * 4096;
    const uint64_t va = TakeVa(bytes);
    EXPECT_EQ(Bind(CreateBo(bytes), 0, va, bytes), 0);
    return reinterpret_cast<T*>(va);
  }

  /// Makes `entry`, a function of this test program, a kernel. `loop`: it runs a whole block.
  uint64_t MakeKernel(void (*entry)(abi::ThreadContext*), bool loop, uint32_t args_bytes = 0,
                      uint32_t static_shared_bytes = 0);

  int64_t Wait(const uint64_t* fence, uint64_t value, int64_t timeout_ns = 20'000'000'000);
  /// The next event that is no printed text; type 0 when there is none. Text goes to `printed`.
  supa_uapi_event NextFault();
  std::string printed;

 private:
  std::unique_ptr<port::Port> port_;
  uint64_t base_ = 0;
  std::atomic<uint64_t> next_{0};
  uint32_t vm_ = 0;
};

/// One queue with a fence of its own.
class TestQueue {
 public:
  explicit TestQueue(TestSpace& space, int32_t priority = 0,
                     uint32_t queue_class = SUPA_UAPI_QUEUE_COMPUTE, uint32_t ring_packets = 256);
  ~TestQueue();
  TestQueue(const TestQueue&) = delete;
  TestQueue& operator=(const TestQueue&) = delete;

  uint32_t id() const { return id_; }
  uint64_t* fence() { return fence_; }
  supa_uapi_queue_control& control() { return *control_; }
  int Destroy();

  /// Adds a packet; waits for room in the ring. Rings the bell only in Ring.
  void Write(const supa_packet& packet);
  void Ring();

  void Copy(uint64_t dst, uint64_t src, uint64_t size_bytes);
  void Fill(uint64_t dst, uint64_t value, uint32_t element_bytes, uint64_t width,
            uint64_t height = 1, uint64_t pitch_bytes = 0);
  void Dispatch(uint64_t kernel, const void* args, abi::Dim3 grid, abi::Dim3 block,
                uint32_t dynamic_shared_bytes = 0, uint64_t cookie = 0, bool cooperative = false,
                abi::Dim3 cluster = {0, 0, 0});
  void Signal(const uint64_t* fence, uint64_t value);
  void WaitFor(const uint64_t* fence, uint64_t value, uint8_t flags = 0);
  void Timestamp(const uint64_t* where);
  /// Signals the queue's own fence with the next value, and rings.
  uint64_t Submit();
  /// Submit, then waits for ever; 0 or a negative errno.
  int64_t Finish();

 private:
  TestSpace& space_;
  uint32_t id_ = 0;
  uint32_t ring_packets_;
  supa_packet* ring_ = nullptr;
  supa_uapi_queue_control* control_ = nullptr;
  uint64_t* fence_ = nullptr;
  uint64_t written_ = 0;
  uint64_t submitted_ = 0;
};

/// Makes a packet of `type` with everything else zero.
inline supa_packet Packet(uint8_t type) {
  supa_packet packet{};
  packet.header.type = type;
  return packet;
}

/// Runs `body` for each thread of a block, as generated plain loops do.
template <typename Body>
void ForEachThread(abi::ThreadContext* context, Body body) {
  const abi::Dim3 dim = context->block->block_dim;
  for (uint32_t z = 0; z < dim.z; ++z) {
    for (uint32_t y = 0; y < dim.y; ++y) {
      for (uint32_t x = 0; x < dim.x; ++x) {
        context->thread_idx = {x, y, z};
        context->linear_tid = x + y * dim.x + z * dim.x * dim.y;
        body();
      }
    }
  }
}

template <typename Args>
const Args& ArgsOf(const abi::ThreadContext* context) {
  return *reinterpret_cast<const Args*>(context->block->args);
}

/// Linear index of the thread in a one-dimensional grid.
inline uint64_t GlobalIndex(const abi::ThreadContext* context) {
  return uint64_t{context->block->block_idx.x} * context->block->block_dim.x + context->linear_tid;
}

}  // namespace opensupa::emu
