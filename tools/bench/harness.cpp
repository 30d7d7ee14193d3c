#include "harness.h"

#include <supa_runtime.h>

#include <algorithm>
#include <chrono>
#include <exception>

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

double MsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

const char* SideName(Side side) {
  switch (side) {
    case Side::kDevice:
      return "device";
    case Side::kNative:
      return "native";
    case Side::kNativeSecond:
      return "native, second version";
    case Side::kOpenCl:
      break;
  }
  return "OpenCL";
}

/// One side of one problem and the times of its runs.
class Contender {
 public:
  Contender(Side side, Problem& problem, const Twins& twins, Workers& workers, OpenCl* opencl)
      : side_(side), problem_(problem), twins_(twins), workers_(workers), opencl_(opencl) {}

  Side side() const { return side_; }
  const std::string& failure() const { return failure_; }
  const std::vector<double>& times_ms() const { return times_ms_; }

  /// Runs once from the starting values and checks the result; this also compiles what has to be.
  void CheckOnce() {
    try {
      problem_.Reset(side_, workers_, true);
      RunAndWait();
      failure_ = problem_.Check(side_);
    } catch (const std::exception& error) {
      failure_ = error.what();
    }
    if (!failure_.empty()) failure_ = std::string(SideName(side_)) + ": " + failure_;
  }

  /// Runs until the device has had the time to make code for the kernels' block sizes, and checks
  /// what that code computes.
  void WarmUp() {
    constexpr int kFewRuns = 4;
    constexpr double kWarmMs = 800;
    const Clock::time_point start = Clock::now();
    for (int run = 0; failure_.empty() && (run < kFewRuns || MsSince(start) < kWarmMs); ++run) {
      CheckOnce();
    }
  }

  /// Adds runs for about slice_ms, unless the side has used up its time.
  void RunSlice(double slice_ms, double limit_ms) {
    if (!failure_.empty() || spent_ms_ > limit_ms) return;
    constexpr int kMaxRuns = 50;
    double slice = 0;
    for (int run = 0; run == 0 || (slice < slice_ms && run < kMaxRuns); ++run) {
      if (problem_.consumes_input()) problem_.Reset(side_, workers_, false);
      const Clock::time_point start = Clock::now();
      RunAndWait();
      times_ms_.push_back(MsSince(start));
      slice += times_ms_.back();
    }
    spent_ms_ += slice;
  }

 private:
  void RunAndWait() {
    switch (side_) {
      case Side::kDevice:
        problem_.RunDevice();
        BENCH_SUPA(supaGetLastError());
        BENCH_SUPA(supaDeviceSynchronize());
        break;
      case Side::kNative:
      case Side::kNativeSecond:
        problem_.RunNative(twins_, workers_, side_ == Side::kNativeSecond);
        break;
      case Side::kOpenCl:
        problem_.RunOpenCl(*opencl_);
        opencl_->Finish();
        break;
    }
  }

  const Side side_;
  Problem& problem_;
  const Twins& twins_;
  Workers& workers_;
  OpenCl* const opencl_;
  std::string failure_;
  std::vector<double> times_ms_;
  double spent_ms_ = 0;
};

void Report(const std::vector<Contender>& contenders, const Problem& problem, bool best,
            Result& result) {
  for (const Contender& contender : contenders) {
    if (!contender.failure().empty()) {
      result.problem += (result.problem.empty() ? "" : " ") + contender.failure();
      continue;
    }
    const std::vector<double>& times = contender.times_ms();
    const double ms = best ? *std::min_element(times.begin(), times.end()) : Median(times);
    switch (contender.side()) {
      case Side::kDevice:
        result.ms = ms;
        result.metric = problem.work() / (ms * 1e-3);
        break;
      case Side::kNative:
      case Side::kNativeSecond:
        if (!result.native_ms || ms < *result.native_ms) {
          result.native_ms = ms;
          result.native_kind = problem.native_name(contender.side() == Side::kNativeSecond);
        }
        break;
      case Side::kOpenCl:
        result.opencl_ms = ms;
        break;
    }
  }
  if (result.ms > 0) {
    if (result.native_ms) result.ratio = *result.native_ms / result.ms;
    if (result.opencl_ms) result.opencl_ratio = *result.opencl_ms / result.ms;
  }
}

}  // namespace

Result Measure(const Entry& entry, const HarnessOptions& options, const Twins& twins,
               Workers& workers, OpenCl* opencl) {
  Result result;
  result.kernel = entry.name;
  const std::unique_ptr<Problem> problem = entry.make(options.quick);
  result.unit = problem->unit();

  std::vector<Contender> contenders;
  const auto add = [&](Side side) {
    contenders.emplace_back(side, *problem, twins, workers, opencl);
  };
  if (options.device) add(Side::kDevice);
  if (options.native && problem->has_native()) {
    add(Side::kNative);
    if (problem->has_second_twin()) add(Side::kNativeSecond);
  }
  if (opencl != nullptr && problem->has_opencl()) add(Side::kOpenCl);
  for (Contender& contender : contenders) {
    contender.CheckOnce();
    if (contender.side() == Side::kDevice && !options.quick) contender.WarmUp();
  }
  for (int round = 0; round < options.rounds; ++round) {
    for (Contender& contender : contenders) {
      contender.RunSlice(options.slice_ms, options.side_limit_ms);
    }
  }
  Report(contenders, *problem, options.best, result);
  return result;
}

}  // namespace bench
