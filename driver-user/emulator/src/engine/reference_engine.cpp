#include "engine/reference_engine.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/reference_lane.h"
#include "fault_handler.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/port/uapi.h"

namespace opensupa::emu {
namespace {

constexpr size_t kPageBytes = 4096;
constexpr size_t kSharedAlignBytes = 128;
constexpr size_t kSharedWindowBytes = 1 << 20;  // more than any model offers
constexpr size_t kSharedGuardBytes = 64 * kPageBytes;
constexpr size_t kLoopStackBytes = 1 << 20;

using binary::abi::BlockEntry;
using binary::abi::Dim3;

Dim3 BlockIndex(const Dim3& grid, uint64_t linear) {
  return {static_cast<uint32_t>(linear % grid.x), static_cast<uint32_t>(linear / grid.x % grid.y),
          static_cast<uint32_t>(linear / grid.x / grid.y)};
}

void RunLoopBlocks(void* argument) {
  auto& lane = *static_cast<ReferenceLane*>(argument);
  const Dispatch& dispatch = *lane.dispatch;
  const auto entry = reinterpret_cast<BlockEntry>(const_cast<void*>(dispatch.entry));
  for (uint64_t i = 0; i < lane.block_count; ++i) {
    if (dispatch.services->Cancelled()) return;
    lane.block.block_idx = BlockIndex(dispatch.grid_dim, lane.first_block + i);
    lane.block.cluster_idx = lane.block.block_idx;
    lane.loop_context.thread_idx = {0, 0, 0};
    lane.loop_context.linear_tid = 0;
    entry(&lane.loop_context);
  }
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

void DescribeHostFault(const HostFault& host, const ReferenceLane& lane, EngineFault* fault) {
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
    } else if (lane.shared->InGuard(host.address)) {
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
    SUPA_ASSIGN_OR_RETURN(std::unique_ptr<Lane> lane, ReferenceLane::Create(stack_bytes_, seed_));
    return lane;
  }

  bool RunBlocks(const Dispatch& dispatch, uint64_t first, uint64_t count, Lane& any_lane,
                 EngineFault* fault) override {
    auto& lane = static_cast<ReferenceLane&>(any_lane);
    Begin(dispatch, lane);
    DeviceCodeScope scope(lane.signal_stack.get(), ReferenceLane::kSignalStackBytes);
    if (!scope.ok()) {
      fault->type = SUPA_UAPI_EVENT_DEVICE_LOST;
      fault->text = "Device code cannot be run from inside a signal handler.";
      return false;
    }
    if (dispatch.plain_loop) return RunLoops(lane, first, count, fault);
    for (uint64_t i = 0; i < count; ++i) {
      if (dispatch.services->Cancelled()) return true;
      lane.block.block_idx = BlockIndex(dispatch.grid_dim, first + i);
      lane.block.cluster_idx = lane.block.block_idx;
      const BlockScheduler::Outcome outcome = lane.scheduler.Run(lane);
      if (outcome == BlockScheduler::Outcome::kCancelled) return true;
      if (outcome != BlockScheduler::Outcome::kDone) return Explain(lane, outcome, fault);
    }
    return true;
  }

 private:
  static void Begin(const Dispatch& dispatch, ReferenceLane& lane) {
    lane.dispatch = &dispatch;
    lane.raised = {};
    lane.block = {.grid_dim = dispatch.grid_dim,
                  .block_dim = dispatch.block_dim,
                  .block_idx = {},
                  .dynamic_shared_bytes = dispatch.dynamic_shared_bytes,
                  .shared_base = lane.shared->Place((dispatch.static_shared_bytes + 15) / 16 * 16 +
                                                    dispatch.dynamic_shared_bytes),
                  .args = dispatch.args,
                  .hooks = &kReferenceHooks,
                  .engine_block = &lane,
                  .cluster_dim = {1, 1, 1},
                  .cluster_grid_dim = dispatch.grid_dim,
                  .cluster_idx = {},
                  .cluster_block_idx = {},
                  .cooperative = 0};
  }

  static bool RunLoops(ReferenceLane& lane, uint64_t first, uint64_t count, EngineFault* fault) {
    lane.first_block = first;
    lane.block_count = count;
    lane.loop_context = {{0, 0, 0}, 0, &lane.block, nullptr};
    lane.running = &lane.loop_context;
    Fiber* fiber = lane.loop_stacks.Take();
    if (fiber == nullptr) return Explain(lane, BlockScheduler::Outcome::kNoMemory, fault);
    fiber->Start(&RunLoopBlocks, &lane);
    const bool ended = fiber->Resume();
    lane.loop_stacks.GiveBack(fiber);
    return ended || Explain(lane, BlockScheduler::Outcome::kFault, fault);
  }

  /// Fills `fault`; always false.
  static bool Explain(ReferenceLane& lane, BlockScheduler::Outcome outcome, EngineFault* fault) {
    HostFault host;
    if (outcome == BlockScheduler::Outcome::kDeadlock) {
      fault->type = SUPA_UAPI_EVENT_BARRIER_DEADLOCK;
      fault->text = lane.scheduler.DescribeWaits();
    } else if (outcome == BlockScheduler::Outcome::kNoMemory) {
      fault->type = SUPA_UAPI_EVENT_DEVICE_LOST;
      fault->text = "The host has no memory for the stacks of the threads of a block.";
    } else if (TakeHostFault(&host)) {
      DescribeHostFault(host, lane, fault);
    } else {
      *fault = lane.raised;
    }
    fault->block = lane.block.block_idx;
    if (lane.running != nullptr) fault->thread = lane.running->thread_idx;
    return false;
  }

  const size_t stack_bytes_;
  const uint64_t seed_;
};

}  // namespace

StatusOr<std::unique_ptr<SharedWindow>> SharedWindow::Create(size_t size_bytes) {
  OPENSUPA_FAULT_POINT("emulator.map_shared");
  const size_t total_bytes = size_bytes + 2 * kSharedGuardBytes;
  void* base =
      mmap(nullptr, total_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base != MAP_FAILED && mprotect(static_cast<std::byte*>(base) + kSharedGuardBytes, size_bytes,
                                     PROT_READ | PROT_WRITE) == 0) {
    return std::unique_ptr<SharedWindow>(
        new SharedWindow(static_cast<std::byte*>(base), size_bytes));
  }
  const int error = errno;
  if (base != MAP_FAILED) munmap(base, total_bytes);
  return absl::ResourceExhaustedError(absl::StrCat(
      "The host cannot map ", total_bytes, " bytes for shared memory: ", std::strerror(error)));
}

SharedWindow::~SharedWindow() { munmap(base_, size_bytes_ + 2 * kSharedGuardBytes); }

std::byte* SharedWindow::Place(size_t size_bytes) const {
  const size_t rounded = (size_bytes + kSharedAlignBytes - 1) / kSharedAlignBytes;
  return base_ + kSharedGuardBytes + size_bytes_ - rounded * kSharedAlignBytes;
}

bool SharedWindow::InGuard(uint64_t address) const {
  const auto low = reinterpret_cast<uint64_t>(base_);
  const uint64_t high = low + kSharedGuardBytes + size_bytes_;
  return (address >= low && address < low + kSharedGuardBytes) ||
         (address >= high && address < high + kSharedGuardBytes);
}

ReferenceLane::ReferenceLane(size_t thread_stack_bytes, uint64_t seed)
    : thread_stacks(thread_stack_bytes),
      loop_stacks(kLoopStackBytes),
      signal_stack(new std::byte[kSignalStackBytes]),
      scheduler(seed) {}

StatusOr<std::unique_ptr<ReferenceLane>> ReferenceLane::Create(size_t thread_stack_bytes,
                                                               uint64_t seed) {
  std::unique_ptr<ReferenceLane> lane(new ReferenceLane(thread_stack_bytes, seed));
  SUPA_ASSIGN_OR_RETURN(lane->shared, SharedWindow::Create(kSharedWindowBytes));
  return lane;
}

void ReferenceLane::Raise(uint32_t event_type, std::string text) {
  raised.type = event_type;
  raised.text = std::move(text);
  Fiber::Current()->Abandon();
}

std::unique_ptr<Engine> MakeReferenceEngine(size_t stack_bytes, uint64_t seed) {
  return std::make_unique<ReferenceEngine>(stack_bytes, seed);
}

}  // namespace opensupa::emu
