#include "fault_log.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "fault_text.h"

namespace opensupa::native {

void FaultLog::SetDescribers(hal::Device::DescribeAddress address,
                             hal::Device::DescribeLaunch launch) {
  std::lock_guard lock(mutex_);
  describe_address_ = std::move(address);
  describe_launch_ = std::move(launch);
}

void FaultLog::SetNameKernel(NameKernel name_kernel) {
  std::lock_guard lock(mutex_);
  name_kernel_ = std::move(name_kernel);
}

hal::FaultReport FaultLog::Poll() {
  std::lock_guard lock(mutex_);
  TakeEvents();
  return first_;
}

Status FaultLog::DeadStatus() {
  std::lock_guard lock(mutex_);
  TakeEvents();
  if (first_.kind == hal::FaultKind::kNone) {
    first_.kind = hal::FaultKind::kDeviceLost;
    first_.text = absl::StrCat("The address space on card ", port_.name(),
                               " died, and the card gave no reason.");
    dead_.store(true, std::memory_order_release);
  }
  return absl::AbortedError(first_.text);
}

bool FaultLog::ReadEvent(supa_uapi_event& event) {
  supa_uapi_event_read read{};
  read.vm = vm_;
  read.event = reinterpret_cast<uint64_t>(&event);
  Status status = port::CallChecked(port_, SUPA_UAPI_EVENT_READ, read);
  // kUnavailable means that there is none; anything else says nothing about events.
  if (status.ok() || absl::IsUnavailable(status)) return status.ok();
  return port::CallChecked(port_, SUPA_UAPI_EVENT_READ, read).ok();
}

void FaultLog::TakeEvents() {
  while (true) {
    supa_uapi_event event{};
    if (!ReadEvent(event)) return;
    if (event.type == SUPA_UAPI_EVENT_PRINTF) {
      Print(event);
      continue;
    }
    if (first_.kind != hal::FaultKind::kNone) continue;
    FaultTexts texts;
    if (name_kernel_ && event.descriptor_va != 0) texts.kernel = name_kernel_(event.descriptor_va);
    if (describe_address_ && event.type == SUPA_UAPI_EVENT_PAGE_FAULT) {
      texts.address = describe_address_(event.address);
    }
    if (describe_launch_ && event.descriptor_va != 0) {
      texts.launch = describe_launch_(event.cookie, event.descriptor_va);
    }
    first_ = MakeFaultReport(event, texts, port_.name());
    dead_.store(true, std::memory_order_release);
  }
}

void FaultLog::Print(const supa_uapi_event& event) {
  const size_t bytes = std::min<size_t>(event.text_bytes, SUPA_UAPI_EVENT_TEXT_BYTES);
  std::fwrite(event.text, 1, bytes, stdout);
  std::fflush(stdout);
}

}  // namespace opensupa::native
