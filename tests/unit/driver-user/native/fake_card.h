#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "opensupa/port/packets.h"
#include "opensupa/port/port.h"

namespace opensupa::native {

/// A card of a few lines for tests of the driver: it runs a queue's packets when its doorbell rings
/// or somebody waits, and remembers what it was asked. Thread safe.
class FakeCard {
 public:
  struct Bind {
    uint32_t vm, handle, access;
    uint64_t size_bytes;
    bool host;
  };

  FakeCard();
  ~FakeCard();

  std::unique_ptr<port::Port> Open();  // the card must live longer

  supa_uapi_device_info info{};     // change it before Open
  std::atomic<bool> awake{false};   // then doorbells need no call
  std::atomic<bool> paused{false};  // then no packet runs
  std::atomic<int> fail_op{-1};     // calls of this op answer fail_errno
  std::atomic<int> fail_errno{0};
  void Kill(const supa_uapi_event& event);  // every VM dies
  void Tell(const supa_uapi_event& event);  // an event that kills nothing

  size_t Calls(uint32_t op) const;
  std::vector<uint64_t> WaitedValues() const;  // of each wait for a fence, as it began
  size_t LiveObjects() const;                  // BOs, VMs, queues
  std::map<uint64_t, Bind> Binds() const;
  std::vector<supa_packet> Dispatches() const;
  std::vector<std::vector<uint8_t>> DispatchArgs() const;  // the first 64 bytes of each

  int Call(uint32_t op, void* arg);

 private:
  struct Queue {
    uint32_t vm;
    uint64_t ring, control, packets;
  };
  int Query(supa_uapi_query& query);
  int VmBind(supa_uapi_vm_bind& bind);
  int WaitFence(supa_uapi_wait_fence& wait);
  int EventRead(supa_uapi_event_read& read);
  void RunAll();
  bool RunOne(Queue& queue);                  // false = nothing could run
  bool RunPacket(const supa_packet& packet);  // false = it must wait
  bool AnyBound(uint32_t handle) const;

  mutable std::mutex mutex_;
  bool dead_ = false;
  uint32_t next_ = 1;
  std::map<uint32_t, int> bos_;  // handle -> memfd
  std::map<uint32_t, int> vms_;
  std::map<uint32_t, Queue> queues_;
  std::map<uint64_t, Bind> binds_;
  std::deque<supa_uapi_event> events_;
  std::vector<size_t> calls_;
  std::vector<uint64_t> waited_values_;
  std::vector<supa_packet> dispatches_;
  std::vector<std::vector<uint8_t>> dispatch_args_;
};

}  // namespace opensupa::native
