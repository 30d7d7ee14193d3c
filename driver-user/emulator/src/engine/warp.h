#pragma once

#include <array>
#include <cstdint>

#include "opensupa/binary/device_abi.h"

/// Results of warp operations, as plain functions of what the lanes brought.
namespace opensupa::emu {

struct WarpValues {
  std::array<uint64_t, binary::abi::kWarpSize> value;
  std::array<uint32_t, binary::abi::kWarpSize> param;
};

/// The result for `lane` of `op` over the lanes of `group`; only their values are looked at.
uint64_t WarpResult(binary::abi::WarpOp op, uint32_t group, uint32_t lane,
                    const WarpValues& values);

/// A multiplication of matrices, which no device code can ask for as an exchange.
inline constexpr auto kMatrixOp = static_cast<binary::abi::WarpOp>(255);

/// "shfl_down", for messages.
const char* WarpOpName(binary::abi::WarpOp op);

/// True when `op` is an operation of the ABI.
bool IsWarpOp(binary::abi::WarpOp op);

}  // namespace opensupa::emu
