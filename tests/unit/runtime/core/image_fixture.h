#pragma once

#include <dlfcn.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core_fixture.h"
#include "opensupa/binary/fat_binary.h"

namespace opensupa::rt::testing {

inline std::vector<std::byte> BytesOf(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return std::vector<std::byte>(bytes, bytes + text.size());
}

/// A fat binary with the kernel `kernel` (an int and a pointer as arguments) and the variable
/// "variable".
inline binary::FatBinary SampleImage(const std::string& kernel, const std::string& bitcode) {
  binary::FatBinary image;
  image.source = kernel + ".su";
  image.bitcode = BytesOf(bitcode);
  binary::KernelInfo info;
  info.name = kernel;
  info.params = {{0, 4}, {8, 8}};
  info.args_size_bytes = 16;
  image.kernels = {info};
  image.variables = {{"variable", 64, false, false, false}};
  return image;
}

/// Runs with the fake compiler and an empty kernel cache.
class ImageTest : public CoreTest {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "opensupa_image_XXXXXX").string();
    folder_ = mkdtemp(name.data());
    cache_ = std::make_unique<ScopedVariable>("OPENSUPA_CACHE_DIR", folder_);
    enabled_ = std::make_unique<ScopedVariable>("OPENSUPA_CACHE_DISABLE", "0");
    CoreTest::SetUp();
  }
  void TearDown() override {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  CodeStore& store() { return runtime().code_store(); }
  const std::string& folder() const { return folder_; }

  static int CompileCalls() {
    void* library = dlopen(FAKE_SUPACC, RTLD_NOW | RTLD_LOCAL);
    auto calls = reinterpret_cast<int (*)()>(dlsym(library, "fake_compile_calls"));
    const int count = calls();
    dlclose(library);
    return count;
  }

 private:
  ScopedVariable compiler_{"OPENSUPA_COMPILER_LIBRARY", FAKE_SUPACC};
  std::string folder_;
  std::unique_ptr<ScopedVariable> cache_, enabled_;
};

}  // namespace opensupa::rt::testing
