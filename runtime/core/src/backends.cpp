// The one place that names the backends, and that joins the native driver to the emulated cards.

#include <mutex>

#include "absl/strings/str_cat.h"
#include "opensupa/base/options.h"
#include "opensupa/core/runtime.h"
#include "opensupa/emulator/emulator.h"
#include "opensupa/native/native_adapter.h"
#include "opensupa/null/null_adapter.h"
#include "opensupa/port/port.h"

namespace opensupa::rt {
namespace {

StatusOr<std::unique_ptr<port::Port>> OpenEmulatedCard(const native::Card& card) {
  SUPA_ASSIGN_OR_RETURN(std::unique_ptr<port::Port> port, emu::OpenCard(card.model, card.index));
  std::string recording = options::Get(options::kRecord);
  if (recording.empty()) return port;
  if (card.index > 0) absl::StrAppend(&recording, ".", card.index);
  return port::MakeRecordingPort(std::move(port), recording);
}

StatusOr<std::unique_ptr<hal::Adapter>> MakeEmulatedAdapter(
    const std::vector<hal::DeviceSpec>& specs) {
  return native::MakeNativeAdapter("emu", native::ExpandSpecs(specs), OpenEmulatedCard);
}

}  // namespace

void RegisterBackends() {
  static std::once_flag once;
  std::call_once(once, [] {
    hal::RegisterBackend({"emu", "emulated cards, driven as silicon is", MakeEmulatedAdapter});
    hal::RegisterBackend(null::kNullBackend);
  });
}

}  // namespace opensupa::rt
