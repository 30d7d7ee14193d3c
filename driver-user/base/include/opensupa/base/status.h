#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace opensupa {

using Status = absl::Status;
template <typename T>
using StatusOr = absl::StatusOr<T>;

/// Returns `status` with "; while <context>" appended to its message; an OK status is returned
/// unchanged. Payloads are kept. Use it on the way up, so that the outermost text tells the whole
/// story.
Status WithContext(const Status& status, std::string_view context);

/// Status codes that this project gives one meaning each:
///   kInvalidArgument    the caller's value is wrong          kNotFound            no such object
///   kResourceExhausted  memory or a table is used up         kUnimplemented       not supported by
///   this backend kFailedPrecondition wrong state, such as a closed object  kDeadlineExceeded    a
///   wait timed out kDataLoss           a file or image is corrupt            kUnavailable no
///   device, or it is lost kAborted            the device hit a fault; the context that owns the
///   queue is dead kInternal           a defect of this project
}  // namespace opensupa

#define SUPA_STATUS_CONCAT_INNER(a, b) a##b
#define SUPA_STATUS_CONCAT(a, b) SUPA_STATUS_CONCAT_INNER(a, b)

/// Returns from the calling function when `expr`, an absl::Status, is an error.
#define SUPA_RETURN_IF_ERROR(expr)                                                     \
  do {                                                                                 \
    if (::absl::Status supa_status_ = (expr); !supa_status_.ok()) return supa_status_; \
  } while (false)

/// As SUPA_RETURN_IF_ERROR, with "; while <context>" appended.
#define SUPA_RETURN_IF_ERROR_CONTEXT(expr, context)               \
  do {                                                            \
    if (::absl::Status supa_status_ = (expr); !supa_status_.ok()) \
      return ::opensupa::WithContext(supa_status_, context);      \
  } while (false)

/// Evaluates `expr`, a StatusOr<T>; assigns its value to `lhs` or returns its error.
#define SUPA_ASSIGN_OR_RETURN(lhs, expr) \
  SUPA_ASSIGN_OR_RETURN_IMPL(SUPA_STATUS_CONCAT(supa_statusor_, __LINE__), lhs, expr)
#define SUPA_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                               \
  if (!tmp.ok()) return std::move(tmp).status();   \
  lhs = std::move(tmp).value()
