#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

#include "opensupa/port/uapi.h"

namespace opensupa::emu {

/// Events of one address space, oldest first. Faults are never dropped; of printed text the newest
/// 8 MiB are kept. Thread safe.
class EventLog {
 public:
  static constexpr uint64_t kMaxPrintBytes = 8u << 20;

  /// Adds a fault. `event.sequence` and the text fields are filled in here; text is cut to fit.
  void AddFault(supa_uapi_event event, std::string_view text);
  /// Adds printed text of `queue`; joins it with the text before it where that fits.
  void AddPrint(uint32_t queue, std::string_view text);
  /// Takes the oldest event; false when there is none.
  bool Take(supa_uapi_event* event);

 private:
  struct Record {
    supa_uapi_event event;  // its text is not used
    std::string text;
  };
  void DropOldestPrint();

  std::mutex mutex_;
  std::deque<Record> records_;
  uint64_t print_bytes_ = 0;
  uint64_t next_sequence_ = 1;
};

}  // namespace opensupa::emu
