#pragma once

#include <string>

#include "absl/status/status.h"
#include "llvm/IR/LLVMContext.h"

namespace opensupa::cc {

/// Appends everything that LLVM reports in a context to a log, one line each, in place of LLVM's
/// default of printing it and ending the process at errors. Must outlive the context's use.
class CollectedDiagnostics {
 public:
  CollectedDiagnostics(llvm::LLVMContext& context, std::string& log);
  CollectedDiagnostics(const CollectedDiagnostics&) = delete;
  CollectedDiagnostics& operator=(const CollectedDiagnostics&) = delete;

  /// The first error reported, as kInvalidArgument.
  const absl::Status& status() const { return status_; }

 private:
  friend class Handler;

  std::string& log_;
  absl::Status status_;
};

}  // namespace opensupa::cc
