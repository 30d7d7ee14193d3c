#include "problem.h"

#include <supa_runtime.h>
#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <new>
#include <stdexcept>

#include "kernels/suite.h"

namespace bench {
namespace {

/// Memory in huge pages where the system gives them, so that no side is slowed by small ones.
void* AllocateHost(size_t size_bytes) {
  constexpr size_t kHugePage = 2 << 20;
  const size_t rounded = (size_bytes + kHugePage - 1) / kHugePage * kHugePage;
  void* memory = std::aligned_alloc(kHugePage, rounded);
  if (memory == nullptr) throw std::bad_alloc();
  madvise(memory, rounded, MADV_HUGEPAGE);
  return memory;
}

}  // namespace

void RequireSupa(int error, const char* call) {
  if (error == supaSuccess) return;
  const auto code = static_cast<supaError_t>(error);
  throw std::runtime_error(std::string(call) + " gave " + supaGetErrorName(code) + ": " +
                           supaGetErrorString(code));
}

std::string Mismatch(size_t index, double actual, double expected) {
  char text[128];
  std::snprintf(text, sizeof(text), "Element %zu is %.9g where %.9g was expected.", index, actual,
                expected);
  return text;
}

ArrayBase::ArrayBase(size_t size_bytes, Role role)
    : host_(AllocateHost(size_bytes)), size_bytes_(size_bytes), role_(role) {}

ArrayBase::~ArrayBase() {
  if (device_ != nullptr) supaFree(device_);
  std::free(fetched_);
  std::free(host_);
}

void ArrayBase::Reset(Side side, Workers& workers) {
  const bool on_cl = side == Side::kOpenCl;
  if (on_cl) {
    OpenCl& opencl = *CurrentOpenCl();
    if (!opencl.IsAttached(cl_)) opencl.Attach(cl_, host_, size_bytes_);
    opencl.Map(cl_, size_bytes_, true);
  }
  Fill(workers);
  if (on_cl) CurrentOpenCl()->Unmap(cl_, host_);
  if (side == Side::kDevice) {
    if (device_ == nullptr) BENCH_SUPA(supaMalloc(&device_, size_bytes_));
    BENCH_SUPA(supaMemcpy(device_, host_, size_bytes_, supaMemcpyHostToDevice));
  }
}

const void* ArrayBase::Fetch(Side side) {
  if (side == Side::kDevice) {
    if (fetched_ == nullptr) fetched_ = AllocateHost(size_bytes_);
    BENCH_SUPA(supaMemcpy(fetched_, device_, size_bytes_, supaMemcpyDeviceToHost));
    return fetched_;
  }
  if (side == Side::kOpenCl) {
    CurrentOpenCl()->Map(cl_, size_bytes_, false);
    CurrentOpenCl()->Unmap(cl_, host_);
  }
  return host_;
}

void Problem::Reset(Side side, Workers& workers, bool all) {
  for (ArrayBase* array : arrays_) {
    if (all || array->role() != Role::kInput) array->Reset(side, workers);
  }
}

const std::vector<Entry>& Suite() {
  static const std::vector<Entry> entries = {
      {"vecadd", MakeVecadd},
      {"saxpy", MakeSaxpy},
      {"reduce_tree", MakeReduceTree},
      {"reduce_grid", MakeReduceGrid},
      {"sgemm_naive", MakeSgemmNaive},
      {"sgemm_tiled", MakeSgemmTiled},
      {"sgemm_reg", MakeSgemmReg},
      {"transpose", MakeTranspose},
      {"nbody", MakeNbody},
      {"blackscholes", MakeBlackscholes},
      {"mandelbrot", MakeMandelbrot},
      {"stencil7", MakeStencil7},
      {"histogram", MakeHistogram},
      {"scan", MakeScan},
      {"spmv", MakeSpmv},
      {"bitonic", MakeBitonic},
      {"softmax", MakeSoftmax},
      {"layernorm", MakeLayernorm},
      {"attention", MakeAttention},
  };
  return entries;
}

const std::vector<Entry>& MatrixProducts() {
  static const std::vector<Entry> entries = {
      {"wmma_bf16", MakeWmmaBf16},
      {"wmma_int8", MakeWmmaInt8},
  };
  return entries;
}

}  // namespace bench
