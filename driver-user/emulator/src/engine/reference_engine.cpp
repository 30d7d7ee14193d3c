#include "engine/reference_engine.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <atomic>
#include <csignal>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "engine/lane_run.h"
#include "engine/reference_lane.h"
#include "fault_handler.h"
#include "opensupa/port/uapi.h"

namespace opensupa::emu {
namespace {

using binary::abi::BlockContext;
using binary::abi::BlockEntry;
using binary::abi::Dim3;

void RunClusters(ResidentBlock& block, const Dispatch& dispatch, BlockEntry entry) {
  ReferenceLane& lane = block.lane;
  for (uint64_t i = 0; i < lane.unit_count && !dispatch.Cancelled(); ++i) {
    for (uint32_t rank = 0; rank < dispatch.BlocksPerCluster(); ++rank) {
      block.SetPlace(BlockIndex(dispatch, lane.first_unit + i, rank));
      lane.loop_context.thread_idx = {0, 0, 0};
      lane.loop_context.linear_tid = 0;
      block.context.strip_blocks = 1;
      entry(&lane.loop_context);
    }
  }
}

/// As RunClusters where each block is a cluster by itself: grids of very many blocks that do very
/// little come this way, so nothing is done for a block that its neighbour left right.
void RunSingleBlocks(ResidentBlock& block, const Dispatch& dispatch, BlockEntry entry) {
  ReferenceLane& lane = block.lane;
  const Dim3 end = dispatch.grid_dim;
  const Dim3 start = BlockIndex(dispatch, lane.first_unit, 0);
  block.SetPlace(start);
  // Apart, not as a Dim3: what was written in parts and is read as a whole has to wait until all
  // that the block before has written is in the caches.
  uint32_t x = start.x, y = start.y, z = start.z;
  BlockContext& context = block.context;
  for (uint64_t left = lane.unit_count; left > 0 && !dispatch.Cancelled();) {
    context.block_idx.x = context.cluster_idx.x = x;
    lane.loop_context.thread_idx = {0, 0, 0};
    lane.loop_context.linear_tid = 0;
    context.strip_blocks = static_cast<uint32_t>(
        std::min<uint64_t>(left, std::min(dispatch.most_strip_blocks, end.x - x)));
    left -= context.strip_blocks;
    x += context.strip_blocks;
    entry(&lane.loop_context);
    if (x != end.x) continue;
    x = 0;
    if (++y == end.y) {
      y = 0;
      ++z;
    }
    context.block_idx.y = context.cluster_idx.y = y;
    context.block_idx.z = context.cluster_idx.z = z;
  }
}

void RunLoopBlocks(void* argument) {
  auto& block = *static_cast<ResidentBlock*>(argument);
  const Dispatch& dispatch = *block.lane.dispatch;
  const auto entry = reinterpret_cast<BlockEntry>(const_cast<void*>(dispatch.entry));
  if (dispatch.BlocksPerCluster() == 1) {
    RunSingleBlocks(block, dispatch, entry);
  } else {
    RunClusters(block, dispatch, entry);
  }
}

/// Stores that bypass the caches are not ordered by what says that the blocks are done.
void EndStreaming() {
#if defined(__x86_64__)
  _mm_sfence();
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

const char* AccessText(uint32_t access) {
  switch (access) {
    case SUPA_UAPI_BIND_ACCESS_WRITE:
      return "write to";
    case SUPA_UAPI_BIND_ACCESS_EXECUTE:
      return "jump to";
    default:
      return "read of";
  }
}

void DescribeHostFault(const HostFault& host, const ResidentBlock& block, EngineFault* fault) {
  fault->program_counter = host.program_counter;
  fault->address = host.address;
  fault->access = host.access;
  if (host.stack_overflow) {
    fault->type = SUPA_UAPI_EVENT_STACK_OVERFLOW;
    fault->text = "The stack of a thread is used up.";
  } else if (host.signal == SIGFPE) {
    fault->type = SUPA_UAPI_EVENT_ARITHMETIC;
    fault->text = "The kernel divided by zero, or a quotient does not fit.";
  } else if (host.signal == SIGILL) {
    fault->type = SUPA_UAPI_EVENT_ILLEGAL_INSTRUCTION;
    fault->text = "The kernel reached an instruction that cannot be executed.";
  } else {
    fault->type = SUPA_UAPI_EVENT_PAGE_FAULT;
    if (!host.address_known) {
      fault->text = "The kernel used an address that no address space has.";
    } else if (block.shared->InGuard(host.address)) {
      fault->text = absl::StrFormat("The %s %#x lies outside the shared memory of the block.",
                                    AccessText(host.access), host.address);
    } else {
      fault->text = absl::StrFormat("The %s %#x is not possible, since the memory is not bound so.",
                                    AccessText(host.access), host.address);
    }
  }
}

class ReferenceEngine final : public Engine {
 public:
  ReferenceEngine(size_t stack_bytes, uint64_t seed) : stack_bytes_(stack_bytes), seed_(seed) {}

  const char* name() const override { return "reference"; }

  StatusOr<std::unique_ptr<Lane>> CreateLane() override {
    SUPA_ASSIGN_OR_RETURN(std::unique_ptr<ReferenceLane> lane,
                          ReferenceLane::Create(stack_bytes_, seed_));
    std::lock_guard lock(mutex_);
    std::erase_if(activities_, [](const auto& activity) { return activity.use_count() == 1; });
    activities_.push_back(lane->activity);
    return std::unique_ptr<Lane>(std::move(lane));
  }

  void StopCancelled() override {
    std::lock_guard lock(mutex_);
    for (const auto& activity : activities_) activity->StopIfCancelled();
  }

  bool RunBlocks(const Dispatch& dispatch, uint64_t first, uint64_t count, Lane& any_lane,
                 EngineFault* fault) override {
    auto& lane = static_cast<ReferenceLane&>(any_lane);
    lane.dispatch = &dispatch;
    lane.raised = {};
    lane.running = nullptr;
    DeviceCodeScope scope(lane.signal_stack.get(), ReferenceLane::kSignalStackBytes,
                          dispatch.code_begin, dispatch.code_end);
    if (!scope.ok()) {
      fault->type = SUPA_UAPI_EVENT_DEVICE_LOST;
      fault->text = "Device code cannot be run from inside a signal handler.";
      return false;
    }
    const LaneActivity::Scope activity(*lane.activity, dispatch);
    if (dispatch.plain_loop) return RunLoops(lane, first, count, fault);
    return LaneRun(dispatch, lane).Run(first, count, fault);
  }

 private:
  static bool RunLoops(ReferenceLane& lane, uint64_t first, uint64_t count, EngineFault* fault) {
    StatusOr<ResidentBlock*> taken = lane.TakeBlock();
    Fiber* fiber = lane.loop_stacks.Take();
    if (!taken.ok() || fiber == nullptr) {
      fault->type = SUPA_UAPI_EVENT_DEVICE_LOST;
      fault->text = "The host has no memory for the stack of a block.";
      return false;
    }
    ResidentBlock& block = **taken;
    block.FillContext(*lane.dispatch);
    block.cluster = nullptr;
    lane.first_unit = first;
    lane.unit_count = count;
    lane.loop_context = {{0, 0, 0}, 0, &block.context, nullptr};
    lane.running = &lane.loop_context;
    fiber->Start(&RunLoopBlocks, &block);
    const bool ended = fiber->Resume();
    if (lane.dispatch->stream_stores) EndStreaming();
    lane.loop_stacks.GiveBack(fiber);
    const bool ok = ended || !DescribeFault(lane, block, fault);
    lane.GiveBack(&block);
    return ok;
  }

  const size_t stack_bytes_;
  const uint64_t seed_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<LaneActivity>> activities_;  // of lanes that may still live
};

}  // namespace

bool DescribeFault(ReferenceLane& lane, const ResidentBlock& block, EngineFault* fault) {
  HostFault host;
  if (TakeHostFault(&host)) {
    DescribeHostFault(host, block, fault);
  } else if (lane.raised.type != 0) {
    *fault = lane.raised;
  } else {
    return false;
  }
  fault->block = block.context.block_idx;
  if (lane.running != nullptr) fault->thread = lane.running->thread_idx;
  return true;
}

std::unique_ptr<Engine> MakeReferenceEngine(size_t stack_bytes, uint64_t seed) {
  return std::make_unique<ReferenceEngine>(stack_bytes, seed);
}

}  // namespace opensupa::emu
