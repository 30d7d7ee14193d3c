#include "conformance_backend.h"
#include "opensupa/emulator/emulator.h"
#include "opensupa/native/native_adapter.h"

namespace opensupa::conformance {
namespace {

StatusOr<std::unique_ptr<hal::Adapter>> Make(uint32_t devices) {
  return native::MakeNativeAdapter(
      "emu", native::ExpandSpecs({{"emu", "BR106M", devices}}),
      [](const native::Card& card) { return emu::OpenCard(card.model, card.index); });
}

}  // namespace

const BackendUnderTest& Backend() {
  static const BackendUnderTest backend{"emu", Make, {}};
  return backend;
}

}  // namespace opensupa::conformance
