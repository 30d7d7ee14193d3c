#include "library_gemm.h"

#if defined(BENCH_HAS_ONEDNN)
#include <dlfcn.h>

#include <dnnl.hpp>
#endif

namespace bench {

#if defined(BENCH_HAS_ONEDNN)
namespace {

class OneDnnGemm : public LibraryGemm {
 public:
  OneDnnGemm(Kind kind, int n, const void* a, const void* b, void* c)
      : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    using dnnl::memory;
    const bool integer = kind == Kind::kInt8;
    const auto factor = integer ? memory::data_type::s8 : memory::data_type::bf16;
    const auto sum = integer ? memory::data_type::s32 : memory::data_type::f32;
    const memory::dims shape = {n, n};
    const memory::desc factor_desc(shape, factor, memory::format_tag::ab);
    const memory::desc sum_desc(shape, sum, memory::format_tag::ab);
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::matmul::primitive_desc description(engine_, factor_desc, factor_desc, sum_desc);
#else
    const dnnl::matmul::primitive_desc description(
        dnnl::matmul::desc(factor_desc, factor_desc, sum_desc), engine_);
#endif
    matmul_ = dnnl::matmul(description);
    arguments_ = {{DNNL_ARG_SRC, memory(factor_desc, engine_, const_cast<void*>(a))},
                  {DNNL_ARG_WEIGHTS, memory(factor_desc, engine_, const_cast<void*>(b))},
                  {DNNL_ARG_DST, memory(sum_desc, engine_, c)}};
  }

  void Run() override {
    matmul_.execute(stream_, arguments_);
    stream_.wait();
  }

 private:
  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::matmul matmul_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

}  // namespace

std::unique_ptr<LibraryGemm> MakeLibraryGemm(LibraryGemm::Kind kind, int n, const void* a,
                                             const void* b, void* c) {
  return std::make_unique<OneDnnGemm>(kind, n, a, b, c);
}

void SetLibraryThreads(int count) {
  // The library's own dependency on OpenMP brings the function.
  using SetThreads = void (*)(int);
  if (auto* set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"))) {
    set(count);
  }
}

#else

std::unique_ptr<LibraryGemm> MakeLibraryGemm(LibraryGemm::Kind, int, const void*, const void*,
                                             void*) {
  return nullptr;
}

void SetLibraryThreads(int) {}

#endif

}  // namespace bench
