#pragma once

#include "machine.h"

namespace opensupa::fuzz {

template <typename Use>
void Machine::Call(const Function& callee, const Expr& call, size_t first_argument,
                   const ThreadSet& set, uint32_t threads, Frame& caller, Use use) {
  constexpr size_t kStackLimitBytes = size_t{64} << 20;
  constexpr uint32_t kMaxDepth = 200;
  const size_t stride = threads == 1 ? 0 : callee.frame_bytes;
  const size_t bytes = size_t{callee.frame_bytes} * threads;
  if (++depth_ > kMaxDepth || stack_used_ + bytes > kStackLimitBytes) {
    throw Stop{Outcome::Kind::kTooLong, "calls nest too deeply"};
  }
  Frame frame{&callee, stack_.get() + stack_used_, stride, {}};
  stack_used_ += bytes;
  set.ForEach([&](uint32_t thread) {
    for (size_t i = 0; i < callee.parameters.size(); ++i) {
      PassArgument(*callee.parameters[i], *call.args[first_argument + i], caller, frame, thread);
    }
  });
  const ThreadSet fell_through = ExecList(callee.body, set, frame, {});
  if (!fell_through.empty() && callee.result->kind != Type::Kind::kVoid) {
    Invalid("a function ends without a result");
  }
  if (callee.result->kind != Type::Kind::kVoid) {
    set.ForEach([&](uint32_t thread) { use(frame.memory + frame.stride * thread, thread); });
  }
  stack_used_ -= bytes;
  --depth_;
}

}  // namespace opensupa::fuzz
