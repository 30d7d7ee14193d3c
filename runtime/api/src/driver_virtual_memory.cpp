#include "absl/strings/str_format.h"
#include "call.h"

namespace opensupa::api {
namespace {

Status NoFlags(unsigned long long flags) {
  if (flags == 0) return absl::OkStatus();
  return MakeError(supaErrorInvalidValue, absl::StrFormat("Flags %#x must be 0.", flags));
}

/// The context that memory of device `ordinal` is made in: the current one when it is of that
/// device, else the primary one.
StatusOr<std::shared_ptr<rt::Context>> ContextOn(int ordinal) {
  SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Process().Device(ordinal));
  if (StatusOr<rt::Context*> current = rt::DriverContext(Process());
      current.ok() && (*current)->device_ordinal() == ordinal) {
    return (*current)->shared_from_this();
  }
  return Process().Primary(*slot);
}

StatusOr<rt::DeviceSlot*> SlotAt(const SUmemLocation& location) {
  if (location.type == SU_MEM_LOCATION_TYPE_DEVICE) return Process().Device(location.id);
  if (location.type >= SU_MEM_LOCATION_TYPE_HOST &&
      location.type <= SU_MEM_LOCATION_TYPE_HOST_NUMA_CURRENT) {
    return MakeError(supaErrorNotSupported,
                     "Mapped memory of the host is not supported by OpenSUPA.");
  }
  return MakeError(supaErrorInvalidValue, absl::StrFormat("There is no memory location of type %d.",
                                                          static_cast<int>(location.type)));
}

/// The device that `prop` names, with all else checked.
StatusOr<rt::DeviceSlot*> SlotOf(const SUmemAllocationProp* prop) {
  SUPA_RETURN_IF_ERROR(NotNull(prop, "prop"));
  if (prop->type != SU_MEM_ALLOCATION_TYPE_PINNED) {
    return MakeError(supaErrorInvalidValue, absl::StrFormat("There is no allocation type %d.",
                                                            static_cast<int>(prop->type)));
  }
  if (prop->requestedHandleTypes != SU_MEM_HANDLE_TYPE_NONE) {
    return MakeError(supaErrorNotSupported,
                     "Memory for other processes is not supported by OpenSUPA.");
  }
  return SlotAt(prop->location);
}

StatusOr<uint32_t> HalAccess(SUmemAccess_flags flags) {
  switch (flags) {
    case SU_MEM_ACCESS_FLAGS_PROT_NONE:
      return 0;
    case SU_MEM_ACCESS_FLAGS_PROT_READ:
      return hal::kAccessRead;
    case SU_MEM_ACCESS_FLAGS_PROT_READWRITE:
      return hal::kAccessRead | hal::kAccessWrite;
    default:
      return MakeError(supaErrorInvalidValue, absl::StrFormat("There are no access flags %#x.",
                                                              static_cast<unsigned int>(flags)));
  }
}

}  // namespace

SUresult suMemGetAllocationGranularity(size_t* granularity, const SUmemAllocationProp* prop,
                                       SUmemAllocationGranularity_flags option) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(granularity, "granularity"));
    if (option != SU_MEM_ALLOC_GRANULARITY_MINIMUM &&
        option != SU_MEM_ALLOC_GRANULARITY_RECOMMENDED) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("There is no granularity %d.", static_cast<int>(option)));
    }
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, SlotOf(prop));
    *granularity = rt::VirtualMemory::GranularityBytes(
        slot->properties, option == SU_MEM_ALLOC_GRANULARITY_MINIMUM
                              ? rt::VirtualMemory::Grain::kMinimum
                              : rt::VirtualMemory::Grain::kRecommended);
    return absl::OkStatus();
  });
}

SUresult suMemCreate(SUmemGenericAllocationHandle* handle, size_t size,
                     const SUmemAllocationProp* prop, unsigned long long flags) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(handle, "handle"));
    SUPA_RETURN_IF_ERROR(NoFlags(flags));
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, SlotOf(prop));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> context, ContextOn(slot->ordinal));
    SUPA_ASSIGN_OR_RETURN(*handle, Process().virtual_memory().Create(*context, size));
    return absl::OkStatus();
  });
}

