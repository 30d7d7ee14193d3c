#include "absl/strings/str_format.h"
#include "call.h"
#include "opensupa/core/copy.h"

namespace opensupa::api {
namespace {

/// Runs `copy(stream)` in the given stream of the current context.
template <typename Body>
supaError_t InStream(supaStream_t stream, Body&& copy) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Stream> target, rt::FindStream(*context, stream));
    return copy(*target);
  });
}

Status Copy1D(rt::Stream& stream, void* dst, const void* src, size_t count, supaMemcpyKind kind,
              rt::Wait wait) {
  return rt::Copy(stream, {.dst = dst, .src = src, .width_bytes = count}, kind, wait);
}

Status Copy2D(rt::Stream& stream, void* dst, size_t dpitch, const void* src, size_t spitch,
              size_t width, size_t height, supaMemcpyKind kind, rt::Wait wait) {
  if (width > dpitch || width > spitch) {
    return MakeError(supaErrorInvalidPitchValue,
                     absl::StrFormat("Rows of %d bytes do not fit pitches of %d and %d bytes.",
                                     width, dpitch, spitch));
  }
  return rt::Copy(stream,
                  {.dst = dst,
                   .src = src,
                   .width_bytes = width,
                   .height = height,
                   .dst_pitch_bytes = dpitch,
                   .src_pitch_bytes = spitch},
                  kind, wait);
}

Status Copy3D(rt::Stream& stream, const supaMemcpy3DParms* parms, rt::Wait wait) {
  SUPA_RETURN_IF_ERROR(NotNull(parms, "parms"));
  if (parms->srcArray != nullptr || parms->dstArray != nullptr) {
    return MakeError(supaErrorNotSupported, "Copies of arrays are not supported by OpenSUPA.");
  }
  const supaPitchedPtr& src = parms->srcPtr;
  const supaPitchedPtr& dst = parms->dstPtr;
  const supaExtent& extent = parms->extent;
  if (extent.width > src.pitch || extent.width > dst.pitch) {
    return MakeError(supaErrorInvalidPitchValue,
                     absl::StrFormat("Rows of %d bytes do not fit pitches of %d and %d bytes.",
                                     extent.width, dst.pitch, src.pitch));
  }
  const auto place = [](const supaPitchedPtr& box, const supaPos& at) {
    return static_cast<char*>(box.ptr) + at.x + (at.y + at.z * box.ysize) * box.pitch;
  };
  rt::CopyBox box;
  box.dst = place(dst, parms->dstPos);
  box.src = place(src, parms->srcPos);
  box.width_bytes = extent.width;
  box.height = extent.height;
  box.depth = extent.depth;
  box.dst_pitch_bytes = dst.pitch;
  box.src_pitch_bytes = src.pitch;
  box.dst_slice_bytes = dst.pitch * dst.ysize;
  box.src_slice_bytes = src.pitch * src.ysize;
  return rt::Copy(stream, box, parms->kind, wait);
}

Status CopyPeer(rt::Stream& stream, void* dst, int dst_device, const void* src, int src_device,
                size_t count, rt::Wait wait) {
  SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * dst_slot, Process().Device(dst_device));
  SUPA_ASSIGN_OR_RETURN(rt::DeviceSlot * src_slot, Process().Device(src_device));
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> dst_context, Process().Primary(*dst_slot));
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Context> src_context, Process().Primary(*src_slot));
  return rt::CopyPeer(stream, dst, *dst_context, src, *src_context, count, wait);
}

/// Address of `count` bytes at `offset` of the variable behind `symbol`, checked.
StatusOr<char*> InSymbol(rt::Context& context, const void* symbol, size_t count, size_t offset) {
  SUPA_ASSIGN_OR_RETURN(rt::Variable variable, context.modules().VariableOfShadow(symbol));
  if (offset > variable.size_bytes || count > variable.size_bytes - offset) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("%d bytes at offset %d do not fit a variable of %d bytes.",
                                     count, offset, variable.size_bytes));
  }
  return reinterpret_cast<char*>(variable.address + offset);
}

Status CheckSymbolKind(supaMemcpyKind kind, supaMemcpyKind host_side) {
  if (kind == host_side || kind == supaMemcpyDeviceToDevice || kind == supaMemcpyDefault) {
    return absl::OkStatus();
  }
  return MakeError(
      supaErrorInvalidMemcpyDirection,
      absl::StrFormat("Kind %d is none for a copy with a symbol.", static_cast<int>(kind)));
}

Status CopyToSymbol(rt::Stream& stream, const void* symbol, const void* src, size_t count,
                    size_t offset, supaMemcpyKind kind, rt::Wait wait) {
  SUPA_RETURN_IF_ERROR(CheckSymbolKind(kind, supaMemcpyHostToDevice));
  SUPA_ASSIGN_OR_RETURN(char* address, InSymbol(stream.context(), symbol, count, offset));
  return Copy1D(stream, address, src, count, kind, wait);
}

