#include <algorithm>
#include <cstring>
#include <string>

#include "absl/strings/str_format.h"
#include "call.h"
#include "device_properties.h"

namespace opensupa::api {
namespace {

StatusOr<const hal::DeviceProperties*> PropertiesOf(SUdevice device) {
  SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Process().Device(device));
  return &slot->properties;
}

}  // namespace

SUresult suDeviceGet(SUdevice* device, int ordinal) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(device, "device"));
    SUPA_RETURN_IF_ERROR(Process().Device(ordinal).status());
    *device = ordinal;
    return absl::OkStatus();
  });
}

SUresult suDeviceGetCount(int* count) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(count, "count"));
    *count = Process().device_count();
    return absl::OkStatus();
  });
}

SUresult suDeviceGetName(char* name, int length, SUdevice device) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(name, "name"));
    if (length <= 0) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("A name does not fit into %d bytes.", length));
    }
    SUPA_ASSIGN_OR_RETURN(const hal::DeviceProperties* properties, PropertiesOf(device));
    const size_t bytes = std::min(properties->name.size(), static_cast<size_t>(length) - 1);
    std::memcpy(name, properties->name.data(), bytes);
    name[bytes] = '\0';
    return absl::OkStatus();
  });
}

SUresult suDeviceGetUuid(SUuuid* uuid, SUdevice device) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(uuid, "uuid"));
    SUPA_ASSIGN_OR_RETURN(const hal::DeviceProperties* properties, PropertiesOf(device));
    static_assert(sizeof(uuid->bytes) == sizeof(properties->uuid));
    std::memcpy(uuid->bytes, properties->uuid.data(), sizeof(uuid->bytes));
    return absl::OkStatus();
  });
}

SUresult suDeviceTotalMem(size_t* bytes, SUdevice device) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(bytes, "bytes"));
    SUPA_ASSIGN_OR_RETURN(const hal::DeviceProperties* properties, PropertiesOf(device));
    *bytes = properties->memory_bytes;
    return absl::OkStatus();
  });
}

SUresult suDeviceGetAttribute(int* value, SUdevice_attribute attribute, SUdevice device) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(value, "value"));
    SUPA_ASSIGN_OR_RETURN(const hal::DeviceProperties* properties, PropertiesOf(device));
    SUPA_ASSIGN_OR_RETURN(*value, DeviceAttribute(*properties, attribute));
    return absl::OkStatus();
  });
}

SUresult suDeviceGetProperties(SUdevprop* prop, SUdevice device) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(prop, "prop"));
    SUPA_ASSIGN_OR_RETURN(const hal::DeviceProperties* properties, PropertiesOf(device));
    const supaDeviceProp own = DescribeDevice(*properties);
    prop->maxThreadsPerBlock = own.maxThreadsPerBlock;
    std::copy(std::begin(own.maxThreadsDim), std::end(own.maxThreadsDim), prop->maxThreadsDim);
    std::copy(std::begin(own.maxGridSize), std::end(own.maxGridSize), prop->maxGridSize);
    prop->sharedMemPerBlock = static_cast<int>(own.sharedMemPerBlock);
    prop->totalConstantMemory = static_cast<int>(own.totalConstMem);
    prop->SIMDWidth = own.warpSize;
    prop->memPitch = static_cast<int>(own.memPitch);
    prop->regsPerBlock = own.regsPerBlock;
    prop->clockRate = own.clockRate;
    prop->textureAlign = static_cast<int>(own.textureAlignment);
    return absl::OkStatus();
  });
}

SUresult suDeviceComputeCapability(int* major, int* minor, SUdevice device) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(major, "major"));
    SUPA_RETURN_IF_ERROR(NotNull(minor, "minor"));
    SUPA_ASSIGN_OR_RETURN(const hal::DeviceProperties* properties, PropertiesOf(device));
    *major = static_cast<int>(properties->compute_major);
    *minor = static_cast<int>(properties->compute_minor);
    return absl::OkStatus();
  });
}

SUresult suDeviceGetByPCIBusId(SUdevice* device, const char* bus_id) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(device, "device"));
    SUPA_RETURN_IF_ERROR(NotNull(bus_id, "bus_id"));
    const std::string given(bus_id);
    for (int i = 0; i < Process().device_count(); ++i) {
      SUPA_ASSIGN_OR_RETURN(const hal::DeviceProperties* properties, PropertiesOf(i));
      const std::string own = PciBusId(*properties);
      if (given == own || given == own.substr(5) || given + ".0" == own) {
        *device = i;
        return absl::OkStatus();
      }
    }
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("No device stands at PCI bus id '%s'.", bus_id));
  });
}

SUresult suDeviceGetPCIBusId(char* bus_id, int length, SUdevice device) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(bus_id, "bus_id"));
    SUPA_ASSIGN_OR_RETURN(const hal::DeviceProperties* properties, PropertiesOf(device));
    const std::string text = PciBusId(*properties);
    if (length <= static_cast<int>(text.size())) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("A PCI bus id needs %d bytes, but there are %d.",
                                       text.size() + 1, length));
    }
    std::memcpy(bus_id, text.c_str(), text.size() + 1);
    return absl::OkStatus();
  });
}

SUresult suDeviceCanAccessPeer(int* can_access, SUdevice device, SUdevice peer_device) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(can_access, "can_access"));
    SUPA_ASSIGN_OR_RETURN(const hal::DeviceProperties* own, PropertiesOf(device));
    SUPA_ASSIGN_OR_RETURN(const hal::DeviceProperties* peer, PropertiesOf(peer_device));
    *can_access = own != peer && rt::CanAccessPeer(*own, *peer);
    return absl::OkStatus();
  });
}

SUresult suDeviceGetP2PAttribute(int* value, SUdevice_P2PAttribute attribute, SUdevice src_device,
                                 SUdevice dst_device) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(value, "value"));
    SUPA_ASSIGN_OR_RETURN(const hal::DeviceProperties* src, PropertiesOf(src_device));
    SUPA_ASSIGN_OR_RETURN(const hal::DeviceProperties* dst, PropertiesOf(dst_device));
    if (src == dst) {
      return MakeError(supaErrorInvalidDevice, "A device has no peer attribute with itself.");
    }
    switch (attribute) {
      case SU_DEVICE_P2P_ATTRIBUTE_ACCESS_SUPPORTED:
      case SU_DEVICE_P2P_ATTRIBUTE_NATIVE_ATOMIC_SUPPORTED:
        *value = rt::CanAccessPeer(*src, *dst);
        return absl::OkStatus();
      case SU_DEVICE_P2P_ATTRIBUTE_PERFORMANCE_RANK:
      case SU_DEVICE_P2P_ATTRIBUTE_SUPA_ARRAY_ACCESS_SUPPORTED:
        *value = 0;
        return absl::OkStatus();
    }
    return MakeError(supaErrorInvalidValue, absl::StrFormat("There is no peer attribute %d.",
                                                            static_cast<int>(attribute)));
  });
}

}  // namespace opensupa::api
