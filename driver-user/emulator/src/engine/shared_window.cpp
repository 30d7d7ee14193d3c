#include "engine/shared_window.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "opensupa/base/fault_point.h"

namespace opensupa::emu {
namespace {

constexpr size_t kPageBytes = 4096;
constexpr size_t kAlignBytes = 128;
// More than any model offers, and the margin that engines owe to code.
constexpr size_t kWindowBytes = 1 << 20;
constexpr size_t kGuardBytes = 64 * kPageBytes;
constexpr size_t kTotalBytes = kWindowBytes + 2 * kGuardBytes;

}  // namespace

StatusOr<std::unique_ptr<SharedWindow>> SharedWindow::Create() {
  OPENSUPA_FAULT_POINT("emulator.map_shared");
  void* base =
      mmap(nullptr, kTotalBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base != MAP_FAILED && mprotect(static_cast<std::byte*>(base) + kGuardBytes, kWindowBytes,
                                     PROT_READ | PROT_WRITE) == 0) {
    return std::unique_ptr<SharedWindow>(new SharedWindow(static_cast<std::byte*>(base)));
  }
  const int error = errno;
  if (base != MAP_FAILED) munmap(base, kTotalBytes);
  return absl::ResourceExhaustedError(absl::StrCat(
      "The host cannot map ", kTotalBytes, " bytes for shared memory: ", std::strerror(error)));
}

SharedWindow::~SharedWindow() { munmap(base_, kTotalBytes); }

std::byte* SharedWindow::Place(size_t size_bytes) const {
  const size_t rounded = (size_bytes + kAlignBytes - 1) / kAlignBytes;
  return base_ + kGuardBytes + kWindowBytes - rounded * kAlignBytes;
}

bool SharedWindow::InGuard(uint64_t address) const {
  const auto low = reinterpret_cast<uint64_t>(base_);
  const uint64_t high = low + kGuardBytes + kWindowBytes;
  return (address >= low && address < low + kGuardBytes) ||
         (address >= high && address < high + kGuardBytes);
}

bool SharedWindow::Contains(const std::byte* address) const {
  const std::byte* const start = base_ + kGuardBytes;
  return address >= start && address <= start + kWindowBytes;
}

}  // namespace opensupa::emu
