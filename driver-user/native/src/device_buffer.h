#pragma once

#include <cstddef>
#include <memory>

#include "native_range.h"

namespace opensupa::native {

/// Memory of the driver's own that both host and device see: rings, kernel arguments, code.
class DeviceBuffer {
 public:
  static StatusOr<std::unique_ptr<DeviceBuffer>> Create(std::shared_ptr<DeviceContext> context,
                                                        uint64_t size_bytes,
                                                        hal::Placement placement);
  DeviceBuffer(std::unique_ptr<NativeRange> range, std::byte* host)
      : range_(std::move(range)), host_(host) {}

  uint64_t address() const { return range_->base(); }
  std::byte* host() const { return host_; }

  /// Where the host sees what `bo` has bound at `address`.
  static StatusOr<std::byte*> HostPointer(DeviceContext& context, const BufferObject& bo,
                                          uint64_t address);

 private:
  const std::unique_ptr<NativeRange> range_;
  std::byte* const host_;
};

}  // namespace opensupa::native
