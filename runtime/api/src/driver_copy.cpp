#include "absl/strings/str_format.h"
#include "driver_handles.h"
#include "opensupa/core/copy.h"

namespace opensupa::api {
namespace {

void* PointerOf(SUdeviceptr address) { return reinterpret_cast<void*>(address); }

SUresult Copy(SUstream stream, void* dst, const void* src, size_t count, supaMemcpyKind kind,
              rt::Wait wait) {
  return WithStream(stream, [&](rt::Stream& found) {
    return rt::Copy(found, {.dst = dst, .src = src, .width_bytes = count}, kind, wait);
  });
}

SUresult CopyPeer(SUstream stream, SUdeviceptr dst, SUcontext dst_context, SUdeviceptr src,
                  SUcontext src_context, size_t count, rt::Wait wait) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> to, FindContext(dst_context));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> from, FindContext(src_context));
    return rt::CopyPeer(found, PointerOf(dst), *to, PointerOf(src), *from, count, wait);
  });
}

/// One side of a copy of rows, as the program describes it.
struct Rows {
  SUmemorytype type;
  uint64_t host, device;
  size_t x_bytes, y, z;
  size_t pitch_bytes, slice_rows;
};

struct Place {
  uint64_t address = 0;
  uint64_t pitch_bytes = 0, slice_bytes = 0;
};

StatusOr<Place> PlaceOf(const char* side, const Rows& rows, size_t width_bytes, size_t height,
                        size_t depth) {
  uint64_t base = 0;
  switch (rows.type) {
    case SU_MEMORYTYPE_HOST:
      base = rows.host;
      break;
    case SU_MEMORYTYPE_DEVICE:
    case SU_MEMORYTYPE_UNIFIED:
      base = rows.device;
      break;
    case SU_MEMORYTYPE_ARRAY:
      return MakeError(supaErrorNotSupported, "Copies of arrays are not supported by OpenSUPA.");
    default:
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("The copy's %s has memory type %d, which does not exist.",
                                       side, static_cast<int>(rows.type)));
  }
  if (base == 0) {
    return MakeError(supaErrorInvalidValue, absl::StrFormat("The copy's %s is null.", side));
  }
  uint64_t row_end = 0;
  if (__builtin_add_overflow(rows.x_bytes, width_bytes, &row_end)) row_end = UINT64_MAX;
  Place place;
  // A single row needs no pitch.
  const bool one_row = height <= 1 && depth <= 1 && rows.y == 0 && rows.z == 0;
  place.pitch_bytes = one_row && rows.pitch_bytes == 0 ? row_end : rows.pitch_bytes;
  if (row_end > place.pitch_bytes) {
    return MakeError(
        supaErrorInvalidValue,
        absl::StrFormat("Rows of %d bytes from byte %d do not fit the %s's pitch of %d bytes.",
                        width_bytes, rows.x_bytes, side, rows.pitch_bytes));
  }
  uint64_t offset_rows = 0, offset_bytes = 0;
  bool overflows = __builtin_mul_overflow(place.pitch_bytes, rows.slice_rows, &place.slice_bytes);
  overflows |= __builtin_mul_overflow(rows.z, rows.slice_rows, &offset_rows);
  overflows |= __builtin_add_overflow(offset_rows, rows.y, &offset_rows);
  overflows |= __builtin_mul_overflow(offset_rows, place.pitch_bytes, &offset_bytes);
  overflows |= __builtin_add_overflow(offset_bytes, rows.x_bytes, &offset_bytes);
  overflows |= __builtin_add_overflow(base, offset_bytes, &place.address);
  if (overflows) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("The copy's %s does not fit into memory.", side));
  }
  return place;
}

supaMemcpyKind KindOf(SUmemorytype dst, SUmemorytype src) {
  if (dst == SU_MEMORYTYPE_UNIFIED || src == SU_MEMORYTYPE_UNIFIED) return supaMemcpyDefault;
  if (dst == SU_MEMORYTYPE_HOST) {
    return src == SU_MEMORYTYPE_HOST ? supaMemcpyHostToHost : supaMemcpyDeviceToHost;
  }
  return src == SU_MEMORYTYPE_HOST ? supaMemcpyHostToDevice : supaMemcpyDeviceToDevice;
}

Status CopyRows(rt::Stream& stream, const Rows& dst, const Rows& src, size_t width_bytes,
                size_t height, size_t depth, rt::Wait wait) {
  if (width_bytes == 0 || height == 0 || depth == 0) return absl::OkStatus();
  SUPA_ASSIGN_OR_RETURN(Place to, PlaceOf("destination", dst, width_bytes, height, depth));
  SUPA_ASSIGN_OR_RETURN(Place from, PlaceOf("source", src, width_bytes, height, depth));
  if (depth > 1 && (dst.slice_rows < height || src.slice_rows < height)) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("Slices of %d rows do not fit heights of %d and %d rows.",
                                     height, dst.slice_rows, src.slice_rows));
  }
  rt::CopyBox box;
  box.dst = PointerOf(to.address);
  box.src = PointerOf(from.address);
  box.width_bytes = width_bytes;
  box.height = height;
  box.depth = depth;
  box.dst_pitch_bytes = to.pitch_bytes;
  box.src_pitch_bytes = from.pitch_bytes;
  box.dst_slice_bytes = to.slice_bytes;
  box.src_slice_bytes = from.slice_bytes;
  return rt::Copy(stream, box, KindOf(dst.type, src.type), wait);
}

