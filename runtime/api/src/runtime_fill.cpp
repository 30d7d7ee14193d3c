#include "absl/strings/str_format.h"
#include "call.h"
#include "opensupa/core/copy.h"

namespace opensupa::api {
namespace {

supaError_t FillIn(supaStream_t stream, const rt::FillBox& box, rt::Wait wait) {
  return Call([&]() -> Status {
    if (box.height > 1 && box.width_elements > box.pitch_bytes) {
      return MakeError(supaErrorInvalidPitchValue,
                       absl::StrFormat("Rows of %d bytes do not fit a pitch of %d bytes.",
                                       box.width_elements, box.pitch_bytes));
    }
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Stream> target, rt::FindStream(*context, stream));
    return rt::Fill(*target, box, wait);
  });
}

rt::FillBox Rows(void* dst, size_t pitch, int value, size_t width, size_t height) {
  rt::FillBox box;
  box.dst = dst;
  box.value = static_cast<unsigned char>(value);
  box.width_elements = width;
  box.height = height;
  box.pitch_bytes = pitch;
  return box;
}

rt::FillBox Box(const supaPitchedPtr& pointer, int value, const supaExtent& extent) {
  rt::FillBox box = Rows(pointer.ptr, pointer.pitch, value, extent.width, extent.height);
  box.depth = extent.depth;
  box.slice_bytes = pointer.pitch * pointer.ysize;
  return box;
}

}  // namespace

supaError_t supaMemset(void* dev_ptr, int value, size_t count) {
  return FillIn(nullptr, Rows(dev_ptr, count, value, count, 1), rt::Wait::kForHost);
}

supaError_t supaMemsetAsync(void* dev_ptr, int value, size_t count, supaStream_t stream) {
  return FillIn(stream, Rows(dev_ptr, count, value, count, 1), rt::Wait::kNo);
}

supaError_t supaMemset2D(void* dev_ptr, size_t pitch, int value, size_t width, size_t height) {
  return FillIn(nullptr, Rows(dev_ptr, pitch, value, width, height), rt::Wait::kForHost);
}

supaError_t supaMemset2DAsync(void* dev_ptr, size_t pitch, int value, size_t width, size_t height,
                              supaStream_t stream) {
  return FillIn(stream, Rows(dev_ptr, pitch, value, width, height), rt::Wait::kNo);
}

supaError_t supaMemset3D(struct supaPitchedPtr pitched_ptr, int value, struct supaExtent extent) {
  return FillIn(nullptr, Box(pitched_ptr, value, extent), rt::Wait::kForHost);
}

supaError_t supaMemset3DAsync(struct supaPitchedPtr pitched_ptr, int value,
                              struct supaExtent extent, supaStream_t stream) {
  return FillIn(stream, Box(pitched_ptr, value, extent), rt::Wait::kNo);
}

}  // namespace opensupa::api
