#include "function_attributes.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "call.h"
#include "driver/su_types.h"
#include "opensupa/core/error.h"
#include "opensupa/core/launch.h"

namespace opensupa::api {
namespace {

Status SetDynamicShared(rt::Function& function, int value) {
  const int64_t most =
      static_cast<int64_t>(rt::PropertiesOf(function).shared_bytes_per_block_optin) -
      function.info().static_shared_bytes;
  if (value < 0 || value > most) {
    return rt::MakeError(
        supaErrorInvalidValue,
        absl::StrFormat("Kernel '%s' cannot have %d bytes of dynamic shared memory; at most %d are "
                        "left on this device.",
                        function.info().name, value, most));
  }
  function.max_dynamic_shared_bytes.store(static_cast<uint32_t>(value));
  return absl::OkStatus();
}

}  // namespace

StatusOr<int> FunctionAttribute(const rt::Function& function, int attribute) {
  const binary::KernelInfo& info = function.info();
  const hal::DeviceProperties& device = rt::PropertiesOf(function);
  switch (attribute) {
    case SU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
      return static_cast<int>(function.max_threads_per_block());
    case SU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
      return static_cast<int>(info.static_shared_bytes);
    case SU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES:
      return static_cast<int>(info.constant_bytes);
    case SU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
      return static_cast<int>(info.local_bytes_per_thread);
    case SU_FUNC_ATTRIBUTE_NUM_REGS:
      return static_cast<int>(info.registers_per_thread);
    case SU_FUNC_ATTRIBUTE_PTX_VERSION:
    case SU_FUNC_ATTRIBUTE_BINARY_VERSION:
      return static_cast<int>(device.compute_major * 10 + device.compute_minor);
    case SU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
      return static_cast<int>(function.max_dynamic_shared_bytes.load());
    case SU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
      return function.shared_carveout.load();
    case SU_FUNC_ATTRIBUTE_CLUSTER_SIZE_MUST_BE_SET:
      return info.cluster_dim[0] != 0 ? 1 : 0;
    case SU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_WIDTH:
      return static_cast<int>(info.cluster_dim[0]);
    case SU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_HEIGHT:
      return static_cast<int>(info.cluster_dim[1]);
    case SU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_DEPTH:
      return static_cast<int>(info.cluster_dim[2]);
    case SU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED:
      return function.large_clusters.load() ? 1 : 0;
    default:
      break;
  }
  if (attribute >= 0 && attribute < SU_FUNC_ATTRIBUTE_MAX) return 0;  // no caches
  return rt::MakeError(supaErrorInvalidValue,
                       absl::StrFormat("There is no kernel attribute %d.", attribute));
}

Status ApplyLaunchAttributes(const supaLaunchAttribute* attributes, unsigned int count,
                             rt::LaunchShape& shape) {
  if (count > 0) SUPA_RETURN_IF_ERROR(NotNull(attributes, "config->attrs"));
  for (unsigned int i = 0; i < count; ++i) {
    const supaLaunchAttributeValue& value = attributes[i].val;
    switch (attributes[i].id) {
      case supaLaunchAttributeCooperative:
        shape.cooperative = value.cooperative != 0;
        break;
      case supaLaunchAttributeClusterDimension:
        shape.cluster = {value.clusterDim.x, value.clusterDim.y, value.clusterDim.z};
        break;
      case supaLaunchAttributeIgnore:
      case supaLaunchAttributePriority:
      case supaLaunchAttributeAccessPolicyWindow:
      case supaLaunchAttributeClusterSchedulingPolicyPreference:
        break;
      default:
        return rt::MakeError(supaErrorNotSupported,
                             absl::StrFormat("Launch attribute %d is not supported by OpenSUPA.",
                                             static_cast<int>(attributes[i].id)));
    }
  }
  return absl::OkStatus();
}

int LargestCluster(const rt::Function& function, const rt::LaunchShape& shape) {
  const uint32_t threads = shape.block.x * shape.block.y * shape.block.z;
  const uint64_t blocks =
      uint64_t{rt::ActiveBlocks(function, threads, shape.dynamic_shared_bytes)} *
      rt::PropertiesOf(function).multiprocessors;
  return static_cast<int>(std::min<uint64_t>(blocks, rt::MaxClusterBlocks(function)));
}

Status SetFunctionAttribute(rt::Function& function, int attribute, int value) {
  switch (attribute) {
    case SU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
      return SetDynamicShared(function, value);
    case SU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
      if (value < -1 || value > 100) {
        return rt::MakeError(
            supaErrorInvalidValue,
            absl::StrFormat("A carveout of %d percent is outside of -1 to 100.", value));
      }
      function.shared_carveout.store(value);
      return absl::OkStatus();
    case SU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED:
      if (value != 0 && value != 1) {
        return rt::MakeError(
            supaErrorInvalidValue,
            absl::StrFormat("Whether large clusters are allowed is 0 or 1, not %d.", value));
      }
      function.large_clusters.store(value != 0);
      return absl::OkStatus();
    default:
      return rt::MakeError(supaErrorInvalidValue,
                           absl::StrFormat("Kernel attribute %d cannot be set.", attribute));
  }
}

}  // namespace opensupa::api
