#include "native_fence.h"

#include <typeinfo>

#include "absl/strings/str_cat.h"

namespace opensupa::native {

StatusOr<std::unique_ptr<NativeFence>> NativeFence::Create(std::shared_ptr<DeviceContext> context,
                                                           uint64_t initial_value) {
  SUPA_ASSIGN_OR_RETURN(FenceSlot slot, FencePool::Process().Acquire(initial_value));
  SUPA_RETURN_IF_ERROR(context->MakeVisible(slot.slab()));
  return std::make_unique<NativeFence>(std::move(context), std::move(slot));
}

Status NativeFence::Wait(uint64_t value, int64_t timeout_ns) {
  if (Value() >= value) return absl::OkStatus();
  Status status = context_->WaitValue(slot_.address(), value, timeout_ns);
  if (status.ok() || Value() >= value) return absl::OkStatus();
  if (absl::IsDeadlineExceeded(status)) {
    return absl::DeadlineExceededError(
        absl::StrCat("The fence has the value ", Value(), " and did not reach ", value, " within ",
                     timeout_ns, " ns on card ", context_->port().name(), "."));
  }
  return status;
}

Status NativeFence::Signal(uint64_t value) { return RaiseFromHost(slot_, value); }

Status RaiseFromHost(const FenceSlot& slot, uint64_t value) {
  // From the store on, whoever waited may destroy the fence with its slot; the slab stays.
  const FenceSlab& slab = slot.slab();
  std::atomic_ref<uint64_t> current = slot.value();
  uint64_t seen = current.load(std::memory_order_relaxed);
  while (seen < value && !current.compare_exchange_weak(seen, value, std::memory_order_seq_cst)) {
  }
  if (seen >= value) return absl::OkStatus();
  Status result;
  DeviceContext::ForEach([&](DeviceContext& context) {
    if (!context.IsVisible(slab)) return;
    Status status = context.Doorbell(0);
    // A dead device has nothing that could be woken.
    if (!status.ok() && !absl::IsAborted(status)) result = status;
  });
  return result;
}

StatusOr<NativeFence*> AsNativeFence(hal::Fence* fence) {
  if (fence == nullptr) return absl::InvalidArgumentError("A fence point has no fence.");
  if (typeid(*fence) != typeid(NativeFence)) {
    return absl::InvalidArgumentError(
        "A fence point names a fence of another backend; only the host can wait for both.");
  }
  return static_cast<NativeFence*>(fence);
}

}  // namespace opensupa::native
