#pragma once

#include <cstddef>
#include <cstdint>

#include "opensupa/core/stream.h"
#include "runtime/supa_memory_types.h"

namespace opensupa::rt {

/// A box of bytes to copy; one row by default. Pitches and slices are distances in bytes and matter
/// only where there is more than one row or slice.
struct CopyBox {
  void* dst = nullptr;
  const void* src = nullptr;
  uint64_t width_bytes = 0;
  uint64_t height = 1;
  uint64_t depth = 1;
  uint64_t dst_pitch_bytes = 0, src_pitch_bytes = 0;
  uint64_t dst_slice_bytes = 0, src_slice_bytes = 0;
};

enum class Wait {
  kForHost,  // return when a host side of the copy is complete
  kNo,       // return when the copy is ordered; pageable memory is waited for all the same
};

/// Copies in the order of `stream`. Sides which `kind` calls device memory must be known and large
/// enough, else supaErrorInvalidValue; supaErrorInvalidMemcpyDirection for a kind that is none.
Status Copy(Stream& stream, const CopyBox& box, supaMemcpyKind kind, Wait wait);

/// Copies between the memory of two contexts in the order of `stream`.
Status CopyPeer(Stream& stream, void* dst, Context& dst_context, const void* src,
                Context& src_context, uint64_t size_bytes, Wait wait);

/// Rows of elements to set.
struct FillBox {
  void* dst = nullptr;
  uint64_t value = 0;
  uint32_t element_bytes = 1;  // 1, 2, 4
  uint64_t width_elements = 0;
  uint64_t height = 1;
  uint64_t depth = 1;
  uint64_t pitch_bytes = 0;
  uint64_t slice_bytes = 0;
};

/// Sets memory a device can use, in the order of `stream`.
Status Fill(Stream& stream, const FillBox& box, Wait wait);

}  // namespace opensupa::rt
