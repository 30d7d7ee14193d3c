#include "absl/strings/str_format.h"
#include "driver_handles.h"
#include "opensupa/core/copy.h"

namespace opensupa::api {
namespace {

SUresult Fill(SUstream stream, SUdeviceptr dst, uint64_t value, uint32_t element_bytes,
              size_t count, rt::Wait wait) {
  return WithStream(stream, [&](rt::Stream& found) {
    return rt::Fill(found,
                    {.dst = reinterpret_cast<void*>(dst),
                     .value = value,
                     .element_bytes = element_bytes,
                     .width_elements = count},
                    wait);
  });
}

SUresult FillRows(SUstream stream, SUdeviceptr dst, size_t pitch, uint64_t value,
                  uint32_t element_bytes, size_t width, size_t height, rt::Wait wait) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    if (height > 1 && width > pitch / element_bytes) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("Rows of %d elements of %d bytes do not fit a pitch of %d "
                                       "bytes.",
                                       width, element_bytes, pitch));
    }
    return rt::Fill(found,
                    {.dst = reinterpret_cast<void*>(dst),
                     .value = value,
                     .element_bytes = element_bytes,
                     .width_elements = width,
                     .height = height,
                     .pitch_bytes = height > 1 ? pitch : 0},
                    wait);
  });
}

}  // namespace

SUresult suMemsetD8(SUdeviceptr dst, unsigned char value, size_t count) {
  return Fill(nullptr, dst, value, 1, count, rt::Wait::kForHost);
}

SUresult suMemsetD16(SUdeviceptr dst, unsigned short value, size_t count) {
  return Fill(nullptr, dst, value, 2, count, rt::Wait::kForHost);
}

SUresult suMemsetD32(SUdeviceptr dst, unsigned int value, size_t count) {
  return Fill(nullptr, dst, value, 4, count, rt::Wait::kForHost);
}

SUresult suMemsetD8Async(SUdeviceptr dst, unsigned char value, size_t count, SUstream stream) {
  return Fill(stream, dst, value, 1, count, rt::Wait::kNo);
}

SUresult suMemsetD16Async(SUdeviceptr dst, unsigned short value, size_t count, SUstream stream) {
  return Fill(stream, dst, value, 2, count, rt::Wait::kNo);
}

SUresult suMemsetD32Async(SUdeviceptr dst, unsigned int value, size_t count, SUstream stream) {
  return Fill(stream, dst, value, 4, count, rt::Wait::kNo);
}

SUresult suMemsetD2D8(SUdeviceptr dst, size_t pitch, unsigned char value, size_t width,
                      size_t height) {
  return FillRows(nullptr, dst, pitch, value, 1, width, height, rt::Wait::kForHost);
}

SUresult suMemsetD2D16(SUdeviceptr dst, size_t pitch, unsigned short value, size_t width,
                       size_t height) {
  return FillRows(nullptr, dst, pitch, value, 2, width, height, rt::Wait::kForHost);
}

SUresult suMemsetD2D32(SUdeviceptr dst, size_t pitch, unsigned int value, size_t width,
                       size_t height) {
  return FillRows(nullptr, dst, pitch, value, 4, width, height, rt::Wait::kForHost);
}

SUresult suMemsetD2D8Async(SUdeviceptr dst, size_t pitch, unsigned char value, size_t width,
                           size_t height, SUstream stream) {
  return FillRows(stream, dst, pitch, value, 1, width, height, rt::Wait::kNo);
}

SUresult suMemsetD2D16Async(SUdeviceptr dst, size_t pitch, unsigned short value, size_t width,
                            size_t height, SUstream stream) {
  return FillRows(stream, dst, pitch, value, 2, width, height, rt::Wait::kNo);
}

SUresult suMemsetD2D32Async(SUdeviceptr dst, size_t pitch, unsigned int value, size_t width,
                            size_t height, SUstream stream) {
  return FillRows(stream, dst, pitch, value, 4, width, height, rt::Wait::kNo);
}

}  // namespace opensupa::api
