#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/fiber.h"
#include "engine/warp.h"
#include "opensupa/binary/device_abi.h"

namespace opensupa::emu {

class ReferenceLane;

/// Runs the threads of one block, each on its own fiber, in an order that depends only on the seed
/// and on what the threads do.
///
/// All ready threads run in turns (a round), each until it waits, yields or ends. A thread that
/// completes a barrier or a warp operation goes on at once; those it released run in the next
/// round.
class BlockScheduler {
 public:
  enum class Outcome { kDone, kFault, kDeadlock, kNoMemory, kCancelled };

  explicit BlockScheduler(uint64_t seed) : seed_(seed) {}

  /// Runs the block that stands in `lane.block`. On kDeadlock, DescribeWaits says who waits where.
  Outcome Run(ReferenceLane& lane);
  std::string DescribeWaits() const;

  // The suspending hooks; called on the fiber of `context`.
  uint32_t Barrier(binary::abi::ThreadContext* context, uint32_t id, binary::abi::BarrierOp op,
                   uint32_t predicate, binary::abi::CallSite site);
  void NamedBarrier(binary::abi::ThreadContext* context, uint32_t id, binary::abi::MeetOp op,
                    uint32_t threads, binary::abi::CallSite site);
  void ClusterBarrier(binary::abi::ThreadContext* context, binary::abi::MeetOp op,
                      binary::abi::CallSite site);
  uint64_t Exchange(binary::abi::ThreadContext* context, uint32_t mask, binary::abi::WarpOp op,
                    uint64_t value, uint32_t param, binary::abi::CallSite site);
  uint32_t ActiveMask(binary::abi::ThreadContext* context, uint64_t call_number,
                      binary::abi::CallSite site);
  void Yield(binary::abi::ThreadContext* context);

 private:
  enum class State : uint8_t {
    kReady,
    kYielded,
    kBarrier,
    kCluster,
    kExchange,
    kActiveMask,
    kDone
  };

  struct Thread {
    binary::abi::ThreadContext context;
    Fiber* fiber;
    State state;
    uint32_t barrier_id;
    binary::abi::BarrierOp barrier_op;
    uint32_t predicate;
    uint32_t mask;
    binary::abi::WarpOp warp_op;
    uint32_t param;
    uint64_t value;  // brought to the exchange; number of the call of an active mask
    uint64_t result;
    uint32_t cluster_phase;       // of the last arrival at the cluster's barrier
    binary::abi::CallSite where;  // of the call in which it waits
  };

  void Prepare(ReferenceLane& lane);
  Outcome RunRounds(ReferenceLane& lane);
  Outcome RunThread(ReferenceLane& lane, Thread& thread);
  void Release(Thread& thread);
  void Ended(Thread& thread);
  void ArriveAtBarrier(Thread& thread, uint32_t id, uint32_t threads);
  bool BarrierComplete(uint32_t id) const;
  void FinishBarrier(uint32_t id, const Thread* running);
  void FinishCluster(const Thread* running);
  uint32_t WarpShare(uint32_t tid) const;
  uint32_t BarrierResult(const Thread& thread) const;
  bool FinishExchange(uint32_t warp, uint32_t mask, const Thread* running);
  void ResolveActiveMask(uint32_t warp);
  void FreeFibers(ReferenceLane& lane);
  void SetOrder();

  /// Barriers of a block, as in CUDA.
  static constexpr uint32_t kBarriers = 16;
  struct BarrierCount {
    uint32_t arrived;
    uint32_t true_predicates;
    uint32_t expected;  // threads; 0 = all of the block
  };
  struct Warp {
    uint32_t live;      // lanes that have not ended
    uint32_t exchange;  // lanes in kExchange
  };

  Thread& Of(binary::abi::ThreadContext* context) { return threads_[context->linear_tid]; }
  uint32_t FirstOf(uint32_t warp) const { return warp * binary::abi::kWarpSize; }
  uint32_t EndOf(uint32_t warp) const;

  const uint64_t seed_;
  uint32_t count_ = 0;
  uint32_t live_ = 0;
  std::vector<Thread> threads_;
  std::vector<uint32_t> order_;  // position -> thread, for count_ threads
  std::vector<uint32_t> current_, next_;
  std::vector<Warp> warps_;
  std::array<BarrierCount, kBarriers> barriers_{};
  uint32_t waiting_for_mask_ = 0;  // threads in kActiveMask
  uint32_t cluster_arrived_ = 0;
  uint32_t cluster_phase_ = 0;
};

}  // namespace opensupa::emu
