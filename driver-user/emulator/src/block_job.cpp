#include "block_job.h"

#include <algorithm>

#include "hub.h"

namespace opensupa::emu {
namespace {

/// Blocks that may wait for others start in ascending order: a block may count on those before it.
uint32_t Ranges(const Dispatch& dispatch, uint32_t lanes) {
  if (!dispatch.plain_loop) return 1;
  return static_cast<uint32_t>(std::min<uint64_t>(dispatch.Units(), lanes));
}

}  // namespace

BlockJob::BlockJob(Hub& hub, Queue& queue, const Dispatch& dispatch, bool cooperative,
                   uint32_t lanes, uint64_t residents)
    : Job(dispatch.Units(), Ranges(dispatch, lanes)),
      hub_(hub),
      queue_(queue),
      dispatch_(dispatch),
      residents_(static_cast<int64_t>(residents)) {
  dispatch_.services = this;
  dispatch_.queue_closing = &queue.closing;
  dispatch_.space_killed_by = &queue.space().killed_by_flag();
  if (cooperative) meeting_ = std::make_unique<GridMeeting>(dispatch.Blocks());
  dispatch_.meeting = meeting_.get();
}

bool BlockJob::TakeResidents(uint32_t blocks) {
  if (residents_.fetch_sub(blocks) >= blocks) return true;
  residents_.fetch_add(blocks);
  return false;
}

void BlockJob::NoteStall(bool stalled) { hub_.NoteStall(stalled); }

uint64_t BlockJob::UnitNs() const { return hub_.block_times().Get(dispatch_.descriptor_va); }

void BlockJob::NoteUnitNs(uint64_t unit_ns) {
  hub_.block_times().Note(dispatch_.descriptor_va, unit_ns);
}

void BlockJob::Run(uint64_t first, uint64_t count, Lane* lane) {
  EngineFault fault;
  const bool ok = hub_.engine().RunBlocks(dispatch_, first, count, *lane, &fault);
  if (!ok || dispatch_.Cancelled()) Stop();
  if (ok) return;
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

void* BlockJob::Allocate(uint64_t size_bytes) {
  return queue_.space().heap().Allocate(size_bytes, dispatch_.heap_limit_bytes);
}

bool BlockJob::Free(void* address) { return queue_.space().heap().Free(address); }

bool BlockJob::TakeUnits(uint64_t* first, uint64_t* count) {
  if (!TakeChunk(0, UnitNs(), first, count)) return false;
  if (published && Exhausted()) hub_.CloseJob(queue_);
  return true;
}

}  // namespace opensupa::emu
