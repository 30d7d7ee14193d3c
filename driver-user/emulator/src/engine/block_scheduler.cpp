#include "engine/block_scheduler.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/grid_meeting.h"
#include "engine/reference_lane.h"
#include "engine/resident_block.h"
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

/// Rounds in which all threads only yield before other blocks get the host thread.
constexpr uint32_t kSpinRounds = 16;

void RunEntry(void* argument) {
  auto* context = static_cast<ThreadContext*>(argument);
  const Dispatch& dispatch = *BlockOf(context).lane.dispatch;
  reinterpret_cast<ThreadEntry>(const_cast<void*>(dispatch.entry))(context);
}

constexpr uint32_t kAllLanes = ~0u;

/// Values are addresses of MatrixFragments, parameters descriptors. False when the lanes of `group`
/// are not all of the warp or do not agree, so that they wait for ever.
bool MultiplyFragments(uint32_t group, const WarpValues& values) {
  if (group != kAllLanes) return false;
  std::array<MatrixFragments, kWarpSize> lanes;
  for (uint32_t lane = 0; lane < kWarpSize; ++lane) {
    if (values.param[lane] != values.param[0]) return false;
    lanes[lane] = *reinterpret_cast<const MatrixFragments*>(values.value[lane]);
  }
  MultiplyMatrices(values.param[0], lanes);
  return true;
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

void BlockScheduler::Start(ResidentBlock& block) {
  const auto& dim = block.context.block_dim;
  count_ = dim.x * dim.y * dim.z;
  live_ = count_;
  waiting_for_mask_ = 0;
  barriers_.fill({0, 0, 0});
  meets_.fill({});
  if (threads_.size() < count_) threads_.resize(count_);
  SetOrder();
  uint32_t tid = 0;
  for (uint32_t z = 0; z < dim.z; ++z) {
    for (uint32_t y = 0; y < dim.y; ++y) {
      for (uint32_t x = 0; x < dim.x; ++x, ++tid) {
        Thread& thread = threads_[tid];
        thread.context = {{x, y, z}, tid, &block.context, &thread};
        thread.fiber = nullptr;
        thread.state = State::kReady;
      }
    }
  }
  warps_.assign((count_ + kWarpSize - 1) / kWarpSize, {~0u, 0});
  if (count_ % kWarpSize != 0) warps_.back().live = (1u << (count_ % kWarpSize)) - 1;
  next_.assign(order_.begin(), order_.end());
  current_.clear();
}

BlockScheduler::Outcome BlockScheduler::Run(ResidentBlock& block) {
  ReferenceLane& lane = block.lane;
  moved_ = false;
  uint32_t idle_rounds = 0;
  while (true) {
    NoticeGridPhase(block);
    current_.swap(next_);
    if (current_.empty()) return Blocked();
    bool moved = false;
    for (size_t i = 0; i < current_.size(); ++i) {
      Thread& thread = threads_[current_[i]];
      const Outcome outcome = RunThread(block, thread);
      if (outcome != Outcome::kDone) return outcome;
      moved |= thread.state != State::kYielded;
    }
    current_.clear();
    moved_ |= moved;
    if (live_ == 0) return Outcome::kDone;
    for (uint32_t w = 0; waiting_for_mask_ > 0 && w < warps_.size(); ++w) {
      if (HasReadyThread(w)) continue;
      ResolveActiveMask(w);
      ResolveOutside(w);
    }
    if (lane.dispatch->Cancelled()) return Outcome::kCancelled;
    idle_rounds = moved ? 0 : idle_rounds + 1;
    if (idle_rounds == kSpinRounds) return Outcome::kSpinning;
  }
}

/// No thread is ready. Only a barrier to which the whole block has come can still end.
BlockScheduler::Outcome BlockScheduler::Blocked() const {
  const bool others = WaitsFor(Meeting::kGrid) || WaitsFor(Meeting::kCluster);
  return others ? Outcome::kStuck : Outcome::kDeadlock;
}

void BlockScheduler::NoticeGridPhase(const ResidentBlock& block) {
  if (!meets_[Index(Meeting::kGrid)].here) return;
  const GridMeeting& meeting = *block.lane.dispatch->meeting;
  if (meeting.phase() != PhaseOf(Meeting::kGrid)) EndPhase(Meeting::kGrid);
}

BlockScheduler::Outcome BlockScheduler::RunThread(ResidentBlock& block, Thread& thread) {
  ReferenceLane& lane = block.lane;
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
    Ended(block, thread);
    return Outcome::kDone;
  }
  // Neither ended nor waiting: abandoned by a fault.
  return thread.state == State::kReady ? Outcome::kFault : Outcome::kDone;
}

