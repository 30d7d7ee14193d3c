#include "function_attributes.h"

#include "absl/strings/str_format.h"
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
    default:
      break;
  }
  if (attribute >= 0 && attribute < SU_FUNC_ATTRIBUTE_MAX) return 0;  // no caches, no clusters
  return rt::MakeError(supaErrorInvalidValue,
                       absl::StrFormat("There is no kernel attribute %d.", attribute));
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
    default:
      return rt::MakeError(supaErrorInvalidValue,
                           absl::StrFormat("Kernel attribute %d cannot be set.", attribute));
  }
}

}  // namespace opensupa::api
