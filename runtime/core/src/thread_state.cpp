#include "opensupa/core/thread_state.h"

#include "absl/strings/str_format.h"
#include "opensupa/core/error.h"

namespace opensupa::rt {
namespace {

// The state lives behind a pointer, since destructors of static objects may call the API after the
// thread's own objects are gone; they then get a new state, which is kept until the process ends.
thread_local ThreadState* thread_state = nullptr;

struct ThreadExit {
  ~ThreadExit() {
    delete thread_state;
    thread_state = nullptr;
  }
};

ThreadState& MakeThreadState() {
  static thread_local bool had_state = false;
  if (!had_state) {
    had_state = true;
    static thread_local ThreadExit at_exit;
    (void)at_exit;
  }
  thread_state = new ThreadState;
  return *thread_state;
}

}  // namespace

ThreadState& Thread() { return thread_state != nullptr ? *thread_state : MakeThreadState(); }

ThreadState::~ThreadState() {
  const std::thread::id thread = std::this_thread::get_id();
  for (const auto& context : contexts) context->ReleasePerThreadStream(thread);
}

StatusOr<Context*> RuntimeContext(Runtime& runtime) {
  ThreadState& thread = Thread();
  if (!thread.contexts.empty()) {
    Context* top = thread.contexts.back().get();
    if (!top->destroyed() && &top->runtime() == &runtime) return top;
    if (!top->primary() && &top->runtime() == &runtime) return top->CheckHealth();
    thread.device = top->device_ordinal();
    thread.contexts.pop_back();
  }
  SUPA_ASSIGN_OR_RETURN(DeviceSlot * slot, runtime.Device(thread.device));
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Context> primary, runtime.Primary(*slot));
  thread.contexts.push_back(std::move(primary));
  return thread.contexts.back().get();
}

StatusOr<Context*> DriverContext(Runtime& runtime) {
  ThreadState& thread = Thread();
  if (thread.contexts.empty() || &thread.contexts.back()->runtime() != &runtime) {
    return MakeError(supaErrorDeviceUninitialized, "No context is current to the calling thread.");
  }
  Context* top = thread.contexts.back().get();
  if (!top->destroyed()) return top;
  // The handle of a primary context stays good over a reset.
  std::shared_ptr<Context> again = runtime.contexts().Find(top->handle());
  if (!top->primary() || again == nullptr) return top->CheckHealth();
  thread.contexts.back() = std::move(again);
  return thread.contexts.back().get();
}

int CurrentDevice() {
  const ThreadState& thread = Thread();
  return thread.contexts.empty() ? thread.device : thread.contexts.back()->device_ordinal();
}

StatusOr<std::shared_ptr<Stream>> FindStream(Context& context, const SUstream_st* handle) {
  if (handle == nullptr || handle == supaStreamLegacy) return context.legacy_stream();
  if (handle == supaStreamPerThread) return context.PerThreadStream();
  std::shared_ptr<Stream> stream = context.runtime().streams().Find(handle);
  if (stream == nullptr) {
    return MakeError(
        supaErrorInvalidResourceHandle,
        absl::StrFormat("Handle %p is no live stream.", static_cast<const void*>(handle)));
  }
  return stream;
}

StatusOr<std::shared_ptr<Stream>> FindOwnStream(Context& context, const SUstream_st* handle) {
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Stream> stream, FindStream(context, handle));
  if (&stream->context() != &context) {
    return MakeError(
        supaErrorInvalidResourceHandle,
        absl::StrFormat("Stream %d belongs to device %d, but device %d is current.", stream->id(),
                        stream->context().device_ordinal(), context.device_ordinal()));
  }
  return stream;
}

StatusOr<std::shared_ptr<Event>> FindEvent(Runtime& runtime, const SUevent_st* handle) {
  std::shared_ptr<Event> event = runtime.events().Find(handle);
  if (event == nullptr) {
    return MakeError(
        supaErrorInvalidResourceHandle,
        absl::StrFormat("Handle %p is no live event.", static_cast<const void*>(handle)));
  }
  return event;
}

}  // namespace opensupa::rt