SUresult Copy2D(const SUPA_MEMCPY2D* copy, SUstream stream, rt::Wait wait) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(copy, "copy"));
    const Rows dst{copy->dstMemoryType, reinterpret_cast<uint64_t>(copy->dstHost),
                   copy->dstDevice,     copy->dstXInBytes,
                   copy->dstY,          0,
                   copy->dstPitch,      0};
    const Rows src{copy->srcMemoryType, reinterpret_cast<uint64_t>(copy->srcHost),
                   copy->srcDevice,     copy->srcXInBytes,
                   copy->srcY,          0,
                   copy->srcPitch,      0};
    return CopyRows(found, dst, src, copy->WidthInBytes, copy->Height, 1, wait);
  });
}

SUresult Copy3D(const SUPA_MEMCPY3D* copy, SUstream stream, rt::Wait wait) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(copy, "copy"));
    if (copy->srcLOD != 0 || copy->dstLOD != 0) {
      return MakeError(supaErrorInvalidValue, "Linear memory has no level of detail but 0.");
    }
    const Rows dst{copy->dstMemoryType, reinterpret_cast<uint64_t>(copy->dstHost),
                   copy->dstDevice,     copy->dstXInBytes,
                   copy->dstY,          copy->dstZ,
                   copy->dstPitch,      copy->dstHeight};
    const Rows src{copy->srcMemoryType, reinterpret_cast<uint64_t>(copy->srcHost),
                   copy->srcDevice,     copy->srcXInBytes,
                   copy->srcY,          copy->srcZ,
                   copy->srcPitch,      copy->srcHeight};
    return CopyRows(found, dst, src, copy->WidthInBytes, copy->Height, copy->Depth, wait);
  });
}

}  // namespace

SUresult suMemcpy(SUdeviceptr dst, SUdeviceptr src, size_t count) {
  return Copy(nullptr, PointerOf(dst), PointerOf(src), count, supaMemcpyDefault,
              rt::Wait::kForHost);
}

SUresult suMemcpyAsync(SUdeviceptr dst, SUdeviceptr src, size_t count, SUstream stream) {
  return Copy(stream, PointerOf(dst), PointerOf(src), count, supaMemcpyDefault, rt::Wait::kNo);
}

SUresult suMemcpyPeer(SUdeviceptr dst, SUcontext dst_context, SUdeviceptr src,
                      SUcontext src_context, size_t count) {
  return CopyPeer(nullptr, dst, dst_context, src, src_context, count, rt::Wait::kForHost);
}

SUresult suMemcpyPeerAsync(SUdeviceptr dst, SUcontext dst_context, SUdeviceptr src,
                           SUcontext src_context, size_t count, SUstream stream) {
  return CopyPeer(stream, dst, dst_context, src, src_context, count, rt::Wait::kNo);
}

SUresult suMemcpyHtoD(SUdeviceptr dst, const void* src, size_t count) {
  return Copy(nullptr, PointerOf(dst), src, count, supaMemcpyHostToDevice, rt::Wait::kForHost);
}

SUresult suMemcpyHtoDAsync(SUdeviceptr dst, const void* src, size_t count, SUstream stream) {
  return Copy(stream, PointerOf(dst), src, count, supaMemcpyHostToDevice, rt::Wait::kNo);
}

SUresult suMemcpyDtoH(void* dst, SUdeviceptr src, size_t count) {
  return Copy(nullptr, dst, PointerOf(src), count, supaMemcpyDeviceToHost, rt::Wait::kForHost);
}

SUresult suMemcpyDtoHAsync(void* dst, SUdeviceptr src, size_t count, SUstream stream) {
  return Copy(stream, dst, PointerOf(src), count, supaMemcpyDeviceToHost, rt::Wait::kNo);
}

SUresult suMemcpyDtoD(SUdeviceptr dst, SUdeviceptr src, size_t count) {
  return Copy(nullptr, PointerOf(dst), PointerOf(src), count, supaMemcpyDeviceToDevice,
              rt::Wait::kForHost);
}

SUresult suMemcpyDtoDAsync(SUdeviceptr dst, SUdeviceptr src, size_t count, SUstream stream) {
  return Copy(stream, PointerOf(dst), PointerOf(src), count, supaMemcpyDeviceToDevice,
              rt::Wait::kNo);
}

SUresult suMemcpy2D(const SUPA_MEMCPY2D* copy) { return Copy2D(copy, nullptr, rt::Wait::kForHost); }

SUresult suMemcpy2DUnaligned(const SUPA_MEMCPY2D* copy) {
  return Copy2D(copy, nullptr, rt::Wait::kForHost);
}

SUresult suMemcpy2DAsync(const SUPA_MEMCPY2D* copy, SUstream stream) {
  return Copy2D(copy, stream, rt::Wait::kNo);
}

SUresult suMemcpy3D(const SUPA_MEMCPY3D* copy) { return Copy3D(copy, nullptr, rt::Wait::kForHost); }

SUresult suMemcpy3DAsync(const SUPA_MEMCPY3D* copy, SUstream stream) {
  return Copy3D(copy, stream, rt::Wait::kNo);
}

}  // namespace opensupa::api
