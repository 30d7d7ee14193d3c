#include "device_run.h"

#include <supa.h>

#include <cstring>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace opensupa::fuzz {
namespace {

/// The message of a failed call, or nothing.
std::optional<std::string> Failure(const char* call, SUresult result) {
  if (result == SUPA_SUCCESS) return std::nullopt;
  const char* text = nullptr;
  if (suGetErrorString(result, &text) != SUPA_SUCCESS || text == nullptr) text = "unknown";
  return absl::StrFormat("%s: error %d, %s", call, static_cast<int>(result), text);
}

/// Remembers the first call that failed.
class Calls {
 public:
  void operator()(const char* name, SUresult result) {
    if (!failure_) failure_ = Failure(name, result);
  }
  bool ok() const { return !failure_.has_value(); }
  Verdict verdict() const { return {Verdict::Kind::kFailed, failure_.value_or("")}; }

 private:
  std::optional<std::string> failure_;
};

/// The first element that differs, or an empty string.
std::string Compare(const Buffer& buffer, const std::vector<uint8_t>& expected,
                    const std::vector<uint8_t>& actual) {
  const uint32_t size_bytes = buffer.element->size_bytes;
  for (size_t i = 0; i < buffer.count; ++i) {
    uint64_t want = 0;
    uint64_t got = 0;
    std::memcpy(&want, &expected[i * size_bytes], size_bytes);
    std::memcpy(&got, &actual[i * size_bytes], size_bytes);
    if (want != got) {
      return absl::StrFormat("%s[%d] is 0x%x, the model says 0x%x", buffer.parameter->name, i, got,
                             want);
    }
  }
  return "";
}

Verdict RunCase(SUmodule module, const Case& one) {
  const Program& program = *one.program;
  Calls call;
  SUfunction function = nullptr;
  call("suModuleGetFunction", suModuleGetFunction(&function, module, program.name.c_str()));
  std::vector<SUdeviceptr> addresses(program.buffers.size());
  for (size_t i = 0; i < addresses.size() && call.ok(); ++i) {
    const std::vector<uint8_t>& initial = program.buffers[i].initial;
    call("suMemAlloc", suMemAlloc(&addresses[i], initial.size()));
    if (call.ok()) {
      call("suMemcpyHtoD", suMemcpyHtoD(addresses[i], initial.data(), initial.size()));
    }
  }
  if (!call.ok()) return call.verdict();
  std::vector<void*> parameters;
  size_t buffer = 0;
  size_t argument = 0;
  for (const Variable* parameter : program.kernel->parameters) {
    const void* value = program.is_buffer(parameter)
                            ? static_cast<const void*>(&addresses[buffer++])
                            : static_cast<const void*>(program.arguments[argument++].data());
    parameters.push_back(const_cast<void*>(value));
  }
  const auto& grid = program.grid;
  const auto& block = program.block;
  call("suLaunchKernel",
       suLaunchKernel(function, grid[0], grid[1], grid[2], block[0], block[1], block[2],
                      program.dynamic_shared_bytes, nullptr, parameters.data(), nullptr));
  if (call.ok()) call("suCtxSynchronize", suCtxSynchronize());
  std::string difference;
  for (size_t i = 0; i < addresses.size() && call.ok(); ++i) {
    std::vector<uint8_t> actual(program.buffers[i].initial.size());
    call("suMemcpyDtoH", suMemcpyDtoH(actual.data(), addresses[i], actual.size()));
    if (difference.empty()) {
      difference = Compare(program.buffers[i], one.expected->buffers[i], actual);
    }
    call("suMemFree", suMemFree(addresses[i]));
  }
  if (!call.ok()) return call.verdict();
  if (difference.empty()) return {Verdict::Kind::kSame, ""};
  return {Verdict::Kind::kMismatch, difference};
}

}  // namespace

void RunOnDevice(const std::string& image, std::span<const Case> cases,
                 const std::function<void(size_t, const Verdict&)>& report) {
  Calls call;
  SUdevice device = 0;
  SUcontext context = nullptr;
  SUmodule module = nullptr;
  call("suInit", suInit(0));
  call("suDeviceGet", suDeviceGet(&device, 0));
  if (call.ok()) call("suCtxCreate", suCtxCreate(&context, 0, device));
  if (call.ok()) call("suModuleLoad", suModuleLoad(&module, image.c_str()));
  for (size_t i = 0; i < cases.size(); ++i) {
    report(i, call.ok() ? RunCase(module, cases[i]) : call.verdict());
  }
}

}  // namespace opensupa::fuzz
