#include <cstring>

#include "absl/strings/str_format.h"
#include "driver_handles.h"

/// What the driver tells of an address.
namespace opensupa::api {
namespace {

/// Bytes of the value of an attribute; 0 for a number that is no attribute.
size_t ValueBytes(SUpointer_attribute attribute) {
  switch (attribute) {
    case SU_POINTER_ATTRIBUTE_CONTEXT:
    case SU_POINTER_ATTRIBUTE_DEVICE_POINTER:
    case SU_POINTER_ATTRIBUTE_HOST_POINTER:
    case SU_POINTER_ATTRIBUTE_BUFFER_ID:
    case SU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
    case SU_POINTER_ATTRIBUTE_RANGE_SIZE:
    case SU_POINTER_ATTRIBUTE_ALLOWED_HANDLE_TYPES:
    case SU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE:
    case SU_POINTER_ATTRIBUTE_MAPPING_SIZE:
    case SU_POINTER_ATTRIBUTE_MAPPING_BASE_ADDR:
    case SU_POINTER_ATTRIBUTE_MEMORY_BLOCK_ID:
      return 8;
    case SU_POINTER_ATTRIBUTE_P2P_TOKENS:
      return 16;
    case SU_POINTER_ATTRIBUTE_MEMORY_TYPE:
    case SU_POINTER_ATTRIBUTE_SYNC_MEMOPS:
    case SU_POINTER_ATTRIBUTE_IS_MANAGED:
    case SU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
    case SU_POINTER_ATTRIBUTE_IS_LEGACY_SUPA_IPC_CAPABLE:
    case SU_POINTER_ATTRIBUTE_MAPPED:
    case SU_POINTER_ATTRIBUTE_IS_GPU_DIRECT_RDMA_CAPABLE:
    case SU_POINTER_ATTRIBUTE_ACCESS_FLAGS:
      return 4;
  }
  return 0;
}

Status CheckAttribute(SUpointer_attribute attribute) {
  if (ValueBytes(attribute) != 0) return absl::OkStatus();
  return MakeError(supaErrorInvalidValue, absl::StrFormat("There is no pointer attribute %d.",
                                                          static_cast<int>(attribute)));
}

Status NoValue(SUpointer_attribute attribute, SUdeviceptr ptr) {
  return MakeError(
      supaErrorInvalidValue,
      absl::StrFormat("Address 0x%x has no attribute %d: it is %s.", ptr,
                      static_cast<int>(attribute), Process().addresses().Describe(ptr)));
}

/// Value of an attribute; its low bytes are the ones the program gets.
StatusOr<uint64_t> Value(SUpointer_attribute attribute, SUdeviceptr ptr,
                         const rt::Allocation& allocation) {
  const bool on_device = rt::IsDeviceKind(allocation.kind);
  const bool managed = allocation.kind == rt::MemoryKind::kManaged;
  switch (attribute) {
    case SU_POINTER_ATTRIBUTE_CONTEXT: {
      SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> owner,
                            Process().FindContextById(allocation.context_id));
      return reinterpret_cast<uint64_t>(HandleOf(*owner));
    }
    case SU_POINTER_ATTRIBUTE_MEMORY_TYPE:
      return on_device || managed ? SU_MEMORYTYPE_DEVICE : SU_MEMORYTYPE_HOST;
    case SU_POINTER_ATTRIBUTE_DEVICE_POINTER:
      return ptr;
    case SU_POINTER_ATTRIBUTE_HOST_POINTER:
      if (on_device) return NoValue(attribute, ptr);
      return ptr;
    case SU_POINTER_ATTRIBUTE_BUFFER_ID:
    case SU_POINTER_ATTRIBUTE_MEMORY_BLOCK_ID:
      return allocation.buffer_id;
    case SU_POINTER_ATTRIBUTE_IS_MANAGED:
      return managed ? 1 : 0;
    case SU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
      return static_cast<uint64_t>(allocation.device);
    case SU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
      return allocation.base;
    case SU_POINTER_ATTRIBUTE_RANGE_SIZE:
      return allocation.size_bytes;
    case SU_POINTER_ATTRIBUTE_MAPPED:
      return 1;
    case SU_POINTER_ATTRIBUTE_ACCESS_FLAGS:
      return SU_MEM_ACCESS_FLAGS_PROT_READWRITE;
    case SU_POINTER_ATTRIBUTE_MAPPING_SIZE:
    case SU_POINTER_ATTRIBUTE_MAPPING_BASE_ADDR: {
      if (allocation.kind != rt::MemoryKind::kMapped) return NoValue(attribute, ptr);
      SUPA_ASSIGN_OR_RETURN(rt::VirtualMemory::Mapping mapping,
                            Process().virtual_memory().FindMapping(ptr));
      return attribute == SU_POINTER_ATTRIBUTE_MAPPING_SIZE ? mapping.size_bytes : mapping.base;
    }
    case SU_POINTER_ATTRIBUTE_P2P_TOKENS:
      return NoValue(attribute, ptr);
    // Never shared with other processes or cards, never from a pool, never synchronous.
    case SU_POINTER_ATTRIBUTE_SYNC_MEMOPS:
    case SU_POINTER_ATTRIBUTE_IS_LEGACY_SUPA_IPC_CAPABLE:
    case SU_POINTER_ATTRIBUTE_ALLOWED_HANDLE_TYPES:
    case SU_POINTER_ATTRIBUTE_IS_GPU_DIRECT_RDMA_CAPABLE:
    case SU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE:
      return 0;
  }
  return CheckAttribute(attribute);
}

void Store(void* data, SUpointer_attribute attribute, uint64_t value) {
  const size_t bytes = ValueBytes(attribute);
  std::memset(data, 0, bytes);
  std::memcpy(data, &value, bytes < sizeof(value) ? bytes : sizeof(value));
}

}  // namespace

SUresult suPointerGetAttribute(void* data, SUpointer_attribute attribute, SUdeviceptr ptr) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(data, "data"));
    SUPA_RETURN_IF_ERROR(CheckAttribute(attribute));
    rt::AllocationRef found = Process().addresses().Find(ptr);
    if (found == nullptr) return NoValue(attribute, ptr);
    SUPA_ASSIGN_OR_RETURN(uint64_t value, Value(attribute, ptr, *found));
    Store(data, attribute, value);
    return absl::OkStatus();
  });
}

// Attributes that the address does not have are 0, and the device of an unknown one is invalid.
SUresult suPointerGetAttributes(unsigned int num_attributes, SUpointer_attribute* attributes,
                                void** data, SUdeviceptr ptr) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(attributes, "attributes"));
    SUPA_RETURN_IF_ERROR(NotNull(data, "data"));
    for (unsigned int i = 0; i < num_attributes; ++i) {
      SUPA_RETURN_IF_ERROR(NotNull(data[i], "data"));
      SUPA_RETURN_IF_ERROR(CheckAttribute(attributes[i]));
    }
    rt::AllocationRef found = Process().addresses().Find(ptr);
    for (unsigned int i = 0; i < num_attributes; ++i) {
      uint64_t value = 0;
      if (found != nullptr) {
        value = Value(attributes[i], ptr, *found).value_or(0);
      } else if (attributes[i] == SU_POINTER_ATTRIBUTE_DEVICE_ORDINAL) {
        value = static_cast<uint64_t>(SU_DEVICE_INVALID);
      }
      Store(data[i], attributes[i], value);
    }
    return absl::OkStatus();
  });
}

}  // namespace opensupa::api
