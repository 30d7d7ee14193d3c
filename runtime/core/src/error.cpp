#include "opensupa/core/error.h"

#include <optional>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace opensupa::rt {
namespace {

constexpr char kCodePayload[] = "opensupa.dev/code";

absl::StatusCode CanonicalCode(supaError_t code) {
  switch (code) {
    case supaErrorMemoryAllocation:
      return absl::StatusCode::kResourceExhausted;
    case supaErrorNoDevice:
    case supaErrorDevicesUnavailable:
      return absl::StatusCode::kUnavailable;
    case supaErrorNotReady:
    case supaErrorTimeout:
      return absl::StatusCode::kDeadlineExceeded;
    case supaErrorNotSupported:
      return absl::StatusCode::kUnimplemented;
    case supaErrorInvalidKernelImage:
      return absl::StatusCode::kDataLoss;
    case supaErrorInvalidSymbol:
    case supaErrorSymbolNotFound:
    case supaErrorFileNotFound:
      return absl::StatusCode::kNotFound;
    default:
      return IsSticky(code) ? absl::StatusCode::kAborted : absl::StatusCode::kInvalidArgument;
  }
}

supaError_t CodeOfCanonical(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return supaSuccess;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return supaErrorInvalidValue;
    case absl::StatusCode::kResourceExhausted:
      return supaErrorMemoryAllocation;
    case absl::StatusCode::kNotFound:
      return supaErrorSymbolNotFound;
    case absl::StatusCode::kUnimplemented:
      return supaErrorNotSupported;
    case absl::StatusCode::kFailedPrecondition:
      return supaErrorIllegalState;
    case absl::StatusCode::kDeadlineExceeded:
      return supaErrorTimeout;
    case absl::StatusCode::kDataLoss:
      return supaErrorInvalidKernelImage;
    case absl::StatusCode::kUnavailable:
      return supaErrorDevicesUnavailable;
    case absl::StatusCode::kAborted:
      return supaErrorLaunchFailure;
    case absl::StatusCode::kPermissionDenied:
      return supaErrorNotPermitted;
    default:
      return supaErrorUnknown;
  }
}

std::optional<supaError_t> CarriedCode(const Status& status) {
  auto payload = status.GetPayload(kCodePayload);
  int number = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &number))
    return std::nullopt;
  return static_cast<supaError_t>(number);
}

}  // namespace

Status MakeError(supaError_t code, absl::string_view message) {
  Status status(CanonicalCode(code), message);
  // As a view: Clang and GCC name the constructor from a string differently.
  const std::string text = absl::StrCat(static_cast<int>(code));
  status.SetPayload(kCodePayload, absl::Cord(absl::string_view(text)));
  return status;
}

Status WithCode(const Status& status, supaError_t code) {
  return status.ok() ? status : MakeError(code, status.message());
}

supaError_t RuntimeCode(const Status& status) {
  if (status.ok()) return supaSuccess;
  return CarriedCode(status).value_or(CodeOfCanonical(status.code()));
}

SUresult DriverCode(const Status& status) {
  switch (supaError_t code = RuntimeCode(status)) {
    case supaErrorInvalidConfiguration:
    case supaErrorInvalidPitchValue:
    case supaErrorInvalidHostPointer:
    case supaErrorInvalidDevicePointer:
    case supaErrorInvalidMemcpyDirection:
    case supaErrorInvalidChannelDescriptor:
      return SUPA_ERROR_INVALID_VALUE;
    case supaErrorInvalidSymbol:
    case supaErrorInvalidDeviceFunction:
      return SUPA_ERROR_NOT_FOUND;
    case supaErrorMissingConfiguration:
    case supaErrorInsufficientDriver:
      return SUPA_ERROR_UNKNOWN;
    case supaErrorNotYetImplemented:
      return SUPA_ERROR_NOT_SUPPORTED;
    default:
      return static_cast<SUresult>(code);
  }
}

bool IsSticky(supaError_t code) {
  switch (code) {
    case supaErrorIllegalAddress:
    case supaErrorLaunchTimeout:
    case supaErrorAssert:
    case supaErrorHardwareStackError:
    case supaErrorIllegalInstruction:
    case supaErrorMisalignedAddress:
    case supaErrorInvalidAddressSpace:
    case supaErrorInvalidPc:
    case supaErrorLaunchFailure:
    case supaErrorECCUncorrectable:
    case supaErrorContained:
      return true;
    default:
      return false;
  }
}

}  // namespace opensupa::rt
