#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "device_context.h"

namespace opensupa::native {

/// Host memory that the device may use at its host address. Two registrations may touch the same
/// page; the page stays bound until both are gone. Thread safe.
class HostRegistrations {
 public:
  explicit HostRegistrations(std::shared_ptr<DeviceContext> context)
      : context_(std::move(context)) {}
  ~HostRegistrations();

  Status Register(void* host, uint64_t size_bytes);
  Status Unregister(void* host);

 private:
  struct Piece {  // one bind
    uint64_t size_bytes;
    uint32_t users;
  };

  Status BindGaps(uint64_t begin, uint64_t end, std::vector<uint64_t>& pieces);
  void Drop(const std::vector<uint64_t>& pieces);

  const std::shared_ptr<DeviceContext> context_;
  std::mutex mutex_;
  std::map<uint64_t, Piece> pieces_;                         // by address
  std::map<uint64_t, std::vector<uint64_t>> registrations_;  // host pointer -> its pieces
};

}  // namespace opensupa::native
