#include "block_job.h"

#include <algorithm>

#include "hub.h"

namespace opensupa::emu {
namespace {

// Enough chunks that threads which come late or are slow still share the rest evenly, and few
// enough that taking one costs little beside running it.
constexpr uint64_t kChunksPerLane = 16;
constexpr uint64_t kMaxBlocksPerChunk = 64;

uint64_t BlocksPerChunk(uint64_t blocks, uint32_t lanes) {
  return std::clamp<uint64_t>(blocks / (lanes * kChunksPerLane), 1, kMaxBlocksPerChunk);
}

}  // namespace

BlockJob::BlockJob(Hub& hub, Queue& queue, const Dispatch& dispatch, uint32_t lanes)
    : Job(dispatch.Blocks(), BlocksPerChunk(dispatch.Blocks(), lanes)),
      hub_(hub),
      queue_(queue),
      dispatch_(dispatch) {
  dispatch_.services = this;
}

uint64_t BlockJob::UnitNs() const { return hub_.block_times().Get(dispatch_.descriptor_va); }

void BlockJob::NoteUnitNs(uint64_t unit_ns) {
  hub_.block_times().Set(dispatch_.descriptor_va, unit_ns);
}

void BlockJob::Run(uint64_t first, uint64_t count, Lane* lane) {
  EngineFault fault;
  if (hub_.engine().RunBlocks(dispatch_, first, count, *lane, &fault)) return;
  Stop();
  supa_uapi_event event{};
  event.type = fault.type;
  event.address = fault.address;
  event.program_counter = fault.program_counter;
  event.descriptor_va = dispatch_.descriptor_va;
  event.cookie = dispatch_.cookie;
  event.access = fault.access;
  event.block[0] = fault.block.x;
  event.block[1] = fault.block.y;
  event.block[2] = fault.block.z;
  event.thread[0] = fault.thread.x;
  event.thread[1] = fault.thread.y;
  event.thread[2] = fault.thread.z;
  hub_.Fail(queue_, event, fault.text);
}

void BlockJob::Print(std::string_view text) {
  queue_.space().events().AddPrint(queue_.desc().id, text);
}

void* BlockJob::Allocate(uint64_t size_bytes) { return queue_.space().heap().Allocate(size_bytes); }

bool BlockJob::Free(void* address) { return queue_.space().heap().Free(address); }

bool BlockJob::Cancelled() const { return queue_.space().dead(); }

}  // namespace opensupa::emu
