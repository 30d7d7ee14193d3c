#include "native_memory.h"

#include "absl/strings/str_cat.h"
#include "card_properties.h"

namespace opensupa::native {

StatusOr<std::shared_ptr<BufferObject>> BufferObject::Create(std::shared_ptr<DeviceContext> context,
                                                             const hal::MemoryDesc& desc) {
  const uint32_t page = context->properties().page_bytes;
  if (desc.size_bytes == 0 || desc.size_bytes % page != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("Memory of ", desc.size_bytes,
                     " bytes cannot be made: the size must be a multiple of the page, ", page,
                     " bytes, and not 0."));
  }
  supa_uapi_bo_create create{};
  create.size_bytes = desc.size_bytes;
  create.placement = desc.placement == hal::Placement::kDevice ? SUPA_UAPI_BO_PLACEMENT_DEVICE
                                                               : SUPA_UAPI_BO_PLACEMENT_HOST;
  create.flags = desc.shareable ? SUPA_UAPI_BO_FLAG_SHAREABLE : 0;
  SUPA_RETURN_IF_ERROR_CONTEXT(
      context->Call(SUPA_UAPI_BO_CREATE, create),
      absl::StrCat("creating ", desc.size_bytes, " bytes of ",
                   desc.placement == hal::Placement::kDevice ? "device" : "host",
                   " memory on card ", context->port().name()));
  return std::make_shared<BufferObject>(std::move(context), create.handle);
}

BufferObject::~BufferObject() {
  supa_uapi_bo_destroy destroy{};
  destroy.handle = handle_;
  context_->Release(SUPA_UAPI_BO_DESTROY, destroy);
}

}  // namespace opensupa::native
