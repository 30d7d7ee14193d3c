#include <algorithm>
#include <cstring>

#include "absl/strings/str_format.h"
#include "call.h"
#include "device_properties.h"

namespace opensupa::api {
namespace {

/// supaErrorInvalidDevice unless `ordinal` is one of the devices.
StatusOr<rt::DeviceSlot*> Slot(int ordinal) { return Process().Device(ordinal); }

StatusOr<size_t> LimitIndex(supaLimit limit) {
  const auto index = static_cast<size_t>(limit);
  if (index > supaLimitPersistingL2CacheSize) {
    return MakeError(supaErrorUnsupportedLimit,
                     absl::StrFormat("Limit %d is none that a device has.", index));
  }
  return index;
}

/// Flags of a device: known ones, and at most one way to schedule.
Status CheckDeviceFlags(unsigned int flags) {
  constexpr unsigned int kKnown =
      supaDeviceScheduleMask | supaDeviceMapHost | supaDeviceLmemResizeToMax | supaDeviceSyncMemops;
  const unsigned int schedule = flags & supaDeviceScheduleMask;
  if ((flags & ~kKnown) == 0 && (schedule & (schedule - 1)) == 0) return absl::OkStatus();
  return MakeError(
      supaErrorInvalidValue,
      absl::StrFormat("Device flags %#x are not all known or exclude each other.", flags));
}

void SetFlags(rt::DeviceSlot& slot, unsigned int flags) {
  std::lock_guard lock(slot.mutex);
  slot.primary_flags = flags;
  if (slot.primary != nullptr) slot.primary->flags.store(flags);
}

/// The primary context of `ordinal`.
StatusOr<std::shared_ptr<rt::Context>> PrimaryOf(int ordinal) {
  SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Slot(ordinal));
  return Process().Primary(*slot);
}

}  // namespace

supaError_t supaGetDeviceCount(int* count) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(count, "count"));
    *count = 0;
    SUPA_RETURN_IF_ERROR(Process().Initialize());
    *count = Process().device_count();
    return absl::OkStatus();
  });
}

supaError_t supaGetDevice(int* device) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(device, "device"));
    SUPA_RETURN_IF_ERROR(Process().Initialize());
    *device = rt::CurrentDevice();
    return absl::OkStatus();
  });
}

supaError_t supaSetDevice(int device) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> primary, PrimaryOf(device));
    rt::ThreadState& thread = rt::Thread();
    thread.device = device;
    if (thread.contexts.empty()) {
      thread.contexts.push_back(std::move(primary));
    } else {
      thread.contexts.back() = std::move(primary);
    }
    return absl::OkStatus();
  });
}

supaError_t supaSetValidDevices(int* devices, int count) {
  return Call([&]() -> Status {
    if (count < 0) return MakeError(supaErrorInvalidValue, "The number of devices is negative.");
    if (count > 0) SUPA_RETURN_IF_ERROR(NotNull(devices, "devices"));
    for (int i = 0; i < count; ++i) SUPA_RETURN_IF_ERROR(Slot(devices[i]).status());
    if (count > 0 && rt::Thread().contexts.empty()) rt::Thread().device = devices[0];
    return absl::OkStatus();
  });
}

supaError_t supaInitDevice(int device, unsigned int device_flags, unsigned int flags) {
  return Call([&]() -> Status {
    if ((flags & ~static_cast<unsigned int>(supaInitDeviceFlagsAreValid)) != 0) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("Flags %#x of supaInitDevice are not all known.", flags));
    }
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Slot(device));
    if ((flags & supaInitDeviceFlagsAreValid) != 0) {
      SUPA_RETURN_IF_ERROR(CheckDeviceFlags(device_flags));
      SetFlags(*slot, device_flags);
    }
    return Process().Primary(*slot).status();
  });
}

supaError_t supaGetDeviceProperties(struct supaDeviceProp* prop, int device) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(prop, "prop"));
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Slot(device));
    *prop = DescribeDevice(slot->properties);
    return absl::OkStatus();
  });
}

supaError_t supaDeviceGetAttribute(int* value, enum supaDeviceAttr attribute, int device) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(value, "value"));
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Slot(device));
    SUPA_ASSIGN_OR_RETURN(*value, DeviceAttribute(slot->properties, attribute));
    return absl::OkStatus();
  });
}

supaError_t supaChooseDevice(int* device, const struct supaDeviceProp* prop) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(device, "device"));
    SUPA_RETURN_IF_ERROR(NotNull(prop, "prop"));
    SUPA_RETURN_IF_ERROR(Process().Initialize());
    int best = 0, best_score = -1;
    for (int i = 0; i < Process().device_count(); ++i) {
      SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Slot(i));
      const supaDeviceProp own = DescribeDevice(slot->properties);
      int score = 0;
      score += prop->major == 0 || own.major == prop->major;
      score += prop->minor == 0 || own.minor == prop->minor;
      score += own.totalGlobalMem >= prop->totalGlobalMem;
      score += own.multiProcessorCount >= prop->multiProcessorCount;
      score += own.sharedMemPerBlock >= prop->sharedMemPerBlock;
      score += prop->name[0] == '\0' || std::strncmp(own.name, prop->name, sizeof(own.name)) == 0;
      if (score > best_score) {
        best_score = score;
        best = i;
      }
    }
    *device = best;
    return absl::OkStatus();
  });
}

