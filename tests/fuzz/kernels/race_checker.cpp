#include "race_checker.h"

#include "absl/strings/str_format.h"

namespace opensupa::fuzz {

void RaceChecker::SetInitialised(size_t offset, size_t size_bytes, bool initialised) {
  for (size_t i = offset; i < offset + size_bytes; ++i) {
    cells_[i] = Cell();
    cells_[i].initialised = initialised;
  }
}

bool RaceChecker::Ordered(const Accesses& before, const AccessPoint& now) {
  if (before.thread == kNobody) return true;
  if (before.block != now.block) return false;
  if (before.thread == now.thread || before.block_time < now.block_time) return true;
  return before.warp == now.warp && before.warp_time < now.warp_time;
}

void RaceChecker::Note(Accesses& accesses, const AccessPoint& now) {
  if (Ordered(accesses, now)) {
    accesses = {now.thread, now.warp, now.block, now.block_time, now.warp_time};
    return;
  }
  accesses.thread = kMany;
  if (accesses.warp != now.warp) accesses.warp = kMany;
  if (accesses.block != now.block) accesses.block = kMany;
  accesses.warp_time = now.warp_time;
}

std::string RaceChecker::Read(size_t offset, size_t size_bytes, const AccessPoint& point) {
  for (size_t i = offset; i < offset + size_bytes; ++i) {
    Cell& cell = cells_[i];
    if (!cell.initialised) return "memory is read before it is written";
    if (!Ordered(cell.writes, point)) {
      return absl::StrFormat("thread %u reads what thread %u writes", point.thread,
                             cell.writes.thread);
    }
    Note(cell.reads, point);
  }
  return "";
}

std::string RaceChecker::Write(size_t offset, size_t size_bytes, const AccessPoint& point,
                               uint8_t kind) {
  for (size_t i = offset; i < offset + size_bytes; ++i) {
    Cell& cell = cells_[i];
    if (kind != kPlain && !cell.initialised) return "memory is updated before it is written";
    if (!Ordered(cell.reads, point)) {
      return absl::StrFormat("thread %u writes what thread %u reads", point.thread,
                             cell.reads.thread);
    }
    const bool commutes = kind != kPlain && kind == cell.kind;
    if (!commutes && !Ordered(cell.writes, point)) {
      return absl::StrFormat("thread %u writes what thread %u writes", point.thread,
                             cell.writes.thread);
    }
    Note(cell.writes, point);
    cell.kind = kind;
    cell.initialised = true;
  }
  return "";
}

}  // namespace opensupa::fuzz
