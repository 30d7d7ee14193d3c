#include "absl/strings/str_format.h"
#include "call.h"
#include "opensupa/core/stream.h"

namespace opensupa::api {
namespace {

constexpr uint64_t kPitchAlignBytes = 512;

/// Allocates memory of the device of `context`, none for 0 bytes.
Status AllocateIn(rt::Context& context, void** pointer, size_t size_bytes) {
  *pointer = nullptr;
  if (size_bytes == 0) return absl::OkStatus();
  SUPA_ASSIGN_OR_RETURN(uint64_t address, context.Allocate(size_bytes));
  *pointer = reinterpret_cast<void*>(address);
  return absl::OkStatus();
}

Status Allocate(void** pointer, size_t size_bytes) {
  *pointer = nullptr;
  SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
  return AllocateIn(*context, pointer, size_bytes);
}

Status AllocateHost(void** pointer, size_t size_bytes, rt::MemoryKind kind, unsigned int flags) {
  *pointer = nullptr;
  SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
  if (size_bytes == 0) return absl::OkStatus();
  SUPA_ASSIGN_OR_RETURN(*pointer,
                        Process().host_memory().Allocate(context->id(), context->device_ordinal(),
                                                         size_bytes, kind, flags));
  return absl::OkStatus();
}

Status UnknownFlags(const char* what, unsigned int flags, unsigned int known) {
  if ((flags & ~known) == 0) return absl::OkStatus();
  return MakeError(supaErrorInvalidValue,
                   absl::StrFormat("Flags %#x of %s are not all known.", flags, what));
}

/// Rows of `width_bytes` start `*pitch_bytes` apart.
Status AllocateRows(void** pointer, size_t width_bytes, uint64_t rows, size_t* pitch_bytes) {
  if (width_bytes > SIZE_MAX - kPitchAlignBytes) {
    return MakeError(supaErrorMemoryAllocation,
                     absl::StrFormat("Rows of %d bytes are too long.", width_bytes));
  }
  const uint64_t pitch = (width_bytes + kPitchAlignBytes - 1) / kPitchAlignBytes * kPitchAlignBytes;
  uint64_t size_bytes = 0;
  if (__builtin_mul_overflow(pitch, rows, &size_bytes)) {
    return MakeError(supaErrorMemoryAllocation,
                     absl::StrFormat("%d rows of %d bytes are too many.", rows, pitch));
  }
  SUPA_RETURN_IF_ERROR(Allocate(pointer, size_bytes));
  *pitch_bytes = pitch;
  return absl::OkStatus();
}

/// The host memory that holds `pointer`. supaErrorInvalidValue when it is not known.
StatusOr<rt::AllocationRef> HostAllocation(const void* pointer) {
  rt::AllocationRef found = Process().addresses().Find(reinterpret_cast<uint64_t>(pointer));
  if (found == nullptr || rt::IsDeviceKind(found->kind)) {
    return MakeError(
        supaErrorInvalidValue,
        absl::StrFormat("Pointer %p is no page-locked or registered host memory.", pointer));
  }
  return found;
}

/// supaErrorInvalidValue unless all `count` bytes at `pointer` are of one managed allocation.
Status CheckManaged(const void* pointer, size_t count) {
  const auto address = reinterpret_cast<uint64_t>(pointer);
  rt::AllocationRef found = Process().addresses().Find(address);
  if (found == nullptr || found->kind != rt::MemoryKind::kManaged ||
      count > found->end() - address) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("The range of %d bytes at %p is no managed memory: it is %s.",
                                     count, pointer, Process().addresses().Describe(address)));
  }
  return absl::OkStatus();
}

/// Checks a prefetch; the memory is where everyone reaches it already.
Status Prefetch(const void* pointer, size_t count, supaStream_t stream) {
  SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
  SUPA_RETURN_IF_ERROR(rt::FindStream(*context, stream).status());
  return CheckManaged(pointer, count);
}

}  // namespace

supaError_t supaMalloc(void** dev_ptr, size_t size) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(dev_ptr, "dev_ptr"));
    return Allocate(dev_ptr, size);
  });
}

