// The thin libraries must call through the current dispatch table, with the right arguments.
#include "opensupa/spec/dispatch.h"

#include <gtest/gtest.h>

#include <vector>

#include "supa_runtime.h"

// The per-thread forms that sources get by defining SUPA_API_PER_THREAD_DEFAULT_STREAM.
#undef suMemAlloc_v2
extern "C" {
supaError_t supaMemsetAsync_ptsz(void* dev_ptr, int value, size_t count, supaStream_t stream);
supaError_t supaMemcpy_ptds(void* dst, const void* src, size_t count, supaMemcpyKind kind);
supaError_t supaLaunchKernelExC_ptsz(const supaLaunchConfig_t* config, const void* function,
                                     void** args);
SUresult suMemAlloc_v2(SUdeviceptr* dev_ptr, size_t size);
SUresult suMemcpyHtoD_v2_ptds(SUdeviceptr dst, const void* src, size_t count);
SUresult suMemcpy2DUnaligned_v2_ptds(const SUPA_MEMCPY2D* copy);
}

namespace {

struct Seen {
  std::vector<const char*> calls;
  supaStream_t stream = nullptr;
  size_t size_bytes = 0;
  const void* config = nullptr;
};
Seen seen;

class DispatchTest : public testing::Test {
 protected:
  void SetUp() override {
    seen = Seen{};
    table_ = *opensupa_get_dispatch();
    before_ = opensupa_set_dispatch(&table_);
  }
  void TearDown() override { EXPECT_EQ(opensupa_set_dispatch(nullptr), &table_); }

