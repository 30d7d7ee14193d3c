#include "native_range.h"

#include <typeinfo>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace opensupa::native {
namespace {

constexpr uint64_t kLargePageBytes = 2ull << 20;
constexpr uint32_t kAllAccess = hal::kAccessRead | hal::kAccessWrite | hal::kAccessExecute;
static_assert(uint32_t{hal::kAccessRead} == SUPA_UAPI_BIND_ACCESS_READ);
static_assert(uint32_t{hal::kAccessWrite} == SUPA_UAPI_BIND_ACCESS_WRITE);
static_assert(uint32_t{hal::kAccessExecute} == SUPA_UAPI_BIND_ACCESS_EXECUTE);

Status CheckAccess(uint32_t access) {
  if (access == 0 || (access & ~kAllAccess) != 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "The access 0x%x is no combination of read (1), write (2) and execute (4).", access));
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<std::unique_ptr<NativeRange>> NativeRange::Reserve(std::shared_ptr<DeviceContext> context,
                                                            uint64_t size_bytes,
                                                            uint64_t align_bytes, uint64_t hint) {
  const uint32_t page = context->properties().page_bytes;
  if (size_bytes == 0 || size_bytes % page != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("An address range of ", size_bytes,
                     " bytes cannot be reserved: the size must be a multiple of the page, ", page,
                     " bytes, and not 0."));
  }
  // Large ranges start at a large page, so that the host can map them with few entries.
  if (align_bytes == 0 && size_bytes >= kLargePageBytes) align_bytes = kLargePageBytes;
  SUPA_ASSIGN_OR_RETURN(uint64_t base,
                        context->addresses().Allocate(size_bytes, align_bytes, hint));
  return std::make_unique<NativeRange>(std::move(context), base, size_bytes);
}

NativeRange::~NativeRange() {
  for (const auto& [offset, binding] : bindings_) {
    context_->Unbind(base_ + offset, binding.size_bytes);
  }
  bindings_.clear();
  context_->addresses().Free(base_);
}

Status NativeRange::CheckPart(const char* verb, uint64_t offset_bytes, uint64_t size_bytes) const {
  const uint32_t page = context_->properties().page_bytes;
  if (size_bytes == 0 || size_bytes % page != 0 || offset_bytes % page != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("Cannot ", verb, " ", size_bytes, " bytes at offset ", offset_bytes,
                     ": both must be multiples of the page, ", page, " bytes."));
  }
  if (offset_bytes > size_bytes_ || size_bytes > size_bytes_ - offset_bytes) {
    return absl::InvalidArgumentError(
        absl::StrFormat("Cannot %s %d bytes at offset %d: the range at 0x%x has only %d bytes.",
                        verb, size_bytes, offset_bytes, base_, size_bytes_));
  }
  return absl::OkStatus();
}

Status NativeRange::Bind(uint64_t offset_bytes, hal::Memory* memory, uint64_t memory_offset_bytes,
                         uint64_t size_bytes, uint32_t access) {
  if (memory == nullptr) return absl::InvalidArgumentError("Cannot bind: there is no memory.");
  if (typeid(*memory) != typeid(NativeMemory)) {
    return absl::InvalidArgumentError("Cannot bind memory of another backend.");
  }
  const NativeMemory& own = static_cast<const NativeMemory&>(*memory);
  if (own.bo()->context() != context_.get()) {
    return absl::UnimplementedError(
        "Memory of another device cannot be bound at a new address on this device; register its "
        "bound address with RegisterHost to reach it where it is.");
  }
  if (memory_offset_bytes % context_->properties().page_bytes != 0 ||
      memory_offset_bytes > own.desc().size_bytes ||
      size_bytes > own.desc().size_bytes - memory_offset_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("Cannot bind ", size_bytes, " bytes from offset ", memory_offset_bytes,
                     " of memory that has ", own.desc().size_bytes, " bytes."));
  }
  return BindObject(offset_bytes, own.bo(), memory_offset_bytes, size_bytes, access);
}

