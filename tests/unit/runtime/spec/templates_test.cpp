// Typed C++ forms of the runtime API, over a dispatch table that plays a device.
#include <gtest/gtest.h>

#include "opensupa/spec/dispatch.h"
#include "supa_runtime.h"

namespace {

// A multiprocessor with room for 2048 threads and 16 KiB of shared memory; blocks of up to 1000.
constexpr int kThreadsPerMultiprocessor = 2048;
constexpr int kMultiprocessors = 64;
constexpr size_t kSharedBytes = 16 * 1024;
int max_threads_per_block = 1024;

const void* last_symbol = nullptr;
size_t last_bytes = 0;
supaMemcpyKind last_kind = supaMemcpyDefault;
void* last_args[4] = {};

void Kernel(int, float) {}
int symbol_array[10];

supaError_t DeviceGetAttribute(int* value, supaDeviceAttr attribute, int) {
  switch (attribute) {
    case supaDevAttrMaxThreadsPerMultiProcessor:
      *value = kThreadsPerMultiprocessor;
      return supaSuccess;
    case supaDevAttrMultiProcessorCount:
      *value = kMultiprocessors;
      return supaSuccess;
    case supaDevAttrWarpSize:
      *value = 32;
      return supaSuccess;
    case supaDevAttrMaxThreadsPerBlock:
      *value = 1024;
      return supaSuccess;
    default:
      return supaErrorInvalidValue;
  }
}

supaError_t MaxActiveBlocks(int* blocks, const void*, int block_size, size_t shared_bytes,
                            unsigned int) {
  *blocks = kThreadsPerMultiprocessor / block_size;
  if (shared_bytes > 0 && static_cast<int>(kSharedBytes / shared_bytes) < *blocks) {
    *blocks = static_cast<int>(kSharedBytes / shared_bytes);
  }
  return supaSuccess;
}

class TemplatesTest : public testing::Test {
 protected:
  void SetUp() override {
    max_threads_per_block = 1024;
    table_ = *opensupa_get_dispatch();
    table_.supaGetDevice = [](int* device) {
      *device = 0;
      return supaSuccess;
    };
    table_.supaDeviceGetAttribute = &DeviceGetAttribute;
    table_.supaFuncGetAttributes = [](supaFuncAttributes* attributes, const void* function) {
      *attributes = {};
      attributes->maxThreadsPerBlock = max_threads_per_block;
      return function == reinterpret_cast<const void*>(&Kernel) ? supaSuccess
                                                                : supaErrorInvalidDeviceFunction;
    };
    table_.supaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags = &MaxActiveBlocks;
    table_.supaCreateChannelDesc = [](int x, int y, int z, int w, supaChannelFormatKind kind) {
      return supaChannelFormatDesc{x, y, z, w, kind};
    };
    opensupa_set_dispatch(&table_);
  }
  void TearDown() override { opensupa_set_dispatch(nullptr); }

