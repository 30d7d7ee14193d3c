#include "engine/warp.h"

#include <algorithm>
#include <bit>

namespace opensupa::emu {
namespace {

using binary::abi::WarpOp;

constexpr const char* kNames[] = {
    "syncwarp",       "shfl",           "shfl_up",        "shfl_down",
    "shfl_xor",       "ballot",         "match_any",      "match_all",
    "reduce_add",     "reduce_min_u32", "reduce_max_u32", "reduce_min_s32",
    "reduce_max_s32", "reduce_and",     "reduce_or",      "reduce_xor"};

template <typename Fn>
void ForEachLane(uint32_t group, Fn fn) {
  for (; group != 0; group &= group - 1) fn(static_cast<uint32_t>(std::countr_zero(group)));
}

/// Lane that a shuffle reads, or 32 when there is none. A segment is `width` lanes; like the
/// hardware instruction, the source counts modulo 32 and idx wraps within the segment.
uint32_t ShuffleSource(WarpOp op, uint32_t lane, uint32_t param) {
  uint32_t width = param >> 8;
  if (width == 0 || width > 32 || !std::has_single_bit(width)) width = 32;
  const uint32_t operand = param & 31;
  const uint32_t first = lane & ~(width - 1);
  const uint32_t last = first + width - 1;
  switch (op) {
    case WarpOp::kShflIdx:
      return first + (operand & (width - 1));
    case WarpOp::kShflUp:
      return lane >= first + operand ? lane - operand : 32;
    case WarpOp::kShflDown:
      return lane + operand <= last ? lane + operand : 32;
    default:  // xor reaches segments before its own, not those after
      return (lane ^ operand) <= last ? lane ^ operand : 32;
  }
}

uint64_t Shuffle(WarpOp op, uint32_t group, uint32_t lane, const WarpValues& values) {
  const uint32_t source = ShuffleSource(op, lane, values.param[lane]);
  const bool readable = source < 32 && ((group >> source) & 1) != 0;
  return values.value[readable ? source : lane];
}

uint32_t Equal(uint32_t group, uint64_t value, const WarpValues& values) {
  uint32_t mask = 0;
  ForEachLane(group, [&](uint32_t lane) {
    if (values.value[lane] == value) mask |= 1u << lane;
  });
  return mask;
}

template <typename Integer, typename Fn>
uint64_t Reduce(uint32_t group, const WarpValues& values, Fn fn) {
  const auto first = static_cast<uint32_t>(std::countr_zero(group));
  auto result = static_cast<Integer>(values.value[first]);
  ForEachLane(group & (group - 1), [&](uint32_t lane) {
    result = static_cast<Integer>(fn(result, static_cast<Integer>(values.value[lane])));
  });
  return static_cast<uint32_t>(result);
}

}  // namespace

uint64_t WarpResult(WarpOp op, uint32_t group, uint32_t lane, const WarpValues& values) {
  using U = uint32_t;
  using S = int32_t;
  switch (op) {
    case WarpOp::kSync:
      return 0;
    case WarpOp::kShflIdx:
    case WarpOp::kShflUp:
    case WarpOp::kShflDown:
    case WarpOp::kShflXor:
      return Shuffle(op, group, lane, values);
    case WarpOp::kBallot: {
      uint32_t ballot = 0;
      ForEachLane(group, [&](uint32_t l) { ballot |= (values.value[l] != 0 ? 1u : 0u) << l; });
      return ballot;
    }
    case WarpOp::kMatchAny:
      return Equal(group, values.value[lane], values);
    case WarpOp::kMatchAll:
      return Equal(group, values.value[lane], values) == group ? group : 0;
    case WarpOp::kReduceAddU32:
      return Reduce<U>(group, values, [](U a, U b) { return a + b; });
    case WarpOp::kReduceMinU32:
      return Reduce<U>(group, values, [](U a, U b) { return std::min(a, b); });
    case WarpOp::kReduceMaxU32:
      return Reduce<U>(group, values, [](U a, U b) { return std::max(a, b); });
    case WarpOp::kReduceMinS32:
      return Reduce<S>(group, values, [](S a, S b) { return std::min(a, b); });
    case WarpOp::kReduceMaxS32:
      return Reduce<S>(group, values, [](S a, S b) { return std::max(a, b); });
    case WarpOp::kReduceAnd:
      return Reduce<U>(group, values, [](U a, U b) { return a & b; });
    case WarpOp::kReduceOr:
      return Reduce<U>(group, values, [](U a, U b) { return a | b; });
    case WarpOp::kReduceXor:
      return Reduce<U>(group, values, [](U a, U b) { return a ^ b; });
  }
  return 0;
}

bool IsWarpOp(WarpOp op) { return static_cast<uint32_t>(op) < std::size(kNames); }

const char* WarpOpName(WarpOp op) {
  if (op == kMatrixOp) return "mma";
  return IsWarpOp(op) ? kNames[static_cast<uint32_t>(op)] : "unknown warp operation";
}

}  // namespace opensupa::emu
