#include "device_externs.h"

#include <array>
#include <cstddef>

#include "opensupa/binary/device_abi.h"

namespace opensupa::cc {
namespace {

using binary::abi::BlockContext;
using binary::abi::Dim3;
using binary::abi::Hooks;
using binary::abi::ThreadContext;

constexpr DeviceExtern ThreadField(std::string_view name, size_t offset_bytes) {
  return {name, ExternKind::kThreadIndex, offset_bytes};
}
constexpr DeviceExtern BlockField(std::string_view name, size_t offset_bytes) {
  return {name, ExternKind::kBlockField, offset_bytes};
}
constexpr DeviceExtern SuspendingHook(std::string_view name, size_t offset_bytes) {
  return {.name = name,
          .kind = ExternKind::kHook,
          .offset_bytes = offset_bytes,
          .suspends = true,
          .takes_site = true};
}
constexpr DeviceExtern Hook(std::string_view name, size_t offset_bytes) {
  return {name, ExternKind::kHook, offset_bytes};
}
constexpr DeviceExtern DeadEnd(std::string_view name, size_t offset_bytes) {
  return {.name = name, .kind = ExternKind::kHook, .offset_bytes = offset_bytes, .no_return = true};
}

constexpr size_t kX = offsetof(Dim3, x);
constexpr size_t kY = offsetof(Dim3, y);
constexpr size_t kZ = offsetof(Dim3, z);

constexpr std::array kExterns = {
    ThreadField("__su_tid_x", offsetof(ThreadContext, thread_idx) + kX),
    ThreadField("__su_tid_y", offsetof(ThreadContext, thread_idx) + kY),
    ThreadField("__su_tid_z", offsetof(ThreadContext, thread_idx) + kZ),
    ThreadField("__su_linear_tid", offsetof(ThreadContext, linear_tid)),
    BlockField("__su_ntid_x", offsetof(BlockContext, block_dim) + kX),
    BlockField("__su_ntid_y", offsetof(BlockContext, block_dim) + kY),
    BlockField("__su_ntid_z", offsetof(BlockContext, block_dim) + kZ),
    BlockField("__su_ctaid_x", offsetof(BlockContext, block_idx) + kX),
    BlockField("__su_ctaid_y", offsetof(BlockContext, block_idx) + kY),
    BlockField("__su_ctaid_z", offsetof(BlockContext, block_idx) + kZ),
    BlockField("__su_nctaid_x", offsetof(BlockContext, grid_dim) + kX),
    BlockField("__su_nctaid_y", offsetof(BlockContext, grid_dim) + kY),
    BlockField("__su_nctaid_z", offsetof(BlockContext, grid_dim) + kZ),
    BlockField("__su_dynamic_shared_bytes", offsetof(BlockContext, dynamic_shared_bytes)),
    BlockField("__su_shared_bytes", offsetof(BlockContext, shared_bytes)),
    BlockField("__su_clusterid_x", offsetof(BlockContext, cluster_idx) + kX),
    BlockField("__su_clusterid_y", offsetof(BlockContext, cluster_idx) + kY),
    BlockField("__su_clusterid_z", offsetof(BlockContext, cluster_idx) + kZ),
    BlockField("__su_nclusterid_x", offsetof(BlockContext, cluster_grid_dim) + kX),
    BlockField("__su_nclusterid_y", offsetof(BlockContext, cluster_grid_dim) + kY),
    BlockField("__su_nclusterid_z", offsetof(BlockContext, cluster_grid_dim) + kZ),
    BlockField("__su_cluster_ctaid_x", offsetof(BlockContext, cluster_block_idx) + kX),
    BlockField("__su_cluster_ctaid_y", offsetof(BlockContext, cluster_block_idx) + kY),
    BlockField("__su_cluster_ctaid_z", offsetof(BlockContext, cluster_block_idx) + kZ),
    BlockField("__su_cluster_nctaid_x", offsetof(BlockContext, cluster_dim) + kX),
    BlockField("__su_cluster_nctaid_y", offsetof(BlockContext, cluster_dim) + kY),
    BlockField("__su_cluster_nctaid_z", offsetof(BlockContext, cluster_dim) + kZ),
    BlockField("__su_is_cooperative", offsetof(BlockContext, cooperative)),
    DeviceExtern{"__su_laneid", ExternKind::kLaneId, offsetof(ThreadContext, linear_tid)},
    DeviceExtern{kSharedBaseExtern, ExternKind::kSharedBase, offsetof(BlockContext, shared_base)},
    DeviceExtern{"__su_shared_window", ExternKind::kSharedBase,
                 offsetof(BlockContext, shared_base)},
    SuspendingHook("__su_barrier", offsetof(Hooks, block_barrier)),
    SuspendingHook("__su_warp_exchange", offsetof(Hooks, warp_exchange)),
    SuspendingHook("__su_named_barrier", offsetof(Hooks, named_barrier)),
    SuspendingHook("__su_grid_barrier", offsetof(Hooks, grid_barrier)),
    SuspendingHook("__su_cluster_barrier", offsetof(Hooks, cluster_barrier)),
    SuspendingHook("__su_mma", offsetof(Hooks, multiply_matrices)),
    DeviceExtern{.name = "__su_matrix_move",
                 .kind = ExternKind::kExpanded,
                 .offset_bytes = 0,
                 .suspends = true},
    DeviceExtern{.name = "__su_active_mask",
                 .kind = ExternKind::kHook,
                 .offset_bytes = offsetof(Hooks, active_mask),
                 .suspends = true,
                 .takes_number = true,
                 .takes_site = true},
    DeviceExtern{.name = "__su_yield",
                 .kind = ExternKind::kHook,
                 .offset_bytes = offsetof(Hooks, yield),
                 .suspends = true},
    Hook("__su_cluster_map_shared", offsetof(Hooks, cluster_map_shared)),
    Hook("__su_vprintf", offsetof(Hooks, vprintf)),
    DeadEnd("__su_assert_fail", offsetof(Hooks, assert_fail)),
    DeadEnd("__su_trap", offsetof(Hooks, trap)),
    Hook("__su_malloc", offsetof(Hooks, device_malloc)),
    Hook("__su_free", offsetof(Hooks, device_free)),
    Hook("__su_clock64", offsetof(Hooks, clock64)),
    Hook("__su_globaltimer", offsetof(Hooks, global_timer_ns)),
};

}  // namespace

const DeviceExtern* FindDeviceExtern(std::string_view name) {
  for (const DeviceExtern& entry : kExterns) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace opensupa::cc
