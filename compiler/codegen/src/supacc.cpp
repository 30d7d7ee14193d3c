#include "opensupa/compiler/supacc.h"

#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "build_id.h"
#include "compile.h"
#include "crash_guard.h"
#include "json_options.h"
#include "opensupa/base/status.h"

namespace opensupa::cc {
namespace {

using Bytes = std::vector<std::byte>;

supacc_status CodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return SUPACC_OK;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kDataLoss:
      return SUPACC_ERROR_INVALID;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
      return SUPACC_ERROR_LINK;
    case absl::StatusCode::kResourceExhausted:
      return SUPACC_ERROR_MEMORY;
    default:
      return SUPACC_ERROR_INTERNAL;
  }
}

char* CopyText(const std::string& text) {
  auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy != nullptr) std::memcpy(copy, text.c_str(), text.size() + 1);
  return copy;
}

/// A log must always be there; this one is not allocated and supacc_release knows it.
char g_no_memory_log[] = "The compiler ran out of memory.";

supacc_status Deliver(const absl::Status& status, const Bytes& bytes, std::string log,
                      supacc_output* out) {
  supacc_status code = CodeOf(status);
  if (!status.ok()) log += std::string(status.message()) + "\n";
  if (code == SUPACC_OK && !bytes.empty()) {
    out->data = std::malloc(bytes.size());
    if (out->data == nullptr) {
      code = SUPACC_ERROR_MEMORY;
    } else {
      std::memcpy(out->data, bytes.data(), bytes.size());
      out->size_bytes = bytes.size();
    }
  }
  out->log = CopyText(log);
  if (out->log == nullptr) out->log = g_no_memory_log;
  return code;
}

/// The frame of every entry point: clears the output, runs `work` contained and delivers what it
/// made. `work` fills the bytes and appends to the log.
supacc_status Run(supacc_output* out,
                  const std::function<absl::Status(Bytes& bytes, std::string& log)>& work) {
  if (out == nullptr) return SUPACC_ERROR_INVALID;
  *out = {};
  try {
    Bytes bytes;
    std::string log;
    const absl::Status status = RunContained([&] { return work(bytes, log); });
    return Deliver(status, bytes, std::move(log), out);
  } catch (...) {
    out->log = g_no_memory_log;
    return SUPACC_ERROR_MEMORY;
  }
}

absl::StatusOr<std::span<const std::byte>> ViewOf(const supacc_buffer* buffer) {
  if (buffer == nullptr || (buffer->data == nullptr && buffer->size_bytes != 0)) {
    return absl::InvalidArgumentError("The input buffer is null.");
  }
  return std::span(static_cast<const std::byte*>(buffer->data), buffer->size_bytes);
}

std::string NameOf(const supacc_buffer* buffer) {
  return buffer->name == nullptr ? "(unnamed)" : buffer->name;
}

absl::Status Compile(const supacc_buffer* bitcode, const char* target, const char* options_json,
                     Bytes& bytes, std::string& log) {
  SUPA_ASSIGN_OR_RETURN(const std::span<const std::byte> input, ViewOf(bitcode));
  if (target == nullptr) return absl::InvalidArgumentError("The code target is null.");
  SUPA_ASSIGN_OR_RETURN(const CompileOptions options, ParseCompileOptions(options_json));
  SUPA_ASSIGN_OR_RETURN(bytes, CompileDeviceModule(input, NameOf(bitcode), target, options, log));
  return absl::OkStatus();
}

}  // namespace
}  // namespace opensupa::cc

#define SUPACC_EXPORT __attribute__((visibility("default")))

extern "C" {

SUPACC_EXPORT uint32_t supacc_abi_version(void) { return SUPACC_ABI_VERSION; }

SUPACC_EXPORT const char* supacc_build_id(void) { return opensupa::cc::kCompilerBuildId; }

SUPACC_EXPORT supacc_status supacc_compile(const supacc_buffer* bitcode, const char* target,
                                           const char* options_json, supacc_output* out) {
  return opensupa::cc::Run(out, [&](opensupa::cc::Bytes& bytes, std::string& log) {
    return opensupa::cc::Compile(bitcode, target, options_json, bytes, log);
  });
}

SUPACC_EXPORT void supacc_release(supacc_output* out) {
  if (out == nullptr) return;
  std::free(out->data);
  if (out->log != opensupa::cc::g_no_memory_log) std::free(out->log);
  *out = {};
}

}  // extern "C"
