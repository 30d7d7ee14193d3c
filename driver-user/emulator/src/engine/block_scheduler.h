#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/fiber.h"
#include "engine/matrix.h"
#include "engine/warp.h"
#include "opensupa/binary/device_abi.h"

namespace opensupa::emu {

struct ResidentBlock;

/// Barriers that reach beyond a block.
enum class Meeting : uint8_t { kGrid = 0, kCluster = 1 };

/// Runs the threads of one block, each on its own fiber, in an order that depends only on the seed
/// and on what the threads do.
///
/// All ready threads run in turns (a round), each until it waits, yields or ends. A thread that
/// completes a barrier or a warp operation goes on at once; those it released run in the next
/// round.
class BlockScheduler {
 public:
  enum class Outcome {
    kDone,
    kFault,
    kDeadlock,
    kNoMemory,
    kCancelled,
    kStuck,    // every thread waits, some of them for other blocks
    kSpinning  // for a while, threads have done nothing but yield
  };

  explicit BlockScheduler(uint64_t seed) : seed_(seed) {}

  /// Makes all threads of `block` ready, whose context is complete.
  void Start(ResidentBlock& block);
  /// Runs the block until its end, or until others should have the host thread. After kStuck and
  /// kSpinning it is called again; after any other outcome the block is over.
  Outcome Run(ResidentBlock& block);
  /// Whether a thread did anything but yield in the last Run.
  bool moved() const { return moved_; }
  /// Forgets the threads of a block that is not over.
  void Abandon(ResidentBlock& block) { FreeFibers(block); }
  /// Who waits where, for a block that does not go on.
  std::string DescribeWaits() const;

  /// Whether the block has come to the barrier of the grid or cluster and waits for others.
  bool WaitsFor(Meeting meeting) const {
    return meets_[Index(meeting)].here && meets_[Index(meeting)].waiting > 0;
  }
  bool HasArrived(Meeting meeting) const { return meets_[Index(meeting)].here; }
  uint64_t PhaseOf(Meeting meeting) const { return meets_[Index(meeting)].phase; }
  /// All blocks have met: releases the threads that wait for it.
  void EndPhase(Meeting meeting);

  // The suspending hooks; called on the fiber of `context`.
  uint32_t Barrier(binary::abi::ThreadContext* context, uint32_t id, binary::abi::BarrierOp op,
                   uint32_t predicate, binary::abi::CallSite site);
  void NamedBarrier(binary::abi::ThreadContext* context, uint32_t id, binary::abi::MeetOp op,
                    uint32_t threads, binary::abi::CallSite site);
  void MeetBarrier(binary::abi::ThreadContext* context, Meeting meeting, binary::abi::MeetOp op,
                   binary::abi::CallSite site);
  uint64_t Exchange(binary::abi::ThreadContext* context, uint32_t mask, binary::abi::WarpOp op,
                    uint64_t value, uint32_t param, binary::abi::CallSite site);
  /// All 32 lanes of the warp multiply matrices.
  void Multiply(binary::abi::ThreadContext* context, uint32_t descriptor,
                const MatrixFragments& fragments, binary::abi::CallSite site);
  uint32_t ActiveMask(binary::abi::ThreadContext* context, uint64_t call_number,
                      binary::abi::CallSite site);
  void Yield(binary::abi::ThreadContext* context);

 private:
  enum class State : uint8_t {
    kReady,
    kYielded,
    kBarrier,
    kGrid,
    kCluster,
    kExchange,
    kActiveMask,
    kOutside,  // at an exchange whose mask leaves the thread's own lane out
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
    std::array<uint64_t, 2> phases;  // of the last arrival at each Meeting
    binary::abi::CallSite where;     // of the call in which it waits
  };

  static size_t Index(Meeting meeting) { return static_cast<size_t>(meeting); }
  static State StateOf(Meeting meeting) {
    return meeting == Meeting::kGrid ? State::kGrid : State::kCluster;
  }

  Outcome RunThread(ResidentBlock& block, Thread& thread);
  Outcome Blocked() const;
  void NoticeGridPhase(const ResidentBlock& block);
  void Release(Thread& thread);
  void Ended(ResidentBlock& block, Thread& thread);
  void ArriveAtBarrier(Thread& thread, uint32_t id, uint32_t threads);
  bool BarrierComplete(uint32_t id) const;
  void FinishBarrier(uint32_t id, const Thread* running);
  void BlockArrives(ResidentBlock& block, Meeting meeting);
  uint32_t WarpShare(uint32_t tid) const;
  uint32_t BarrierResult(const Thread& thread) const;
  uint64_t MeetInWarp(Thread& thread, uint32_t mask, binary::abi::WarpOp op, uint64_t value,
                      uint32_t param);
  bool FinishExchange(uint32_t warp, uint32_t mask, const Thread* running);
  bool HasReadyThread(uint32_t warp) const;
  void ResolveActiveMask(uint32_t warp);
  void ResolveOutside(uint32_t warp);
  void FreeFibers(ResidentBlock& block);
  void SetOrder();
  std::string PlaceOf(const Thread& thread) const;

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
  /// This block's part in a Meeting.
  struct Meet {
    uint64_t phase = 0;
    uint32_t arrived = 0;  // threads
    uint32_t waiting = 0;  // threads
    bool here = false;     // all threads have arrived, which the others know
  };

  Thread& Of(binary::abi::ThreadContext* context) { return threads_[context->linear_tid]; }
  uint32_t FirstOf(uint32_t warp) const { return warp * binary::abi::kWarpSize; }
  uint32_t EndOf(uint32_t warp) const;

  const uint64_t seed_;
  uint32_t count_ = 0;
  uint32_t live_ = 0;
  bool moved_ = false;
  std::vector<Thread> threads_;
  std::vector<uint32_t> order_;  // position -> thread, for count_ threads
  // Threads of this round and of the next one. Outside Run, current_ is empty.
  std::vector<uint32_t> current_, next_;
  std::vector<Warp> warps_;
  std::array<BarrierCount, kBarriers> barriers_{};
  std::array<Meet, 2> meets_{};
  uint32_t waiting_for_mask_ = 0;  // threads in kActiveMask or kOutside
};

}  // namespace opensupa::emu
