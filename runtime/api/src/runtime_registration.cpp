// What compiled objects call before and after main, and around a `<<<>>>` launch.

#include "call.h"
#include "opensupa/base/log.h"

namespace opensupa::api {
namespace {

/// Registration has nobody to report to; its failures show when the kernel is used.
template <typename Body>
void Quietly(Body&& body) noexcept {
  try {
    body();
  } catch (...) {
    log::Write(log::Level::kError,
               "The host has no memory left to register the kernels of a program.");
  }
}

}  // namespace

void** __supaRegisterFatBinary(void* wrapper) {
  void** handle = nullptr;
  Quietly([&] {
    handle = Process().programs().Register(static_cast<const binary::FatBinaryWrapper*>(wrapper));
  });
  return handle;
}

void __supaRegisterFatBinaryEnd(void**) {}

void __supaUnregisterFatBinary(void** handle) {
  Quietly([&] {
    std::shared_ptr<rt::Image> image = Process().programs().Unregister(handle);
    if (image == nullptr) return;
    std::vector<std::shared_ptr<rt::Context>> contexts;
    Process().contexts().FindIf([&](rt::Context& context) {
      contexts.push_back(context.shared_from_this());
      return false;
    });
    for (const auto& context : contexts) context->modules().UnloadImage(image);
    for (const auto& [name, variable] : image->managed()) {
      Process().host_memory().ForgetManaged(variable.storage);
    }
  });
}

void __supaRegisterFunction(void** handle, const char* host_function, char*,
                            const char* device_name, int, struct uint3*, struct uint3*,
                            struct dim3*, struct dim3*, int*) {
  Quietly([&] { Process().programs().RegisterFunction(handle, host_function, device_name); });
}

void __supaRegisterVar(void** handle, char* host_var, char*, const char* device_name, int, size_t,
                       int, int) {
  Quietly([&] { Process().programs().RegisterVariable(handle, host_var, device_name); });
}

void __supaRegisterManagedVar(void** handle, void** host_var_address, char*,
                              const char* device_name, int, size_t size, int, int) {
  Quietly(
      [&] { Process().programs().RegisterManaged(handle, *host_var_address, size, device_name); });
}

unsigned int __supaPushCallConfiguration(struct dim3 grid_dim, struct dim3 block_dim,
                                         size_t shared_mem, struct SUstream_st* stream) {
  try {
    rt::Thread().call_configurations.push_back({grid_dim, block_dim, shared_mem, stream});
    return 0;
  } catch (...) {
    Finish(FromException());
    return 1;  // the stub is not called
  }
}

supaError_t __supaPopCallConfiguration(struct dim3* grid_dim, struct dim3* block_dim,
                                       size_t* shared_mem, void* stream) {
  return Call([&]() -> Status {
    auto& configurations = rt::Thread().call_configurations;
    if (configurations.empty()) {
      return MakeError(supaErrorMissingConfiguration,
                       "A kernel is called as a function, without a launch configuration.");
    }
    const rt::CallConfiguration top = configurations.back();
    configurations.pop_back();
    *grid_dim = top.grid;
    *block_dim = top.block;
    *shared_mem = top.shared_bytes;
    *static_cast<SUstream_st**>(stream) = top.stream;
    return absl::OkStatus();
  });
}

}  // namespace opensupa::api