  opensupa_dispatch table_;
  const opensupa_dispatch* before_ = nullptr;
};

TEST_F(DispatchTest, GivenNoLayerWhenAskedThenDefaultTableIsCurrentAndComplete) {
  ASSERT_NE(before_, nullptr);
  const auto* words = reinterpret_cast<void* const*>(before_);
  for (size_t i = 0; i < sizeof(opensupa_dispatch) / sizeof(void*); ++i) {
    EXPECT_NE(words[i], nullptr) << "entry " << i;
  }
}

TEST_F(DispatchTest, GivenLayerWhenCalledThenLayerSeesArgumentsAndGivesResult) {
  table_.supaMalloc = [](void** dev_ptr, size_t size) {
    *dev_ptr = reinterpret_cast<void*>(0x1000);
    seen.size_bytes = size;
    return supaErrorMemoryAllocation;
  };
  int* pointer = nullptr;
  EXPECT_EQ(supaMalloc(&pointer, 77), supaErrorMemoryAllocation);
  EXPECT_EQ(seen.size_bytes, 77u);
  EXPECT_EQ(pointer, reinterpret_cast<int*>(0x1000));
}

TEST_F(DispatchTest, GivenVersionedNameWhenCalledThenItIsTheSameEntry) {
  table_.suMemAlloc = [](SUdeviceptr*, size_t size) {
    seen.size_bytes = size;
    return SUPA_ERROR_OUT_OF_MEMORY;
  };
  SUdeviceptr pointer = 0;
  EXPECT_EQ(suMemAlloc_v2(&pointer, 5), SUPA_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(seen.size_bytes, 5u);
}

TEST_F(DispatchTest, GivenPerThreadFormWhenStreamIsNullThenItIsTheThreadsOwn) {
  table_.supaMemsetAsync = [](void*, int, size_t, supaStream_t stream) {
    seen.stream = stream;
    return supaSuccess;
  };
  EXPECT_EQ(supaMemsetAsync_ptsz(nullptr, 0, 0, nullptr), supaSuccess);
  EXPECT_EQ(seen.stream, supaStreamPerThread);
  EXPECT_EQ(supaMemsetAsync_ptsz(nullptr, 0, 0, supaStreamLegacy), supaSuccess);
  EXPECT_EQ(seen.stream, supaStreamLegacy);
  EXPECT_EQ(supaMemsetAsync(nullptr, 0, 0, nullptr), supaSuccess);
  EXPECT_EQ(seen.stream, nullptr);
}

TEST_F(DispatchTest, GivenPerThreadCopyWhenCalledThenItRunsInThreadsStreamAndIsWaitedFor) {
  table_.supaMemcpyAsync = [](void*, const void*, size_t, supaMemcpyKind, supaStream_t stream) {
    seen.calls.push_back("copy");
    seen.stream = stream;
    return supaSuccess;
  };
  table_.supaStreamSynchronize = [](supaStream_t stream) {
    seen.calls.push_back(stream == supaStreamPerThread ? "wait" : "wait for the wrong stream");
    return supaErrorLaunchFailure;
  };
  EXPECT_EQ(supaMemcpy_ptds(nullptr, nullptr, 4, supaMemcpyDefault), supaErrorLaunchFailure);
  EXPECT_EQ(seen.stream, supaStreamPerThread);
  ASSERT_EQ(seen.calls.size(), 2u);
  EXPECT_STREQ(seen.calls[0], "copy");
  EXPECT_STREQ(seen.calls[1], "wait");
}

TEST_F(DispatchTest, GivenPerThreadCopyWhenItFailsThenNothingIsWaitedFor) {
  table_.suMemcpyHtoDAsync = [](SUdeviceptr, const void*, size_t, SUstream) {
    return SUPA_ERROR_INVALID_VALUE;
  };
  table_.suStreamSynchronize = [](SUstream) {
    seen.calls.push_back("wait");
    return SUPA_SUCCESS;
  };
  EXPECT_EQ(suMemcpyHtoD_v2_ptds(0, nullptr, 4), SUPA_ERROR_INVALID_VALUE);
  EXPECT_TRUE(seen.calls.empty());
}

TEST_F(DispatchTest, GivenUnalignedCopyWhenPerThreadThenPlainAsynchronousFormServes) {
  table_.suMemcpy2DAsync = [](const SUPA_MEMCPY2D*, SUstream stream) {
    seen.stream = stream;
    return SUPA_SUCCESS;
  };
  table_.suStreamSynchronize = [](SUstream) { return SUPA_SUCCESS; };
  SUPA_MEMCPY2D copy = {};
  EXPECT_EQ(suMemcpy2DUnaligned_v2_ptds(&copy), SUPA_SUCCESS);
  EXPECT_EQ(seen.stream, SU_STREAM_PER_THREAD);
}

TEST_F(DispatchTest, GivenLaunchConfigWhenPerThreadThenCallersConfigIsNotChanged) {
  table_.supaLaunchKernelExC = [](const supaLaunchConfig_t* config, const void*, void**) {
    seen.config = config;
    if (config != nullptr) seen.stream = config->stream;
    return supaSuccess;
  };
  supaLaunchConfig_t config = {};
  EXPECT_EQ(supaLaunchKernelExC_ptsz(&config, nullptr, nullptr), supaSuccess);
  EXPECT_EQ(seen.stream, supaStreamPerThread);
  EXPECT_EQ(config.stream, nullptr);
  config.stream = supaStreamLegacy;
  EXPECT_EQ(supaLaunchKernelExC_ptsz(&config, nullptr, nullptr), supaSuccess);
  EXPECT_EQ(seen.config, &config);
  EXPECT_EQ(supaLaunchKernelExC_ptsz(nullptr, nullptr, nullptr), supaSuccess);
  EXPECT_EQ(seen.config, nullptr);
}

TEST_F(DispatchTest, GivenUnsupportedEntryWhenCalledThenItIsRefused) {
  supaGraph_t graph = nullptr;
  EXPECT_EQ(supaGraphCreate(&graph, 0), supaErrorNotSupported);
  EXPECT_EQ(suGraphCreate(&graph, 0), SUPA_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(graph, nullptr);
}

}  // namespace