supaError_t supaDeviceReset(void) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Slot(rt::CurrentDevice()));
    Process().ResetPrimary(*slot);
    // As after the start of the process: the fault that made a reset needed is forgotten, too.
    rt::Thread().last_error = supaSuccess;
    return absl::OkStatus();
  });
}

supaError_t supaDeviceSynchronize(void) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    return context->Synchronize();
  });
}

supaError_t supaDeviceSetLimit(enum supaLimit limit, size_t value) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(size_t index, LimitIndex(limit));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    context->limits[index].store(value);
    return absl::OkStatus();
  });
}

supaError_t supaDeviceGetLimit(size_t* value, enum supaLimit limit) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(value, "value"));
    SUPA_ASSIGN_OR_RETURN(size_t index, LimitIndex(limit));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    *value = context->limits[index].load();
    return absl::OkStatus();
  });
}

supaError_t supaDeviceSetCacheConfig(enum supaFuncCache config) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    context->cache_config.store(config);
    return absl::OkStatus();
  });
}

supaError_t supaDeviceGetCacheConfig(enum supaFuncCache* config) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(config, "config"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    *config = static_cast<supaFuncCache>(context->cache_config.load());
    return absl::OkStatus();
  });
}

supaError_t supaDeviceSetSharedMemConfig(enum supaSharedMemConfig config) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    context->shared_config.store(config);
    return absl::OkStatus();
  });
}

supaError_t supaDeviceGetSharedMemConfig(enum supaSharedMemConfig* config) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(config, "config"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    *config = static_cast<supaSharedMemConfig>(context->shared_config.load());
    return absl::OkStatus();
  });
}

supaError_t supaSetDeviceFlags(unsigned int flags) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(CheckDeviceFlags(flags));
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Slot(rt::CurrentDevice()));
    SetFlags(*slot, flags);
    return absl::OkStatus();
  });
}

supaError_t supaGetDeviceFlags(unsigned int* flags) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(flags, "flags"));
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Slot(rt::CurrentDevice()));
    std::lock_guard lock(slot->mutex);
    *flags = slot->primary_flags;
    return absl::OkStatus();
  });
}

supaError_t supaDeviceGetByPCIBusId(int* device, const char* bus_id) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(device, "device"));
    SUPA_RETURN_IF_ERROR(NotNull(bus_id, "bus_id"));
    SUPA_RETURN_IF_ERROR(Process().Initialize());
    for (int i = 0; i < Process().device_count(); ++i) {
      SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Slot(i));
      const std::string own = PciBusId(slot->properties);
      const std::string without_domain = own.substr(5);
      const std::string given(bus_id);
      if (given == own || given == without_domain || given + ".0" == own) {
        *device = i;
        return absl::OkStatus();
      }
    }
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("No device stands at PCI bus id '%s'.", bus_id));
  });
}

supaError_t supaDeviceGetPCIBusId(char* bus_id, int length, int device) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(bus_id, "bus_id"));
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Slot(device));
    const std::string text = PciBusId(slot->properties);
    if (length <= static_cast<int>(text.size())) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("A PCI bus id needs %d bytes, but there are %d.",
                                       text.size() + 1, length));
    }
    std::memcpy(bus_id, text.c_str(), text.size() + 1);
    return absl::OkStatus();
  });
}

supaError_t supaDeviceGetStreamPriorityRange(int* least_priority, int* greatest_priority) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(Current().status());
    if (least_priority != nullptr) *least_priority = 0;
    if (greatest_priority != nullptr) *greatest_priority = -5;
    return absl::OkStatus();
  });
}

supaError_t supaDeviceCanAccessPeer(int* can_access, int device, int peer_device) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(can_access, "can_access"));
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * own, Slot(device));
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * peer, Slot(peer_device));
    *can_access = own != peer && rt::CanAccessPeer(own->properties, peer->properties);
    return absl::OkStatus();
  });
}

supaError_t supaDeviceEnablePeerAccess(int peer_device, unsigned int flags) {
  return Call([&]() -> Status {
    if (flags != 0) return MakeError(supaErrorInvalidValue, "Flags of peer access must be 0.");
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> peer, PrimaryOf(peer_device));
    return context->EnablePeer(*peer);
  });
}

supaError_t supaDeviceDisablePeerAccess(int peer_device) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> peer, PrimaryOf(peer_device));
    return context->DisablePeer(*peer);
  });
}

supaError_t supaDeviceGetP2PAttribute(int* value, enum supaDeviceP2PAttr attribute, int src_device,
                                      int dst_device) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(value, "value"));
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * src, Slot(src_device));
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * dst, Slot(dst_device));
    if (src == dst) {
      return MakeError(supaErrorInvalidDevice, "A device has no peer attribute with itself.");
    }
    switch (attribute) {
      case supaDevP2PAttrAccessSupported:
      case supaDevP2PAttrNativeAtomicSupported:
        *value = rt::CanAccessPeer(src->properties, dst->properties);
        return absl::OkStatus();
      case supaDevP2PAttrPerformanceRank:
      case supaDevP2PAttrSupaArrayAccessSupported:
        *value = 0;
        return absl::OkStatus();
    }
    return MakeError(supaErrorInvalidValue, absl::StrFormat("There is no peer attribute %d.",
                                                            static_cast<int>(attribute)));
  });
}

}  // namespace opensupa::api
