#include "fault_text.h"

#include <gtest/gtest.h>

#include <cstring>

namespace opensupa::native {
namespace {

supa_uapi_event Event(uint32_t type, const char* text = "") {
  supa_uapi_event event{};
  event.type = type;
  event.queue = 3;
  event.descriptor_va = 0x1000;
  event.cookie = 42;
  event.block[0] = 3;
  event.thread[0] = 17;
  event.text_bytes = static_cast<uint32_t>(std::strlen(text));
  std::memcpy(event.text, text, event.text_bytes);
  return event;
}

std::string TextOf(const supa_uapi_event& event, const FaultTexts& texts = {"k", "", ""}) {
  return MakeFaultReport(event, texts, "emu:BR106M#0").text;
}

TEST(FaultText, GivenAPageFaultThenKernelPlaceAddressAllocationAndLaunchAreTold) {
  supa_uapi_event event = Event(SUPA_UAPI_EVENT_PAGE_FAULT);
  event.address = 0x7f0010;
  event.access = SUPA_UAPI_BIND_ACCESS_WRITE;
  const FaultTexts texts{"saxpy", "16 bytes past the end of allocation 0x7e0000 of 65536 bytes",
                         "launch 42 on stream 0x5"};
  const hal::FaultReport report = MakeFaultReport(event, texts, "emu:BR106M#0");
  EXPECT_EQ(
      report.text,
      "Kernel 'saxpy' (block 3,0,0 thread 17,0,0) wrote to device address 0x7f0010, which is "
      "16 bytes past the end of allocation 0x7e0000 of 65536 bytes; while running launch 42 on "
      "stream 0x5.");
  EXPECT_EQ(report.kind, hal::FaultKind::kIllegalAddress);
  EXPECT_EQ(report.address, 0x7f0010u);
  EXPECT_EQ(report.kernel, 0x1000u);
  EXPECT_EQ(report.cookie, 42u);
  EXPECT_EQ(report.block.x, 3u);
  EXPECT_EQ(report.thread.x, 17u);
}

TEST(FaultText, GivenNobodyToDescribeThenTheSentenceStillStands) {
  supa_uapi_event event = Event(SUPA_UAPI_EVENT_PAGE_FAULT);
  event.access = SUPA_UAPI_BIND_ACCESS_READ;
  event.address = 0x10;
  EXPECT_EQ(TextOf(event, {}),
            "Kernel at 0x1000 (block 3,0,0 thread 17,0,0) read from device address 0x10, which is "
            "not mapped for this access; while running launch 42.");
  event.access = SUPA_UAPI_BIND_ACCESS_EXECUTE;
  EXPECT_NE(TextOf(event).find("ran code at device address 0x10"), std::string::npos);
}

TEST(FaultText, GivenNoKernelThenTheQueueIsNamed) {
  supa_uapi_event event = Event(SUPA_UAPI_EVENT_PAGE_FAULT);
  event.descriptor_va = 0;
  event.address = 0x10;
  event.access = SUPA_UAPI_BIND_ACCESS_READ;
  EXPECT_EQ(TextOf(event),
            "A command of queue 3 on card emu:BR106M#0 read from device address 0x10, which is not "
            "mapped for this access.");
}

TEST(FaultText, GivenEachEventThenItsKindAndTextAreItsOwn) {
  using hal::FaultKind;
  const std::pair<uint32_t, FaultKind> kinds[] = {
      {SUPA_UAPI_EVENT_PAGE_FAULT, FaultKind::kIllegalAddress},
      {SUPA_UAPI_EVENT_ILLEGAL_INSTRUCTION, FaultKind::kIllegalInstruction},
      {SUPA_UAPI_EVENT_ASSERT, FaultKind::kAssert},
      {SUPA_UAPI_EVENT_TRAP, FaultKind::kTrap},
      {SUPA_UAPI_EVENT_ARITHMETIC, FaultKind::kTrap},
      {SUPA_UAPI_EVENT_STACK_OVERFLOW, FaultKind::kStackOverflow},
      {SUPA_UAPI_EVENT_BARRIER_DEADLOCK, FaultKind::kDeadlock},
      {SUPA_UAPI_EVENT_BAD_PACKET, FaultKind::kBadCommand},
      {SUPA_UAPI_EVENT_DEVICE_LOST, FaultKind::kDeviceLost},
      {12345, FaultKind::kDeviceLost}};
  for (const auto& [type, kind] : kinds) {
    const hal::FaultReport report = MakeFaultReport(Event(type), {"k", "", ""}, "card");
    EXPECT_EQ(report.kind, kind) << type;
    EXPECT_EQ(report.text.rfind("Kernel 'k' (block", 0), 0u) << report.text;
    EXPECT_EQ(report.text.back(), '.');
  }
}

TEST(FaultText, GivenTheCardsOwnTextThenItFollowsTheSentence) {
  EXPECT_EQ(
      TextOf(Event(SUPA_UAPI_EVENT_ASSERT, "kernel.su:42: x == 1\n")),
      "Kernel 'k' (block 3,0,0 thread 17,0,0) failed an assertion: kernel.su:42: x == 1; while "
      "running launch 42.");
}

TEST(FaultText, GivenATextLengthBeyondTheFieldThenItIsCut) {
  supa_uapi_event event = Event(SUPA_UAPI_EVENT_ASSERT);
  std::memset(event.text, 'x', sizeof(event.text));
  event.text_bytes = 1u << 30;
  EXPECT_LT(TextOf(event).size(), 2000u);
}

}  // namespace
}  // namespace opensupa::native