supaError_t supaFree(void* dev_ptr) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    if (dev_ptr == nullptr) return absl::OkStatus();
    const auto address = reinterpret_cast<uint64_t>(dev_ptr);
    rt::AllocationRef found = Process().addresses().Find(address);
    if (found != nullptr && found->kind == rt::MemoryKind::kManaged) {
      SUPA_RETURN_IF_ERROR(context->Synchronize());
      return Process().host_memory().Free(dev_ptr, rt::MemoryKind::kManaged);
    }
    return context->Free(address);
  });
}

supaError_t supaMallocHost(void** ptr, size_t size) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(ptr, "ptr"));
    return AllocateHost(ptr, size, rt::MemoryKind::kPinned, supaHostAllocMapped);
  });
}

supaError_t supaHostAlloc(void** ptr, size_t size, unsigned int flags) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(ptr, "ptr"));
    SUPA_RETURN_IF_ERROR(
        UnknownFlags("a host allocation", flags,
                     supaHostAllocPortable | supaHostAllocMapped | supaHostAllocWriteCombined));
    return AllocateHost(ptr, size, rt::MemoryKind::kPinned, flags | supaHostAllocMapped);
  });
}

supaError_t supaFreeHost(void* ptr) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    if (ptr == nullptr) return absl::OkStatus();
    SUPA_RETURN_IF_ERROR(context->Synchronize());
    return Process().host_memory().Free(ptr, rt::MemoryKind::kPinned);
  });
}

supaError_t supaHostRegister(void* ptr, size_t size, unsigned int flags) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(ptr, "ptr"));
    if (size == 0) return MakeError(supaErrorInvalidValue, "No bytes to register are given.");
    SUPA_RETURN_IF_ERROR(UnknownFlags("a registration", flags,
                                      supaHostRegisterPortable | supaHostRegisterMapped |
                                          supaHostRegisterIoMemory | supaHostRegisterReadOnly));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    return Process().host_memory().Register(context->id(), context->device_ordinal(), ptr, size,
                                            flags);
  });
}

supaError_t supaHostUnregister(void* ptr) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(ptr, "ptr"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    SUPA_RETURN_IF_ERROR(context->Synchronize());
    return Process().host_memory().Unregister(ptr);
  });
}

supaError_t supaHostGetDevicePointer(void** dev_ptr, void* host_ptr, unsigned int flags) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(dev_ptr, "dev_ptr"));
    SUPA_RETURN_IF_ERROR(UnknownFlags("supaHostGetDevicePointer", flags, 0));
    SUPA_RETURN_IF_ERROR(HostAllocation(host_ptr).status());
    *dev_ptr = host_ptr;
    return absl::OkStatus();
  });
}

supaError_t supaHostGetFlags(unsigned int* flags, void* host_ptr) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(flags, "flags"));
    SUPA_ASSIGN_OR_RETURN(rt::AllocationRef found, HostAllocation(host_ptr));
    *flags = found->flags;
    return absl::OkStatus();
  });
}

supaError_t supaMallocPitch(void** dev_ptr, size_t* pitch, size_t width, size_t height) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(dev_ptr, "dev_ptr"));
    SUPA_RETURN_IF_ERROR(NotNull(pitch, "pitch"));
    return AllocateRows(dev_ptr, width, height, pitch);
  });
}

supaError_t supaMalloc3D(struct supaPitchedPtr* pitched_ptr, struct supaExtent extent) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(pitched_ptr, "pitched_ptr"));
    uint64_t rows = 0;
    if (__builtin_mul_overflow(extent.height, extent.depth, &rows)) {
      return MakeError(
          supaErrorMemoryAllocation,
          absl::StrFormat("%d slices of %d rows are too many.", extent.depth, extent.height));
    }
    void* pointer = nullptr;
    size_t pitch = 0;
    SUPA_RETURN_IF_ERROR(AllocateRows(&pointer, extent.width, rows, &pitch));
    *pitched_ptr = {pointer, pitch, extent.width, extent.height};
    return absl::OkStatus();
  });
}

supaError_t supaMallocManaged(void** dev_ptr, size_t size, unsigned int flags) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(dev_ptr, "dev_ptr"));
    if (size == 0 || (flags != supaMemAttachGlobal && flags != supaMemAttachHost)) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("Managed memory of %d bytes with flags %#x cannot be made.",
                                       size, flags));
    }
    return AllocateHost(dev_ptr, size, rt::MemoryKind::kManaged, flags);
  });
}

