#include "engine/resident_block.h"

#include "engine/grid_meeting.h"
#include "engine/reference_lane.h"

namespace opensupa::emu {
namespace {

using binary::abi::Dim3;

Dim3 Times(const Dim3& a, const Dim3& b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
Dim3 Over(const Dim3& a, const Dim3& b) { return {a.x / b.x, a.y / b.y, a.z / b.z}; }

Dim3 PlaceIn(const Dim3& dim, uint64_t linear) {
  return {static_cast<uint32_t>(linear % dim.x), static_cast<uint32_t>(linear / dim.x % dim.y),
          static_cast<uint32_t>(linear / dim.x / dim.y)};
}

}  // namespace

Dim3 BlockIndex(const Dispatch& dispatch, uint64_t unit, uint32_t rank) {
  const Dim3& dim = dispatch.cluster_dim;
  const Dim3 base = Times(PlaceIn(Over(dispatch.grid_dim, dim), unit), dim);
  const Dim3 inside = PlaceIn(dim, rank);
  return {base.x + inside.x, base.y + inside.y, base.z + inside.z};
}

void ResidentBlock::FillContext(const Dispatch& dispatch) {
  const uint32_t shared_bytes =
      (dispatch.static_shared_bytes + 15) / 16 * 16 + dispatch.dynamic_shared_bytes;
  context = {.grid_dim = dispatch.grid_dim,
             .block_dim = dispatch.block_dim,
             .block_idx = {},
             .dynamic_shared_bytes = dispatch.dynamic_shared_bytes,
             .shared_base = shared->Place(shared_bytes),
             .args = dispatch.args,
             .hooks = &kReferenceHooks,
             .engine_block = this,
             .cluster_dim = dispatch.cluster_dim,
             .cluster_grid_dim = Over(dispatch.grid_dim, dispatch.cluster_dim),
             .cluster_idx = {},
             .cluster_block_idx = {},
             .cooperative = dispatch.meeting != nullptr ? 1u : 0u,
             .shared_bytes = shared_bytes,
             .strip_blocks = 1,
             .stream_stores = dispatch.stream_stores ? 1u : 0u};
}

void ResidentBlock::SetPlace(const Dim3& index) {
  context.block_idx = index;
  context.cluster_idx = Over(index, context.cluster_dim);
  const Dim3 base = Times(context.cluster_idx, context.cluster_dim);
  context.cluster_block_idx = {index.x - base.x, index.y - base.y, index.z - base.z};
}

void Cluster::Arrive() {
  if (++arrived_ == live_) EndPhase();
}

void Cluster::End(bool had_arrived) {
  --live_;
  if (had_arrived) --arrived_;
  if (live_ > 0 && arrived_ == live_) EndPhase();
}

void Cluster::EndPhase() {
  arrived_ = 0;
  for (ResidentBlock* block : blocks_) {
    if (block->ended) continue;
    block->Unstick();
    block->scheduler.EndPhase(Meeting::kCluster);
  }
}

void ResidentBlock::Unstick() {
  stuck = false;
  if (!counted) return;
  counted = false;
  lane.dispatch->meeting->Unstick(stuck_phase);
}

}  // namespace opensupa::emu
