#pragma once

#include <memory>

#include "device_context.h"

namespace opensupa::native {

/// Ownership of one buffer object of the card. Shared between the Memory and the ranges it is bound
/// in, since the card refuses to destroy a bound one.
class BufferObject {
 public:
  static StatusOr<std::shared_ptr<BufferObject>> Create(std::shared_ptr<DeviceContext> context,
                                                        const hal::MemoryDesc& desc);
  BufferObject(std::shared_ptr<DeviceContext> context, uint32_t handle)
      : context_(std::move(context)), handle_(handle) {}
  ~BufferObject();
  BufferObject(const BufferObject&) = delete;
  BufferObject& operator=(const BufferObject&) = delete;

  uint32_t handle() const { return handle_; }
  const DeviceContext* context() const { return context_.get(); }

 private:
  const std::shared_ptr<DeviceContext> context_;
  const uint32_t handle_;
};

class NativeMemory final : public hal::Memory {
 public:
  NativeMemory(std::shared_ptr<BufferObject> bo, const hal::MemoryDesc& desc)
      : bo_(std::move(bo)), desc_(desc) {}
  const hal::MemoryDesc& desc() const override { return desc_; }
  const std::shared_ptr<BufferObject>& bo() const { return bo_; }

 private:
  const std::shared_ptr<BufferObject> bo_;
  const hal::MemoryDesc desc_;
};

}  // namespace opensupa::native
