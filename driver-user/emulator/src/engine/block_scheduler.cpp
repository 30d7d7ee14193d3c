#include "engine/block_scheduler.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/reference_lane.h"
#include "opensupa/port/uapi.h"
#include "safe_access.h"

namespace opensupa::emu {
namespace {

using binary::abi::BarrierOp;
using binary::abi::CallSite;
using binary::abi::kWarpSize;
using binary::abi::MeetOp;
using binary::abi::ThreadContext;
using binary::abi::ThreadEntry;
using binary::abi::WarpOp;

void RunEntry(void* argument) {
  auto* context = static_cast<ThreadContext*>(argument);
  const Dispatch& dispatch = *LaneOf(context).dispatch;
  reinterpret_cast<ThreadEntry>(const_cast<void*>(dispatch.entry))(context);
}

/// The text of a site, which lies in the program's memory.
std::string SiteText(CallSite site) {
  std::string text;
  constexpr size_t kMaxBytes = 200;
  char letter = 0;
  while (text.size() < kMaxBytes && safe::Copy(&letter, site + text.size(), 1) && letter != 0) {
    text.push_back(letter);
  }
  return text;
}

}  // namespace

void BlockScheduler::SetOrder() {
  if (order_.size() == count_) return;
  order_.resize(count_);
  std::iota(order_.begin(), order_.end(), 0u);
  if (seed_ == 0) return;
  std::mt19937_64 random(seed_);
  for (uint32_t i = count_; i > 1; --i) std::swap(order_[i - 1], order_[random() % i]);
}

void BlockScheduler::Prepare(ReferenceLane& lane) {
  const auto& dim = lane.block.block_dim;
  count_ = dim.x * dim.y * dim.z;
  live_ = count_;
  waiting_for_mask_ = 0;
  barriers_.fill({0, 0, 0});
  cluster_arrived_ = 0;
  cluster_phase_ = 0;
  if (threads_.size() < count_) threads_.resize(count_);
  SetOrder();
  uint32_t tid = 0;
  for (uint32_t z = 0; z < dim.z; ++z) {
    for (uint32_t y = 0; y < dim.y; ++y) {
      for (uint32_t x = 0; x < dim.x; ++x, ++tid) {
        Thread& thread = threads_[tid];
        thread.context = {{x, y, z}, tid, &lane.block, &thread};
        thread.fiber = nullptr;
        thread.state = State::kReady;
      }
    }
  }
  warps_.assign((count_ + kWarpSize - 1) / kWarpSize, {~0u, 0});
  if (count_ % kWarpSize != 0) warps_.back().live = (1u << (count_ % kWarpSize)) - 1;
  current_.assign(order_.begin(), order_.end());
  next_.clear();
}

BlockScheduler::Outcome BlockScheduler::Run(ReferenceLane& lane) {
  Prepare(lane);
  const Outcome outcome = RunRounds(lane);
  if (outcome != Outcome::kDone) FreeFibers(lane);
  if (outcome != Outcome::kFault) lane.running = nullptr;
  return outcome;
}

BlockScheduler::Outcome BlockScheduler::RunRounds(ReferenceLane& lane) {
  while (live_ > 0) {
    for (size_t i = 0; i < current_.size(); ++i) {
      const Outcome outcome = RunThread(lane, threads_[current_[i]]);
      if (outcome != Outcome::kDone) {
        if (outcome == Outcome::kFault) lane.running = &threads_[current_[i]].context;
        return outcome;
      }
    }
    if (live_ == 0) break;
    for (uint32_t w = 0; waiting_for_mask_ > 0 && w < warps_.size(); ++w) ResolveActiveMask(w);
    current_.swap(next_);
    next_.clear();
    if (current_.empty()) return Outcome::kDeadlock;
    if (lane.dispatch->services->Cancelled()) return Outcome::kCancelled;
  }
  return Outcome::kDone;
}

BlockScheduler::Outcome BlockScheduler::RunThread(ReferenceLane& lane, Thread& thread) {
  thread.state = State::kReady;
  if (thread.fiber == nullptr) {
    thread.fiber = lane.thread_stacks.Take();
    if (thread.fiber == nullptr) return Outcome::kNoMemory;
    thread.fiber->Start(&RunEntry, &thread.context);
  }
  lane.running = &thread.context;
  if (thread.fiber->Resume()) {
    lane.thread_stacks.GiveBack(thread.fiber);
    thread.fiber = nullptr;
    Ended(thread);
    return Outcome::kDone;
  }
  // Neither ended nor waiting: abandoned by a fault.
  return thread.state == State::kReady ? Outcome::kFault : Outcome::kDone;
}

void BlockScheduler::FreeFibers(ReferenceLane& lane) {
  for (uint32_t i = 0; i < count_; ++i) {
    if (threads_[i].fiber == nullptr) continue;
    lane.thread_stacks.GiveBack(threads_[i].fiber);
    threads_[i].fiber = nullptr;
  }
}

uint32_t BlockScheduler::EndOf(uint32_t warp) const {
  return std::min(count_, (warp + 1) * kWarpSize);
}

void BlockScheduler::Release(Thread& thread) {
  thread.state = State::kReady;
  next_.push_back(thread.context.linear_tid);
}

/// A thread that is gone may have been the one that others waited for.
void BlockScheduler::Ended(Thread& thread) {
  const uint32_t tid = thread.context.linear_tid;
  const uint32_t warp = tid / kWarpSize;
  thread.state = State::kDone;
  --live_;
  warps_[warp].live &= ~(1u << (tid % kWarpSize));
  if (live_ == 0) return;
  for (uint32_t id = 0; id < kBarriers; ++id) {
    if (BarrierComplete(id)) FinishBarrier(id, nullptr);
  }
  if (cluster_arrived_ > 0 && cluster_arrived_ == live_) FinishCluster(nullptr);
  uint32_t rest = warps_[warp].exchange;
  while (rest != 0) {
    const uint32_t mask = threads_[FirstOf(warp) + std::countr_zero(rest)].mask;
    FinishExchange(warp, mask, nullptr);
    rest &= ~mask;
  }
}

/// Whether all threads that barrier `id` waits for have arrived.
bool BlockScheduler::BarrierComplete(uint32_t id) const {
  const BarrierCount& barrier = barriers_[id];
  if (barrier.arrived == 0) return false;
  return barrier.expected == 0 ? barrier.arrived == live_ : barrier.arrived >= barrier.expected;
}

/// Releases the threads at barrier `id`, which is complete. `running` is the one that came last and
/// goes on by itself.
void BlockScheduler::FinishBarrier(uint32_t id, const Thread* running) {
  for (uint32_t position = 0; position < count_; ++position) {
    Thread& thread = threads_[order_[position]];
    if (thread.state != State::kBarrier || thread.barrier_id != id) continue;
    thread.result = BarrierResult(thread);
    if (&thread == running) {
      thread.state = State::kReady;
    } else {
      Release(thread);
    }
  }
  barriers_[id] = {0, 0, 0};
}

uint32_t BlockScheduler::BarrierResult(const Thread& thread) const {
  const BarrierCount& barrier = barriers_[thread.barrier_id];
  switch (thread.barrier_op) {
    case BarrierOp::kCount:
      return barrier.true_predicates;
    case BarrierOp::kAnd:
      return barrier.true_predicates == barrier.arrived ? 1 : 0;
    case BarrierOp::kOr:
      return barrier.true_predicates > 0 ? 1 : 0;
    case BarrierOp::kPlain:
      break;
  }
  return 0;
}

/// What an arrival of thread `tid` counts at a barrier for a number of threads: warps count as
/// whole, so the last lane of one that is not full counts for the missing ones.
uint32_t BlockScheduler::WarpShare(uint32_t tid) const {
  return tid + 1 == count_ ? kWarpSize - tid % kWarpSize : 1;
}

void BlockScheduler::ArriveAtBarrier(Thread& thread, uint32_t id, uint32_t threads) {
  ReferenceLane& lane = LaneOf(&thread.context);
  if (id >= kBarriers) {
    lane.Raise(
        SUPA_UAPI_EVENT_TRAP,
        absl::StrFormat("A thread came to barrier %d, but a block has only %d.", id, kBarriers));
  }
  if (threads % kWarpSize != 0) {
    lane.Raise(
        SUPA_UAPI_EVENT_TRAP,
        absl::StrFormat("A thread came to barrier %d for %d threads, which is no multiple of "
                        "the warp size %d.",
                        id, threads, kWarpSize));
  }
  BarrierCount& barrier = barriers_[id];
  if (barrier.arrived > 0 && barrier.expected != threads) {
    lane.Raise(SUPA_UAPI_EVENT_TRAP,
               absl::StrFormat("A thread came to barrier %d for %d threads, at which others wait "
                               "for %d (0 = all of the block).",
                               id, threads, barrier.expected));
  }
  barrier.expected = threads;
  barrier.arrived += threads == 0 ? 1 : WarpShare(thread.context.linear_tid);
}

uint32_t BlockScheduler::Barrier(ThreadContext* context, uint32_t id, BarrierOp op,
                                 uint32_t predicate, CallSite site) {
  Thread& thread = Of(context);
  thread.where = site;
  ArriveAtBarrier(thread, id, 0);
  thread.barrier_id = id;
  thread.barrier_op = op;
  thread.predicate = predicate;
  thread.state = State::kBarrier;
  if (predicate != 0) ++barriers_[id].true_predicates;
  if (BarrierComplete(id)) {
    FinishBarrier(id, &thread);
  } else {
    thread.fiber->Suspend();
  }
  return static_cast<uint32_t>(thread.result);
}

void BlockScheduler::NamedBarrier(ThreadContext* context, uint32_t id, MeetOp op, uint32_t threads,
                                  CallSite site) {
  Thread& thread = Of(context);
  thread.where = site;
  ArriveAtBarrier(thread, id, threads);
  if (op == MeetOp::kArriveAndWait) {
    thread.barrier_id = id;
    thread.barrier_op = BarrierOp::kPlain;
    thread.state = State::kBarrier;
  }
  if (BarrierComplete(id)) {
    FinishBarrier(id, &thread);
  } else if (op == MeetOp::kArriveAndWait) {
    thread.fiber->Suspend();
  }
}

void BlockScheduler::FinishCluster(const Thread* running) {
  cluster_arrived_ = 0;
  ++cluster_phase_;
  for (uint32_t position = 0; position < count_; ++position) {
    Thread& thread = threads_[order_[position]];
    if (thread.state != State::kCluster) continue;
    if (&thread == running) {
      thread.state = State::kReady;
    } else {
      Release(thread);
    }
  }
}

void BlockScheduler::ClusterBarrier(ThreadContext* context, MeetOp op, CallSite site) {
  Thread& thread = Of(context);
  thread.where = site;
  if (op != MeetOp::kWait) {
    thread.cluster_phase = cluster_phase_;
    if (++cluster_arrived_ == live_) FinishCluster(&thread);
  }
  if (op == MeetOp::kArrive || thread.cluster_phase != cluster_phase_) return;
  thread.state = State::kCluster;
  thread.fiber->Suspend();
}

/// Releases the lanes of `mask` when all of them that still run are at an exchange over `mask`;
/// `running` goes on by itself.
bool BlockScheduler::FinishExchange(uint32_t warp, uint32_t mask, const Thread* running) {
  const uint32_t group = mask & warps_[warp].live;
  if (group == 0 || (group & ~warps_[warp].exchange) != 0) return false;
  const Thread& first = threads_[FirstOf(warp) + std::countr_zero(group)];
  WarpValues values;
  for (uint32_t rest = group; rest != 0; rest &= rest - 1) {
    const auto lane = static_cast<uint32_t>(std::countr_zero(rest));
    const Thread& thread = threads_[FirstOf(warp) + lane];
    if (thread.mask != mask || thread.warp_op != first.warp_op) return false;
    values.value[lane] = thread.value;
    values.param[lane] = thread.param;
  }
  const WarpOp op = first.warp_op;
  warps_[warp].exchange &= ~group;
  for (uint32_t rest = group; rest != 0; rest &= rest - 1) {
    const auto lane = static_cast<uint32_t>(std::countr_zero(rest));
    Thread& thread = threads_[FirstOf(warp) + lane];
    thread.result = WarpResult(op, group, lane, values);
    if (&thread == running) {
      thread.state = State::kReady;
    } else {
      Release(thread);
    }
  }
  return true;
}

uint64_t BlockScheduler::Exchange(ThreadContext* context, uint32_t mask, WarpOp op, uint64_t value,
                                  uint32_t param, CallSite site) {
  Thread& thread = Of(context);
  thread.where = site;
  if (!IsWarpOp(op) || ((mask >> (context->linear_tid % kWarpSize)) & 1) == 0) {
    LaneOf(context).Raise(
        SUPA_UAPI_EVENT_TRAP,
        absl::StrFormat("A thread called %s with mask %#010x, which does not name its own lane %d.",
                        WarpOpName(op), mask, context->linear_tid % kWarpSize));
  }
  const uint32_t warp = context->linear_tid / kWarpSize;
  thread.mask = mask;
  thread.warp_op = op;
  thread.value = value;
  thread.param = param;
  thread.state = State::kExchange;
  warps_[warp].exchange |= 1u << (context->linear_tid % kWarpSize);
  if (!FinishExchange(warp, mask, &thread)) thread.fiber->Suspend();
  return thread.result;
}

/// At the end of a round: a warp in which all live threads wait or only spin has shown which lanes
/// came together.
void BlockScheduler::ResolveActiveMask(uint32_t warp) {
  const Thread* first = nullptr;
  for (uint32_t i = FirstOf(warp); i < EndOf(warp); ++i) {
    if (threads_[i].state == State::kReady) return;
    if (first == nullptr && threads_[i].state == State::kActiveMask) first = &threads_[i];
  }
  if (first == nullptr) return;
  const uint64_t call_number = first->value;
  uint32_t group = 0;
  for (uint32_t i = FirstOf(warp); i < EndOf(warp); ++i) {
    const Thread& thread = threads_[i];
    if (thread.state == State::kActiveMask && thread.value == call_number) {
      group |= 1u << (i % kWarpSize);
    }
  }
  for (uint32_t rest = group; rest != 0; rest &= rest - 1) {
    Thread& thread = threads_[FirstOf(warp) + std::countr_zero(rest)];
    thread.result = group;
    --waiting_for_mask_;
    Release(thread);
  }
}

uint32_t BlockScheduler::ActiveMask(ThreadContext* context, uint64_t call_number, CallSite site) {
  Thread& thread = Of(context);
  thread.where = site;
  thread.value = call_number;
  thread.state = State::kActiveMask;
  ++waiting_for_mask_;
  thread.fiber->Suspend();
  return static_cast<uint32_t>(thread.result);
}

void BlockScheduler::Yield(ThreadContext* context) {
  Thread& thread = Of(context);
  thread.state = State::kYielded;
  next_.push_back(context->linear_tid);
  thread.fiber->Suspend();
}

std::string BlockScheduler::DescribeWaits() const {
  struct Place {
    uint32_t threads = 0;
    uint32_t first = 0;
  };
  std::map<std::string, Place> places;
  for (uint32_t i = 0; i < count_; ++i) {
    const Thread& thread = threads_[i];
    std::string where;
    if (thread.state == State::kBarrier) {
      where = absl::StrCat("at barrier ", thread.barrier_id);
    } else if (thread.state == State::kCluster) {
      where = "at the barrier of the cluster";
    } else if (thread.state == State::kExchange) {
      where = absl::StrFormat("at %s with mask %#010x in warp %d", WarpOpName(thread.warp_op),
                              thread.mask, i / kWarpSize);
    } else if (thread.state == State::kDone) {
      where = "no more, having ended";
    } else {
      where = "for other lanes of its warp";
    }
    if (thread.state != State::kDone && thread.where != nullptr) {
      absl::StrAppend(&where, " at ", SiteText(thread.where));
    }
    Place& place = places[where];
    if (place.threads++ == 0) place.first = i;
  }
  std::string text = "No thread of the block can go on:";
  const char* separator = " ";
  for (const auto& [where, place] : places) {
    const auto& id = threads_[place.first].context.thread_idx;
    const std::string line =
        absl::StrFormat("%s%d wait%s %s (first is thread (%d,%d,%d))", separator, place.threads,
                        place.threads == 1 ? "s" : "", where, id.x, id.y, id.z);
    if (text.size() + line.size() > 1000) {
      absl::StrAppend(&text, " and others");
      break;
    }
    absl::StrAppend(&text, line);
    separator = ", ";
  }
  return text + ".";
}

}  // namespace opensupa::emu