Status NativeRange::BindObject(uint64_t offset_bytes, std::shared_ptr<BufferObject> bo,
                               uint64_t bo_offset_bytes, uint64_t size_bytes, uint32_t access) {
  SUPA_RETURN_IF_ERROR(CheckPart("bind", offset_bytes, size_bytes));
  SUPA_RETURN_IF_ERROR(CheckAccess(access));
  std::lock_guard lock(mutex_);
  auto next = bindings_.lower_bound(offset_bytes);
  const bool hits_next = next != bindings_.end() && next->first < offset_bytes + size_bytes;
  const bool hits_previous =
      next != bindings_.begin() &&
      std::prev(next)->first + std::prev(next)->second.size_bytes > offset_bytes;
  if (hits_next || hits_previous) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "Cannot bind %d bytes at offset %d of the range at 0x%x: part of them is bound already.",
        size_bytes, offset_bytes, base_));
  }
  SUPA_RETURN_IF_ERROR_CONTEXT(
      context_->Bind(bo->handle(), bo_offset_bytes, base_ + offset_bytes, size_bytes, access),
      absl::StrFormat("binding %d bytes at 0x%x on card %s", size_bytes, base_ + offset_bytes,
                      context_->port().name()));
  bindings_.emplace(offset_bytes, Binding{size_bytes, std::move(bo)});
  return absl::OkStatus();
}

StatusOr<std::pair<NativeRange::Bindings::iterator, NativeRange::Bindings::iterator>>
NativeRange::WholeBindings(const char* verb, uint64_t offset_bytes, uint64_t size_bytes) {
  SUPA_RETURN_IF_ERROR(CheckPart(verb, offset_bytes, size_bytes));
  const auto first = bindings_.lower_bound(offset_bytes);
  auto last = first;
  const bool cuts_previous =
      first != bindings_.begin() &&
      std::prev(first)->first + std::prev(first)->second.size_bytes > offset_bytes;
  uint64_t end = 0;
  while (last != bindings_.end() && last->first < offset_bytes + size_bytes) {
    end = last->first + last->second.size_bytes;
    ++last;
  }
  if (cuts_previous || end > offset_bytes + size_bytes) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "Cannot %s %d bytes at offset %d of the range at 0x%x: that would cut a binding in two.",
        verb, size_bytes, offset_bytes, base_));
  }
  if (first == last) {
    return absl::FailedPreconditionError(
        absl::StrFormat("Cannot %s %d bytes at offset %d of the range at 0x%x: nothing is bound.",
                        verb, size_bytes, offset_bytes, base_));
  }
  return std::pair(first, last);
}

Status NativeRange::Unbind(uint64_t offset_bytes, uint64_t size_bytes) {
  std::lock_guard lock(mutex_);
  SUPA_ASSIGN_OR_RETURN(auto part, WholeBindings("unbind", offset_bytes, size_bytes));
  for (auto it = part.first; it != part.second; ++it) {
    context_->Unbind(base_ + it->first, it->second.size_bytes);
  }
  bindings_.erase(part.first, part.second);
  return absl::OkStatus();
}

Status NativeRange::SetAccess(uint64_t offset_bytes, uint64_t size_bytes, uint32_t access) {
  SUPA_RETURN_IF_ERROR(CheckAccess(access));
  std::lock_guard lock(mutex_);
  SUPA_ASSIGN_OR_RETURN(auto part, WholeBindings("change the access of", offset_bytes, size_bytes));
  for (auto it = part.first; it != part.second; ++it) {
    SUPA_RETURN_IF_ERROR_CONTEXT(
        context_->Protect(base_ + it->first, it->second.size_bytes, access),
        absl::StrFormat("changing the access of %d bytes at 0x%x on card %s", it->second.size_bytes,
                        base_ + it->first, context_->port().name()));
  }
  return absl::OkStatus();
}

}  // namespace opensupa::native
