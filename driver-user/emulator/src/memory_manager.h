#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace opensupa::emu {

/// Memory of one card: how much is given out. Thread safe.
class MemoryQuota {
 public:
  explicit MemoryQuota(uint64_t total_bytes) : total_bytes_(total_bytes) {}
  bool Charge(uint64_t size_bytes);
  void Refund(uint64_t size_bytes) { used_bytes_.fetch_sub(size_bytes); }
  uint64_t total_bytes() const { return total_bytes_; }
  uint64_t free_bytes() const { return total_bytes_ - used_bytes_.load(); }

 private:
  const uint64_t total_bytes_;
  std::atomic<uint64_t> used_bytes_{0};
};

/// A buffer object: storage without an address.
///
/// A shareable one is a memory file, mapped wherever it is bound. Any other is private memory that
/// exists at the one place where it is bound (parts of it may be bound apart, no part twice); while
/// it is not bound, what it held is parked at an address that nobody else knows, so that contents
/// survive. Memory is committed when touched.
class BufferObject {
 public:
  /// Null, with a negative errno in `error`, when the quota or the host refuses. `quota` is charged
  /// unless null (host memory).
  static std::shared_ptr<BufferObject> Create(std::shared_ptr<MemoryQuota> quota,
                                              uint64_t size_bytes, bool shareable, int* error);
  ~BufferObject();
  BufferObject(const BufferObject&) = delete;
  BufferObject& operator=(const BufferObject&) = delete;

  uint64_t size_bytes() const { return size_bytes_; }
  bool shareable() const { return fd_ >= 0; }

  /// Maps [offset, offset + size) over whatever is at `va`, with PROT_* bits. 0 or a negative
  /// errno: -EBUSY when any of it is bound already and it is not shareable.
  int Map(uint64_t offset_bytes, uint64_t va, uint64_t size_bytes, int protection);
  /// Takes the mapping away and leaves a PROT_NONE reservation.
  int Unmap(uint64_t offset_bytes, uint64_t va, uint64_t size_bytes);

  bool bound() const { return binds_.load() > 0; }
  /// Address of offset 0 of the oldest bind that still stands, or 0.
  uint64_t bound_address() const { return bound_address_.load(); }

 private:
  BufferObject(std::shared_ptr<MemoryQuota> quota, uint64_t size_bytes, int fd)
      : quota_(std::move(quota)), size_bytes_(size_bytes), fd_(fd) {}
  bool PartBound(uint64_t offset_bytes, uint64_t size_bytes) const;
  int MapPrivate(uint64_t offset_bytes, uint64_t va, uint64_t size_bytes, int protection);
  int Park(uint64_t offset_bytes, uint64_t va, uint64_t size_bytes);

  const std::shared_ptr<MemoryQuota> quota_;
  const uint64_t size_bytes_;
  const int fd_;  // of the memory file, -1 = private
  std::mutex mutex_;
  std::byte* parking_ = nullptr;  // size_bytes_ long, or null while nothing was ever parked
  std::map<uint64_t, uint64_t> bound_parts_;  // of private memory: offset -> size
  std::atomic<uint32_t> binds_{0};
  std::atomic<uint64_t> bound_address_{0};
};

/// Puts an unreachable reservation over [va, va + size).
int ReserveHostRange(uint64_t va, uint64_t size_bytes);

}  // namespace opensupa::emu
