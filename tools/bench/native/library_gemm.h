// Matrix products of the vendor library, the measure for those through matrix fragments.

#ifndef SUPA_BENCH_NATIVE_LIBRARY_GEMM_H_
#define SUPA_BENCH_NATIVE_LIBRARY_GEMM_H_

#include <memory>

namespace bench {

/// A product of two row-major n x n matrices of fixed memory.
class LibraryGemm {
 public:
  /// Elements of the factors; the result has float and int32_t.
  enum class Kind { kBfloat16, kInt8 };

  virtual ~LibraryGemm() = default;
  /// Computes and waits.
  virtual void Run() = 0;
};

/// Null when the build has no library (oneDNN). The memory must outlive the object.
std::unique_ptr<LibraryGemm> MakeLibraryGemm(LibraryGemm::Kind kind, int n, const void* a,
                                             const void* b, void* c);

/// Threads of the library, for the whole process.
void SetLibraryThreads(int count);

}  // namespace bench

#endif  // SUPA_BENCH_NATIVE_LIBRARY_GEMM_H_
