// Calls and packets that no correct driver makes: each is refused by itself, and the card goes on.

#include <cerrno>
#include <random>

#include "card_fixture.h"
#include "gmock/gmock.h"

namespace opensupa::emu {
namespace {

TEST(Uapi, GivenUnknownOpsAndSizesThenTheyAreRefused) {
  TestSpace space;
  supa_uapi_query query{};
  EXPECT_LT(space.port().Call(SUPA_UAPI_OP_COUNT, &query, sizeof(query)), 0);
  EXPECT_LT(space.port().Call(0xffffffffu, &query, sizeof(query)), 0);
  EXPECT_EQ(space.port().Call(SUPA_UAPI_QUERY, &query, 3), -EINVAL);
  EXPECT_LT(space.port().Call(SUPA_UAPI_QUERY, nullptr, sizeof(query)), 0);
}

TEST(Uapi, GivenReservedFieldsAndExtensionsThenInvalid) {
  TestSpace space;
  supa_uapi_bo_create create{};
  create.size_bytes = 4096;
  create.placement = SUPA_UAPI_BO_PLACEMENT_DEVICE;
  for (uint32_t& reserved : create.reserved) {
    reserved = 1;
    EXPECT_EQ(space.Call(SUPA_UAPI_BO_CREATE, create), -EINVAL);
    reserved = 0;
  }
  supa_uapi_extension extension{0, 1234, 0};
  create.extensions = Va(&extension);
  EXPECT_EQ(space.Call(SUPA_UAPI_BO_CREATE, create), -EINVAL);
  create.extensions = 0;
  create.flags = 0x80;
  EXPECT_EQ(space.Call(SUPA_UAPI_BO_CREATE, create), -EINVAL);
  create.flags = 0;
  EXPECT_EQ(space.Call(SUPA_UAPI_BO_CREATE, create), 0);
  EXPECT_NE(create.handle, 0u);
}

TEST(Uapi, GivenWrongSizesAndPlacementsThenInvalidOrOutOfMemory) {
  TestSpace space;
  supa_uapi_bo_create create{};
  create.placement = SUPA_UAPI_BO_PLACEMENT_DEVICE;
  for (uint64_t bytes : {uint64_t{0}, uint64_t{1}, uint64_t{4095}, uint64_t{4097}}) {
    create.size_bytes = bytes;
    EXPECT_EQ(space.Call(SUPA_UAPI_BO_CREATE, create), -EINVAL) << bytes;
  }
  create.size_bytes = uint64_t{1} << 50;
  EXPECT_EQ(space.Call(SUPA_UAPI_BO_CREATE, create), -ENOMEM);
  create.size_bytes = 4096;
  create.placement = 3;
  EXPECT_EQ(space.Call(SUPA_UAPI_BO_CREATE, create), -EINVAL);
}

TEST(Uapi, GivenStaleAndForeignHandlesThenTheyAreNotFound) {
  TestSpace a, b;
  const uint32_t bo = a.CreateBo(4096);
  EXPECT_EQ(a.DestroyBo(bo), 0);
  EXPECT_EQ(a.DestroyBo(bo), -ENOENT);
  EXPECT_EQ(a.DestroyBo(0), -ENOENT);
  const uint32_t other = b.CreateBo(4096);
  EXPECT_EQ(a.Bind(other + 1000, 0, a.TakeVa(4096), 4096), -ENOENT);
}

TEST(Uapi, GivenWrongBindsThenNothingIsMapped) {
  TestSpace space;
  const uint32_t bo = space.CreateBo(3 * 4096);
  const uint64_t va = space.TakeVa(16 * 4096);
  EXPECT_EQ(space.Bind(bo, 0, va + 1, 4096), -EINVAL);
  EXPECT_EQ(space.Bind(bo, 0, va, 4095), -EINVAL);
  EXPECT_EQ(space.Bind(bo, 4096, va, 3 * 4096), -EINVAL);
  EXPECT_EQ(space.Bind(bo, 0, space.base() - 4096, 4096), -EINVAL);
  EXPECT_EQ(space.Bind(bo, 0, space.base() + TestSpace::kRangeBytes, 4096), -EINVAL);
  ASSERT_EQ(space.Bind(bo, 0, va, 2 * 4096), 0);
  EXPECT_EQ(space.DestroyBo(bo), -EBUSY);
  EXPECT_EQ(space.Bind(bo, 4096, va + 8 * 4096, 4096), -EBUSY) << "the page is bound already";
  EXPECT_EQ(space.Unbind(va, 4096), -EINVAL) << "half a bind";
  EXPECT_EQ(space.Unbind(va, 2 * 4096), 0);
  EXPECT_EQ(space.DestroyBo(bo), 0);
}

TEST(Uapi, GivenWaitsThatCannotEndThenTheyTimeOut) {
  TestSpace space;
  auto* fence = space.Allocate<uint64_t>(1);
  EXPECT_EQ(space.Wait(fence, 1, 0), -ETIME);
  EXPECT_EQ(space.Wait(fence, 1, 2'000'000), -ETIME);
  *fence = 5;
  EXPECT_EQ(space.Wait(fence, 5, 0), 0);
}

class BadPacket : public ::testing::Test {
 protected:
  /// Runs `packet`; its address space must die with an event of a kind that names it, and only that
  /// one.
  void Expect(const supa_packet& packet) {
    TestSpace space;
    TestQueue queue(space);
    queue.Write(packet);
    EXPECT_EQ(queue.Finish(), -ECANCELED);
    const supa_uapi_event event = space.NextFault();
    EXPECT_TRUE(event.type == SUPA_UAPI_EVENT_BAD_PACKET ||
                event.type == SUPA_UAPI_EVENT_PAGE_FAULT)
        << event.type;
    EXPECT_GT(event.text_bytes, 10u);
  }
};

TEST_F(BadPacket, GivenUnknownTypesAndReservedBitsThenRefused) {
  Expect(Packet(SUPA_PACKET_TYPE_COUNT));
  Expect(Packet(255));
  supa_packet nop = Packet(SUPA_PACKET_NOP);
  nop.bytes[63] = 1;
  Expect(nop);
  supa_packet signal = Packet(SUPA_PACKET_SIGNAL);
  signal.fence.address = 16;
  Expect(signal);
}

TEST_F(BadPacket, GivenDispatchesOfNothingThenRefused) {
  supa_packet dispatch = Packet(SUPA_PACKET_DISPATCH);
  Expect(dispatch);
  for (auto& n : dispatch.dispatch.grid) n = 1;
  for (auto& n : dispatch.dispatch.block) n = 1;
  dispatch.dispatch.descriptor_va = 0x1000;
  Expect(dispatch);
}

TEST_F(BadPacket, GivenRandomPacketsThenTheCardSurvives) {
  std::mt19937_64 random(12345);
  for (int i = 0; i < 300; ++i) {
    TestSpace space;
    TestQueue queue(space);
    supa_packet packet{};
    for (size_t at = 0; at < sizeof(packet); at += 8) {
      const uint64_t word = random() & random();
      std::memcpy(packet.bytes + at, &word, 8);
    }
    packet.header.type = static_cast<uint8_t>(random() % SUPA_PACKET_TYPE_COUNT);
    if (packet.header.type == SUPA_PACKET_WAIT) continue;
    queue.Write(packet);
    queue.Finish();
  }
  TestSpace space;
  TestQueue queue(space);
  auto* word = space.Allocate<uint64_t>(1);
  queue.Fill(Va(word), 3, 8, 1);
  EXPECT_EQ(queue.Finish(), 0);
  EXPECT_EQ(*word, 3u);
}

TEST(Card, GivenUnknownModelThenTheErrorNamesTheOnesThereAre) {
  const auto port = OpenCard("BR999", 0);
  ASSERT_FALSE(port.ok());
  EXPECT_THAT(std::string(port.status().message()), ::testing::HasSubstr("BR106M"));
  EXPECT_EQ(CardModels().size(), 6u);
}

}  // namespace
}  // namespace opensupa::emu