Status CopyFromSymbol(rt::Stream& stream, void* dst, const void* symbol, size_t count,
                      size_t offset, supaMemcpyKind kind, rt::Wait wait) {
  SUPA_RETURN_IF_ERROR(CheckSymbolKind(kind, supaMemcpyDeviceToHost));
  SUPA_ASSIGN_OR_RETURN(char* address, InSymbol(stream.context(), symbol, count, offset));
  return Copy1D(stream, dst, address, count, kind, wait);
}

}  // namespace

supaError_t supaMemcpy(void* dst, const void* src, size_t count, enum supaMemcpyKind kind) {
  return InStream(nullptr, [&](rt::Stream& stream) {
    return Copy1D(stream, dst, src, count, kind, rt::Wait::kForHost);
  });
}

supaError_t supaMemcpyAsync(void* dst, const void* src, size_t count, enum supaMemcpyKind kind,
                            supaStream_t stream) {
  return InStream(stream, [&](rt::Stream& target) {
    return Copy1D(target, dst, src, count, kind, rt::Wait::kNo);
  });
}

supaError_t supaMemcpyPeer(void* dst, int dst_device, const void* src, int src_device,
                           size_t count) {
  return InStream(nullptr, [&](rt::Stream& stream) {
    return CopyPeer(stream, dst, dst_device, src, src_device, count, rt::Wait::kForHost);
  });
}

supaError_t supaMemcpyPeerAsync(void* dst, int dst_device, const void* src, int src_device,
                                size_t count, supaStream_t stream) {
  return InStream(stream, [&](rt::Stream& target) {
    return CopyPeer(target, dst, dst_device, src, src_device, count, rt::Wait::kNo);
  });
}

supaError_t supaMemcpy2D(void* dst, size_t dpitch, const void* src, size_t spitch, size_t width,
                         size_t height, enum supaMemcpyKind kind) {
  return InStream(nullptr, [&](rt::Stream& stream) {
    return Copy2D(stream, dst, dpitch, src, spitch, width, height, kind, rt::Wait::kForHost);
  });
}

supaError_t supaMemcpy2DAsync(void* dst, size_t dpitch, const void* src, size_t spitch,
                              size_t width, size_t height, enum supaMemcpyKind kind,
                              supaStream_t stream) {
  return InStream(stream, [&](rt::Stream& target) {
    return Copy2D(target, dst, dpitch, src, spitch, width, height, kind, rt::Wait::kNo);
  });
}

supaError_t supaMemcpy3D(const struct supaMemcpy3DParms* parms) {
  return InStream(nullptr,
                  [&](rt::Stream& stream) { return Copy3D(stream, parms, rt::Wait::kForHost); });
}

supaError_t supaMemcpy3DAsync(const struct supaMemcpy3DParms* parms, supaStream_t stream) {
  return InStream(stream, [&](rt::Stream& target) { return Copy3D(target, parms, rt::Wait::kNo); });
}

supaError_t supaMemcpyToSymbol(const void* symbol, const void* src, size_t count, size_t offset,
                               enum supaMemcpyKind kind) {
  return InStream(nullptr, [&](rt::Stream& stream) {
    return CopyToSymbol(stream, symbol, src, count, offset, kind, rt::Wait::kForHost);
  });
}

supaError_t supaMemcpyToSymbolAsync(const void* symbol, const void* src, size_t count,
                                    size_t offset, enum supaMemcpyKind kind, supaStream_t stream) {
  return InStream(stream, [&](rt::Stream& target) {
    return CopyToSymbol(target, symbol, src, count, offset, kind, rt::Wait::kNo);
  });
}

supaError_t supaMemcpyFromSymbol(void* dst, const void* symbol, size_t count, size_t offset,
                                 enum supaMemcpyKind kind) {
  return InStream(nullptr, [&](rt::Stream& stream) {
    return CopyFromSymbol(stream, dst, symbol, count, offset, kind, rt::Wait::kForHost);
  });
}

supaError_t supaMemcpyFromSymbolAsync(void* dst, const void* symbol, size_t count, size_t offset,
                                      enum supaMemcpyKind kind, supaStream_t stream) {
  return InStream(stream, [&](rt::Stream& target) {
    return CopyFromSymbol(target, dst, symbol, count, offset, kind, rt::Wait::kNo);
  });
}

supaError_t supaGetSymbolAddress(void** dev_ptr, const void* symbol) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(dev_ptr, "dev_ptr"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    SUPA_ASSIGN_OR_RETURN(rt::Variable variable, context->modules().VariableOfShadow(symbol));
    *dev_ptr = reinterpret_cast<void*>(variable.address);
    return absl::OkStatus();
  });
}

supaError_t supaGetSymbolSize(size_t* size, const void* symbol) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(size, "size"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    SUPA_ASSIGN_OR_RETURN(rt::Variable variable, context->modules().VariableOfShadow(symbol));
    *size = variable.size_bytes;
    return absl::OkStatus();
  });
}

}  // namespace opensupa::api
