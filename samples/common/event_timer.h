// Device-side stopwatch made of two events.
#pragma once

#include <supa_runtime.h>

#include "check.h"

namespace sample {

/// Measures the device time between Start() and Stop() on one stream.
class EventTimer {
 public:
  explicit EventTimer(supaStream_t stream = nullptr) : stream_(stream) {
    SUPA_CHECK(supaEventCreate(&start_));
    SUPA_CHECK(supaEventCreate(&stop_));
  }
  ~EventTimer() {
    supaEventDestroy(start_);
    supaEventDestroy(stop_);
  }
  EventTimer(const EventTimer&) = delete;
  EventTimer& operator=(const EventTimer&) = delete;

  void Start() { SUPA_CHECK(supaEventRecord(start_, stream_)); }

  /// Waits for the work between the two marks and returns its duration in milliseconds.
  float StopMs() {
    SUPA_CHECK(supaEventRecord(stop_, stream_));
    SUPA_CHECK(supaEventSynchronize(stop_));
    float elapsed_ms = 0;
    SUPA_CHECK(supaEventElapsedTime(&elapsed_ms, start_, stop_));
    return elapsed_ms;
  }

 private:
  supaStream_t stream_;
  supaEvent_t start_ = nullptr;
  supaEvent_t stop_ = nullptr;
};

}  // namespace sample
