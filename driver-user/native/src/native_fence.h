#pragma once

#include <memory>

#include "device_context.h"
#include "fence_pool.h"

namespace opensupa::native {

/// A 64-bit value in memory that host and devices see. Destroy it only when no queue holds work
/// that names it.
class NativeFence final : public hal::Fence {
 public:
  static StatusOr<std::unique_ptr<NativeFence>> Create(std::shared_ptr<DeviceContext> context,
                                                       uint64_t initial_value);
  NativeFence(std::shared_ptr<DeviceContext> context, FenceSlot slot)
      : context_(std::move(context)), slot_(std::move(slot)) {}

  uint64_t Value() const override { return slot_.value().load(std::memory_order_acquire); }
  Status Wait(uint64_t value, int64_t timeout_ns) override;
  Status Signal(uint64_t value) override;

  const FenceSlot& slot() const { return slot_; }

 private:
  const std::shared_ptr<DeviceContext> context_;
  const FenceSlot slot_;
};

/// `fence` as a fence of this driver; kInvalidArgument when it is null or of another backend.
StatusOr<NativeFence*> AsNativeFence(hal::Fence* fence);

/// Raises the value in `slot` (never lowers it) and wakes every device that sees it.
Status RaiseFromHost(const FenceSlot& slot, uint64_t value);

}  // namespace opensupa::native
