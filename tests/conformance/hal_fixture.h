#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "conformance_backend.h"
#include "opensupa/hal/hal.h"

namespace opensupa::conformance {

inline constexpr int64_t kSecondNs = 1'000'000'000;
/// Longer than anything here takes, even with a sanitizer on a busy machine.
inline constexpr int64_t kPatienceNs = 60 * kSecondNs;
inline constexpr uint32_t kReadWrite = hal::kAccessRead | hal::kAccessWrite;

/// Memory bound in a range of its own.
struct Buffer {
  std::unique_ptr<hal::Memory> memory;
  std::unique_ptr<hal::AddressRange> range;  // dies first
  uint64_t address() const { return range->base(); }
};

StatusOr<Buffer> MakeBuffer(hal::Device& device, uint64_t size_bytes,
                            hal::Placement placement = hal::Placement::kDevice,
                            uint32_t access = kReadWrite);

/// Host memory that starts and ends at page boundaries, filled with zero.
class HostPages {
 public:
  explicit HostPages(size_t size_bytes);
  ~HostPages();
  HostPages(const HostPages&) = delete;
  HostPages& operator=(const HostPages&) = delete;
  uint8_t* data() const { return data_; }
  size_t size() const { return size_bytes_; }
  uint64_t address() const { return reinterpret_cast<uint64_t>(data_); }

 private:
  size_t size_bytes_;
  uint8_t* data_;
};

/// One device with a queue and a fence of its own.
class Session {
 public:
  static StatusOr<std::unique_ptr<Session>> Open(hal::Adapter& adapter, uint32_t index);
  ~Session();

  hal::Device& device() { return *device_; }
  hal::Queue& queue() { return *queue_; }

  /// Submits to queue() and waits until it is done.
  Status Run(std::span<const hal::Command> commands);
  Status Run(const hal::Command& command) { return Run(std::span(&command, 1)); }

  /// Through registered host memory and copies, so that it works on every device.
  Status Upload(uint64_t address, std::span<const uint8_t> bytes);
  StatusOr<std::vector<uint8_t>> Download(uint64_t address, size_t size_bytes);

  /// Destroys the queue, the fence and the device.
  void Close();

 private:
  Session() : staging_(1 << 20) {}
  HostPages staging_;
  std::unique_ptr<hal::Device> device_;
  std::unique_ptr<hal::Fence> fence_;
  std::unique_ptr<hal::Queue> queue_;
  uint64_t value_ = 0;
};

/// Skips what the backend does not support; else opens device 0.
class HalTest : public ::testing::Test {
 protected:
  static constexpr uint32_t kDevices = 2;
  void SetUp() override;
  void TearDown() override;

  hal::Adapter& adapter() { return *adapter_; }
  Session& session() { return *session_; }
  hal::Device& device() { return session_->device(); }
  hal::Queue& queue() { return session_->queue(); }
  /// Device 1, opened at the first call; null after a failure, which is then recorded.
  Session* OtherSession();
  Buffer Allocate(uint64_t size_bytes, hal::Placement placement = hal::Placement::kDevice);
  std::unique_ptr<hal::Fence> MakeFence(uint64_t value = 0);
  std::unique_ptr<hal::Queue> MakeQueue(int32_t priority = 0);
  std::vector<uint8_t> Download(const Buffer& buffer, size_t size_bytes);

 private:
  std::unique_ptr<hal::Adapter> adapter_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<Session> other_;
};

/// Bytes that differ from place to place.
std::vector<uint8_t> Pattern(size_t size_bytes, uint32_t seed);

template <typename T>
std::vector<T> As(const std::vector<uint8_t>& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::copy_n(bytes.data(), values.size() * sizeof(T), reinterpret_cast<uint8_t*>(values.data()));
  return values;
}

}  // namespace opensupa::conformance

#define SUPA_ASSERT_OK(expression)                                                    \
  do {                                                                                \
    const ::absl::Status supa_result = ::opensupa::conformance::ToStatus(expression); \
    ASSERT_TRUE(supa_result.ok()) << supa_result;                                     \
  } while (false)
#define SUPA_EXPECT_OK(expression)                                                    \
  do {                                                                                \
    const ::absl::Status supa_result = ::opensupa::conformance::ToStatus(expression); \
    EXPECT_TRUE(supa_result.ok()) << supa_result;                                     \
  } while (false)
#define SUPA_EXPECT_CODE(expression, expected)                                        \
  do {                                                                                \
    const ::absl::Status supa_result = ::opensupa::conformance::ToStatus(expression); \
    EXPECT_EQ(supa_result.code(), expected) << supa_result;                           \
  } while (false)

namespace opensupa::conformance {

inline Status ToStatus(const Status& status) { return status; }
template <typename T>
Status ToStatus(const StatusOr<T>& value) {
  return value.status();
}

}  // namespace opensupa::conformance
