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
#include "calls.h"
#include "crash_guard.h"
#include "json_options.h"
#include "opensupa/base/status.h"

namespace opensupa::cc {
namespace {

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
/// returned and wrote to the log.
supacc_status Run(supacc_output* out,
                  const std::function<absl::StatusOr<Bytes>(std::string& log)>& work) {
  if (out == nullptr) return SUPACC_ERROR_INVALID;
  *out = {};
  try {
    Bytes bytes;
    std::string log;
    const absl::Status status = RunContained([&]() -> absl::Status {
      SUPA_ASSIGN_OR_RETURN(bytes, work(log));
      return absl::OkStatus();
    });
    return Deliver(status, bytes, std::move(log), out);
  } catch (...) {
    out->log = g_no_memory_log;
    return SUPACC_ERROR_MEMORY;
  }
}

absl::StatusOr<Input> InputOf(const supacc_buffer* buffer) {
  if (buffer == nullptr || (buffer->data == nullptr && buffer->size_bytes != 0)) {
    return absl::InvalidArgumentError("The input buffer is null.");
  }
  Input input;
  input.bytes = std::span(static_cast<const std::byte*>(buffer->data), buffer->size_bytes);
  input.name = buffer->name == nullptr ? "(unnamed)" : buffer->name;
  return input;
}

absl::StatusOr<std::vector<Input>> InputsOf(const supacc_buffer* buffers, size_t count) {
  std::vector<Input> inputs;
  for (size_t i = 0; i < count; ++i) {
    SUPA_ASSIGN_OR_RETURN(Input input, InputOf(buffers == nullptr ? nullptr : &buffers[i]));
    inputs.push_back(std::move(input));
  }
  return inputs;
}

absl::StatusOr<Bytes> Finalize(const supacc_buffer* buffer, const char* options_json,
                               std::string& log) {
  SUPA_ASSIGN_OR_RETURN(const Input input, InputOf(buffer));
  SUPA_ASSIGN_OR_RETURN(const CallOptions options, ParseCallOptions(options_json));
  return FinalizeCall(input, options, log);
}

absl::StatusOr<Bytes> Embed(const supacc_buffer* buffer, const supacc_buffer* fat_binary,
                            const char* options_json, std::string& log) {
  SUPA_ASSIGN_OR_RETURN(const Input input, InputOf(buffer));
  Input device_half;
  if (fat_binary != nullptr) {
    SUPA_ASSIGN_OR_RETURN(device_half, InputOf(fat_binary));
  }
  SUPA_ASSIGN_OR_RETURN(const CallOptions options, ParseCallOptions(options_json));
  return EmbedCall(input, device_half, options, log);
}

absl::StatusOr<Bytes> Link(const supacc_buffer* buffers, size_t count, const char* options_json,
                           std::string& log) {
  SUPA_ASSIGN_OR_RETURN(const std::vector<Input> inputs, InputsOf(buffers, count));
  SUPA_ASSIGN_OR_RETURN(const CallOptions options, ParseCallOptions(options_json));
  return LinkCall(inputs, options, log);
}

absl::StatusOr<Bytes> Compile(const supacc_buffer* buffer, const char* target,
                              const char* options_json, std::string& log) {
  SUPA_ASSIGN_OR_RETURN(const Input input, InputOf(buffer));
  if (target == nullptr) return absl::InvalidArgumentError("The code target is null.");
  SUPA_ASSIGN_OR_RETURN(const CallOptions options, ParseCallOptions(options_json));
  return CompileCall(input, target, options, log);
}

absl::StatusOr<Bytes> Verify(const supacc_buffer* buffer, std::string& log) {
  SUPA_ASSIGN_OR_RETURN(const Input input, InputOf(buffer));
  SUPA_RETURN_IF_ERROR(VerifyCall(input, log));
  return Bytes();
}

}  // namespace
}  // namespace opensupa::cc

#define SUPACC_EXPORT __attribute__((visibility("default")))

extern "C" {

SUPACC_EXPORT uint32_t supacc_abi_version(void) { return SUPACC_ABI_VERSION; }

SUPACC_EXPORT const char* supacc_build_id(void) { return opensupa::cc::kCompilerBuildId; }

SUPACC_EXPORT supacc_status supacc_finalize_device(const supacc_buffer* clang_bitcode,
                                                   const char* options_json, supacc_output* out) {
  return opensupa::cc::Run(out, [&](std::string& log) {
    return opensupa::cc::Finalize(clang_bitcode, options_json, log);
  });
}

SUPACC_EXPORT supacc_status supacc_embed_host(const supacc_buffer* host_bitcode,
                                              const supacc_buffer* fat_binary,
                                              const char* options_json, supacc_output* out) {
  return opensupa::cc::Run(out, [&](std::string& log) {
    return opensupa::cc::Embed(host_bitcode, fat_binary, options_json, log);
  });
}

SUPACC_EXPORT supacc_status supacc_link(const supacc_buffer* fat_binaries, size_t count,
                                        const char* options_json, supacc_output* out) {
  return opensupa::cc::Run(out, [&](std::string& log) {
    return opensupa::cc::Link(fat_binaries, count, options_json, log);
  });
}

SUPACC_EXPORT supacc_status supacc_compile(const supacc_buffer* bitcode, const char* target,
                                           const char* options_json, supacc_output* out) {
  return opensupa::cc::Run(out, [&](std::string& log) {
    return opensupa::cc::Compile(bitcode, target, options_json, log);
  });
}

SUPACC_EXPORT supacc_status supacc_verify(const supacc_buffer* bitcode, supacc_output* out) {
  return opensupa::cc::Run(out,
                           [&](std::string& log) { return opensupa::cc::Verify(bitcode, log); });
}

SUPACC_EXPORT void supacc_release(supacc_output* out) {
  if (out == nullptr) return;
  std::free(out->data);
  if (out->log != opensupa::cc::g_no_memory_log) std::free(out->log);
  *out = {};
}

}  // extern "C"
