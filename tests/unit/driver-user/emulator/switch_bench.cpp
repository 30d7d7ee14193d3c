// What a switch between threads of a block costs on this machine. Not a test: it prints figures.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "engine/fiber.h"
#include "engine/reference_engine.h"

namespace opensupa::emu {
namespace {

using binary::abi::ThreadContext;

uint64_t NowNs() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

constexpr int kTurns = 200;

void Alternate(void*) {
  for (int i = 0; i < kTurns; ++i) Fiber::Current()->Suspend();
}

/// Switches to and from `count` fibers in turn.
void MeasureFibers(int count) {
  FiberPool pool(64 << 10);
  std::vector<Fiber*> fibers;
  for (int i = 0; i < count; ++i) {
    fibers.push_back(pool.Take());
    fibers.back()->Start(&Alternate, nullptr);
    fibers.back()->Resume();
  }
  const uint64_t start_ns = NowNs();
  for (int turn = 1; turn < kTurns; ++turn) {
    for (Fiber* fiber : fibers) fiber->Resume();
  }
  const double switches = 2.0 * (kTurns - 1) * count;
  std::printf("%5d fibers: %6.1f ns a switch\n", count,
              static_cast<double>(NowNs() - start_ns) / switches);
  for (Fiber* fiber : fibers) pool.GiveBack(fiber);
}

class NoServices final : public DeviceServices {
 public:
  void Print(std::string_view) override {}
  void* Allocate(uint64_t) override { return nullptr; }
  bool Free(void*) override { return false; }
  bool TakeUnits(uint64_t*, uint64_t*) override { return false; }
  bool TakeResidents(uint32_t) override { return false; }
  void ReleaseResidents(uint32_t) override {}
  void NoteStall(bool) override {}
};

constexpr int kBarriers = 100;
void Nothing(ThreadContext*) {}
void Barriers(ThreadContext* thread) {
  for (int i = 0; i < kBarriers; ++i) {
    thread->block->hooks->block_barrier(thread, 0, binary::abi::BarrierOp::kPlain, 0, nullptr);
  }
}
void Shuffles(ThreadContext* thread) {
  for (int i = 0; i < kBarriers; ++i) {
    thread->block->hooks->warp_exchange(thread, ~0u, binary::abi::WarpOp::kShflXor, 1, 1 | 32 << 8,
                                        nullptr);
  }
}

/// Time of one operation of one thread, with what starting and ending the threads takes.
void MeasureKernel(const char* what, void (*kernel)(ThreadContext*), uint32_t threads,
                   int operations) {
  const auto engine = MakeReferenceEngine(64 << 10, 0);
  auto lane = engine->CreateLane();
  NoServices services;
  Dispatch dispatch;
  dispatch.entry = reinterpret_cast<const void*>(kernel);
  dispatch.grid_dim = {20, 1, 1};
  dispatch.block_dim = {threads, 1, 1};
  const std::atomic<bool> closing{false};
  const std::atomic<uint32_t> killed_by{0};
  dispatch.services = &services;
  dispatch.queue_closing = &closing;
  dispatch.space_killed_by = &killed_by;
  EngineFault fault;
  engine->RunBlocks(dispatch, 0, 1, **lane, &fault);  // touches the stacks
  const uint64_t start_ns = NowNs();
  engine->RunBlocks(dispatch, 0, 20, **lane, &fault);
  std::printf("%5u threads: %6.1f ns a %s\n", threads,
              static_cast<double>(NowNs() - start_ns) / (20.0 * threads * operations), what);
}

}  // namespace
}  // namespace opensupa::emu

int main() {
  using namespace opensupa::emu;
  for (const int count : {1, 32, 256, 1024, 16384}) MeasureFibers(count);
  for (const uint32_t threads : {32u, 256u, 1024u}) {
    MeasureKernel("thread", &Nothing, threads, 1);
    MeasureKernel("barrier", &Barriers, threads, kBarriers);
    MeasureKernel("shuffle", &Shuffles, threads, kBarriers);
  }
  return 0;
}
