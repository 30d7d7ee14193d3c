#include "opencl.h"

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>

#include <stdexcept>
#include <vector>

namespace bench {
namespace {

OpenCl* current_opencl = nullptr;

}  // namespace

void SetOpenCl(OpenCl* opencl) { current_opencl = opencl; }
OpenCl* CurrentOpenCl() { return current_opencl; }

// The functions that are used, under their names without "cl".
// clang-format off
#define BENCH_CL_FUNCTIONS(X) \
  X(GetPlatformIDs) X(GetPlatformInfo) X(GetDeviceIDs) X(GetDeviceInfo) \
  X(CreateContext) X(ReleaseContext) X(CreateCommandQueue) \
  X(ReleaseCommandQueue) X(CreateProgramWithSource) X(BuildProgram) \
  X(GetProgramBuildInfo) X(ReleaseProgram) X(CreateKernel) \
  X(ReleaseKernel) X(SetKernelArg) X(EnqueueNDRangeKernel) \
  X(CreateBuffer) X(ReleaseMemObject) X(EnqueueMapBuffer) \
  X(EnqueueUnmapMemObject) X(Finish)
// clang-format on

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
struct OpenCl::Api {
#define BENCH_CL_MEMBER(name) decltype(&::cl##name) name = nullptr;
  BENCH_CL_FUNCTIONS(BENCH_CL_MEMBER)
#undef BENCH_CL_MEMBER

  bool Load(std::string& why_not) {
    void* library = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      why_not = "The OpenCL loader libOpenCL.so.1 is not installed.";
      return false;
    }
#define BENCH_CL_LOAD(name)                                                   \
  name = reinterpret_cast<decltype(&::cl##name)>(dlsym(library, "cl" #name)); \
  if (name == nullptr) {                                                      \
    why_not = "The OpenCL loader lacks the function cl" #name ".";            \
    return false;                                                             \
  }
    BENCH_CL_FUNCTIONS(BENCH_CL_LOAD)
#undef BENCH_CL_LOAD
    return true;
  }
};
#pragma GCC diagnostic pop

ClBuffer::~ClBuffer() {
  if (mem_ != nullptr) owner_->api_->ReleaseMemObject(static_cast<cl_mem>(mem_));
}

OpenCl::OpenCl() : api_(std::make_unique<Api>()) {}

OpenCl::~OpenCl() {
  for (auto& [name, kernel] : kernels_) api_->ReleaseKernel(static_cast<cl_kernel>(kernel));
  if (program_ != nullptr) api_->ReleaseProgram(static_cast<cl_program>(program_));
  if (queue_ != nullptr) api_->ReleaseCommandQueue(static_cast<cl_command_queue>(queue_));
  if (context_ != nullptr) api_->ReleaseContext(static_cast<cl_context>(context_));
}

std::unique_ptr<OpenCl> OpenCl::Open(std::string& why_not) {
  std::unique_ptr<OpenCl> opencl(new OpenCl);
  Api& api = *opencl->api_;
  if (!api.Load(why_not)) return nullptr;
  cl_uint platform_count = 0;
  api.GetPlatformIDs(0, nullptr, &platform_count);
  std::vector<cl_platform_id> platforms(platform_count);
  if (platform_count > 0) api.GetPlatformIDs(platform_count, platforms.data(), nullptr);
  why_not = "No OpenCL platform offers a device.";
  for (cl_platform_id platform : platforms) {
    cl_device_id device = nullptr;
    if (api.GetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, nullptr) != CL_SUCCESS) continue;
    if (opencl->OpenDevice(device, why_not)) return opencl;
  }
  return nullptr;
}

