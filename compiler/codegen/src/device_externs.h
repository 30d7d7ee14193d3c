#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace opensupa::cc {

/// How an extern of the portable device IR becomes host code.
enum class ExternKind {
  kThreadIndex,  // i32 field of ThreadContext
  kBlockField,   // i32 field of BlockContext
  kLaneId,       // linear_tid modulo the warp size
  kSharedBase,   // BlockContext::shared_base
  kHook,         // call through Hooks with the thread context as first argument
  kExpanded,     // becomes other externs and plain code first, see matrix_moves.h
};

/// One extern: `offset_bytes` is the offset of the field, or of the hook in Hooks.
struct DeviceExtern {
  std::string_view name;
  ExternKind kind;
  size_t offset_bytes;
  bool suspends = false;      // may switch to another thread
  bool takes_number = false;  // gets a number of its own for each call as additional argument
  bool takes_site = false;    // gets a CallSite as last argument
  bool no_return = false;
};

/// Name of the placeholder that stands for the block's shared memory until it is lowered.
inline constexpr char kSharedBaseExtern[] = "__su_shared_base";

/// Finds an extern by name, or null.
const DeviceExtern* FindDeviceExtern(std::string_view name);

}  // namespace opensupa::cc
