// The installed OpenCL device, reached through the ICD loader, which is opened at run time.

#ifndef SUPA_BENCH_OPENCL_H_
#define SUPA_BENCH_OPENCL_H_

#include <cstddef>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>

namespace bench {

class OpenCl;

/// An OpenCL buffer over host memory, which stays the caller's and outlives it.
class ClBuffer {
 public:
  ClBuffer() = default;
  ~ClBuffer();
  ClBuffer(const ClBuffer&) = delete;
  ClBuffer& operator=(const ClBuffer&) = delete;

 private:
  friend class OpenCl;
  OpenCl* owner_ = nullptr;
  void* mem_ = nullptr;
};

/// Threads in each dimension, in all and in a work-group.
struct ClShape {
  size_t global[3];
  size_t local[3];
  ClShape(size_t gx, size_t lx) : global{gx, 1, 1}, local{lx, 1, 1} {}
  ClShape(size_t gx, size_t gy, size_t lx, size_t ly) : global{gx, gy, 1}, local{lx, ly, 1} {}
  ClShape(size_t gx, size_t gy, size_t gz, size_t lx, size_t ly, size_t lz)
      : global{gx, gy, gz}, local{lx, ly, lz} {}
};

/// One device with one in-order queue and the program of the suite. All calls throw
/// std::runtime_error with a full sentence on failure.
class OpenCl {
 public:
  /// The first device of the first platform that has one and builds the suite's program. Null when
  /// there is none; then `why_not` says why.
  static std::unique_ptr<OpenCl> Open(std::string& why_not);
  ~OpenCl();

  const std::string& device_name() const { return device_name_; }

  void Attach(ClBuffer& buffer, void* host, size_t size_bytes);
  bool IsAttached(const ClBuffer& buffer) const { return buffer.mem_ != nullptr; }
  /// Between Map and Unmap the host may read the buffer's memory and, with `write`, change all of
  /// it.
  void Map(ClBuffer& buffer, size_t size_bytes, bool write);
  void Unmap(ClBuffer& buffer, void* host);

  template <typename... Args>
  void Launch(const char* kernel, const ClShape& shape, const Args&... args) {
    Enqueue(kernel, shape, {Describe(args)...});
  }
  void Finish();

 private:
  friend class ClBuffer;
  struct Api;
  struct Argument {
    size_t size_bytes;
    const void* value;
  };

  OpenCl();
  static Argument Describe(const ClBuffer& buffer) { return {sizeof(void*), &buffer.mem_}; }
  template <typename T>
  static Argument Describe(const T& value) {
    return {sizeof(T), &value};
  }
  bool OpenDevice(void* device_id, std::string& why_not);
  void Enqueue(const char* kernel, const ClShape& shape, std::initializer_list<Argument> arguments);
  void Require(int error, const char* call) const;

  std::unique_ptr<Api> api_;
  std::string device_name_;
  void* context_ = nullptr;
  void* queue_ = nullptr;
  void* program_ = nullptr;
  std::map<std::string, void*> kernels_;
};

/// The device that the problems use, or null. Set once by main.
void SetOpenCl(OpenCl* opencl);
OpenCl* CurrentOpenCl();

/// The kernels of the suite in OpenCL C.
extern const char* const kOpenClSource;

}  // namespace bench

#endif  // SUPA_BENCH_OPENCL_H_
