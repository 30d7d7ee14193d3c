#include <algorithm>

#include "absl/strings/str_format.h"
#include "driver_handles.h"

namespace opensupa::api {
namespace {

constexpr uint64_t kPitchAlignBytes = 512;

Status NotEmpty(size_t size_bytes) {
  if (size_bytes != 0) return absl::OkStatus();
  return MakeError(supaErrorInvalidValue, "An allocation of 0 bytes is none.");
}

Status KnownFlags(const char* what, unsigned int flags, unsigned int known) {
  if ((flags & ~known) == 0) return absl::OkStatus();
  return MakeError(supaErrorInvalidValue,
                   absl::StrFormat("Flags %#x of %s are not all known.", flags, what));
}

StatusOr<void*> AllocateHost(size_t size_bytes, rt::MemoryKind kind, unsigned int flags) {
  SUPA_RETURN_IF_ERROR(NotEmpty(size_bytes));
  SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
  return Process().host_memory().Allocate(context->id(), context->device_ordinal(), size_bytes,
                                          kind, flags);
}

/// The host memory that holds `pointer`. supaErrorInvalidValue when it is not known.
StatusOr<rt::AllocationRef> HostAllocation(const void* pointer) {
  rt::AllocationRef found = Process().addresses().Find(reinterpret_cast<uint64_t>(pointer));
  if (found != nullptr && !rt::IsDeviceKind(found->kind)) return found;
  return MakeError(
      supaErrorInvalidValue,
      absl::StrFormat("Pointer %p is no page-locked or registered host memory.", pointer));
}

Status CheckManaged(SUdeviceptr address, size_t count) {
  rt::AllocationRef found = Process().addresses().Find(address);
  if (found != nullptr && found->kind == rt::MemoryKind::kManaged && count != 0 &&
      count <= found->end() - address) {
    return absl::OkStatus();
  }
  return MakeError(supaErrorInvalidValue,
                   absl::StrFormat("The range of %d bytes at 0x%x is no managed memory: it is %s.",
                                   count, address, Process().addresses().Describe(address)));
}

Status CheckDeviceOrHost(SUdevice device) {
  if (device == SU_DEVICE_CPU) return absl::OkStatus();
  return Process().Device(device).status();
}

}  // namespace

SUresult suMemGetInfo(size_t* free, size_t* total) {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    SUPA_ASSIGN_OR_RETURN(hal::MemoryInfo info, context->device().QueryMemory());
    if (free != nullptr) *free = info.free_bytes;
    if (total != nullptr) *total = info.total_bytes;
    return absl::OkStatus();
  });
}

SUresult suMemAlloc(SUdeviceptr* dev_ptr, size_t size) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(dev_ptr, "dev_ptr"));
    SUPA_RETURN_IF_ERROR(NotEmpty(size));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    SUPA_ASSIGN_OR_RETURN(*dev_ptr, context->Allocate(size));
    return absl::OkStatus();
  });
}

SUresult suMemAllocPitch(SUdeviceptr* dev_ptr, size_t* pitch, size_t width_in_bytes, size_t height,
                         unsigned int element_size_bytes) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(dev_ptr, "dev_ptr"));
    SUPA_RETURN_IF_ERROR(NotNull(pitch, "pitch"));
    if (element_size_bytes != 4 && element_size_bytes != 8 && element_size_bytes != 16) {
      return MakeError(
          supaErrorInvalidValue,
          absl::StrFormat("Elements of %d bytes are not of 4, 8 or 16 bytes.", element_size_bytes));
    }
    if (width_in_bytes == 0 || height == 0) return NotEmpty(0);
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    uint64_t padded = 0, size_bytes = 0;
    bool overflows = __builtin_add_overflow(width_in_bytes, kPitchAlignBytes - 1, &padded);
    padded = padded / kPitchAlignBytes * kPitchAlignBytes;
    overflows |= __builtin_mul_overflow(padded, height, &size_bytes);
    if (overflows) {
      return MakeError(
          supaErrorMemoryAllocation,
          absl::StrFormat("%d rows of %d bytes are too many.", height, width_in_bytes));
    }
    SUPA_ASSIGN_OR_RETURN(*dev_ptr, context->Allocate(size_bytes));
    *pitch = padded;
    return absl::OkStatus();
  });
}

SUresult suMemAllocManaged(SUdeviceptr* dev_ptr, size_t size, unsigned int flags) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(dev_ptr, "dev_ptr"));
    if (flags != SU_MEM_ATTACH_GLOBAL && flags != SU_MEM_ATTACH_HOST) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("Flags %#x of managed memory are wrong.", flags));
    }
    SUPA_ASSIGN_OR_RETURN(void* pointer, AllocateHost(size, rt::MemoryKind::kManaged, flags));
    *dev_ptr = reinterpret_cast<SUdeviceptr>(pointer);
    return absl::OkStatus();
  });
}

SUresult suMemFree(SUdeviceptr dev_ptr) {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    if (dev_ptr == 0) return absl::OkStatus();
    rt::AllocationRef found = Process().addresses().Find(dev_ptr);
    if (found != nullptr && found->kind == rt::MemoryKind::kManaged) {
      SUPA_RETURN_IF_ERROR(context->Synchronize());
      return Process().host_memory().Free(reinterpret_cast<void*>(dev_ptr),
                                          rt::MemoryKind::kManaged);
    }
    return context->Free(dev_ptr);
  });
}

