#include "null_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <typeinfo>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "opensupa/base/fault_point.h"

namespace opensupa::null {
namespace {

void* Pointer(uint64_t address) { return reinterpret_cast<void*>(address); }

int Protection(uint32_t access) {
  int protection = PROT_NONE;
  if ((access & hal::kAccessRead) != 0) protection |= PROT_READ;
  if ((access & hal::kAccessWrite) != 0) protection |= PROT_READ | PROT_WRITE;
  if ((access & hal::kAccessExecute) != 0) protection |= PROT_READ;  // it runs no code
  return protection;
}

Status CheckAccess(uint32_t access) {
  if (access == 0 || access > (hal::kAccessRead | hal::kAccessWrite | hal::kAccessExecute)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "The access 0x%x is no combination of read (1), write (2) and execute (4).", access));
  }
  return absl::OkStatus();
}

Status CheckSize(const char* what, uint64_t size_bytes) {
  if (size_bytes != 0 && size_bytes % kPageBytes == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      what, " of ", size_bytes, " bytes cannot be made: the size must be a multiple of the page, ",
      kPageBytes, " bytes, and not 0."));
}

Status OsError(const char* what) {
  return absl::ResourceExhaustedError(absl::StrCat(what, ": ", std::strerror(errno), "."));
}

}  // namespace

StatusOr<std::shared_ptr<Storage>> Storage::Create(std::shared_ptr<MemoryAccount> account,
                                                   uint64_t size_bytes) {
  OPENSUPA_FAULT_POINT("null.create_memory");
  uint64_t used = account->used_bytes.load();
  do {
    if (size_bytes > kDeviceMemoryBytes - used) {
      return absl::ResourceExhaustedError(absl::StrCat("The null device cannot give ", size_bytes,
                                                       " bytes: ", kDeviceMemoryBytes - used,
                                                       " of ", kDeviceMemoryBytes, " are free."));
    }
  } while (!account->used_bytes.compare_exchange_weak(used, used + size_bytes));
  const int fd = memfd_create("opensupa-null", MFD_CLOEXEC);
  auto storage = std::make_shared<Storage>(std::move(account), fd, size_bytes);
  if (fd < 0 || ftruncate(fd, static_cast<off_t>(size_bytes)) != 0) {
    return OsError("The host cannot make memory for the null device");
  }
  return storage;
}

Storage::~Storage() {
  if (fd_ >= 0) close(fd_);
  account_->used_bytes -= size_bytes_;
}

StatusOr<std::unique_ptr<NullMemory>> NullMemory::Create(std::shared_ptr<MemoryAccount> account,
                                                         const hal::MemoryDesc& desc) {
  SUPA_RETURN_IF_ERROR(CheckSize("Memory", desc.size_bytes));
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Storage> storage,
                        Storage::Create(std::move(account), desc.size_bytes));
  return std::make_unique<NullMemory>(std::move(storage), desc);
}

StatusOr<std::unique_ptr<NullRange>> NullRange::Reserve(uint64_t size_bytes, uint64_t align_bytes,
                                                        hal::DeviceAddress hint) {
  SUPA_RETURN_IF_ERROR(CheckSize("An address range", size_bytes));
  if (align_bytes == 0) align_bytes = kPageBytes;
  if (!std::has_single_bit(align_bytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat("An address alignment of ", align_bytes, " bytes is not a power of two."));
  }
  OPENSUPA_FAULT_POINT("null.reserve_range");
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  if (hint != 0 && hint % align_bytes == 0) {
    void* at = mmap(Pointer(hint), size_bytes, PROT_NONE, kFlags | MAP_FIXED_NOREPLACE, -1, 0);
    if (at == Pointer(hint)) return std::make_unique<NullRange>(hint, size_bytes);
    if (at != MAP_FAILED) munmap(at, size_bytes);
  }
  if (size_bytes > UINT64_MAX - align_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("An address range of ", size_bytes, " bytes does not fit the process."));
  }
  // Reserve enough to cut an aligned piece out of it.
  const uint64_t whole = size_bytes + (align_bytes > kPageBytes ? align_bytes : 0);
  void* at = mmap(nullptr, whole, PROT_NONE, kFlags, -1, 0);
  if (at == MAP_FAILED) return OsError("The process cannot reserve an address range");
  const uint64_t start = reinterpret_cast<uint64_t>(at);
  const uint64_t base = (start + align_bytes - 1) & ~(align_bytes - 1);
  if (base != start) munmap(at, base - start);
  const uint64_t rest = start + whole - (base + size_bytes);
  if (rest != 0) munmap(Pointer(base + size_bytes), rest);
  return std::make_unique<NullRange>(base, size_bytes);
}

