#include "card.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace opensupa::emu {

std::shared_ptr<Card> Card::Get(const Model& model, uint32_t index) {
  struct Table {
    std::mutex mutex;
    std::map<std::pair<const Model*, uint32_t>, std::weak_ptr<Card>> cards;
  };
  static auto* table = new Table;
  std::lock_guard lock(table->mutex);
  std::weak_ptr<Card>& slot = table->cards[{&model, index}];
  std::shared_ptr<Card> card = slot.lock();
  if (card == nullptr) {
    card = std::make_shared<Card>(model, index);
    slot = card;
  }
  return card;
}

Card::Card(const Model& model, uint32_t index)
    : model_(model),
      index_(index),
      quota_(std::make_shared<MemoryQuota>(model.memory_bytes.value)) {}

std::string Card::name() const {
  return absl::StrCat("emu:", std::string(model_.name), "#", index_);
}

void Card::AddSpace(const std::shared_ptr<AddressSpace>& space) {
  std::lock_guard lock(mutex_);
  std::erase_if(spaces_, [](const auto& weak) { return weak.expired(); });
  spaces_.push_back(space);
}

std::vector<std::shared_ptr<AddressSpace>> Card::Spaces() {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<AddressSpace>> spaces;
  for (const auto& weak : spaces_) {
    if (auto space = weak.lock()) spaces.push_back(std::move(space));
  }
  return spaces;
}

bool Card::TakeQueueSlot() {
  if (queues_.fetch_add(1) < model_.compute_queues.value) return true;
  queues_.fetch_sub(1);
  return false;
}

}  // namespace opensupa::emu
