#include "va_manager.h"

#include <sys/mman.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "opensupa/base/fault_point.h"

namespace opensupa::native {
namespace {

constexpr uint64_t kGiB = 1ull << 30;

// ThreadSanitizer allows mappings only in its own part of the address space, 1.5 TiB in all.
#if defined(__SANITIZE_THREAD__)
constexpr uint64_t kLargestReservation = 256 * kGiB;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr uint64_t kLargestReservation = 256 * kGiB;
#else
constexpr uint64_t kLargestReservation = 16384 * kGiB;
#endif
#else
constexpr uint64_t kLargestReservation = 16384 * kGiB;
#endif
constexpr uint64_t kSmallestReservation = 4 * kGiB;

uint64_t AlignUp(uint64_t value, uint64_t align) { return (value + align - 1) & ~(align - 1); }

StatusOr<VaManager*> Reserve() {
  OPENSUPA_FAULT_POINT("native.reserve_addresses");
  for (uint64_t size = kLargestReservation; size >= kSmallestReservation; size /= 2) {
    void* base = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) continue;
    madvise(base, size, MADV_DONTDUMP);  // only makes core files smaller
    return new VaManager(reinterpret_cast<uint64_t>(base), size);
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("The process cannot reserve ", kSmallestReservation / kGiB,
                   " GiB of address space for device addresses: ", std::strerror(errno), "."));
}

}  // namespace

StatusOr<VaManager*> VaManager::Process() {
  static std::mutex& mutex = *new std::mutex;
  static VaManager* manager = nullptr;
  std::lock_guard lock(mutex);
  if (manager == nullptr) {
    SUPA_ASSIGN_OR_RETURN(manager, Reserve());
  }
  return manager;
}

VaManager::VaManager(uint64_t base, uint64_t size_bytes) : base_(base), size_bytes_(size_bytes) {
  // The first page guards the lowest allocation from below.
  AddFree(base + kPageBytes, size_bytes - kPageBytes);
}

StatusOr<uint64_t> VaManager::Allocate(uint64_t size_bytes, uint64_t align_bytes, uint64_t hint) {
  if (align_bytes == 0) align_bytes = kPageBytes;
  if (!std::has_single_bit(align_bytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat("An address alignment of ", align_bytes, " bytes is not a power of two."));
  }
  if (align_bytes < kPageBytes) align_bytes = kPageBytes;
  if (size_bytes == 0) {
    return absl::InvalidArgumentError("An address range of 0 bytes cannot be reserved.");
  }
  if (size_bytes > size_bytes_ || align_bytes > size_bytes_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("An address range of ", size_bytes, " bytes aligned to ", align_bytes,
                     " does not fit the process's device addresses, ", size_bytes_, " bytes."));
  }
  const uint64_t footprint = AlignUp(size_bytes, kPageBytes) + kPageBytes;
  std::lock_guard lock(mutex_);
  uint64_t address = 0;
  if (hint != 0 && hint % align_bytes == 0 && TakeAt(hint, footprint)) {
    address = hint;
  } else {
    address = Find(footprint, align_bytes);
    if (address == 0 || !TakeAt(address, footprint)) {
      return absl::ResourceExhaustedError(
          absl::StrCat("No run of ", size_bytes, " bytes aligned to ", align_bytes,
                       " is left of the process's device addresses; ", free_bytes_,
                       " bytes are free in ", free_by_base_.size(), " pieces."));
    }
  }
  footprint_by_start_[address] = footprint;
  return address;
}

void VaManager::Free(uint64_t address) {
  std::lock_guard lock(mutex_);
  auto found = footprint_by_start_.find(address);
  if (found == footprint_by_start_.end()) return;
  uint64_t base = address;
  uint64_t bytes = found->second;
  footprint_by_start_.erase(found);
  auto next = free_by_base_.lower_bound(base);
  if (next != free_by_base_.end() && next->first == base + bytes) {
    bytes += next->second;
    RemoveFree(next);
  }
  next = free_by_base_.lower_bound(base);
  if (next != free_by_base_.begin()) {
    auto before = std::prev(next);
    if (before->first + before->second == base) {
      base = before->first;
      bytes += before->second;
      RemoveFree(before);
    }
  }
  AddFree(base, bytes);
}

uint64_t VaManager::FreeBytes() const {
  std::lock_guard lock(mutex_);
  return free_bytes_;
}

uint64_t VaManager::Find(uint64_t footprint_bytes, uint64_t align_bytes) const {
  for (auto place = free_by_size_.lower_bound({footprint_bytes, 0}); place != free_by_size_.end();
       ++place) {
    const auto [bytes, base] = *place;
    const uint64_t aligned = AlignUp(base, align_bytes);
    if (aligned - base + footprint_bytes <= bytes) return aligned;
  }
  return 0;
}

bool VaManager::TakeAt(uint64_t address, uint64_t footprint_bytes) {
  auto place = free_by_base_.upper_bound(address);
  if (place == free_by_base_.begin()) return false;
  --place;
  const auto [base, bytes] = *place;
  const uint64_t before = address - base;
  if (before >= bytes || bytes - before < footprint_bytes) return false;
  RemoveFree(place);
  if (before != 0) AddFree(base, before);
  const uint64_t after = bytes - before - footprint_bytes;
  if (after != 0) AddFree(address + footprint_bytes, after);
  return true;
}

void VaManager::AddFree(uint64_t base, uint64_t bytes) {
  free_by_base_[base] = bytes;
  free_by_size_.insert({bytes, base});
  free_bytes_ += bytes;
}

void VaManager::RemoveFree(FreeMap::iterator place) {
  free_by_size_.erase({place->second, place->first});
  free_bytes_ -= place->second;
  free_by_base_.erase(place);
}

}  // namespace opensupa::native
