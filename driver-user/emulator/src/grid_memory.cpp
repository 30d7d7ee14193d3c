#include "grid_memory.h"

#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "opensupa/base/options.h"

namespace opensupa::emu {
namespace {

// A strip is as long as memory's own prefetching needs, and so short that the rows of a block,
// which come one after another, find in the caches what the row before them has read.
constexpr uint32_t kMostStripThreads = 4096;
// What a grid can count on: hosts that have more tell the sum of what many cores have.
constexpr uint64_t kMostCacheBytes = uint64_t{32} << 20;

uint64_t LastCacheBytes() {
#if defined(_SC_LEVEL3_CACHE_SIZE)
  const long bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);
  if (bytes > 0) return std::min(static_cast<uint64_t>(bytes), kMostCacheBytes);
#endif
  return kMostCacheBytes;
}

}  // namespace

StatusOr<GridMemory> GridMemory::Create() {
  SUPA_ASSIGN_OR_RETURN(const int64_t asked, options::GetInteger(options::kEmulatorStreamBytes));
  if (asked < -1) {
    return absl::InvalidArgumentError(absl::StrCat("Option ", options::kEmulatorStreamBytes.name,
                                                   " is ", asked, ", but must be at least -1."));
  }
  GridMemory memory;
  memory.stream_from_bytes_ = asked == -1 ? LastCacheBytes() : static_cast<uint64_t>(asked);
  return memory;
}

void GridMemory::Decide(const binary::abi::KernelDescriptor& kernel, Dispatch& dispatch) const {
  if ((kernel.flags & binary::abi::kKernelStrips) != 0) {
    dispatch.most_strip_blocks = std::max(kMostStripThreads / dispatch.block_dim.x, 1u);
  }
  const uint64_t threads = dispatch.Blocks() * dispatch.ThreadsPerBlock();
  dispatch.stream_stores = kernel.streamed_bytes_per_thread != 0 &&
                           threads >= stream_from_bytes_ / kernel.streamed_bytes_per_thread;
}

}  // namespace opensupa::emu
