#include "opensupa/base/fault_point.h"

#include <atomic>

#include "absl/strings/str_cat.h"

namespace opensupa::fault {
namespace {

std::atomic<bool> g_armed{false};
std::atomic<bool> g_fired{false};
std::atomic<uint64_t> g_count{0};
std::atomic<uint64_t> g_target{0};
std::atomic<int> g_code{0};

}  // namespace

Status Check(const char* point) {
  if (!g_armed.load(std::memory_order_relaxed)) return absl::OkStatus();
  uint64_t n = g_count.fetch_add(1, std::memory_order_relaxed) + 1;
  if (n != g_target.load(std::memory_order_relaxed)) return absl::OkStatus();
  g_fired.store(true, std::memory_order_relaxed);
  return Status(static_cast<absl::StatusCode>(g_code.load(std::memory_order_relaxed)),
                absl::StrCat("Injected failure number ", n, " at fault point '", point, "'."));
}

void Arm(uint64_t n, absl::StatusCode code) {
  g_armed.store(false);
  g_count.store(0);
  g_fired.store(false);
  g_target.store(n);
  g_code.store(static_cast<int>(code));
  g_armed.store(true);
}

uint64_t Disarm() {
  g_armed.store(false);
  return g_count.load();
}

bool Fired() { return g_fired.load(); }

}  // namespace opensupa::fault
