#include "opensupa/core/launch.h"

#include "driver/su_types.h"
#include "image_fixture.h"

namespace opensupa::rt {
namespace {

using testing::HasCode;
using testing::SampleImage;

class LaunchTest : public testing::ImageTest {
 protected:
  void SetUp() override {
    testing::ImageTest::SetUp();
    binary::FatBinary fat_binary = SampleImage("k", "bitcode");
    fat_binary.kernels.push_back(fat_binary.kernels.front());
    fat_binary.kernels.back().name = "bounded";
    fat_binary.kernels.back().max_threads_per_block = 128;
    fat_binary.kernels.back().static_shared_bytes = 16 << 10;
    fat_binary.kernels.back().registers_per_thread = 64;
    auto image = *Image::Parse(binary::Serialize(fat_binary), "x", store());
    module_ = *context().modules().Load(image, nullptr);
    kernel_ = *module_->FindFunction("k");
    bounded_ = *module_->FindFunction("bounded");
  }
  Status Run(Function& function, hal::Dim3 grid, hal::Dim3 block, uint64_t shared_bytes = 0) {
    return Launch(function, legacy(), {grid, block, shared_bytes, false}, {pointers_, nullptr, 0});
  }
  int first_ = 7;
  uint64_t second_ = 0x1122334455667788;
  void* pointers_[2] = {&first_, &second_};
  std::shared_ptr<Module> module_;
  std::shared_ptr<Function> kernel_, bounded_;
};

TEST_F(LaunchTest, GivenLaunchThenTheDeviceGetsShapeAndArguments) {
  ASSERT_TRUE(Run(*kernel_, {2, 3, 4}, {5, 6, 7}, 100).ok());
  ASSERT_EQ(device().dispatches.size(), 1u);
  const testing::SeenDispatch& seen = device().dispatches.front();
  EXPECT_EQ(seen.command.kernel, kernel_->handle());
  EXPECT_EQ(seen.command.grid.y, 3u);
  EXPECT_EQ(seen.command.block.z, 7u);
  EXPECT_EQ(seen.command.dynamic_shared_bytes, 100u);
  EXPECT_EQ(seen.command.cookie, legacy().id());
  ASSERT_EQ(seen.args.size(), 16u);
  EXPECT_EQ(std::memcmp(seen.args.data(), &first_, 4), 0);
  EXPECT_EQ(std::memcmp(seen.args.data() + 8, &second_, 8), 0);
}

TEST_F(LaunchTest, GivenSizesOfZeroOrBeyondTheDeviceThenInvalidConfiguration) {
  const hal::Dim3 one{1, 1, 1};
  for (hal::Dim3 bad : {hal::Dim3{0, 1, 1}, hal::Dim3{1, 0, 1}, hal::Dim3{1, 1, 0},
                        hal::Dim3{1, 1, 65536}, hal::Dim3{0x80000000u, 1, 1}}) {
    EXPECT_THAT(Run(*kernel_, bad, one), HasCode(supaErrorInvalidConfiguration));
    EXPECT_THAT(Run(*kernel_, one, bad), HasCode(supaErrorInvalidConfiguration));
  }
  EXPECT_THAT(Run(*kernel_, one, {1025, 1, 1}), HasCode(supaErrorInvalidConfiguration));
  EXPECT_THAT(Run(*kernel_, one, {32, 32, 2}), HasCode(supaErrorInvalidConfiguration));
  EXPECT_TRUE(device().dispatches.empty());
}

TEST_F(LaunchTest, GivenMoreThreadsThanTheLaunchBoundThenOutOfResources) {
  EXPECT_TRUE(Run(*bounded_, {1, 1, 1}, {128, 1, 1}).ok());
  const Status status = Run(*bounded_, {1, 1, 1}, {129, 1, 1});
  EXPECT_THAT(status, HasCode(supaErrorLaunchOutOfResources));
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("'bounded'"));
}

TEST_F(LaunchTest, GivenTooMuchSharedMemoryThenInvalidValueUntilTheLimitIsRaised) {
  EXPECT_TRUE(Run(*kernel_, {1, 1, 1}, {1, 1, 1}, 48 << 10).ok());
  EXPECT_THAT(Run(*kernel_, {1, 1, 1}, {1, 1, 1}, (48 << 10) + 1), HasCode(supaErrorInvalidValue));
  // Static shared memory counts.
  EXPECT_TRUE(Run(*bounded_, {1, 1, 1}, {1, 1, 1}, 32 << 10).ok());
  EXPECT_THAT(Run(*bounded_, {1, 1, 1}, {1, 1, 1}, (32 << 10) + 1), HasCode(supaErrorInvalidValue));
  kernel_->max_dynamic_shared_bytes = 64 << 10;
  EXPECT_TRUE(Run(*kernel_, {1, 1, 1}, {1, 1, 1}, 64 << 10).ok());
}

TEST_F(LaunchTest, GivenMissingArgumentsThenInvalidValueNamesTheFirst) {
  const LaunchShape shape{{1, 1, 1}, {1, 1, 1}, 0, false};
  EXPECT_THAT(Launch(*kernel_, legacy(), shape, {}), HasCode(supaErrorInvalidValue));
  void* partial[] = {&first_, nullptr};
  const Status status = Launch(*kernel_, legacy(), shape, {partial, nullptr, 0});
  EXPECT_THAT(status, HasCode(supaErrorInvalidValue));
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("argument 1"));
}

