#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "address_space.h"
#include "memory_manager.h"
#include "model.h"

namespace opensupa::emu {

/// One card of the process: every client that opens the same model and index shares it. Thread
/// safe.
class Card {
 public:
  /// The card, made when nobody has it open.
  static std::shared_ptr<Card> Get(const Model& model, uint32_t index);

  Card(const Model& model, uint32_t index);

  const Model& model() const { return model_; }
  uint32_t index() const { return index_; }
  std::string name() const;
  const std::shared_ptr<MemoryQuota>& quota() const { return quota_; }

  uint32_t NewSpaceId() { return next_space_.fetch_add(1); }
  void AddSpace(const std::shared_ptr<AddressSpace>& space);
  /// Those that still exist, of all clients.
  std::vector<std::shared_ptr<AddressSpace>> Spaces();

  /// Counts a queue; false when the card has as many as it can.
  bool TakeQueueSlot();
  void GiveQueueSlot() { queues_.fetch_sub(1); }
  uint32_t NewQueueId() { return next_queue_.fetch_add(1); }

 private:
  const Model& model_;
  const uint32_t index_;
  const std::shared_ptr<MemoryQuota> quota_;
  std::atomic<uint32_t> next_space_{1};
  std::atomic<uint32_t> next_queue_{1};
  std::atomic<uint32_t> queues_{0};
  std::mutex mutex_;
  std::vector<std::weak_ptr<AddressSpace>> spaces_;
};

}  // namespace opensupa::emu
