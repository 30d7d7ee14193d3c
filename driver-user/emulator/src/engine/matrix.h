#pragma once

#include <array>
#include <cstdint>

#include "opensupa/binary/device_abi.h"
#include "opensupa/binary/matrix_abi.h"

/// Products of the matrices that the lanes of a warp hold in fragments.
namespace opensupa::emu {

/// The fragments of one lane. D may be the memory of C.
struct MatrixFragments {
  void* d;
  const void* a;
  const void* b;
  const void* c;
};

/// Whether this CPU has AVX512_BF16 and AVX512_VNNI.
bool HasDotProducts();

/// Writes every lane's part of D = A * B + C as docs/device-ir.md says. The descriptor must be one
/// that exists, with or without kMatrixNativeBf16.
void MultiplyMatrices(uint32_t descriptor,
                      const std::array<MatrixFragments, binary::abi::kWarpSize>& lanes);

}  // namespace opensupa::emu