NullRange::~NullRange() { munmap(Pointer(base_), size_bytes_); }

Status NullRange::CheckPart(uint64_t offset_bytes, uint64_t size_bytes) const {
  if (size_bytes != 0 && size_bytes % kPageBytes == 0 && offset_bytes % kPageBytes == 0 &&
      offset_bytes <= size_bytes_ && size_bytes <= size_bytes_ - offset_bytes) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(size_bytes, " bytes at offset ", offset_bytes, " are no whole pages of ",
                   kPageBytes, " bytes inside a range of ", size_bytes_, " bytes."));
}

Status NullRange::CheckWholeBindings(uint64_t offset_bytes, uint64_t size_bytes) const {
  SUPA_RETURN_IF_ERROR(CheckPart(offset_bytes, size_bytes));
  const uint64_t end = offset_bytes + size_bytes;
  bool any = false;
  for (const auto& [offset, binding] : bindings_) {
    const uint64_t binding_end = offset + binding.size_bytes;
    if (binding_end <= offset_bytes || offset >= end) continue;
    any = true;
    if (offset >= offset_bytes && binding_end <= end) continue;
    return absl::InvalidArgumentError(absl::StrCat(size_bytes, " bytes at offset ", offset_bytes,
                                                   " would cut a binding in two."));
  }
  if (any) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("Nothing is bound in ", size_bytes, " bytes at offset ", offset_bytes, "."));
}

Status NullRange::Bind(uint64_t offset_bytes, hal::Memory* memory, uint64_t memory_offset_bytes,
                       uint64_t size_bytes, uint32_t access) {
  if (memory == nullptr || typeid(*memory) != typeid(NullMemory)) {
    return absl::InvalidArgumentError("Only memory of the null backend can be bound here.");
  }
  const NullMemory& own = static_cast<const NullMemory&>(*memory);
  SUPA_RETURN_IF_ERROR(CheckPart(offset_bytes, size_bytes));
  SUPA_RETURN_IF_ERROR(CheckAccess(access));
  if (memory_offset_bytes % kPageBytes != 0 || memory_offset_bytes > own.desc().size_bytes ||
      size_bytes > own.desc().size_bytes - memory_offset_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("Cannot bind ", size_bytes, " bytes from offset ", memory_offset_bytes,
                     " of memory that has ", own.desc().size_bytes, " bytes."));
  }
  std::lock_guard lock(mutex_);
  for (const auto& [offset, binding] : bindings_) {
    if (offset + binding.size_bytes <= offset_bytes || offset >= offset_bytes + size_bytes)
      continue;
    return absl::FailedPreconditionError(absl::StrCat("Part of ", size_bytes, " bytes at offset ",
                                                      offset_bytes, " is bound already."));
  }
  OPENSUPA_FAULT_POINT("null.bind");
  if (mmap(Pointer(base_ + offset_bytes), size_bytes, Protection(access), MAP_SHARED | MAP_FIXED,
           own.storage()->fd(), static_cast<off_t>(memory_offset_bytes)) == MAP_FAILED) {
    return OsError("The host cannot map memory of the null device");
  }
  bindings_.emplace(offset_bytes, Binding{size_bytes, own.storage()});
  return absl::OkStatus();
}

Status NullRange::Unbind(uint64_t offset_bytes, uint64_t size_bytes) {
  std::lock_guard lock(mutex_);
  SUPA_RETURN_IF_ERROR(CheckWholeBindings(offset_bytes, size_bytes));
  if (mmap(Pointer(base_ + offset_bytes), size_bytes, PROT_NONE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED) {
    return OsError("The host cannot unmap memory of the null device");
  }
  bindings_.erase(bindings_.lower_bound(offset_bytes),
                  bindings_.lower_bound(offset_bytes + size_bytes));
  return absl::OkStatus();
}

Status NullRange::SetAccess(uint64_t offset_bytes, uint64_t size_bytes, uint32_t access) {
  SUPA_RETURN_IF_ERROR(CheckAccess(access));
  std::lock_guard lock(mutex_);
  SUPA_RETURN_IF_ERROR(CheckWholeBindings(offset_bytes, size_bytes));
  const auto end = bindings_.lower_bound(offset_bytes + size_bytes);
  for (auto it = bindings_.lower_bound(offset_bytes); it != end; ++it) {
    if (mprotect(Pointer(base_ + it->first), it->second.size_bytes, Protection(access)) != 0) {
      return OsError("The host cannot change the access of memory of the null device");
    }
  }
  return absl::OkStatus();
}

}  // namespace opensupa::null
