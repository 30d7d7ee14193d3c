#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <supa_driver.h>
#include <supa_runtime.h>

#include <cstddef>
#include <vector>

#define SUPA_OK(call) ASSERT_EQ((call), supaSuccess)
#define SUPA_FAILS(call, error)             \
  do {                                      \
    EXPECT_EQ((call), (error));             \
    EXPECT_EQ(supaGetLastError(), (error)); \
  } while (false)

namespace api_test {

/// Device memory for `count` elements, freed with the object.
template <typename T>
class DeviceArray {
 public:
  explicit DeviceArray(size_t count) : count_(count) {
    EXPECT_EQ(supaMalloc(reinterpret_cast<void**>(&data_), count * sizeof(T)), supaSuccess);
  }
  explicit DeviceArray(const std::vector<T>& values) : DeviceArray(values.size()) {
    EXPECT_EQ(supaMemcpy(data_, values.data(), values.size() * sizeof(T), supaMemcpyHostToDevice),
              supaSuccess);
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  ~DeviceArray() { supaFree(data_); }

  T* get() const { return data_; }
  std::vector<T> Read() const {
    std::vector<T> values(count_);
    EXPECT_EQ(supaMemcpy(values.data(), data_, count_ * sizeof(T), supaMemcpyDeviceToHost),
              supaSuccess);
    return values;
  }

 private:
  T* data_ = nullptr;
  size_t count_;
};

/// Starts with device 0 current and no error; fails a test that leaves one behind.
class ApiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(supaSetDevice(0), supaSuccess);
    supaGetLastError();
  }
  void TearDown() override {
    EXPECT_EQ(supaGetLastError(), supaSuccess) << "the test left an error behind";
  }
};

}  // namespace api_test