SUresult suMemRelease(SUmemGenericAllocationHandle handle) {
  return CallDriver([&]() -> Status { return Process().virtual_memory().Release(handle); });
}

SUresult suMemAddressReserve(SUdeviceptr* ptr, size_t size, size_t alignment, SUdeviceptr address,
                             unsigned long long flags) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(ptr, "ptr"));
    SUPA_RETURN_IF_ERROR(NoFlags(flags));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> context, ContextOn(rt::CurrentDevice()));
    SUPA_ASSIGN_OR_RETURN(*ptr,
                          Process().virtual_memory().Reserve(*context, size, alignment, address));
    return absl::OkStatus();
  });
}

SUresult suMemAddressFree(SUdeviceptr ptr, size_t size) {
  return CallDriver(
      [&]() -> Status { return Process().virtual_memory().FreeReservation(ptr, size); });
}

SUresult suMemMap(SUdeviceptr ptr, size_t size, size_t offset, SUmemGenericAllocationHandle handle,
                  unsigned long long flags) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NoFlags(flags));
    return Process().virtual_memory().Map(ptr, size, offset, handle);
  });
}

SUresult suMemUnmap(SUdeviceptr ptr, size_t size) {
  return CallDriver([&]() -> Status { return Process().virtual_memory().Unmap(ptr, size); });
}

SUresult suMemSetAccess(SUdeviceptr ptr, size_t size, const SUmemAccessDesc* desc, size_t count) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(desc, "desc"));
    if (count == 0) return MakeError(supaErrorInvalidValue, "No access is described.");
    // All are checked before one is set.
    for (size_t i = 0; i < count; ++i) {
      SUPA_RETURN_IF_ERROR(SlotAt(desc[i].location).status());
      SUPA_RETURN_IF_ERROR(HalAccess(desc[i].flags).status());
    }
    for (size_t i = 0; i < count; ++i) {
      SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, SlotAt(desc[i].location));
      SUPA_ASSIGN_OR_RETURN(uint32_t access, HalAccess(desc[i].flags));
      SUPA_RETURN_IF_ERROR(Process().virtual_memory().SetAccess(ptr, size, *slot, access));
    }
    return absl::OkStatus();
  });
}

SUresult suMemGetAccess(unsigned long long* flags, const SUmemLocation* location, SUdeviceptr ptr) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(flags, "flags"));
    SUPA_RETURN_IF_ERROR(NotNull(location, "location"));
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, SlotAt(*location));
    // The bits of hal::Access for reading and writing are those of the driver API.
    static_assert((hal::kAccessRead | hal::kAccessWrite) == SU_MEM_ACCESS_FLAGS_PROT_READWRITE);
    SUPA_ASSIGN_OR_RETURN(*flags, Process().virtual_memory().GetAccess(ptr, slot->ordinal));
    return absl::OkStatus();
  });
}

SUresult suMemRetainAllocationHandle(SUmemGenericAllocationHandle* handle, void* address) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(handle, "handle"));
    SUPA_ASSIGN_OR_RETURN(*handle,
                          Process().virtual_memory().Retain(reinterpret_cast<uint64_t>(address)));
    return absl::OkStatus();
  });
}

SUresult suMemGetAllocationPropertiesFromHandle(SUmemAllocationProp* prop,
                                                SUmemGenericAllocationHandle handle) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(prop, "prop"));
    SUPA_ASSIGN_OR_RETURN(int ordinal, Process().virtual_memory().DeviceOf(handle));
    *prop = {};
    prop->type = SU_MEM_ALLOCATION_TYPE_PINNED;
    prop->requestedHandleTypes = SU_MEM_HANDLE_TYPE_NONE;
    prop->location = {SU_MEM_LOCATION_TYPE_DEVICE, ordinal};
    return absl::OkStatus();
  });
}

}  // namespace opensupa::api
