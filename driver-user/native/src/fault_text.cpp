#include "fault_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace opensupa::native {
namespace {

hal::FaultKind KindOf(uint32_t type) {
  switch (type) {
    case SUPA_UAPI_EVENT_PAGE_FAULT:
      return hal::FaultKind::kIllegalAddress;
    case SUPA_UAPI_EVENT_ILLEGAL_INSTRUCTION:
      return hal::FaultKind::kIllegalInstruction;
    case SUPA_UAPI_EVENT_ASSERT:
      return hal::FaultKind::kAssert;
    case SUPA_UAPI_EVENT_TRAP:
    case SUPA_UAPI_EVENT_ARITHMETIC:
      return hal::FaultKind::kTrap;
    case SUPA_UAPI_EVENT_STACK_OVERFLOW:
      return hal::FaultKind::kStackOverflow;
    case SUPA_UAPI_EVENT_BARRIER_DEADLOCK:
      return hal::FaultKind::kDeadlock;
    case SUPA_UAPI_EVENT_BAD_PACKET:
      return hal::FaultKind::kBadCommand;
    default:
      return hal::FaultKind::kDeviceLost;
  }
}

/// Who did it, as the subject of the sentence.
std::string Subject(const supa_uapi_event& event, const FaultTexts& texts,
                    const std::string& card) {
  if (event.descriptor_va == 0) {
    return absl::StrCat("A command of queue ", event.queue, " on card ", card);
  }
  const std::string name = texts.kernel.empty() ? absl::StrFormat("at 0x%x", event.descriptor_va)
                                                : absl::StrCat("'", texts.kernel, "'");
  return absl::StrFormat("Kernel %s (block %d,%d,%d thread %d,%d,%d)", name, event.block[0],
                         event.block[1], event.block[2], event.thread[0], event.thread[1],
                         event.thread[2]);
}

const char* AccessVerb(uint32_t access) {
  if ((access & SUPA_UAPI_BIND_ACCESS_WRITE) != 0) return "wrote to";
  if ((access & SUPA_UAPI_BIND_ACCESS_EXECUTE) != 0) return "ran code at";
  if ((access & SUPA_UAPI_BIND_ACCESS_READ) != 0) return "read from";
  return "used";
}

/// What was done, as the rest of the sentence without its full stop.
std::string Deed(const supa_uapi_event& event, const FaultTexts& texts) {
  switch (event.type) {
    case SUPA_UAPI_EVENT_PAGE_FAULT:
      return absl::StrFormat(" %s device address 0x%x, which is %s", AccessVerb(event.access),
                             event.address,
                             texts.address.empty() ? "not mapped for this access" : texts.address);
    case SUPA_UAPI_EVENT_ILLEGAL_INSTRUCTION:
      return absl::StrFormat(" executed an illegal instruction at 0x%x", event.program_counter);
    case SUPA_UAPI_EVENT_ASSERT:
      return " failed an assertion";
    case SUPA_UAPI_EVENT_TRAP:
      return " stopped with a trap";
    case SUPA_UAPI_EVENT_STACK_OVERFLOW:
      return " used more than its stack";
    case SUPA_UAPI_EVENT_BARRIER_DEADLOCK:
      return " cannot go on, since threads of the block wait for others that never arrive";
    case SUPA_UAPI_EVENT_BAD_PACKET:
      return " is malformed, and the card refused it";
    case SUPA_UAPI_EVENT_ARITHMETIC:
      return absl::StrFormat(" failed an arithmetic operation at 0x%x, such as a division by zero",
                             event.program_counter);
    case SUPA_UAPI_EVENT_DEVICE_LOST:
      return " was running when the card was lost";
    default:
      return absl::StrFormat(" ended with an event of unknown type %d", event.type);
  }
}

}  // namespace

hal::FaultReport MakeFaultReport(const supa_uapi_event& event, const FaultTexts& texts,
                                 const std::string& card) {
  hal::FaultReport report;
  report.kind = KindOf(event.type);
  report.address = event.address;
  report.kernel = event.descriptor_va;
  report.cookie = event.cookie;
  report.block = {event.block[0], event.block[1], event.block[2]};
  report.thread = {event.thread[0], event.thread[1], event.thread[2]};
  report.text = absl::StrCat(Subject(event, texts, card), Deed(event, texts));
  std::string detail(event.text, std::min<size_t>(event.text_bytes, SUPA_UAPI_EVENT_TEXT_BYTES));
  while (!detail.empty() && (detail.back() == '\n' || detail.back() == '.')) detail.pop_back();
  if (!detail.empty()) absl::StrAppend(&report.text, ": ", detail);
  if (!texts.launch.empty()) {
    absl::StrAppend(&report.text, "; while running ", texts.launch);
  } else if (event.descriptor_va != 0 && event.cookie != 0) {
    absl::StrAppend(&report.text, "; while running launch ", event.cookie);
  }
  absl::StrAppend(&report.text, ".");
  return report;
}

}  // namespace opensupa::native
