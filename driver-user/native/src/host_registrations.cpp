#include "host_registrations.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace opensupa::native {

HostRegistrations::~HostRegistrations() {
  for (const auto& [address, piece] : pieces_) context_->Unbind(address, piece.size_bytes);
}

Status HostRegistrations::Register(void* host, uint64_t size_bytes) {
  const uint64_t address = reinterpret_cast<uint64_t>(host);
  const uint64_t page = context_->properties().page_bytes;
  if (host == nullptr || size_bytes == 0 ||
      size_bytes > std::numeric_limits<uint64_t>::max() - address - page) {
    return absl::InvalidArgumentError(
        absl::StrFormat("Cannot register %d bytes of host memory at 0x%x.", size_bytes, address));
  }
  std::lock_guard lock(mutex_);
  if (registrations_.contains(address)) {
    return absl::FailedPreconditionError(
        absl::StrFormat("Host memory at 0x%x is registered already.", address));
  }
  const uint64_t begin = address / page * page;
  const uint64_t end = (address + size_bytes + page - 1) / page * page;
  std::vector<uint64_t> pieces;
  Status status = BindGaps(begin, end, pieces);
  if (!status.ok()) {
    Drop(pieces);
    return WithContext(status, absl::StrFormat("registering %d bytes of host memory at 0x%x",
                                               size_bytes, address));
  }
  registrations_.emplace(address, std::move(pieces));
  return absl::OkStatus();
}

Status HostRegistrations::BindGaps(uint64_t begin, uint64_t end, std::vector<uint64_t>& pieces) {
  uint64_t at = begin;
  auto next = pieces_.upper_bound(begin);
  if (next != pieces_.begin()) {
    auto previous = std::prev(next);
    if (previous->first + previous->second.size_bytes > begin) next = previous;
  }
  while (at < end) {
    if (next != pieces_.end() && next->first <= at) {
      ++next->second.users;
      pieces.push_back(next->first);
      at = next->first + next->second.size_bytes;
      ++next;
      continue;
    }
    const uint64_t stop = next == pieces_.end() ? end : std::min(end, next->first);
    SUPA_RETURN_IF_ERROR(context_->BindHost(
        at, stop - at, SUPA_UAPI_BIND_ACCESS_READ | SUPA_UAPI_BIND_ACCESS_WRITE));
    pieces_.emplace(at, Piece{stop - at, 1});
    pieces.push_back(at);
    at = stop;
  }
  return absl::OkStatus();
}

void HostRegistrations::Drop(const std::vector<uint64_t>& pieces) {
  for (uint64_t address : pieces) {
    auto piece = pieces_.find(address);
    if (--piece->second.users != 0) continue;
    context_->Unbind(address, piece->second.size_bytes);
    pieces_.erase(piece);
  }
}

Status HostRegistrations::Unregister(void* host) {
  const uint64_t address = reinterpret_cast<uint64_t>(host);
  std::lock_guard lock(mutex_);
  auto found = registrations_.find(address);
  if (found == registrations_.end()) {
    return absl::NotFoundError(absl::StrFormat("Host memory at 0x%x is not registered.", address));
  }
  Drop(found->second);
  registrations_.erase(found);
  return absl::OkStatus();
}

}  // namespace opensupa::native