bool OpenCl::OpenDevice(void* device_id, std::string& why_not) {
  auto device = static_cast<cl_device_id>(device_id);
  cl_platform_id platform = nullptr;
  char name[256] = {}, version[256] = {};
  api_->GetDeviceInfo(device, CL_DEVICE_PLATFORM, sizeof(platform), &platform, nullptr);
  api_->GetDeviceInfo(device, CL_DEVICE_NAME, sizeof(name) - 1, name, nullptr);
  api_->GetPlatformInfo(platform, CL_PLATFORM_VERSION, sizeof(version) - 1, version, nullptr);
  // The version begins with "OpenCL 3.0" and goes on with the product and what it was built with.
  device_name_ = std::string(version).substr(0, std::string(version).find(',')) + " on " + name;

  cl_int error = 0;
  context_ = api_->CreateContext(nullptr, 1, &device, nullptr, nullptr, &error);
  Require(error, "clCreateContext");
  queue_ = api_->CreateCommandQueue(static_cast<cl_context>(context_), device, 0, &error);
  Require(error, "clCreateCommandQueue");
  const char* source = kOpenClSource;
  program_ =
      api_->CreateProgramWithSource(static_cast<cl_context>(context_), 1, &source, nullptr, &error);
  Require(error, "clCreateProgramWithSource");
  auto program = static_cast<cl_program>(program_);
  if (api_->BuildProgram(program, 1, &device, "", nullptr, nullptr) != CL_SUCCESS) {
    char log[1024] = {};
    api_->GetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, sizeof(log) - 1, log, nullptr);
    why_not = "The OpenCL device " + device_name_ + " does not build the suite: " + log;
    return false;
  }
  return true;
}

void OpenCl::Attach(ClBuffer& buffer, void* host, size_t size_bytes) {
  cl_int error = 0;
  buffer.owner_ = this;
  buffer.mem_ =
      api_->CreateBuffer(static_cast<cl_context>(context_), CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR,
                         size_bytes, host, &error);
  Require(error, "clCreateBuffer");
}

void OpenCl::Map(ClBuffer& buffer, size_t size_bytes, bool write) {
  cl_int error = 0;
  api_->EnqueueMapBuffer(static_cast<cl_command_queue>(queue_), static_cast<cl_mem>(buffer.mem_),
                         CL_TRUE, write ? CL_MAP_WRITE : CL_MAP_READ, 0, size_bytes, 0, nullptr,
                         nullptr, &error);
  Require(error, "clEnqueueMapBuffer");
}

void OpenCl::Unmap(ClBuffer& buffer, void* host) {
  Require(api_->EnqueueUnmapMemObject(static_cast<cl_command_queue>(queue_),
                                      static_cast<cl_mem>(buffer.mem_), host, 0, nullptr, nullptr),
          "clEnqueueUnmapMemObject");
  Finish();
}

void OpenCl::Enqueue(const char* kernel, const ClShape& shape,
                     std::initializer_list<Argument> arguments) {
  void*& object = kernels_[kernel];
  cl_int error = 0;
  if (object == nullptr) {
    object = api_->CreateKernel(static_cast<cl_program>(program_), kernel, &error);
    Require(error, "clCreateKernel");
  }
  cl_uint index = 0;
  for (const Argument& argument : arguments) {
    Require(api_->SetKernelArg(static_cast<cl_kernel>(object), index++, argument.size_bytes,
                               argument.value),
            "clSetKernelArg");
  }
  Require(api_->EnqueueNDRangeKernel(static_cast<cl_command_queue>(queue_),
                                     static_cast<cl_kernel>(object), 3, nullptr, shape.global,
                                     shape.local, 0, nullptr, nullptr),
          "clEnqueueNDRangeKernel");
}

void OpenCl::Finish() { Require(api_->Finish(static_cast<cl_command_queue>(queue_)), "clFinish"); }

void OpenCl::Require(int error, const char* call) const {
  if (error == CL_SUCCESS) return;
  throw std::runtime_error(std::string(call) + " failed with code " + std::to_string(error) +
                           " on the OpenCL device " + device_name_ + ".");
}

}  // namespace bench
