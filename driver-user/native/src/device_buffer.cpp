#include "device_buffer.h"

#include "absl/strings/str_cat.h"

namespace opensupa::native {

StatusOr<std::unique_ptr<DeviceBuffer>> DeviceBuffer::Create(std::shared_ptr<DeviceContext> context,
                                                             uint64_t size_bytes,
                                                             hal::Placement placement) {
  hal::MemoryDesc desc;
  desc.size_bytes = size_bytes;
  desc.placement = placement;
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<BufferObject> bo, BufferObject::Create(context, desc));
  SUPA_ASSIGN_OR_RETURN(std::unique_ptr<NativeRange> range,
                        NativeRange::Reserve(context, size_bytes, 0, 0));
  SUPA_RETURN_IF_ERROR(
      range->BindObject(0, bo, 0, size_bytes, hal::kAccessRead | hal::kAccessWrite));
  SUPA_ASSIGN_OR_RETURN(std::byte * host, HostPointer(*context, *bo, range->base()));
  return std::make_unique<DeviceBuffer>(std::move(range), host);
}

StatusOr<std::byte*> DeviceBuffer::HostPointer(DeviceContext& context, const BufferObject& bo,
                                               uint64_t address) {
  if (context.properties().unified_host_mapping) return reinterpret_cast<std::byte*>(address);
  supa_uapi_bo_mmap map{};
  map.handle = bo.handle();
  SUPA_RETURN_IF_ERROR(context.Call(SUPA_UAPI_BO_MMAP, map));
  if (map.host_address == 0) {
    return absl::UnimplementedError(absl::StrCat("Card ", context.port().name(),
                                                 " shows its memory to the host only through a ",
                                                 "file, which this driver does not map."));
  }
  return reinterpret_cast<std::byte*>(map.host_address);
}

}  // namespace opensupa::native
