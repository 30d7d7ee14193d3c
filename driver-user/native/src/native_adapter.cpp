#include "opensupa/native/native_adapter.h"

#include "absl/strings/str_cat.h"
#include "card_properties.h"
#include "native_device.h"

namespace opensupa::native {
namespace {

class NativeAdapter final : public hal::Adapter {
 public:
  NativeAdapter(std::string backend, std::vector<Card> cards, PortFactory open_port,
                std::vector<hal::DeviceProperties> properties)
      : backend_(std::move(backend)),
        cards_(std::move(cards)),
        open_port_(std::move(open_port)),
        properties_(std::move(properties)) {}

  const std::string& backend() const override { return backend_; }
  uint32_t DeviceCount() const override { return static_cast<uint32_t>(cards_.size()); }

  StatusOr<hal::DeviceProperties> GetProperties(uint32_t index) const override {
    SUPA_RETURN_IF_ERROR(CheckIndex(index));
    return properties_[index];
  }

  StatusOr<std::unique_ptr<hal::Device>> OpenDevice(uint32_t index) override {
    SUPA_RETURN_IF_ERROR(CheckIndex(index));
    SUPA_ASSIGN_OR_RETURN(std::unique_ptr<port::Port> port, open_port_(cards_[index]));
    return NativeDevice::Open(std::move(port), backend_);
  }

 private:
  Status CheckIndex(uint32_t index) const {
    if (index < cards_.size()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("Backend '", backend_, "' has ", cards_.size(),
                                                   " devices; there is no device ", index, "."));
  }

  const std::string backend_;
  const std::vector<Card> cards_;
  const PortFactory open_port_;
  const std::vector<hal::DeviceProperties> properties_;
};

}  // namespace

std::vector<Card> ExpandSpecs(const std::vector<hal::DeviceSpec>& specs) {
  std::vector<Card> cards;
  for (const hal::DeviceSpec& spec : specs) {
    for (uint32_t i = 0; i < spec.count; ++i) {
      cards.push_back({spec.model, static_cast<uint32_t>(cards.size())});
    }
  }
  return cards;
}

StatusOr<std::unique_ptr<hal::Adapter>> MakeNativeAdapter(std::string backend_name,
                                                          std::vector<Card> cards,
                                                          PortFactory open_port) {
  std::vector<hal::DeviceProperties> properties;
  for (const Card& card : cards) {
    StatusOr<std::unique_ptr<port::Port>> port = open_port(card);
    SUPA_RETURN_IF_ERROR_CONTEXT(port.status(),
                                 absl::StrCat("opening card ", card.index, ", a ", card.model));
    SUPA_ASSIGN_OR_RETURN(hal::DeviceProperties one, QueryProperties(**port, backend_name));
    properties.push_back(std::move(one));
  }
  return std::make_unique<NativeAdapter>(std::move(backend_name), std::move(cards),
                                         std::move(open_port), std::move(properties));
}

}  // namespace opensupa::native
