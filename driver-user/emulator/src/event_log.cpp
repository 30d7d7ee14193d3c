#include "event_log.h"

#include <algorithm>
#include <cstring>

namespace opensupa::emu {

void EventLog::AddFault(supa_uapi_event event, std::string_view text) {
  std::lock_guard lock(mutex_);
  event.sequence = next_sequence_++;
  records_.push_back({event, std::string(text.substr(0, SUPA_UAPI_EVENT_TEXT_BYTES))});
}

void EventLog::AddPrint(uint32_t queue, std::string_view text) {
  std::lock_guard lock(mutex_);
  while (!text.empty()) {
    const bool join = !records_.empty() && records_.back().event.type == SUPA_UAPI_EVENT_PRINTF &&
                      records_.back().event.queue == queue &&
                      records_.back().text.size() < SUPA_UAPI_EVENT_TEXT_BYTES;
    if (!join) {
      supa_uapi_event event{};
      event.type = SUPA_UAPI_EVENT_PRINTF;
      event.queue = queue;
      event.sequence = next_sequence_++;
      records_.push_back({event, {}});
    }
    std::string& last = records_.back().text;
    const size_t part = std::min<size_t>(text.size(), SUPA_UAPI_EVENT_TEXT_BYTES - last.size());
    last.append(text.substr(0, part));
    text.remove_prefix(part);
    print_bytes_ += part;
  }
  while (print_bytes_ > kMaxPrintBytes) DropOldestPrint();
}

void EventLog::DropOldestPrint() {
  const auto oldest = std::find_if(records_.begin(), records_.end(), [](const Record& record) {
    return record.event.type == SUPA_UAPI_EVENT_PRINTF;
  });
  print_bytes_ -= oldest->text.size();
  records_.erase(oldest);
}

bool EventLog::Take(supa_uapi_event* event) {
  std::lock_guard lock(mutex_);
  if (records_.empty()) return false;
  const Record& record = records_.front();
  *event = record.event;
  std::memset(event->text, 0, sizeof(event->text));
  std::memcpy(event->text, record.text.data(), record.text.size());
  event->text_bytes = static_cast<uint32_t>(record.text.size());
  if (record.event.type == SUPA_UAPI_EVENT_PRINTF) print_bytes_ -= record.text.size();
  records_.pop_front();
  return true;
}

}  // namespace opensupa::emu
