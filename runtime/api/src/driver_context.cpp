#include <mutex>

#include "absl/strings/str_format.h"
#include "driver_handles.h"

namespace opensupa::api {
namespace {

constexpr unsigned int kDriverApiVersion = SUPA_VERSION;

/// The context `handle`, or the current one when it is null.
StatusOr<std::shared_ptr<rt::Context>> FindOrCurrent(SUcontext handle) {
  if (handle != nullptr) return FindContext(handle);
  SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
  return context->shared_from_this();
}

Status CheckContextFlags(unsigned int flags) {
  const unsigned int schedule = flags & SU_CTX_SCHED_MASK;
  if ((flags & ~static_cast<unsigned int>(SU_CTX_FLAGS_MASK)) == 0 &&
      (schedule & (schedule - 1)) == 0) {
    return absl::OkStatus();
  }
  return MakeError(supaErrorInvalidValue,
                   absl::StrFormat("Context flags %#x are unknown or exclude each other.", flags));
}

StatusOr<size_t> LimitIndex(SUlimit limit) {
  const auto index = static_cast<size_t>(limit);
  if (index < SU_LIMIT_MAX) return index;
  return MakeError(supaErrorUnsupportedLimit,
                   absl::StrFormat("Limit %d is none that a device has.", index));
}

}  // namespace

SUcontext HandleOf(const rt::Context& context) {
  return reinterpret_cast<SUcontext>(const_cast<void*>(context.handle()));
}

StatusOr<std::shared_ptr<rt::Context>> FindContext(SUcontext handle) {
  std::shared_ptr<rt::Context> context = Process().contexts().Find(handle);
  if (context != nullptr) return context;
  return MakeError(supaErrorDeviceUninitialized, absl::StrFormat("Handle %p is no live context.",
                                                                 static_cast<const void*>(handle)));
}

SUresult suDevicePrimaryCtxRetain(SUcontext* context, SUdevice device) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(context, "context"));
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Process().Device(device));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> primary, Process().Primary(*slot));
    std::lock_guard lock(slot->mutex);
    ++slot->retains;
    *context = HandleOf(*primary);
    return absl::OkStatus();
  });
}

SUresult suDevicePrimaryCtxRelease(SUdevice device) {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Process().Device(device));
    {
      std::lock_guard lock(slot->mutex);
      if (slot->retains == 0) {
        return MakeError(
            supaErrorDeviceUninitialized,
            absl::StrFormat("The primary context of device %d is not retained.", device));
      }
      if (--slot->retains > 0) return absl::OkStatus();
    }
    Process().ResetPrimary(*slot);
    return absl::OkStatus();
  });
}

SUresult suDevicePrimaryCtxReset(SUdevice device) {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Process().Device(device));
    Process().ResetPrimary(*slot);
    return absl::OkStatus();
  });
}

SUresult suDevicePrimaryCtxGetState(SUdevice device, unsigned int* flags, int* active) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(flags, "flags"));
    SUPA_RETURN_IF_ERROR(NotNull(active, "active"));
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Process().Device(device));
    std::lock_guard lock(slot->mutex);
    *flags = slot->primary_flags;
    *active = slot->primary != nullptr;
    return absl::OkStatus();
  });
}

SUresult suDevicePrimaryCtxSetFlags(SUdevice device, unsigned int flags) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(CheckContextFlags(flags));
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Process().Device(device));
    std::lock_guard lock(slot->mutex);
    slot->primary_flags = flags;
    if (slot->primary != nullptr) slot->primary->flags.store(flags);
    return absl::OkStatus();
  });
}

SUresult suCtxCreate(SUcontext* context, unsigned int flags, SUdevice device) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(context, "context"));
    SUPA_RETURN_IF_ERROR(CheckContextFlags(flags));
    SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * slot, Process().Device(device));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> made,
                          rt::Context::Create(Process(), *slot, /*primary=*/false, flags));
    *context = HandleOf(*made);
    rt::Thread().contexts.push_back(std::move(made));
    return absl::OkStatus();
  });
}

SUresult suCtxDestroy(SUcontext context) {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> found, FindContext(context));
    if (found->primary()) {
      return MakeError(supaErrorDeviceUninitialized,
                       "A primary context is released, not destroyed.");
    }
    auto& contexts = rt::Thread().contexts;
    if (!contexts.empty() && contexts.back() == found) contexts.pop_back();
    found->Destroy();
    return absl::OkStatus();
  });
}

SUresult suCtxPushCurrent(SUcontext context) {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> found, FindContext(context));
    rt::Thread().contexts.push_back(std::move(found));
    return absl::OkStatus();
  });
}