void BlockScheduler::FreeFibers(ResidentBlock& block) {
  for (uint32_t i = 0; i < count_; ++i) {
    if (threads_[i].fiber == nullptr) continue;
    block.lane.thread_stacks.GiveBack(threads_[i].fiber);
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
void BlockScheduler::Ended(ResidentBlock& block, Thread& thread) {
  const uint32_t tid = thread.context.linear_tid;
  const uint32_t warp = tid / kWarpSize;
  thread.state = State::kDone;
  --live_;
  warps_[warp].live &= ~(1u << (tid % kWarpSize));
  if (live_ == 0) return;
  for (uint32_t id = 0; id < kBarriers; ++id) {
    if (BarrierComplete(id)) FinishBarrier(id, nullptr);
  }
  for (const Meeting meeting : {Meeting::kGrid, Meeting::kCluster}) {
    const Meet& meet = meets_[Index(meeting)];
    if (!meet.here && meet.arrived > 0 && meet.arrived == live_) {
      BlockArrives(block, meeting);
    }
  }
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
  ReferenceLane& lane = BlockOf(&thread.context).lane;
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

void BlockScheduler::EndPhase(Meeting meeting) {
  Meet& meet = meets_[Index(meeting)];
  const uint32_t waiting = meet.waiting;
  meet = {.phase = meet.phase + 1};
  if (waiting == 0) return;
  for (uint32_t position = 0; position < count_; ++position) {
    Thread& thread = threads_[order_[position]];
    if (thread.state == StateOf(meeting)) Release(thread);
  }
}

/// All threads of the block have come.
void BlockScheduler::BlockArrives(ResidentBlock& block, Meeting meeting) {
  Meet& meet = meets_[Index(meeting)];
  meet.here = true;
  if (meeting == Meeting::kCluster) {
    if (block.cluster == nullptr) {
      EndPhase(meeting);
    } else {
      block.cluster->Arrive();
    }
    return;
  }
  GridMeeting& grid = *block.lane.dispatch->meeting;
  grid.Arrive();
  if (grid.phase() != meet.phase) EndPhase(meeting);
}

void BlockScheduler::MeetBarrier(ThreadContext* context, Meeting meeting, MeetOp op,
                                 CallSite site) {
  Thread& thread = Of(context);
  Meet& meet = meets_[Index(meeting)];
  thread.where = site;
  if (op != MeetOp::kWait) {
    thread.phases[Index(meeting)] = meet.phase;
    if (++meet.arrived == live_) BlockArrives(BlockOf(context), meeting);
  }
  if (op == MeetOp::kArrive || thread.phases[Index(meeting)] != meet.phase) return;
  thread.state = StateOf(meeting);
  ++meet.waiting;
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
  if (op == kMatrixOp && !MultiplyFragments(group, values)) return false;
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
  if (!IsWarpOp(op)) {
    BlockOf(context).lane.Raise(
        SUPA_UAPI_EVENT_TRAP,
        absl::StrFormat("A thread called warp operation %d, which does not exist.",
                        static_cast<uint32_t>(op)));
  }
  return MeetInWarp(thread, mask, op, value, param);
}

void BlockScheduler::Multiply(ThreadContext* context, uint32_t descriptor,
                              const MatrixFragments& fragments, CallSite site) {
  Thread& thread = Of(context);
  thread.where = site;
  const uint32_t warp = context->linear_tid / kWarpSize;
  if (!binary::abi::IsMatrixDescriptor(descriptor & ~binary::abi::kMatrixNativeBf16)) {
    BlockOf(context).lane.Raise(
        SUPA_UAPI_EVENT_TRAP,
        absl::StrFormat("A thread multiplies matrices of a kind that does not exist, %#x.",
                        descriptor));
  }
  if (warps_[warp].live != kAllLanes) {
    BlockOf(context).lane.Raise(
        SUPA_UAPI_EVENT_TRAP,
        absl::StrFormat("A matrix multiplication needs all %d lanes of a warp, but only %d of warp "
                        "%d are there.",
                        kWarpSize, std::popcount(warps_[warp].live), warp));
  }
  MeetInWarp(thread, kAllLanes, kMatrixOp, reinterpret_cast<uint64_t>(&fragments), descriptor);
}

/// Leaves the values for the lanes of `mask`, and waits until all have left theirs.
uint64_t BlockScheduler::MeetInWarp(Thread& thread, uint32_t mask, WarpOp op, uint64_t value,
                                    uint32_t param) {
  const uint32_t tid = thread.context.linear_tid;
  const uint32_t warp = tid / kWarpSize;
  thread.mask = mask;
  thread.warp_op = op;
  thread.value = value;
  thread.param = param;
  if (((mask >> (tid % kWarpSize)) & 1) == 0) {
    thread.state = State::kOutside;
    ++waiting_for_mask_;
    thread.fiber->Suspend();
    return thread.result;
  }
  thread.state = State::kExchange;
  warps_[warp].exchange |= 1u << (tid % kWarpSize);
  if (!FinishExchange(warp, mask, &thread)) thread.fiber->Suspend();
  return thread.result;
}

bool BlockScheduler::HasReadyThread(uint32_t warp) const {
  for (uint32_t i = FirstOf(warp); i < EndOf(warp); ++i) {
    if (threads_[i].state == State::kReady) return true;
  }
  return false;
}

/// At the end of a round: a warp in which all live threads wait or only spin has shown which lanes
/// came together.
void BlockScheduler::ResolveActiveMask(uint32_t warp) {
  const Thread* first = nullptr;
  for (uint32_t i = FirstOf(warp); i < EndOf(warp); ++i) {
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

/// The same for exchanges whose masks leave out the caller, which is undefined but done by
/// programs: as on hardware, each lane gets what the lanes that came along and that it names give.
void BlockScheduler::ResolveOutside(uint32_t warp) {
  const Thread* first = nullptr;
  uint32_t group = 0;
  WarpValues values;
  for (uint32_t i = FirstOf(warp); i < EndOf(warp); ++i) {
    const Thread& thread = threads_[i];
    if (thread.state != State::kOutside) continue;
    if (first == nullptr) first = &thread;
    if (thread.warp_op != first->warp_op) continue;
    group |= 1u << (i % kWarpSize);
    values.value[i % kWarpSize] = thread.value;
    values.param[i % kWarpSize] = thread.param;
  }
  for (uint32_t rest = group; rest != 0; rest &= rest - 1) {
    const auto lane = static_cast<uint32_t>(std::countr_zero(rest));
    Thread& thread = threads_[FirstOf(warp) + lane];
    const uint32_t named = group & thread.mask;
    thread.result = WarpResult(thread.warp_op, named | 1u << lane, lane, values);
    if (thread.warp_op == WarpOp::kBallot) thread.result &= named;
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

/// "at barrier 0 at kernel.su:12", what follows "waits" in DescribeWaits.
std::string BlockScheduler::PlaceOf(const Thread& thread) const {
  std::string where;
  switch (thread.state) {
    case State::kBarrier:
      where = absl::StrCat("at barrier ", thread.barrier_id);
      break;
    case State::kGrid:
      where = "at the barrier of the grid";
      break;
    case State::kCluster:
      where = "at the barrier of the cluster";
      break;
    case State::kExchange:
    case State::kOutside:
      where = absl::StrFormat("at %s with mask %#010x in warp %d", WarpOpName(thread.warp_op),
                              thread.mask, thread.context.linear_tid / kWarpSize);
      break;
    case State::kDone:
      return "no more, having ended";
    default:
      where = "for other lanes of its warp";
      break;
  }
  if (thread.where != nullptr) absl::StrAppend(&where, " at ", SiteText(thread.where));
  return where;
}

std::string BlockScheduler::DescribeWaits() const {
  struct Place {
    uint32_t threads = 0;
    uint32_t first = 0;
  };
  std::map<std::string, Place> places;
  for (uint32_t i = 0; i < count_; ++i) {
    Place& place = places[PlaceOf(threads_[i])];
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
