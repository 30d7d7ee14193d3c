#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>

#include "address_space.h"
#include "card.h"
#include "hub.h"
#include "memory_manager.h"
#include "opensupa/port/port.h"
#include "queues.h"

namespace opensupa::emu {

/// One client of a card: decodes the calls of the port, checks every field, and keeps the client's
/// handles. Thread safe.
class FrontEnd final : public port::Port {
 public:
  FrontEnd(std::shared_ptr<Hub> hub, std::shared_ptr<Card> card);
  ~FrontEnd() override;

  int Call(uint32_t op, void* arg, uint32_t size_bytes) override;
  std::string name() const override { return card_->name(); }

 private:
  int Query(supa_uapi_query& call);
  int BoCreate(supa_uapi_bo_create& call);
  int BoDestroy(const supa_uapi_bo_destroy& call);
  int BoMmap(supa_uapi_bo_mmap& call);
  int VmCreate(supa_uapi_vm_create& call);
  int VmDestroy(const supa_uapi_vm_destroy& call);
  int VmBind(const supa_uapi_vm_bind& call);
  int QueueCreate(supa_uapi_queue_create& call);
  int QueueDestroy(const supa_uapi_queue_destroy& call);
  int Doorbell(const supa_uapi_doorbell& call);
  int WaitFence(const supa_uapi_wait_fence& call);
  int EventRead(const supa_uapi_event_read& call);
  int Reset(const supa_uapi_reset& call);

  template <typename T>
  std::shared_ptr<T> Find(const std::map<uint32_t, std::shared_ptr<T>>& table,
                          uint32_t handle) const {
    std::shared_lock lock(mutex_);
    const auto it = table.find(handle);
    return it == table.end() ? nullptr : it->second;
  }
  void CloseQueue(const std::shared_ptr<Queue>& queue);

  const uint32_t fork_generation_;
  std::shared_ptr<Hub> hub_;  // released last, since that joins the workers
  std::shared_ptr<Card> card_;
  mutable std::shared_mutex mutex_;  // guards the tables
  std::map<uint32_t, std::shared_ptr<BufferObject>> buffers_;
  std::map<uint32_t, std::shared_ptr<AddressSpace>> spaces_;
  std::map<uint32_t, std::shared_ptr<Queue>> queues_;
  uint32_t next_buffer_ = 1;
};

}  // namespace opensupa::emu