SUresult suMemGetAddressRange(SUdeviceptr* base, size_t* size, SUdeviceptr dev_ptr) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(CurrentDriver().status());
    rt::AllocationRef found = Process().addresses().Find(dev_ptr);
    if (found == nullptr) {
      return MakeError(supaErrorSymbolNotFound,
                       absl::StrFormat("Address 0x%x lies in no allocation: it is %s.", dev_ptr,
                                       Process().addresses().Describe(dev_ptr)));
    }
    uint64_t start = found->base, bytes = found->size_bytes;
    if (found->kind == rt::MemoryKind::kMapped) {
      SUPA_ASSIGN_OR_RETURN(rt::VirtualMemory::Mapping mapping,
                            Process().virtual_memory().FindMapping(dev_ptr));
      start = mapping.base;
      bytes = mapping.size_bytes;
    }
    if (base != nullptr) *base = start;
    if (size != nullptr) *size = bytes;
    return absl::OkStatus();
  });
}

SUresult suMemAllocHost(void** ptr, size_t size) {
  return api::suMemHostAlloc(ptr, size, SU_MEMHOSTALLOC_DEVICEMAP);
}

SUresult suMemHostAlloc(void** ptr, size_t size, unsigned int flags) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(ptr, "ptr"));
    SUPA_RETURN_IF_ERROR(KnownFlags(
        "a host allocation", flags,
        SU_MEMHOSTALLOC_PORTABLE | SU_MEMHOSTALLOC_DEVICEMAP | SU_MEMHOSTALLOC_WRITECOMBINED));
    SUPA_ASSIGN_OR_RETURN(
        *ptr, AllocateHost(size, rt::MemoryKind::kPinned, flags | SU_MEMHOSTALLOC_DEVICEMAP));
    return absl::OkStatus();
  });
}

SUresult suMemFreeHost(void* ptr) {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    if (ptr == nullptr) return absl::OkStatus();
    SUPA_RETURN_IF_ERROR(context->Synchronize());
    return Process().host_memory().Free(ptr, rt::MemoryKind::kPinned);
  });
}

SUresult suMemHostGetDevicePointer(SUdeviceptr* dev_ptr, void* ptr, unsigned int flags) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(dev_ptr, "dev_ptr"));
    SUPA_RETURN_IF_ERROR(KnownFlags("suMemHostGetDevicePointer", flags, 0));
    SUPA_RETURN_IF_ERROR(CurrentDriver().status());
    SUPA_RETURN_IF_ERROR(HostAllocation(ptr).status());
    *dev_ptr = reinterpret_cast<SUdeviceptr>(ptr);
    return absl::OkStatus();
  });
}

SUresult suMemHostGetFlags(unsigned int* flags, void* ptr) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(flags, "flags"));
    SUPA_RETURN_IF_ERROR(CurrentDriver().status());
    SUPA_ASSIGN_OR_RETURN(rt::AllocationRef found, HostAllocation(ptr));
    *flags = found->flags;
    return absl::OkStatus();
  });
}

SUresult suMemHostRegister(void* ptr, size_t size, unsigned int flags) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(ptr, "ptr"));
    SUPA_RETURN_IF_ERROR(NotEmpty(size));
    SUPA_RETURN_IF_ERROR(KnownFlags("a registration", flags,
                                    SU_MEMHOSTREGISTER_PORTABLE | SU_MEMHOSTREGISTER_DEVICEMAP |
                                        SU_MEMHOSTREGISTER_IOMEMORY |
                                        SU_MEMHOSTREGISTER_READ_ONLY));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    return Process().host_memory().Register(context->id(), context->device_ordinal(), ptr, size,
                                            flags);
  });
}

SUresult suMemHostUnregister(void* ptr) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(ptr, "ptr"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    SUPA_RETURN_IF_ERROR(context->Synchronize());
    return Process().host_memory().Unregister(ptr);
  });
}

SUresult suMemAllocAsync(SUdeviceptr* dev_ptr, size_t size, SUstream stream) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(dev_ptr, "dev_ptr"));
    SUPA_RETURN_IF_ERROR(NotEmpty(size));
    SUPA_ASSIGN_OR_RETURN(*dev_ptr, found.context().Allocate(size));
    return absl::OkStatus();
  });
}

SUresult suMemFreeAsync(SUdeviceptr dev_ptr, SUstream stream) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    return dev_ptr == 0 ? absl::OkStatus() : found.context().FreeAsync(dev_ptr, found);
  });
}

SUresult suMemPrefetchAsync(SUdeviceptr dev_ptr, size_t count, SUdevice dst_device,
                            SUstream stream) {
  return WithStream(stream, [&](rt::Stream&) -> Status {
    SUPA_RETURN_IF_ERROR(CheckDeviceOrHost(dst_device));
    return CheckManaged(dev_ptr, count);  // the memory is where everyone reaches it already
  });
}

SUresult suMemAdvise(SUdeviceptr dev_ptr, size_t count, SUmem_advise advice, SUdevice device) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(CurrentDriver().status());
    if (advice < SU_MEM_ADVISE_SET_READ_MOSTLY || advice > SU_MEM_ADVISE_UNSET_ACCESSED_BY) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("There is no advice %d.", static_cast<int>(advice)));
    }
    // The others do not look at the device.
    if (advice > SU_MEM_ADVISE_UNSET_READ_MOSTLY &&
        advice != SU_MEM_ADVISE_UNSET_PREFERRED_LOCATION) {
      SUPA_RETURN_IF_ERROR(CheckDeviceOrHost(device));
    }
    return CheckManaged(dev_ptr, count);
  });
}

}  // namespace opensupa::api
