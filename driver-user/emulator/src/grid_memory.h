#pragma once

#include <cstdint>

#include "engine/engine.h"
#include "opensupa/base/status.h"
#include "opensupa/binary/device_abi.h"

namespace opensupa::emu {

/// How a grid goes through memory, decided once for each launch.
class GridMemory {
 public:
  /// Reads the option that says from how many bytes on stores bypass the caches.
  static StatusOr<GridMemory> Create();

  /// Sets the dispatch's fields about strips and streaming stores, whose others are complete.
  void Decide(const binary::abi::KernelDescriptor& kernel, Dispatch& dispatch) const;

 private:
  uint64_t stream_from_bytes_ = 0;
};

}  // namespace opensupa::emu
