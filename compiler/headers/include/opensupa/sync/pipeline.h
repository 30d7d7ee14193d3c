/// supa::pipeline: stages of copies, filled by some threads and read by others. Copies are made at
/// once by the threads that ask for them, so only the order of the stages is kept.
#ifndef OPENSUPA_SYNC_PIPELINE_H_
#define OPENSUPA_SYNC_PIPELINE_H_
#pragma GCC system_header

#include "opensupa/sync/barrier.h"

namespace supa {

enum class pipeline_role { producer, consumer };

namespace __detail {
template <thread_scope Scope>
struct pipeline_stage {
  barrier<Scope> full, empty;
};
}  // namespace __detail

/// What the threads of a pipeline share, in shared memory.
template <thread_scope Scope, unsigned char Stages>
class pipeline_shared_state {
 public:
  pipeline_shared_state() = default;
  pipeline_shared_state(const pipeline_shared_state&) = delete;
  pipeline_shared_state& operator=(const pipeline_shared_state&) = delete;

  __detail::pipeline_stage<Scope> __stages[Stages];
  atomic<unsigned int, Scope> __producers;
};

/// One thread's view. The one of scope thread has no other threads to wait for.
template <thread_scope Scope>
class pipeline {
 public:
  pipeline(pipeline&&) = default;
  pipeline& operator=(pipeline&&) = default;

  /// Waits until the next stage may be filled.
  __SUPA_SYNC__ void producer_acquire() {
    if (stages_ == nullptr || !produces_ || filled_ < count_) return;
    Wait(stages_[filled_ % count_].empty, filled_ / count_ - 1);
  }
  __SUPA_SYNC__ void producer_commit() {
    if (stages_ != nullptr && produces_) (void)stages_[filled_ % count_].full.arrive();
    ++filled_;
  }
  /// Waits until the oldest stage has been filled.
  __SUPA_SYNC__ void consumer_wait() {
    if (stages_ != nullptr && consumes_) Wait(stages_[read_ % count_].full, read_ / count_);
  }
  template <class Duration>
  __SUPA_SYNC__ bool consumer_wait_for(const Duration& duration) {
    if (stages_ == nullptr || !consumes_) return true;
    const auto& full = stages_[read_ % count_].full;
    return full.try_wait_parity_for((read_ / count_ & 1) != 0, duration);
  }
  __SUPA_SYNC__ void consumer_release() {
    if (stages_ != nullptr && consumes_) (void)stages_[read_ % count_].empty.arrive();
    ++read_;
  }
  /// Takes no part any more.
  __SUPA_SYNC__ bool quit() {
    for (unsigned int i = 0; stages_ != nullptr && i < count_; ++i) {
      if (produces_) stages_[i].full.arrive_and_drop();
      if (consumes_) stages_[i].empty.arrive_and_drop();
    }
    stages_ = nullptr;
    return true;
  }

  /// Made by make_pipeline().
  struct __parts {
    __detail::pipeline_stage<Scope>* stages;
    unsigned int count;
    bool produces, consumes;
  };
  __SUPA_SYNC__ explicit pipeline(const __parts& parts)
      : stages_(parts.stages),
        count_(parts.count),
        produces_(parts.produces),
        consumes_(parts.consumes) {}

 private:
  __SUPA_SYNC__ static void Wait(const barrier<Scope>& stage, unsigned int phase) {
    stage.wait_parity((phase & 1) != 0);
  }

  __detail::pipeline_stage<Scope>* stages_;
  unsigned int count_;
  bool produces_, consumes_;
  unsigned int filled_ = 0, read_ = 0;
};

namespace __detail {
template <class Group, thread_scope Scope, unsigned char Stages>
__SUPA_SYNC__ pipeline<Scope> start_pipeline(const Group& group,
                                             pipeline_shared_state<Scope, Stages>* state,
                                             bool produces, bool consumes, unsigned int producers,
                                             unsigned int consumers) {
  if (group.thread_rank() == 0) {
    for (unsigned int i = 0; i < Stages; ++i) {
      init(&state->__stages[i].full, producers);
      init(&state->__stages[i].empty, consumers);
    }
  }
  group.sync();
  return pipeline<Scope>(
      typename pipeline<Scope>::__parts{state->__stages, Stages, produces, consumes});
}
}  // namespace __detail

/// A pipeline of the calling thread alone.
__SUPA_SYNC__ pipeline<thread_scope_thread> make_pipeline() {
  return pipeline<thread_scope_thread>(
      pipeline<thread_scope_thread>::__parts{nullptr, 1, true, true});
}
/// All threads of the group are producers and consumers.
template <class Group, thread_scope Scope, unsigned char Stages>
__SUPA_SYNC__ pipeline<Scope> make_pipeline(const Group& group,
                                            pipeline_shared_state<Scope, Stages>* state) {
  const unsigned int all = (unsigned int)group.size();
  return __detail::start_pipeline(group, state, true, true, all, all);
}
/// The first `producers` threads of the group are producers, the others consumers.
template <class Group, thread_scope Scope, unsigned char Stages>
__SUPA_SYNC__ pipeline<Scope> make_pipeline(const Group& group,
                                            pipeline_shared_state<Scope, Stages>* state,
                                            size_t producers) {
  const bool produces = (size_t)group.thread_rank() < producers;
  return __detail::start_pipeline(group, state, produces, !produces, (unsigned int)producers,
                                  (unsigned int)(group.size() - producers));
}
/// Every thread chooses its role.
template <class Group, thread_scope Scope, unsigned char Stages>
__SUPA_SYNC__ pipeline<Scope> make_pipeline(const Group& group,
                                            pipeline_shared_state<Scope, Stages>* state,
                                            pipeline_role role) {
  const bool produces = role == pipeline_role::producer;
  if (group.thread_rank() == 0) state->__producers.store(0);
  group.sync();
  if (produces) ++state->__producers;
  group.sync();
  const unsigned int producers = state->__producers.load();
  return __detail::start_pipeline(group, state, produces, !produces, producers,
                                  (unsigned int)group.size() - producers);
}

/// Waits for all but the last `Prior` stages that the thread has committed.
template <unsigned char Prior>
__SUPA_SYNC__ void pipeline_consumer_wait_prior(pipeline<thread_scope_thread>&) {}
/// The barrier's phase ends after the copies of the stage, which have been made.
template <thread_scope Scope>
__SUPA_SYNC__ void pipeline_producer_commit(pipeline<thread_scope_thread>& stages,
                                            barrier<Scope>&) {
  stages.producer_commit();
}

template <class Size, thread_scope Scope>
__SUPA_SYNC__ void memcpy_async(void* to, const void* from, Size size_bytes, pipeline<Scope>&) {
  __detail::copy_shared(to, from, (size_t)size_bytes, 0, 1);
}
template <class Group, class Size, thread_scope Scope>
__SUPA_SYNC__ void memcpy_async(const Group& group, void* to, const void* from, Size size_bytes,
                                pipeline<Scope>&) {
  __detail::copy_shared(to, from, (size_t)size_bytes, (size_t)group.thread_rank(),
                        (size_t)group.size());
}

}  // namespace supa

#endif  // OPENSUPA_SYNC_PIPELINE_H_
