// Stands in for libsupacc.so: "compiles" by repeating its input, counts its calls, and fails for
// input that says so. Built as a shared library that the tests name in OPENSUPA_COMPILER_LIBRARY.

#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "opensupa/binary/fat_binary.h"
#include "opensupa/compiler/supacc.h"

#define FAKE_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

int compile_calls = 0;

supacc_status Give(std::span<const std::byte> bytes, const char* log, supacc_status status,
                   supacc_output* out) {
  out->data = std::malloc(bytes.size() + 1);
  if (!bytes.empty()) std::memcpy(out->data, bytes.data(), bytes.size());
  out->size_bytes = bytes.size();
  out->log = strdup(log);
  return status;
}

}  // namespace

FAKE_EXPORT uint32_t supacc_abi_version(void) { return SUPACC_ABI_VERSION; }
FAKE_EXPORT const char* supacc_build_id(void) { return "fake build 1"; }
FAKE_EXPORT int fake_compile_calls(void) { return compile_calls; }

FAKE_EXPORT supacc_status supacc_compile(const supacc_buffer* bitcode, const char* target,
                                         const char*, supacc_output* out) {
  ++compile_calls;
  const std::string text(static_cast<const char*>(bitcode->data), bitcode->size_bytes);
  if (text.find("broken") != std::string::npos) {
    return Give({}, "rule 7 is broken", SUPACC_ERROR_INVALID, out);
  }
  const std::string code = std::string("code of ") + text + " for " + target;
  return Give(std::as_bytes(std::span(code)), "", SUPACC_OK, out);
}

FAKE_EXPORT supacc_status supacc_link(const supacc_buffer* fat_binaries, size_t count, const char*,
                                      supacc_output* out) {
  opensupa::binary::FatBinary linked;
  linked.source = "linked";
  std::string bitcode;
  for (size_t i = 0; i < count; ++i) {
    auto part = opensupa::binary::ParseFatBinary(
        {static_cast<const std::byte*>(fat_binaries[i].data), fat_binaries[i].size_bytes});
    if (!part.ok()) return Give({}, "a part is damaged", SUPACC_ERROR_INVALID, out);
    bitcode.append(reinterpret_cast<const char*>(part->bitcode.data()), part->bitcode.size());
    linked.kernels.insert(linked.kernels.end(), part->kernels.begin(), part->kernels.end());
  }
  if (bitcode.find("undefined") != std::string::npos) {
    return Give({}, "symbol 'f' is undefined", SUPACC_ERROR_LINK, out);
  }
  const auto* bytes = reinterpret_cast<const std::byte*>(bitcode.data());
  linked.bitcode.assign(bytes, bytes + bitcode.size());
  return Give(opensupa::binary::Serialize(linked), "", SUPACC_OK, out);
}

FAKE_EXPORT void supacc_release(supacc_output* out) {
  std::free(out->data);
  std::free(out->log);
  *out = {};
}
