// Owner of an array in device memory.
#pragma once

#include <supa_runtime.h>

#include <cstddef>
#include <vector>

#include "check.h"

namespace sample {

/// Allocates `size` elements on the current device and frees them when it goes out of scope.
/// Elements start uninitialised. Not copyable; one thread at a time.
template <typename T>
class DeviceBuffer {
 public:
  explicit DeviceBuffer(std::size_t size) : size_(size) {
    SUPA_CHECK(supaMalloc(reinterpret_cast<void**>(&data_), size_bytes()));
  }
  /// Allocates and fills: the buffer holds a copy of `values`.
  explicit DeviceBuffer(const std::vector<T>& values) : DeviceBuffer(values.size()) {
    Upload(values);
  }
  ~DeviceBuffer() { supaFree(data_); }
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;

  T* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::size_t size_bytes() const { return size_ * sizeof(T); }

  /// Copies `values`, at most size() of them, to the front of the buffer and waits.
  void Upload(const std::vector<T>& values) {
    if (values.size() > size_) {
      Fail("An upload of %zu elements does not fit into a buffer of %zu.", values.size(), size_);
    }
    SUPA_CHECK(supaMemcpy(data_, values.data(), values.size() * sizeof(T), supaMemcpyHostToDevice));
  }

  /// Copies the whole buffer to the host and waits, after all earlier work of the default stream.
  std::vector<T> Download() const {
    std::vector<T> values(size_);
    SUPA_CHECK(supaMemcpy(values.data(), data_, size_bytes(), supaMemcpyDeviceToHost));
    return values;
  }

  /// Sets every byte to zero.
  void Clear() { SUPA_CHECK(supaMemset(data_, 0, size_bytes())); }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sample
