// The services of the reference engine that device code calls. They run on the thread's own stack
// and may be left for good at any read of device memory (a fault), so they hold no lock and own
// nothing while they read it.

#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/device_printf.h"
#include "engine/matrix.h"
#include "engine/reference_lane.h"
#include "opensupa/port/uapi.h"

namespace opensupa::emu {
namespace {

using binary::abi::BarrierOp;
using binary::abi::CallSite;
using binary::abi::MeetOp;
using binary::abi::ThreadContext;
using binary::abi::WarpOp;

constexpr size_t kMaxMessageBytes = 900;

uint64_t NowNs() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

BlockScheduler& SchedulerOf(ThreadContext* thread, const char* operation) {
  ResidentBlock& block = BlockOf(thread);
  if (thread->engine_thread == nullptr) {
    block.lane.Raise(SUPA_UAPI_EVENT_TRAP,
                     absl::StrCat("A kernel that was compiled as a plain loop called ", operation,
                                  ", which only threads with a stack of their own can do."));
  }
  return block.scheduler;
}

uint32_t BlockBarrier(ThreadContext* thread, uint32_t id, BarrierOp op, uint32_t predicate,
                      CallSite site) {
  return SchedulerOf(thread, "a barrier").Barrier(thread, id, op, predicate, site);
}

void NamedBarrier(ThreadContext* thread, uint32_t id, MeetOp op, uint32_t threads, CallSite site) {
  SchedulerOf(thread, "a barrier").NamedBarrier(thread, id, op, threads, site);
}

void GridBarrier(ThreadContext* thread, MeetOp op, CallSite site) {
  ReferenceLane& lane = BlockOf(thread).lane;
  if (lane.dispatch->meeting == nullptr) {
    lane.Raise(SUPA_UAPI_EVENT_TRAP,
               "A thread came to the barrier of the grid, which only a grid that was launched "
               "cooperatively has.");
  }
  SchedulerOf(thread, "a grid barrier").MeetBarrier(thread, Meeting::kGrid, op, site);
}

void ClusterBarrier(ThreadContext* thread, MeetOp op, CallSite site) {
  SchedulerOf(thread, "a cluster barrier").MeetBarrier(thread, Meeting::kCluster, op, site);
}

/// The shared memory of all blocks of a dispatch is laid out alike.
void* ClusterMapShared(ThreadContext* thread, void* address, uint32_t rank) {
  ResidentBlock& own = BlockOf(thread);
  if (own.cluster == nullptr) return rank == 0 ? address : nullptr;
  const std::vector<ResidentBlock*>& blocks = own.cluster->blocks();
  if (rank >= blocks.size()) return nullptr;
  auto* const byte = static_cast<std::byte*>(address);
  for (const ResidentBlock* block : blocks) {
    if (!block->shared->Contains(byte)) continue;
    return blocks[rank]->context.shared_base + (byte - block->context.shared_base);
  }
  return nullptr;
}

uint64_t WarpExchange(ThreadContext* thread, uint32_t mask, WarpOp op, uint64_t value,
                      uint32_t param, CallSite site) {
  return SchedulerOf(thread, WarpOpName(op)).Exchange(thread, mask, op, value, param, site);
}

void Multiply(ThreadContext* thread, uint32_t descriptor, void* d, const void* a, const void* b,
              const void* c, CallSite site) {
  const MatrixFragments fragments = {d, a, b, c};
  SchedulerOf(thread, "mma").Multiply(thread, descriptor, fragments, site);
}

uint32_t ActiveMask(ThreadContext* thread, uint64_t call_number, CallSite site) {
  return SchedulerOf(thread, "activemask").ActiveMask(thread, call_number, site);
}

void Yield(ThreadContext* thread) { SchedulerOf(thread, "yield").Yield(thread); }

int32_t Vprintf(ThreadContext* thread, const char* format, const void* packed_args) {
  ReferenceLane& lane = BlockOf(thread).lane;
  lane.print_text.clear();
  const int32_t converted = FormatDevicePrintf(format, packed_args, lane.print_text);
  lane.dispatch->services->Print(lane.print_text);
  return converted;
}

/// Appends a string of the device program, cut at kMaxMessageBytes.
void AppendText(std::string& to, const char* text) {
  for (size_t i = 0; text != nullptr && i < kMaxMessageBytes && text[i] != '\0'; ++i) {
    to.push_back(text[i]);
  }
}

void AssertFail(ThreadContext* thread, const char* message, const char* file, uint32_t line,
                const char* function) {
  ReferenceLane& lane = BlockOf(thread).lane;
  std::string& text = lane.print_text;
  text.clear();
  AppendText(text, file);
  absl::StrAppendFormat(&text, ":%d: ", line);
  AppendText(text, function);
  const auto& block = thread->block->block_idx;
  const auto& id = thread->thread_idx;
  absl::StrAppendFormat(&text, ": block: [%d,%d,%d], thread: [%d,%d,%d] Assertion `", block.x,
                        block.y, block.z, id.x, id.y, id.z);
  AppendText(text, message);
  text += "` failed.";
  lane.Raise(SUPA_UAPI_EVENT_ASSERT, text);
}

void Trap(ThreadContext* thread) {
  BlockOf(thread).lane.Raise(SUPA_UAPI_EVENT_TRAP, "The kernel executed a trap.");
}

void* DeviceMalloc(ThreadContext* thread, uint64_t size_bytes) {
  return BlockOf(thread).lane.dispatch->services->Allocate(size_bytes);
}

void DeviceFree(ThreadContext* thread, void* address) {
  if (address == nullptr) return;
  ReferenceLane& lane = BlockOf(thread).lane;
  if (lane.dispatch->services->Free(address)) return;
  lane.raised.address = reinterpret_cast<uint64_t>(address);
  lane.Raise(SUPA_UAPI_EVENT_TRAP,
             absl::StrFormat("free() was given %p, which malloc() in a kernel did not return or "
                             "which has been freed.",
                             address));
}

uint64_t Clock64(ThreadContext* thread) {
  // A day of nanoseconds times the clock in kHz still fits, but years do not: divide first.
  const uint64_t now_ns = NowNs();
  const uint64_t khz = BlockOf(thread).lane.dispatch->core_clock_khz;
  return now_ns / 1'000'000 * khz + now_ns % 1'000'000 * khz / 1'000'000;
}

uint64_t GlobalTimerNs(ThreadContext*) {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::system_clock::now().time_since_epoch())
                                   .count());
}

}  // namespace

const binary::abi::Hooks kReferenceHooks = {
    .size_bytes = sizeof(binary::abi::Hooks),
    .block_barrier = &BlockBarrier,
    .warp_exchange = &WarpExchange,
    .active_mask = &ActiveMask,
    .yield = &Yield,
    .vprintf = &Vprintf,
    .assert_fail = &AssertFail,
    .trap = &Trap,
    .device_malloc = &DeviceMalloc,
    .device_free = &DeviceFree,
    .clock64 = &Clock64,
    .global_timer_ns = &GlobalTimerNs,
    .named_barrier = &NamedBarrier,
    .grid_barrier = &GridBarrier,
    .cluster_barrier = &ClusterBarrier,
    .cluster_map_shared = &ClusterMapShared,
    .multiply_matrices = &Multiply,
    .host_features = HasDotProducts() ? uint64_t{binary::abi::kHostDotProducts} : 0,
};

}  // namespace opensupa::emu