TEST_F(LaunchTest, GivenExtraListThenItsBufferIsTheArguments) {
  struct {
    int first = 3;
    uint64_t second = 4;
  } buffer;
  size_t size_bytes = sizeof(buffer);
  void* extra[] = {SU_LAUNCH_PARAM_BUFFER_POINTER, &buffer, SU_LAUNCH_PARAM_BUFFER_SIZE,
                   &size_bytes, SU_LAUNCH_PARAM_END};
  const LaunchShape shape{{1, 1, 1}, {1, 1, 1}, 0, false};
  ASSERT_TRUE(Launch(*kernel_, legacy(), shape, *ParseExtra(extra)).ok());
  EXPECT_EQ(std::memcmp(device().dispatches.front().args.data(), &buffer, sizeof(int)), 0);
  size_bytes = 1000;
  EXPECT_THAT(Launch(*kernel_, legacy(), shape, *ParseExtra(extra)),
              HasCode(supaErrorInvalidValue));
  void* bad[] = {&buffer, &buffer, SU_LAUNCH_PARAM_END};
  EXPECT_THAT(ParseExtra(bad).status(), HasCode(supaErrorInvalidValue));
}

TEST_F(LaunchTest, OccupancyFollowsTheScarcestResource) {
  EXPECT_EQ(ActiveBlocks(*kernel_, 32, 0), 16u);        // blocks
  EXPECT_EQ(ActiveBlocks(*kernel_, 512, 0), 4u);        // threads
  EXPECT_EQ(ActiveBlocks(*kernel_, 33, 32 << 10), 2u);  // shared memory
  EXPECT_EQ(ActiveBlocks(*bounded_, 128, 0), 4u);       // static shared memory
  EXPECT_EQ(ActiveBlocks(*bounded_, 129, 0), 0u);       // launch bound
  EXPECT_EQ(ActiveBlocks(*kernel_, 0, 0), 0u);
  const BlockSizeChoice choice = ChooseBlockSize(*kernel_, [](int) { return 0; }, 0);
  EXPECT_EQ(choice.block_size, 1024);
  EXPECT_EQ(choice.min_grid_size, 8);
  EXPECT_EQ(ChooseBlockSize(*bounded_, [](int) { return 0; }, 100).block_size, 100);
  EXPECT_EQ(*AvailableDynamicShared(*kernel_, 2, 128), 32u << 10);
  EXPECT_THAT(AvailableDynamicShared(*kernel_, 100, 128).status(), HasCode(supaErrorInvalidValue));
}

TEST_F(LaunchTest, GivenCooperativeLaunchThenItMustFitTheDevice) {
  LaunchShape shape{{8, 1, 1}, {1024, 1, 1}, 0, true};
  const LaunchArguments arguments{pointers_, nullptr, 0};
  EXPECT_TRUE(Launch(*kernel_, legacy(), shape, arguments).ok());
  shape.grid.x = 9;
  EXPECT_THAT(Launch(*kernel_, legacy(), shape, arguments),
              HasCode(supaErrorCooperativeLaunchTooLarge));
}

TEST_F(LaunchTest, GivenFaultThenTheDeviceCanNameTheLaunch) {
  EXPECT_THAT(device().describe_launch(legacy().id(), kernel_->handle()),
              ::testing::AllOf(::testing::HasSubstr("k"), ::testing::HasSubstr("stream")));
  EXPECT_NE(device().describe_address(0x1234), "");
}

}  // namespace
}  // namespace opensupa::rt
