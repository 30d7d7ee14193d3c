#pragma once

#include <cstddef>
#include <cstdint>

/// The contract between generated device code for host CPUs and the emulated card's execution
/// engines.
///
/// Every device function compiled for a host CPU takes a ThreadContext* as hidden first parameter.
/// Offsets are fixed: the code generator reads the fields below by offsetof, the emulator fills
/// them. Raise kDeviceAbiVersion with any change; code objects carry it and a mismatch is refused
/// at load.
namespace opensupa::binary::abi {

inline constexpr uint32_t kDeviceAbiVersion = 5;
inline constexpr uint32_t kWarpSize = 32;

struct Hooks;

struct Dim3 {
  uint32_t x, y, z;
};

/// Bytes before `shared_base` that engines let code read and write back unchanged.
inline constexpr uint32_t kSharedMarginBytes = 256;

/// State shared by the threads of one block; lives as long as the block runs.
struct BlockContext {
  Dim3 grid_dim;
  Dim3 block_dim;
  Dim3 block_idx;
  uint32_t dynamic_shared_bytes;
  std::byte* shared_base;  // static shared variables first, then the dynamic part (16-byte aligned)
  const std::byte* args;   // the kernel's argument buffer, laid out as KernelInfo::params says
  const Hooks* hooks;
  void* engine_block;  // private to the engine
  // Clusters: without them, each block is a cluster of its own.
  Dim3 cluster_dim;        // blocks in a cluster
  Dim3 cluster_grid_dim;   // clusters in the grid
  Dim3 cluster_idx;        // of this block's cluster in the grid
  Dim3 cluster_block_idx;  // of this block in its cluster
  uint32_t cooperative;    // 1 if the grid was launched so that all of its blocks can meet, else 0
  uint32_t shared_bytes;   // all shared memory from shared_base on, static and dynamic
  // For kKernelStrips: how many blocks a call of the entry runs, from block_idx on along x. The
  // entry keeps block_idx.x at the block that is running.
  uint32_t strip_blocks;
  uint32_t stream_stores;  // 1 if the grid writes more than caches hold, else 0
};

/// State of one thread.
struct ThreadContext {
  Dim3 thread_idx;
  uint32_t linear_tid;  // x + y * block_dim.x + z * block_dim.x * block_dim.y
  BlockContext* block;
  void* engine_thread;  // private to the engine; null when the block runs as a plain loop
};

/// Operation of a `warp_exchange` hook call. All lanes of one exchange must name the same operation
/// and mask. Values are 64-bit containers; narrower ones are zero-extended.
enum class WarpOp : uint32_t {
  kSync = 0,      // __syncwarp: no value
  kShflIdx = 1,   // param = source lane | width << 8 ; result = that lane's value (own when out of
                  // the segment)
  kShflUp = 2,    // param = delta | width << 8
  kShflDown = 3,  // param = delta | width << 8
  kShflXor = 4,   // param = lane mask | width << 8
  kBallot = 5,    // value = predicate (0 or 1) ; result = 32-bit ballot of participating lanes
  kMatchAny = 6,  // result = mask of lanes whose value is equal
  kMatchAll = 7,  // result = mask if all equal, else 0
  kReduceAddU32 = 8,
  kReduceMinU32 = 9,
  kReduceMaxU32 = 10,
  kReduceMinS32 = 11,
  kReduceMaxS32 = 12,
  kReduceAnd = 13,
  kReduceOr = 14,
  kReduceXor = 15,
};

/// Operation of a `block_barrier` hook call.
enum class BarrierOp : uint32_t { kPlain = 0, kCount = 1, kAnd = 2, kOr = 3 };

/// Operation of the barriers whose two halves can be called apart. For a named barrier kWait does
/// not exist.
enum class MeetOp : uint32_t { kArriveAndWait = 0, kArrive = 1, kWait = 2 };

/// Where a suspending hook is called, "file:line" of the program's source as a C string that lives
/// as long as the code; null when that is not known.
using CallSite = const char*;

/// Services of the engine. Called from device code on the thread's own stack. Suspending hooks may
/// switch to another thread before they return; a kernel that can reach none of them is compiled as
/// a plain loop over the block.
struct Hooks {
  uint64_t size_bytes;  // sizeof(Hooks) of the engine: a later code object can tell what is there
  // Suspending hooks.
  uint32_t (*block_barrier)(ThreadContext*, uint32_t barrier_id, BarrierOp, uint32_t predicate,
                            CallSite);
  uint64_t (*warp_exchange)(ThreadContext*, uint32_t mask, WarpOp, uint64_t value, uint32_t param,
                            CallSite);
  uint32_t (*active_mask)(ThreadContext*, uint64_t call_number, CallSite);
  void (*yield)(ThreadContext*);  // lets other threads of the block run (spin loops, nanosleep)
  // Non-suspending hooks.
  int32_t (*vprintf)(ThreadContext*, const char* format, const void* packed_args);
  void (*assert_fail)(ThreadContext*, const char* message, const char* file, uint32_t line,
                      const char* function);  // does not return
  void (*trap)(ThreadContext*);               // does not return
  void* (*device_malloc)(ThreadContext*, uint64_t size_bytes);
  void (*device_free)(ThreadContext*, void*);
  uint64_t (*clock64)(ThreadContext*);
  uint64_t (*global_timer_ns)(ThreadContext*);
  // Suspending hooks, continued. `threads` of a named barrier is how many threads complete it, 0 =
  // all of the block.
  void (*named_barrier)(ThreadContext*, uint32_t barrier_id, MeetOp, uint32_t threads, CallSite);
  void (*grid_barrier)(ThreadContext*, MeetOp, CallSite);
  void (*cluster_barrier)(ThreadContext*, MeetOp, CallSite);
  // Not suspending: where the shared memory at `address` stands in block `rank` of the cluster.
  void* (*cluster_map_shared)(ThreadContext*, void* address, uint32_t rank);
  // Suspending: multiplies the matrices that the lanes of the warp hold, see matrix_abi.h.
  void (*multiply_matrices)(ThreadContext*, uint32_t descriptor, void* d, const void* a,
                            const void* b, const void* c, CallSite);
  // HostFeature bits of the CPU, for code that is there for several.
  uint64_t host_features;
};

/// Bits of Hooks::host_features.
enum HostFeature : uint64_t {
  kHostDotProducts = 1u << 0,  // AVX512_BF16 and AVX512_VNNI
};

/// Entry of a plain-loop kernel: runs every thread of one block. `threads_done` counts nothing; the
/// loop stores the index of the running thread into context->linear_tid and thread_idx before each
/// thread, so a fault can name it.
using BlockEntry = void (*)(ThreadContext* context);
/// Entry of a fiber kernel: runs one thread.
using ThreadEntry = void (*)(ThreadContext* context);

/// Kernel descriptor: 64 bytes in the loaded code object, 64-byte aligned; dispatch packets name
/// its address.
struct KernelDescriptor {
  uint32_t abi_version;        // kDeviceAbiVersion
  uint32_t flags;              // KernelFlags
  int64_t entry_offset_bytes;  // entry address minus the address of this descriptor
  uint32_t static_shared_bytes;
  uint32_t args_size_bytes;
  uint32_t local_bytes_per_thread;  // estimate of stack use; 0 = unknown
  uint32_t max_threads_per_block;   // from __launch_bounds__, 0 = card's limit
  // What a thread is thought to write with stores that may bypass the caches; 0 = nothing.
  uint32_t streamed_bytes_per_thread;
  uint32_t reserved[7];
};
static_assert(sizeof(KernelDescriptor) == 64);

enum KernelFlags : uint32_t {
  kKernelPlainLoop = 1u << 0,  // entry is a BlockEntry; otherwise a ThreadEntry
  kKernelStrips = 1u << 1,     // the BlockEntry runs BlockContext::strip_blocks blocks
};

// docs/device-ir.md lists the externs of the portable device IR that are lowered to these fields
// and hooks.
}  // namespace opensupa::binary::abi