supaError_t supaMemGetInfo(size_t* free, size_t* total) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    SUPA_ASSIGN_OR_RETURN(hal::MemoryInfo info, context->device().QueryMemory());
    if (free != nullptr) *free = info.free_bytes;
    if (total != nullptr) *total = info.total_bytes;
    return absl::OkStatus();
  });
}

supaError_t supaPointerGetAttributes(struct supaPointerAttributes* attributes, const void* ptr) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(attributes, "attributes"));
    SUPA_RETURN_IF_ERROR(Process().Initialize());
    *attributes = {};
    rt::AllocationRef found = Process().addresses().Find(reinterpret_cast<uint64_t>(ptr));
    if (found == nullptr) {
      attributes->type = supaMemoryTypeUnregistered;
      attributes->device = -2;
      attributes->hostPointer = const_cast<void*>(ptr);
      return absl::OkStatus();
    }
    const bool device = rt::IsDeviceKind(found->kind);
    attributes->type = found->kind == rt::MemoryKind::kManaged ? supaMemoryTypeManaged
                       : device                                ? supaMemoryTypeDevice
                                                               : supaMemoryTypeHost;
    attributes->device = found->device;
    attributes->devicePointer = const_cast<void*>(ptr);
    attributes->hostPointer = device ? nullptr : const_cast<void*>(ptr);
    return absl::OkStatus();
  });
}

supaError_t supaMallocAsync(void** dev_ptr, size_t size, supaStream_t stream) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(dev_ptr, "dev_ptr"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Stream> target, rt::FindStream(*context, stream));
    return AllocateIn(target->context(), dev_ptr, size);
  });
}

supaError_t supaFreeAsync(void* dev_ptr, supaStream_t stream) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    if (dev_ptr == nullptr) return absl::OkStatus();
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Stream> target, rt::FindStream(*context, stream));
    return target->context().FreeAsync(reinterpret_cast<uint64_t>(dev_ptr), *target);
  });
}

supaError_t supaMemPrefetchAsync(const void* dev_ptr, size_t count, int dst_device,
                                 supaStream_t stream) {
  return Call([&]() -> Status {
    if (dst_device != supaCpuDeviceId) {
      SUPA_RETURN_IF_ERROR(Process().Device(dst_device).status());
    }
    return Prefetch(dev_ptr, count, stream);
  });
}

supaError_t supaMemPrefetchAsync_v2(const void* dev_ptr, size_t count,
                                    struct supaMemLocation location, unsigned int flags,
                                    supaStream_t stream) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(UnknownFlags("a prefetch", flags, 0));
    switch (location.type) {
      case supaMemLocationTypeDevice:
        SUPA_RETURN_IF_ERROR(Process().Device(location.id).status());
        return Prefetch(dev_ptr, count, stream);
      case supaMemLocationTypeHost:
      case supaMemLocationTypeHostNuma:
      case supaMemLocationTypeHostNumaCurrent:
        return Prefetch(dev_ptr, count, stream);
      case supaMemLocationTypeInvalid:
        break;
    }
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("There is no kind of memory location %d to prefetch to.",
                                     static_cast<int>(location.type)));
  });
}

supaError_t supaMemAdvise(const void* dev_ptr, size_t count, enum supaMemoryAdvise advice,
                          int device) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(Current().status());
    if (advice < supaMemAdviseSetReadMostly || advice > supaMemAdviseUnsetAccessedBy) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("There is no advice %d.", static_cast<int>(advice)));
    }
    // Other advice does not look at the device.
    const bool names_device = advice == supaMemAdviseSetPreferredLocation ||
                              advice == supaMemAdviseSetAccessedBy ||
                              advice == supaMemAdviseUnsetAccessedBy;
    if (names_device && device != supaCpuDeviceId) {
      SUPA_RETURN_IF_ERROR(Process().Device(device).status());
    }
    return CheckManaged(dev_ptr, count);
  });
}

supaError_t supaStreamAttachMemAsync(supaStream_t stream, void* dev_ptr, size_t length,
                                     unsigned int flags) {
  return Call([&]() -> Status {
    if (flags != supaMemAttachGlobal && flags != supaMemAttachHost &&
        flags != supaMemAttachSingle) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("Flags %#x of an attachment are wrong.", flags));
    }
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    SUPA_RETURN_IF_ERROR(rt::FindStream(*context, stream).status());
    return CheckManaged(dev_ptr, length);
  });
}

}  // namespace opensupa::api
