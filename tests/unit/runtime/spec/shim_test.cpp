// The CUDA-named libraries, loaded as a program that was built against CUDA would have them.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "opensupa/spec/dispatch.h"

namespace {

opensupa_dispatch table;
SUdriverProcAddressQueryResult* seen_result = nullptr;

class ShimTest : public testing::Test {
 protected:
  void SetUp() override {
    table = *opensupa_get_dispatch();
    opensupa_set_dispatch(&table);
  }
  void TearDown() override {
    opensupa_set_dispatch(nullptr);
    if (library_ != nullptr) dlclose(library_);
  }

  void* Load(const char* name) {
    const char* folder = std::getenv("SHIM_DIR");
    if (folder == nullptr) return nullptr;
    library_ = dlopen((std::string(folder) + "/" + name).c_str(), RTLD_NOW | RTLD_LOCAL);
    return library_;
  }

  void* library_ = nullptr;
};

TEST_F(ShimTest, GivenRuntimeShimWhenCalledThenSameTableServes) {
  ASSERT_NE(Load("libcudart.so.12"), nullptr) << dlerror();
  table.supaGetDeviceCount = [](int* count) {
    *count = 3;
    return supaErrorNoDevice;
  };
  auto* function = reinterpret_cast<int (*)(int*)>(dlsym(library_, "cudaGetDeviceCount"));
  ASSERT_NE(function, nullptr);
  int count = 0;
  EXPECT_EQ(function(&count), static_cast<int>(supaErrorNoDevice));
  EXPECT_EQ(count, 3);
  EXPECT_NE(dlvsym(library_, "cudaGetDeviceCount", "libcudart.so.12"), nullptr);
}

TEST_F(ShimTest, GivenFirstVersionSymbolWhenCalledThenLaterParametersAreZero) {
  ASSERT_NE(Load("libcuda.so.1"), nullptr) << dlerror();
  table.suGetProcAddress = [](const char*, void**, int, SUdriverProcAddress_flags_t,
                              SUdriverProcAddressQueryResult* result) {
    seen_result = result;
    return SUPA_SUCCESS;
  };
  using Four = int (*)(const char*, void**, int, uint64_t);
  using Five = int (*)(const char*, void**, int, uint64_t, SUdriverProcAddressQueryResult*);
  auto* four = reinterpret_cast<Four>(dlsym(library_, "cuGetProcAddress"));
  auto* five = reinterpret_cast<Five>(dlsym(library_, "cuGetProcAddress_v2"));
  ASSERT_NE(four, nullptr);
  ASSERT_NE(five, nullptr);
  SUdriverProcAddressQueryResult result;
  void* function = nullptr;
  EXPECT_EQ(five("cuInit", &function, 12000, 0, &result), 0);
  EXPECT_EQ(seen_result, &result);
  EXPECT_EQ(four("cuInit", &function, 12000, 0), 0);
  EXPECT_EQ(seen_result, nullptr);
}

}  // namespace
