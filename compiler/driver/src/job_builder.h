#pragma once

#include <string>
#include <vector>

#include "driver_options.h"
#include "job.h"
#include "toolchain.h"

namespace opensupa::cc {

/// Target of the device half, as clang is told. The value of __CUDA_ARCH__ follows from it.
inline constexpr const char* kClangDeviceArch = "sm_90";
/// The newest release that clang 19 knows, which decides how its two halves work together.
inline constexpr const char* kClangSdkVersion = "12.4";
/// The release whose language and headers programs get: __CUDACC_VER_MAJOR__ and _MINOR__.
inline constexpr const char* kCudaRelease = "12.9";

/// Makes the commands for a command line, in the order in which they run.
///
/// A kernel file takes five: device front end -> bitcode, "-supacc-finalize" -> fat binary, host
/// front end -> bitcode, "-supacc-embed" -> bitcode, clang -> object. Intermediate files are named
/// in `scratch_dir`, which need not exist yet.
class JobBuilder {
 public:
  JobBuilder(const DriverOptions& options, const Toolchain& toolchain, std::string scratch_dir);

  /// An error is a command line that asks for the impossible, such as one -o for two outputs.
  StatusOr<std::vector<Job>> Build();

 private:
  using Words = std::vector<std::string>;

  Status Check() const;
  void Compile(size_t index);
  void CompileKernelFile(size_t index, const std::string& output);
  void CompilePlainFile(size_t index, const std::string& output);
  void Preprocess(size_t index);
  void CheckSyntax(size_t index);
  void DeviceHalf(size_t index, const char* emit, const std::string& output);
  void HostHalf(size_t index, const std::string& fat_binary, const std::string& output);
  void Link();
  void LinkDevice();

  Words FrontEnd(size_t index, Half half) const;
  Words Definitions(const Input& input) const;
  Words PlainCommand(const Input& input) const;
  Words HostRoute(uint32_t route) const;
  void AddDependencyFile(const Input& input, Words& words) const;
  void AddCoverageFiles(const Input& input, Words& words) const;
  void AddBackendPhase(Words& words) const;
  std::string OutputFor(const Input& input, const std::string& suffix) const;
  std::string ObjectSuffix() const;
  std::string Temporary(size_t index, const std::string& suffix) const;
  std::string UnitId(const Input& input) const;
  void Add(Words words, int diagnostic_group, const std::string& output);

  const DriverOptions& options_;
  const Toolchain& toolchain_;
  std::string scratch_dir_;
  std::vector<Job> jobs_;
  std::vector<std::string> objects_;  // for the link step, by input index; empty = the input itself
};

}  // namespace opensupa::cc