  opensupa_dispatch table_;
};

TEST_F(TemplatesTest, GivenKernelWithoutSharedMemoryWhenAskedThenLargestBlockThatFillsIsChosen) {
  int grid = 0, block = 0;
  ASSERT_EQ(supaOccupancyMaxPotentialBlockSize(&grid, &block, Kernel), supaSuccess);
  EXPECT_EQ(block, 1024);
  EXPECT_EQ(grid, 2 * kMultiprocessors);
}

TEST_F(TemplatesTest, GivenSharedMemoryPerThreadWhenAskedThenBlockThatKeepsMostThreadsIsChosen) {
  int grid = 0, block = 0;
  // 16 bytes a thread: 1024 threads have room in all, whatever the block size.
  ASSERT_EQ(
      supaOccupancyMaxPotentialBlockSizeVariableSMem(
          &grid, &block, Kernel, [](int threads) { return 16 * static_cast<size_t>(threads); }),
      supaSuccess);
  EXPECT_EQ(block, 1024);
  EXPECT_EQ(grid, kMultiprocessors);
}

TEST_F(TemplatesTest, GivenBlockLimitWhenAskedThenItIsKept) {
  int grid = 0, block = 0;
  ASSERT_EQ(supaOccupancyMaxPotentialBlockSize(&grid, &block, Kernel, 0, 100), supaSuccess);
  EXPECT_LE(block, 100);
  max_threads_per_block = 40;
  ASSERT_EQ(supaOccupancyMaxPotentialBlockSize(&grid, &block, Kernel), supaSuccess);
  EXPECT_LE(block, 40);
  EXPECT_GT(block, 0);
}

TEST_F(TemplatesTest, GivenUnknownKernelWhenAskedThenErrorComesBack) {
  int grid = 0, block = 0;
  EXPECT_EQ(supaOccupancyMaxPotentialBlockSize(&grid, &block, symbol_array),
            supaErrorInvalidDeviceFunction);
  EXPECT_EQ(supaOccupancyMaxPotentialBlockSize(static_cast<int*>(nullptr), &block, Kernel),
            supaErrorInvalidValue);
}

TEST_F(TemplatesTest, GivenVariableWhenCopiedThenItsAddressIsTheSymbol) {
  table_.supaMemcpyToSymbol = [](const void* symbol, const void*, size_t count, size_t,
                                 supaMemcpyKind kind) {
    last_symbol = symbol;
    last_bytes = count;
    last_kind = kind;
    return supaSuccess;
  };
  const int values[10] = {};
  ASSERT_EQ(supaMemcpyToSymbol(symbol_array, values, sizeof(values)), supaSuccess);
  EXPECT_EQ(last_symbol, symbol_array);
  EXPECT_EQ(last_bytes, sizeof(values));
  EXPECT_EQ(last_kind, supaMemcpyHostToDevice);

  // A pointer variable is itself the symbol, not what it points to.
  static int* pointer_symbol = symbol_array;
  ASSERT_EQ(supaMemcpyToSymbol(pointer_symbol, values, sizeof(void*)), supaSuccess);
  EXPECT_EQ(last_symbol, &pointer_symbol);
}

TEST_F(TemplatesTest, GivenKernelAndArgumentsWhenLaunchedThenTheyHaveParameterTypes) {
  table_.supaLaunchKernelExC = [](const supaLaunchConfig_t*, const void* function, void** args) {
    last_symbol = function;
    EXPECT_EQ(*static_cast<int*>(args[0]), 3);
    EXPECT_EQ(*static_cast<float*>(args[1]), 2.0f);
    return supaSuccess;
  };
  supaLaunchConfig_t config = {};
  EXPECT_EQ(supaLaunchKernelEx(&config, Kernel, short{3}, 2), supaSuccess);
  EXPECT_EQ(last_symbol, reinterpret_cast<const void*>(&Kernel));
}

TEST_F(TemplatesTest, GivenKernelWhenLaunchedByTypedCallThenGridAndArgumentsArrive) {
  table_.supaLaunchKernel = [](const void* function, dim3 grid, dim3 block, void** args,
                               size_t shared_bytes, supaStream_t) {
    last_symbol = function;
    last_args[0] = args[0];
    last_bytes = shared_bytes;
    return grid.x == 2 && grid.y == 3 && grid.z == 1 && block.x == 64
               ? supaSuccess
               : supaErrorInvalidConfiguration;
  };
  int value = 7;
  void* args[] = {&value};
  EXPECT_EQ(supaLaunchKernel(Kernel, dim3(2, 3), dim3(64), args, 16), supaSuccess);
  EXPECT_EQ(last_symbol, reinterpret_cast<const void*>(&Kernel));
  EXPECT_EQ(last_args[0], &value);
  EXPECT_EQ(last_bytes, 16u);
}

TEST_F(TemplatesTest, GivenElementTypeWhenDescribedThenBitsAndKindFollow) {
  const supaChannelFormatDesc float2_desc = supaCreateChannelDesc<float2>();
  EXPECT_EQ(float2_desc.x, 32);
  EXPECT_EQ(float2_desc.y, 32);
  EXPECT_EQ(float2_desc.z, 0);
  EXPECT_EQ(float2_desc.f, supaChannelFormatKindFloat);
  const supaChannelFormatDesc uchar4_desc = supaCreateChannelDesc<uchar4>();
  EXPECT_EQ(uchar4_desc.w, 8);
  EXPECT_EQ(uchar4_desc.f, supaChannelFormatKindUnsigned);
  EXPECT_EQ(supaCreateChannelDesc<double>().f, supaChannelFormatKindNone);
}

TEST(VectorTypesTest, GivenVectorTypesWhenMeasuredThenAlignmentFitsOneAccess) {
  static_assert(alignof(float4) == 16 && sizeof(float4) == 16);
  static_assert(alignof(float3) == 4 && sizeof(float3) == 12);
  static_assert(alignof(double2) == 16 && sizeof(double4) == 32);
  static_assert(alignof(uchar4) == 4 && sizeof(uchar3) == 3 && alignof(short2) == 4);
  const float4 v = make_float4(1, 2, 3, 4);
  EXPECT_EQ(v.x + v.y + v.z + v.w, 10);
  const dim3 d = make_uint3(1, 2, 3);
  EXPECT_EQ(d.x * d.y * d.z, 6u);
}

}  // namespace
