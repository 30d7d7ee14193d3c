#include "grid_memory.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "opensupa/base/options.h"

namespace opensupa::emu {
namespace {

class GridMemoryTest : public ::testing::Test {
 protected:
  ~GridMemoryTest() override { unsetenv(options::kEmulatorStreamBytes.name); }

  static Dispatch Decide(const char* stream_bytes, uint32_t flags, uint32_t bytes_per_thread,
                         binary::abi::Dim3 grid, binary::abi::Dim3 block) {
    setenv(options::kEmulatorStreamBytes.name, stream_bytes, 1);
    const auto memory = GridMemory::Create();
    EXPECT_TRUE(memory.ok()) << memory.status();
    binary::abi::KernelDescriptor kernel{};
    kernel.flags = flags;
    kernel.streamed_bytes_per_thread = bytes_per_thread;
    Dispatch dispatch;
    dispatch.grid_dim = grid;
    dispatch.block_dim = block;
    if (memory.ok()) memory->Decide(kernel, dispatch);
    return dispatch;
  }
};

TEST_F(GridMemoryTest, StripsAreOfLimitedWidthAndOnlyOfKernelsThatKnowThem) {
  const auto strip = [](uint32_t flags, uint32_t size_x) {
    return Decide("-1", flags, 0, {1000, 1, 1}, {size_x, 1, 1}).most_strip_blocks;
  };
  EXPECT_EQ(strip(0, 16), 1u);
  EXPECT_EQ(strip(binary::abi::kKernelStrips, 16), 256u);
  EXPECT_EQ(strip(binary::abi::kKernelStrips, 1024), 4u);
}

TEST_F(GridMemoryTest, GridsStreamFromTheGivenBytesOn) {
  const auto streams = [](uint32_t bytes_per_thread, uint32_t blocks) {
    return Decide("4096", 0, bytes_per_thread, {blocks, 1, 1}, {64, 1, 1}).stream_stores;
  };
  EXPECT_FALSE(streams(4, 15));
  EXPECT_TRUE(streams(4, 16));
  EXPECT_TRUE(streams(16, 4));
  EXPECT_FALSE(streams(0, 1000000));
}

TEST_F(GridMemoryTest, AGridOfManyTimesTheCachesStreamsByDefault) {
  EXPECT_TRUE(Decide("-1", 0, 4, {1 << 16, 1, 1}, {256, 1, 1}).stream_stores);
  EXPECT_FALSE(Decide("-1", 0, 4, {1, 1, 1}, {256, 1, 1}).stream_stores);
}

TEST_F(GridMemoryTest, AnOptionBelowMinusOneIsAnError) {
  setenv(options::kEmulatorStreamBytes.name, "-2", 1);
  EXPECT_FALSE(GridMemory::Create().ok());
}

}  // namespace
}  // namespace opensupa::emu
