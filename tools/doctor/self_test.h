#pragma once

#include <string>

namespace doctor {

/// Outcome of the self-test of one device.
struct SelfTestResult {
  enum class Verdict { kPass, kFail, kNoKernels };
  Verdict verdict = Verdict::kFail;
  std::string detail;  // what was checked, or what failed with the library's own words
  double milliseconds = 0;
};

/// Copies to and from the device, fills, launches kernels with barriers and shuffles, records
/// events, and compares every result. kNoKernels when the backend copies correctly but says that it
/// cannot run code.
SelfTestResult RunSelfTest(int ordinal);

}  // namespace doctor
