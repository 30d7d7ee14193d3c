#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "opensupa/core/image.h"
#include "opensupa/core/kernel_variants.h"
#include "opensupa/hal/hal.h"

namespace opensupa::rt {

class Function;

/// Makes code for single block sizes of kernels that are launched again and again, while the
/// program runs on with the code for all sizes. Results do not depend on which code runs. Thread
/// safe.
///
/// OPENSUPA_SPECIALIZE: `auto`, `off`, or `eager`, which makes it before the first launch returns.
class Specializer {
 public:
  /// `store` outlives it.
  explicit Specializer(CodeStore& store);
  ~Specializer();
  Specializer(const Specializer&) = delete;
  Specializer& operator=(const Specializer&) = delete;

  /// Whether kernels of `image` can have code of their own on a device that runs `target`.
  bool CanServe(const Image& image, absl::string_view target) const;
  /// Follows `advice` for a kernel and a block size, in the background or at once.
  void Follow(std::shared_ptr<Function> function, const hal::Dim3& block,
              KernelVariants::Advice advice);
  /// Whether code is made before a launch returns.
  bool eager() const { return mode_ == Mode::kEager; }
  /// Ends the work in the background; what is being compiled is waited for.
  void Stop();

 private:
  enum class Mode { kOff, kAuto, kEager };
  struct Job {
    std::shared_ptr<Function> function;
    hal::Dim3 block;
    bool may_compile = false;
  };

  void Run();
  void Serve(const Job& job);
  StatusOr<KernelVariants::Variant> Make(const Job& job);

  CodeStore& store_;
  const Mode mode_;
  const int process_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;  // guarded by mutex_, as what follows
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace opensupa::rt
