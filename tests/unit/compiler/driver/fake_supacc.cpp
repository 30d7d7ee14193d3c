// A libsupacc without LLVM, for tests of the driver. What it does is in the options it is given:
// {"fail": "text"} fails with that text; otherwise the input comes back with a mark before it.

#include <cstdlib>
#include <cstring>
#include <string>

#include "opensupa/compiler/supacc.h"

#ifndef FAKE_ABI_VERSION
#define FAKE_ABI_VERSION SUPACC_ABI_VERSION
#endif

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

supacc_status Answer(const std::string& mark, const supacc_buffer* input, const char* options_json,
                     supacc_output* out) {
  const bool fail = std::strstr(options_json, "\"fail\"") != nullptr;
  const std::string bytes =
      fail ? "" : mark + std::string(static_cast<const char*>(input->data), input->size_bytes);
  out->data = std::malloc(bytes.size() + 1);
  std::memcpy(out->data, bytes.data(), bytes.size());
  out->size_bytes = bytes.size();
  out->log = strdup(fail ? "the fake was told to fail" : "");
  return fail ? SUPACC_ERROR_INVALID : SUPACC_OK;
}

}  // namespace

EXPORT uint32_t supacc_abi_version(void) { return FAKE_ABI_VERSION; }
EXPORT supacc_status supacc_finalize_device(const supacc_buffer* input, const char* options_json,
                                            supacc_output* out) {
  return Answer("finalized:", input, options_json, out);
}
EXPORT supacc_status supacc_embed_host(const supacc_buffer* input, const supacc_buffer* fat_binary,
                                       const char* options_json, supacc_output* out) {
  const std::string device(fat_binary == nullptr ? "" : static_cast<const char*>(fat_binary->data),
                           fat_binary == nullptr ? 0 : fat_binary->size_bytes);
  return Answer("embedded " + device + ":", input, options_json, out);
}
EXPORT supacc_status supacc_link(const supacc_buffer* inputs, size_t count,
                                 const char* options_json, supacc_output* out) {
  return Answer("linked " + std::to_string(count) + ":", inputs, options_json, out);
}
EXPORT supacc_status supacc_compile(const supacc_buffer*, const char* target, const char*,
                                    supacc_output* out) {
  const std::string text = std::string("{\"target\":\"") + target + "\"}";
  const supacc_buffer answer = {text.data(), text.size(), ""};
  return Answer("", &answer, "{}", out);
}
EXPORT void supacc_release(supacc_output* out) {
  std::free(out->data);
  std::free(out->log);
  *out = {};
}
