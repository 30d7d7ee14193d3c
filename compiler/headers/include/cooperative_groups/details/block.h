/// The block, the cluster and the grid.
#ifndef COOPERATIVE_GROUPS_DETAILS_BLOCK_H_
#define COOPERATIVE_GROUPS_DETAILS_BLOCK_H_
#pragma GCC system_header

#include "cooperative_groups/details/exchange.h"

/// Operations of the two barriers: 0 arrive and wait, 1 arrive, 2 wait.
__SUPA_EXTERN__ void __su_grid_barrier(unsigned int operation);
__SUPA_EXTERN__ void __su_cluster_barrier(unsigned int operation);
__SUPA_EXTERN__ void* __su_cluster_map_shared(void* pointer, unsigned int rank) __SUPA_PURE__;
__SUPA_EXTERN__ unsigned int __su_is_cooperative() __SUPA_PURE__;

#define __SUPA_CLUSTER_INDEX__(name)                     \
  __SUPA_EXTERN__ unsigned int name##_x() __SUPA_PURE__; \
  __SUPA_EXTERN__ unsigned int name##_y() __SUPA_PURE__; \
  __SUPA_EXTERN__ unsigned int name##_z() __SUPA_PURE__; \
  __SUPA_DEVICE_FN__ dim3 name##_all() { return dim3(name##_x(), name##_y(), name##_z()); }
__SUPA_CLUSTER_INDEX__(__su_clusterid)
__SUPA_CLUSTER_INDEX__(__su_nclusterid)
__SUPA_CLUSTER_INDEX__(__su_cluster_ctaid)
__SUPA_CLUSTER_INDEX__(__su_cluster_nctaid)
#undef __SUPA_CLUSTER_INDEX__

namespace cooperative_groups {

namespace details {
__device__ __forceinline__ unsigned int volume(dim3 size) { return size.x * size.y * size.z; }
__device__ __forceinline__ unsigned int rank_in(dim3 index, dim3 size) {
  return index.x + size.x * (index.y + size.y * index.z);
}
}  // namespace details

/// A block, a tile of at most 32 threads or coalesced threads, whose kind is known when the program
/// runs. The other classes derive from it.
class thread_group {
 public:
  /// `lanes` of the calling warp; zero stands for the block.
  __device__ explicit thread_group(unsigned int lanes) : lanes_(lanes) {}

  __device__ void sync() const {
    if (lanes_ == 0) {
      __syncthreads();
    } else {
      __syncwarp(lanes_);
    }
  }
  __device__ unsigned int num_threads() const {
    return lanes_ == 0 ? details::block_threads() : (unsigned int)__popc(lanes_);
  }
  __device__ unsigned int size() const { return num_threads(); }
  __device__ unsigned int thread_rank() const {
    return lanes_ == 0 ? __su_linear_tid() : (unsigned int)__popc(lanes_ & __lanemask_lt());
  }
  __device__ static bool is_valid() { return true; }
  /// The lanes of the warp that belong to the group, zero for the block. Not in CUDA.
  __device__ unsigned int __supa_lanes() const { return lanes_; }

 private:
  unsigned int lanes_;
};

namespace details {

/// What tiles of more than 32 threads meet and exchange values in. There is a place to meet for
/// each tile of 64, 128, 256 and 512 threads, and 32 bytes for each warp.
struct tile_meeting {
  unsigned int arrived;
  unsigned int phase;
};
struct tile_slot {
  unsigned long long words[4];
};
template <unsigned int Warps>
struct tile_memory {
  tile_meeting meetings[32];
  tile_slot slots[Warps];
};

}  // namespace details

/// Shared memory for the tiles of more than 32 threads of a block of at most `MaxBlockSize`.
template <unsigned int MaxBlockSize = 1024>
struct block_tile_memory {
  details::tile_memory<(MaxBlockSize + 31) / 32> __supa_memory;
};

/// All threads of the block.
class thread_block : public thread_group {
 public:
  __device__ thread_block() : thread_group(0), memory_(nullptr) {}
  __device__ explicit thread_block(details::tile_memory<1>* memory)
      : thread_group(0), memory_(memory) {}

  __device__ static void sync() { __syncthreads(); }
  __device__ static unsigned int thread_rank() { return __su_linear_tid(); }
  __device__ static unsigned int num_threads() { return details::block_threads(); }
  __device__ static unsigned int size() { return num_threads(); }
  __device__ static dim3 group_index() { return dim3(blockIdx.x, blockIdx.y, blockIdx.z); }
  __device__ static dim3 thread_index() { return dim3(threadIdx.x, threadIdx.y, threadIdx.z); }
  __device__ static dim3 group_dim() { return dim3(blockDim.x, blockDim.y, blockDim.z); }
  __device__ static dim3 dim_threads() { return group_dim(); }
  __device__ details::tile_memory<1>* __supa_memory() const { return memory_; }

  /// The two halves of sync(). Threads meet in the second one.
  class arrival_token {};
  __device__ static arrival_token barrier_arrive() { return arrival_token(); }
  __device__ static void barrier_wait(arrival_token&&) { sync(); }

