#include "native_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include "fake_card.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/binary/device_abi.h"
#include "opensupa/native/native_adapter.h"

namespace opensupa::native {
namespace {

using ::testing::HasSubstr;

binary::CodeObject SmallProgram() {
  binary::CodeObject object;
  object.target = "fake/target";
  object.device_abi = binary::abi::kDeviceAbiVersion;
  binary::abi::KernelDescriptor descriptor{};
  descriptor.abi_version = binary::abi::kDeviceAbiVersion;
  object.text.resize(128);
  std::memcpy(object.text.data() + 64, &descriptor, sizeof(descriptor));
  object.data.resize(16);
  object.data_offset_bytes = 4096;
  object.bss_bytes = 10000;
  object.relocations = {{4096, 64}, {4104, -8}};
  object.kernels = {{"_Z5saxpyPff", 64, 64}};
  object.variables = {{"table", 4096, 16}};
  return object;
}

class NativeDeviceTest : public ::testing::Test {
 protected:
  void SetUp() override { device_ = *NativeDevice::Open(card_.Open(), "fake"); }
  void TearDown() override {
    device_.reset();
    EXPECT_EQ(card_.LiveObjects(), 0u);
  }
  FakeCard card_;
  std::unique_ptr<NativeDevice> device_;
};

TEST_F(NativeDeviceTest, GivenAProgramThenTextIsExecutableDataIsWritableAndSlotsAreRelocated) {
  auto program = device_->LoadProgram(binary::Serialize(SmallProgram()));
  ASSERT_TRUE(program.ok()) << program.status();
  const uint64_t kernel = *device_->FindKernel(*program, "_Z5saxpyPff");
  const hal::Symbol table = *device_->FindVariable(*program, "table");
  const uint64_t base = kernel - 64;
  EXPECT_EQ(table.address, base + 4096);
  const auto binds = card_.Binds();
  ASSERT_TRUE(binds.contains(base));
  ASSERT_TRUE(binds.contains(base + 4096));
  EXPECT_EQ(binds.at(base).access, SUPA_UAPI_BIND_ACCESS_READ | SUPA_UAPI_BIND_ACCESS_EXECUTE);
  EXPECT_EQ(binds.at(base + 4096).access, SUPA_UAPI_BIND_ACCESS_READ | SUPA_UAPI_BIND_ACCESS_WRITE);
  EXPECT_EQ(binds.at(base + 4096).size_bytes, 12288u);
  const auto* slots = reinterpret_cast<const uint64_t*>(table.address);
  EXPECT_EQ(slots[0], kernel);
  EXPECT_EQ(slots[1], base - 8);
  EXPECT_TRUE(device_->UnloadProgram(*program).ok());
  EXPECT_FALSE(card_.Binds().contains(base));
}

TEST_F(NativeDeviceTest, GivenAFaultInAKernelThenItsNameIsDemangled) {
  auto program = device_->LoadProgram(binary::Serialize(SmallProgram()));
  supa_uapi_event event{};
  event.type = SUPA_UAPI_EVENT_TRAP;
  event.descriptor_va = *device_->FindKernel(*program, "_Z5saxpyPff");
  card_.Kill(event);
  EXPECT_THAT(device_->PollFault().text, HasSubstr("Kernel 'saxpy(float*, float)' (block"));
}

TEST_F(NativeDeviceTest, GivenProgramsThatDoNotFitThenTheyAreRefused) {
  auto load = [&](const binary::CodeObject& object) {
    return device_->LoadProgram(binary::Serialize(object)).status();
  };
  binary::CodeObject object = SmallProgram();
  object.target = "other/target";
  EXPECT_EQ(load(object).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(load(object).message()), HasSubstr("'other/target'"));
  object = SmallProgram();
  object.device_abi = 99;
  EXPECT_EQ(load(object).code(), absl::StatusCode::kFailedPrecondition);
  object = SmallProgram();
  object.text[64] = std::byte{9};
  EXPECT_EQ(load(object).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(device_->LoadProgram({}).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(NativeDeviceTest, GivenHostRegistrationsThenSharedPagesAreBoundOnce) {
  alignas(4096) static char memory[5 * 4096];
  const size_t before = card_.Binds().size();
  ASSERT_TRUE(device_->RegisterHost(memory + 10, 100).ok());
  ASSERT_TRUE(device_->RegisterHost(memory + 200, 2 * 4096).ok());
  EXPECT_EQ(card_.Binds().size() - before, 2u);
  ASSERT_TRUE(device_->RegisterHost(memory + 4 * 4096, 4096).ok());
  ASSERT_TRUE(device_->RegisterHost(memory, sizeof(memory)).ok()) << "over all of them";
  EXPECT_EQ(card_.Binds().size() - before, 4u);
  ASSERT_TRUE(device_->UnregisterHost(memory + 10).ok());
  EXPECT_EQ(card_.Binds().size() - before, 4u) << "others still use the page";
  ASSERT_TRUE(device_->UnregisterHost(memory + 200).ok());
  ASSERT_TRUE(device_->UnregisterHost(memory + 4 * 4096).ok());
  EXPECT_EQ(card_.Binds().size() - before, 4u);
  ASSERT_TRUE(device_->UnregisterHost(memory).ok());
  EXPECT_EQ(card_.Binds().size(), before);
}

TEST_F(NativeDeviceTest, GivenARegistrationThatFailsHalfWayThenNothingStaysBound) {
  alignas(4096) static char memory[3 * 4096];
  ASSERT_TRUE(device_->RegisterHost(memory + 4096, 4096).ok());
  const size_t before = card_.Binds().size();
  fault::Arm(2);  // the part after the page that is bound already
  EXPECT_FALSE(device_->RegisterHost(memory, sizeof(memory)).ok());
  fault::Disarm();
  EXPECT_EQ(card_.Binds().size(), before);
  EXPECT_TRUE(device_->UnregisterHost(memory + 4096).ok());
}

TEST_F(NativeDeviceTest, GivenADestructorWhoseCallFailsOnceThenItIsTriedAgain) {
  auto memory = *device_->CreateMemory({4096, hal::Placement::kDevice, false});
  const size_t before = card_.LiveObjects();
  fault::Arm(1);
  memory.reset();
  fault::Disarm();
  EXPECT_EQ(card_.LiveObjects(), before - 1);
}

TEST(NativeAdapter, GivenSpecsThenCardsAreNumberedThrough) {
  const auto cards = ExpandSpecs({{"emu", "A", 2}, {"emu", "B", 1}});
  ASSERT_EQ(cards.size(), 3u);
  EXPECT_EQ(cards[1].model, "A");
  EXPECT_EQ(cards[1].index, 1u);
  EXPECT_EQ(cards[2].model, "B");
  EXPECT_EQ(cards[2].index, 2u);
}

TEST(NativeAdapter, GivenACardThenItsPropertiesAreTaken) {
  FakeCard card;
  auto adapter = MakeNativeAdapter(
      "fake", {{"FAKE1", 0}},
      [&](const Card&) -> StatusOr<std::unique_ptr<port::Port>> { return card.Open(); });
  ASSERT_TRUE(adapter.ok()) << adapter.status();
  const hal::DeviceProperties properties = *(*adapter)->GetProperties(0);
  EXPECT_EQ(properties.backend, "fake");
  EXPECT_EQ(properties.model, "FAKE1");
  EXPECT_EQ(properties.code_target, "fake/target");
  EXPECT_EQ(properties.memory_bytes, 1u << 30);
  EXPECT_TRUE(properties.unified_host_mapping);
  EXPECT_FALSE(properties.cooperative_launch);
  EXPECT_EQ((*adapter)->GetProperties(1).status().code(), absl::StatusCode::kInvalidArgument);
  auto device = (*adapter)->OpenDevice(0);
  ASSERT_TRUE(device.ok()) << device.status();
  EXPECT_EQ((*device)->QueryMemory()->free_bytes, 1u << 29);
}

TEST(NativeAdapter, GivenAnotherUapiVersionThenFailedPrecondition) {
  FakeCard card;
  card.info.uapi_version_major = 7;
  auto adapter = MakeNativeAdapter(
      "fake", {{"FAKE1", 0}},
      [&](const Card&) -> StatusOr<std::unique_ptr<port::Port>> { return card.Open(); });
  EXPECT_EQ(adapter.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(adapter.status().message()), HasSubstr("version 7.0"));
}

TEST(NativeAdapter, GivenACardThatCannotBeOpenedThenTheErrorNamesIt) {
  auto adapter = MakeNativeAdapter("fake", {{"NOPE", 0}},
                                   [](const Card&) -> StatusOr<std::unique_ptr<port::Port>> {
                                     return absl::NotFoundError("There is no model.");
                                   });
  EXPECT_EQ(adapter.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(adapter.status().message()), HasSubstr("opening card 0, a NOPE"));
}

Status UseDevice(FakeCard& card) {
  SUPA_ASSIGN_OR_RETURN(auto device, NativeDevice::Open(card.Open(), "fake"));
  SUPA_ASSIGN_OR_RETURN(auto queue, device->CreateQueue({}));
  SUPA_ASSIGN_OR_RETURN(auto fence, device->CreateFence(0));
  SUPA_ASSIGN_OR_RETURN(auto program, device->LoadProgram(binary::Serialize(SmallProgram())));
  SUPA_ASSIGN_OR_RETURN(uint64_t kernel, device->FindKernel(program, "_Z5saxpyPff"));
  hal::DispatchCommand dispatch;
  dispatch.kernel = kernel;
  const hal::Command batch[] = {dispatch, hal::HostCallCommand{[] {}}};
  const hal::FencePoint done{fence.get(), 1};
  SUPA_RETURN_IF_ERROR(queue->Submit({}, batch, std::span(&done, 1)));
  return fence->Wait(1, 5'000'000'000);
}

TEST(NativeDeviceInjection, GivenTheNthFailureThenNothingIsLeftOnTheCard) {
  FakeCard card;
  ASSERT_TRUE(UseDevice(card).ok());
  int failures = 0;
  for (uint64_t n = 1;; ++n) {
    ASSERT_LT(n, 500u);
    fault::Arm(n);
    const Status status = UseDevice(card);
    const bool fired = fault::Fired();
    fault::Disarm();
    ASSERT_EQ(card.LiveObjects(), 0u) << "after failure " << n << ": " << status;
    if (!fired) break;
    failures += !status.ok();
  }
  EXPECT_GT(failures, 10);
}

}  // namespace
}  // namespace opensupa::native
