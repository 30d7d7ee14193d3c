#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "native_memory.h"

namespace opensupa::native {

/// A run of device addresses of the process's VaManager. Thread safe.
class NativeRange final : public hal::AddressRange {
 public:
  static StatusOr<std::unique_ptr<NativeRange>> Reserve(std::shared_ptr<DeviceContext> context,
                                                        uint64_t size_bytes, uint64_t align_bytes,
                                                        uint64_t hint);
  NativeRange(std::shared_ptr<DeviceContext> context, uint64_t base, uint64_t size_bytes)
      : context_(std::move(context)), base_(base), size_bytes_(size_bytes) {}
  ~NativeRange() override;

  hal::DeviceAddress base() const override { return base_; }
  uint64_t size_bytes() const override { return size_bytes_; }
  Status Bind(uint64_t offset_bytes, hal::Memory* memory, uint64_t memory_offset_bytes,
              uint64_t size_bytes, uint32_t access) override;
  Status Unbind(uint64_t offset_bytes, uint64_t size_bytes) override;
  Status SetAccess(uint64_t offset_bytes, uint64_t size_bytes, uint32_t access) override;

  /// As Bind, for memory that has no hal object.
  Status BindObject(uint64_t offset_bytes, std::shared_ptr<BufferObject> bo,
                    uint64_t bo_offset_bytes, uint64_t size_bytes, uint32_t access);

 private:
  struct Binding {
    uint64_t size_bytes;
    std::shared_ptr<BufferObject> bo;
  };
  using Bindings = std::map<uint64_t, Binding>;  // by offset

  Status CheckPart(const char* verb, uint64_t offset_bytes, uint64_t size_bytes) const;
  StatusOr<std::pair<Bindings::iterator, Bindings::iterator>> WholeBindings(const char* verb,
                                                                            uint64_t offset_bytes,
                                                                            uint64_t size_bytes);

  const std::shared_ptr<DeviceContext> context_;
  const uint64_t base_;
  const uint64_t size_bytes_;
  std::mutex mutex_;
  Bindings bindings_;
};

}  // namespace opensupa::native