SUresult suCtxPopCurrent(SUcontext* context) {
  return CallDriver([&]() -> Status {
    auto& contexts = rt::Thread().contexts;
    if (contexts.empty()) {
      return MakeError(supaErrorDeviceUninitialized,
                       "No context is current to the calling thread.");
    }
    if (context != nullptr) *context = HandleOf(*contexts.back());
    contexts.pop_back();
    return absl::OkStatus();
  });
}

SUresult suCtxSetCurrent(SUcontext context) {
  return CallDriver([&]() -> Status {
    auto& contexts = rt::Thread().contexts;
    std::shared_ptr<rt::Context> found;
    if (context != nullptr) {
      SUPA_ASSIGN_OR_RETURN(found, FindContext(context));
    }
    if (!contexts.empty()) contexts.pop_back();
    if (found != nullptr) contexts.push_back(std::move(found));
    return absl::OkStatus();
  });
}

SUresult suCtxGetCurrent(SUcontext* context) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(context, "context"));
    const auto& contexts = rt::Thread().contexts;
    *context = contexts.empty() ? nullptr : HandleOf(*contexts.back());
    return absl::OkStatus();
  });
}

SUresult suCtxGetDevice(SUdevice* device) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(device, "device"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, rt::DriverContext(Process()));
    *device = context->device_ordinal();
    return absl::OkStatus();
  });
}

SUresult suCtxGetFlags(unsigned int* flags) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(flags, "flags"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    *flags = context->flags.load();
    return absl::OkStatus();
  });
}

SUresult suCtxSetFlags(unsigned int flags) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(CheckContextFlags(flags));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    context->flags.store(flags);
    return absl::OkStatus();
  });
}

SUresult suCtxGetId(SUcontext context, unsigned long long* context_id) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(context_id, "context_id"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> found, FindOrCurrent(context));
    *context_id = found->id();
    return absl::OkStatus();
  });
}

SUresult suCtxSynchronize(void) {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    return context->Synchronize();
  });
}

SUresult suCtxSetLimit(SUlimit limit, size_t value) {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(size_t index, LimitIndex(limit));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    context->limits[index].store(value);
    return absl::OkStatus();
  });
}

SUresult suCtxGetLimit(size_t* value, SUlimit limit) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(value, "value"));
    SUPA_ASSIGN_OR_RETURN(size_t index, LimitIndex(limit));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    *value = context->limits[index].load();
    return absl::OkStatus();
  });
}

SUresult suCtxGetCacheConfig(SUfunc_cache* config) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(config, "config"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    *config = static_cast<SUfunc_cache>(context->cache_config.load());
    return absl::OkStatus();
  });
}

SUresult suCtxSetCacheConfig(SUfunc_cache config) {
  return CallDriver([&]() -> Status {
    if (static_cast<unsigned int>(config) > SU_FUNC_CACHE_PREFER_EQUAL) {
      return MakeError(supaErrorInvalidValue, absl::StrFormat("There is no cache preference %d.",
                                                              static_cast<int>(config)));
    }
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    context->cache_config.store(config);
    return absl::OkStatus();
  });
}

SUresult suCtxGetSharedMemConfig(SUsharedconfig* config) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(config, "config"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    *config = static_cast<SUsharedconfig>(context->shared_config.load());
    return absl::OkStatus();
  });
}

SUresult suCtxSetSharedMemConfig(SUsharedconfig config) {
  return CallDriver([&]() -> Status {
    if (static_cast<unsigned int>(config) > SU_SHARED_MEM_CONFIG_EIGHT_BYTE_BANK_SIZE) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("There is no bank size %d.", static_cast<int>(config)));
    }
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    context->shared_config.store(config);
    return absl::OkStatus();
  });
}

SUresult suCtxGetApiVersion(SUcontext context, unsigned int* version) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(version, "version"));
    SUPA_RETURN_IF_ERROR(FindOrCurrent(context).status());
    *version = kDriverApiVersion;
    return absl::OkStatus();
  });
}

SUresult suCtxGetStreamPriorityRange(int* least_priority, int* greatest_priority) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(CurrentDriver().status());
    if (least_priority != nullptr) *least_priority = 0;
    if (greatest_priority != nullptr) *greatest_priority = -5;
    return absl::OkStatus();
  });
}

SUresult suCtxEnablePeerAccess(SUcontext peer_context, unsigned int flags) {
  return CallDriver([&]() -> Status {
    if (flags != 0) return MakeError(supaErrorInvalidValue, "Flags of peer access must be 0.");
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> peer, FindContext(peer_context));
    return context->EnablePeer(*peer);
  });
}

SUresult suCtxDisablePeerAccess(SUcontext peer_context) {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> peer, FindContext(peer_context));
    return context->DisablePeer(*peer);
  });
}

}  // namespace opensupa::api