 private:
  details::tile_memory<1>* memory_;
};

__device__ __forceinline__ thread_block this_thread_block() { return thread_block(); }
/// Called by all threads of the block; `memory` is shared memory, for tiles of more than 32
/// threads.
template <unsigned int MaxBlockSize>
__device__ __forceinline__ thread_block this_thread_block(block_tile_memory<MaxBlockSize>& memory) {
  auto* const erased = reinterpret_cast<details::tile_memory<1>*>(&memory.__supa_memory);
  __syncthreads();
  for (unsigned int i = __su_linear_tid(); i < 32; i += details::block_threads()) {
    erased->meetings[i].arrived = 0;
    erased->meetings[i].phase = 0;
  }
  __syncthreads();
  return thread_block(erased);
}

/// The blocks that were launched as a cluster; a block of its own where there are no clusters.
class cluster_group {
 public:
  __device__ static void sync() { __su_cluster_barrier(0); }
  class arrival_token {};
  __device__ static arrival_token barrier_arrive() {
    __su_cluster_barrier(1);
    return arrival_token();
  }
  __device__ static void barrier_wait() { __su_cluster_barrier(2); }
  __device__ static void barrier_wait(arrival_token&&) { __su_cluster_barrier(2); }

  __device__ static dim3 block_index() { return __su_cluster_ctaid_all(); }
  __device__ static dim3 dim_blocks() { return __su_cluster_nctaid_all(); }
  __device__ static unsigned int num_blocks() { return details::volume(dim_blocks()); }
  __device__ static unsigned int block_rank() {
    return details::rank_in(block_index(), dim_blocks());
  }
  __device__ static dim3 dim_threads() {
    const dim3 blocks = dim_blocks();
    return dim3(blocks.x * blockDim.x, blocks.y * blockDim.y, blocks.z * blockDim.z);
  }
  __device__ static dim3 thread_index() {
    const dim3 block = block_index();
    return dim3(block.x * blockDim.x + threadIdx.x, block.y * blockDim.y + threadIdx.y,
                block.z * blockDim.z + threadIdx.z);
  }
  __device__ static unsigned int num_threads() { return num_blocks() * details::block_threads(); }
  __device__ static unsigned int size() { return num_threads(); }
  __device__ static unsigned int thread_rank() {
    return block_rank() * details::block_threads() + __su_linear_tid();
  }
  __device__ static bool is_valid() { return true; }

  /// Where the shared memory at `address` of this block stands in block `rank` of the cluster.
  template <class T>
  __device__ static T* map_shared_rank(T* address, int rank) {
    return (T*)__su_cluster_map_shared((void*)address, (unsigned int)rank);
  }
  /// The block of the cluster whose shared memory has `address`: no window begins between the
  /// beginning of its own and the address.
  __device__ static unsigned int query_shared_rank(const void* address) {
    unsigned int best = 0;
    size_t distance = ~(size_t)0;
    for (unsigned int rank = 0; rank < num_blocks(); ++rank) {
      const size_t from =
          (size_t)address - (size_t)__su_cluster_map_shared(__su_shared_window(), rank);
      if (from < distance) {
        distance = from;
        best = rank;
      }
    }
    return best;
  }
};

__device__ __forceinline__ cluster_group this_cluster() { return cluster_group(); }

/// All threads of the grid. Only those of a cooperative launch can wait for each other.
class grid_group {
 public:
  __device__ static bool is_valid() { return __su_is_cooperative() != 0; }
  __device__ static void sync() { __su_grid_barrier(0); }
  class arrival_token {};
  __device__ static arrival_token barrier_arrive() {
    __su_grid_barrier(1);
    return arrival_token();
  }
  __device__ static void barrier_wait(arrival_token&&) { __su_grid_barrier(2); }

  __device__ static unsigned long long num_threads() {
    return num_blocks() * details::block_threads();
  }
  __device__ static unsigned long long size() { return num_threads(); }
  __device__ static unsigned long long thread_rank() {
    return block_rank() * details::block_threads() + __su_linear_tid();
  }
  __device__ static unsigned long long block_rank() {
    return blockIdx.x + gridDim.x * (blockIdx.y + (unsigned long long)gridDim.y * blockIdx.z);
  }
  __device__ static unsigned long long num_blocks() {
    return (unsigned long long)gridDim.x * gridDim.y * gridDim.z;
  }
  __device__ static dim3 dim_blocks() { return dim3(gridDim.x, gridDim.y, gridDim.z); }
  __device__ static dim3 group_dim() { return dim_blocks(); }
  __device__ static dim3 block_index() { return thread_block::group_index(); }
  __device__ static dim3 cluster_index() { return __su_clusterid_all(); }
  __device__ static dim3 dim_clusters() { return __su_nclusterid_all(); }
  __device__ static unsigned long long num_clusters() { return details::volume(dim_clusters()); }
  __device__ static unsigned long long cluster_rank() {
    return details::rank_in(cluster_index(), dim_clusters());
  }
};

__device__ __forceinline__ grid_group this_grid() { return grid_group(); }

}  // namespace cooperative_groups

#endif  // COOPERATIVE_GROUPS_DETAILS_BLOCK_H_
