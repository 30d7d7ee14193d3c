#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "program.h"

namespace opensupa::fuzz {

/// What a program leaves in the memory of each of its buffers.
struct Outcome {
  enum class Kind : uint8_t {
    kDone,
    kInvalid,  // its result depends on the order of threads, or it breaks another rule
    kTooLong,  // more than `max_steps` evaluations
  };

  Kind kind = Kind::kDone;
  /// The rule that is broken.
  std::string reason;
  std::vector<std::vector<uint8_t>> buffers;
  /// The final bytes of each variable of Program::globals with storage kDevice, in order.
  std::vector<std::vector<uint8_t>> device_variables;
  uint64_t steps = 0;
};

/// Runs a program by evaluating its tree for all threads of one block after the other. Threads
/// advance together through statements; a branch runs for those that take it. The program must be
/// laid out (LayOut). Synchronisation is checked: every live thread of the block must be at a
/// barrier, and exactly the lanes of its mask at a warp operation.
Outcome Interpret(const Program& program, uint64_t max_steps);

}  // namespace opensupa::fuzz
