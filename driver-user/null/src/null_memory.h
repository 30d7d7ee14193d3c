#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

#include "opensupa/hal/hal.h"

namespace opensupa::null {

inline constexpr uint64_t kPageBytes = 4096;
inline constexpr uint64_t kDeviceMemoryBytes = 1ull << 30;

/// How much of a device's memory is taken; shared by the device and its memories.
struct MemoryAccount {
  std::atomic<uint64_t> used_bytes{0};
};

/// An anonymous file that can be mapped at any number of places. Kept by the ranges that map it, so
/// that the Memory may die first.
class Storage {
 public:
  static StatusOr<std::shared_ptr<Storage>> Create(std::shared_ptr<MemoryAccount> account,
                                                   uint64_t size_bytes);
  Storage(std::shared_ptr<MemoryAccount> account, int fd, uint64_t size_bytes)
      : account_(std::move(account)), fd_(fd), size_bytes_(size_bytes) {}
  ~Storage();
  int fd() const { return fd_; }

 private:
  const std::shared_ptr<MemoryAccount> account_;
  const int fd_;
  const uint64_t size_bytes_;
};

class NullMemory final : public hal::Memory {
 public:
  static StatusOr<std::unique_ptr<NullMemory>> Create(std::shared_ptr<MemoryAccount> account,
                                                      const hal::MemoryDesc& desc);
  NullMemory(std::shared_ptr<Storage> storage, const hal::MemoryDesc& desc)
      : storage_(std::move(storage)), desc_(desc) {}
  const hal::MemoryDesc& desc() const override { return desc_; }
  const std::shared_ptr<Storage>& storage() const { return storage_; }

 private:
  const std::shared_ptr<Storage> storage_;
  const hal::MemoryDesc desc_;
};

/// A run of the process's own address space. Unbound parts have no access, so that a wrong address
/// ends the process: this backend has no faults. Thread safe.
class NullRange final : public hal::AddressRange {
 public:
  static StatusOr<std::unique_ptr<NullRange>> Reserve(uint64_t size_bytes, uint64_t align_bytes,
                                                      hal::DeviceAddress hint);
  NullRange(uint64_t base, uint64_t size_bytes) : base_(base), size_bytes_(size_bytes) {}
  ~NullRange() override;

  hal::DeviceAddress base() const override { return base_; }
  uint64_t size_bytes() const override { return size_bytes_; }
  Status Bind(uint64_t offset_bytes, hal::Memory* memory, uint64_t memory_offset_bytes,
              uint64_t size_bytes, uint32_t access) override;
  Status Unbind(uint64_t offset_bytes, uint64_t size_bytes) override;
  Status SetAccess(uint64_t offset_bytes, uint64_t size_bytes, uint32_t access) override;

 private:
  struct Binding {
    uint64_t size_bytes;
    std::shared_ptr<Storage> storage;
  };
  Status CheckPart(uint64_t offset_bytes, uint64_t size_bytes) const;
  Status CheckWholeBindings(uint64_t offset_bytes, uint64_t size_bytes) const;

  const uint64_t base_;
  const uint64_t size_bytes_;
  std::mutex mutex_;
  std::map<uint64_t, Binding> bindings_;  // by offset
};

}  // namespace opensupa::null
