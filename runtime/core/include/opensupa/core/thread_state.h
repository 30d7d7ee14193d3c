#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "opensupa/core/context.h"
#include "opensupa/core/runtime.h"
#include "runtime/supa_stream_types.h"

namespace opensupa::rt {

/// Configuration of a `<<<>>>` launch between its push and the stub's pop.
struct CallConfiguration {
  dim3 grid{1, 1, 1};
  dim3 block{1, 1, 1};
  size_t shared_bytes = 0;
  SUstream_st* stream = nullptr;
};

/// What the runtime keeps for a host thread.
struct ThreadState {
  /// The driver's stack of current contexts, current one last. The runtime API replaces the top.
  std::vector<std::shared_ptr<Context>> contexts;
  /// The device whose primary context the runtime API uses while the stack is empty.
  int device = 0;
  supaError_t last_error = supaSuccess;
  std::string last_error_text;
  std::vector<CallConfiguration> call_configurations;
  int capture_mode = 0;  // supaStreamCaptureModeGlobal

  ~ThreadState();
};

/// The calling thread's state. Usable until the thread is gone, also from destructors that run
/// late.
ThreadState& Thread();

/// The context for a call of the runtime API: the current one, else the primary context of the
/// thread's device, which becomes current.
StatusOr<Context*> RuntimeContext(Runtime& runtime);
/// The context for a call of the driver API. supaErrorDeviceUninitialized when there is none.
StatusOr<Context*> DriverContext(Runtime& runtime);
/// Device of the current context, or the thread's device.
int CurrentDevice();

/// The stream behind a handle, null and the two special values included.
/// supaErrorInvalidResourceHandle when there is none.
StatusOr<std::shared_ptr<Stream>> FindStream(Context& context, const SUstream_st* handle);
/// As FindStream, for calls that take only streams of `context`.
StatusOr<std::shared_ptr<Stream>> FindOwnStream(Context& context, const SUstream_st* handle);
StatusOr<std::shared_ptr<Event>> FindEvent(Runtime& runtime, const SUevent_st* handle);

}  // namespace opensupa::rt
