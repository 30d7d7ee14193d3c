#include "memory_manager.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

#include "opensupa/base/fault_point.h"
#include "safe_access.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

namespace opensupa::emu {
namespace {

constexpr uint64_t kHugePageBytes = 2u << 20;
constexpr int kReservation = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

void* Pointer(uint64_t address) { return reinterpret_cast<void*>(address); }

void PreferHugePages(void* address, uint64_t size_bytes) {
  if (size_bytes >= kHugePageBytes) madvise(address, size_bytes, MADV_HUGEPAGE);
}

/// Moves pages so that the source keeps a mapping: a hole could be taken by any other thread's
/// mmap, which would then be overwritten. Falls back to copying.
int MovePages(void* from, void* to, uint64_t size_bytes) {
  if (mremap(from, size_bytes, size_bytes, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to) !=
      MAP_FAILED) {
    return 0;
  }
  if (mprotect(from, size_bytes, PROT_READ | PROT_WRITE) != 0 ||
      mprotect(to, size_bytes, PROT_READ | PROT_WRITE) != 0) {
    return -errno;
  }
  return safe::Copy(to, from, size_bytes) ? 0 : -EFAULT;
}

}  // namespace

bool MemoryQuota::Charge(uint64_t size_bytes) {
  uint64_t used = used_bytes_.load();
  do {
    if (size_bytes > total_bytes_ - used) return false;
  } while (!used_bytes_.compare_exchange_weak(used, used + size_bytes));
  return true;
}

int ReserveHostRange(uint64_t va, uint64_t size_bytes) {
  return mmap(Pointer(va), size_bytes, PROT_NONE, kReservation | MAP_FIXED, -1, 0) == MAP_FAILED
             ? -errno
             : 0;
}

std::shared_ptr<BufferObject> BufferObject::Create(std::shared_ptr<MemoryQuota> quota,
                                                   uint64_t size_bytes, bool shareable,
                                                   int* error) {
  *error = -ENOMEM;
  if (!fault::Check("emulator.bo_create").ok()) return nullptr;
  if (quota != nullptr && !quota->Charge(size_bytes)) return nullptr;
  int fd = -1;
  if (shareable) {
    fd = memfd_create("opensupa-bo", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, static_cast<off_t>(size_bytes)) != 0) {
      *error = -errno;
      if (fd >= 0) close(fd);
      if (quota != nullptr) quota->Refund(size_bytes);
      return nullptr;
    }
  }
  *error = 0;
  return std::shared_ptr<BufferObject>(new BufferObject(std::move(quota), size_bytes, fd));
}

BufferObject::~BufferObject() {
  if (fd_ >= 0) close(fd_);
  if (parking_ != nullptr) munmap(parking_, size_bytes_);
  if (quota_ != nullptr) quota_->Refund(size_bytes_);
}

int BufferObject::Map(uint64_t offset_bytes, uint64_t va, uint64_t size_bytes, int protection) {
  std::lock_guard lock(mutex_);
  int result = 0;
  if (shareable()) {
    if (mmap(Pointer(va), size_bytes, protection, MAP_SHARED | MAP_FIXED, fd_,
             static_cast<off_t>(offset_bytes)) == MAP_FAILED) {
      result = -errno;
    } else {
      PreferHugePages(Pointer(va), size_bytes);
    }
  } else {
    result = PartBound(offset_bytes, size_bytes)
                 ? -EBUSY
                 : MapPrivate(offset_bytes, va, size_bytes, protection);
  }
  if (result != 0) return result;
  if (!shareable()) bound_parts_.emplace(offset_bytes, size_bytes);
  if (binds_.fetch_add(1) == 0) bound_address_.store(va - offset_bytes);
  return 0;
}

bool BufferObject::PartBound(uint64_t offset_bytes, uint64_t size_bytes) const {
  const auto after = bound_parts_.lower_bound(offset_bytes + size_bytes);
  if (after == bound_parts_.begin()) return false;
  const auto& [start, length] = *std::prev(after);
  return start + length > offset_bytes;
}

int BufferObject::MapPrivate(uint64_t offset_bytes, uint64_t va, uint64_t size_bytes,
                             int protection) {
  void* mapping = mmap(Pointer(va), size_bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  if (mapping == MAP_FAILED) return -errno;
  int result = 0;
  if (parking_ != nullptr) result = MovePages(parking_ + offset_bytes, mapping, size_bytes);
  PreferHugePages(mapping, size_bytes);
  if (result == 0 && mprotect(mapping, size_bytes, protection) != 0) result = -errno;
  if (result != 0) ReserveHostRange(va, size_bytes);
  return result;
}

int BufferObject::Unmap(uint64_t offset_bytes, uint64_t va, uint64_t size_bytes) {
  std::lock_guard lock(mutex_);
  int result = shareable() ? 0 : Park(offset_bytes, va, size_bytes);
  if (result == 0) result = ReserveHostRange(va, size_bytes);
  if (result != 0) return result;
  bound_parts_.erase(offset_bytes);
  if (binds_.fetch_sub(1) == 1) bound_address_.store(0);
  return 0;
}

int BufferObject::Park(uint64_t offset_bytes, uint64_t va, uint64_t size_bytes) {
  if (parking_ == nullptr) {
    void* parking = mmap(nullptr, size_bytes_, PROT_READ | PROT_WRITE, kReservation, -1, 0);
    if (parking == MAP_FAILED) return -errno;
    parking_ = static_cast<std::byte*>(parking);
  }
  // A mapping moves as one piece only with one protection.
  if (mprotect(Pointer(va), size_bytes, PROT_READ | PROT_WRITE) != 0) return -errno;
  return MovePages(Pointer(va), parking_ + offset_bytes, size_bytes);
}

}  // namespace opensupa::emu
