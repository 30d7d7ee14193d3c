#pragma once

#include <memory>
#include <string>
#include <vector>

#include "interpreter.h"
#include "program.h"
#include "race_checker.h"
#include "thread_set.h"

namespace opensupa::fuzz {

/// The interpreter's state: memory, the threads of the block that runs, and the frames of the
/// functions that are being called. Private to the interpreter.
class Machine {
 public:
  Machine(const Program& program, uint64_t max_steps);
  Outcome Run();

 private:
  /// A call of one function by a set of threads, or by one.
  struct Frame {
    const Function* function;
    std::byte* memory;
    /// Bytes from one thread's part to the next one's; 0 when one thread calls.
    size_t stride;
    ThreadSet returned;
  };
  /// The loop or switch around a statement.
  struct Flow {
    ThreadSet* broke = nullptr;
    ThreadSet* continued = nullptr;
  };
  /// Thrown out of the evaluation; never leaves Run.
  struct Stop {
    Outcome::Kind kind;
    std::string reason;
  };

  [[noreturn]] static void Invalid(std::string reason);
  void Step();

  // Memory.
  void PlaceMemory();
  void SetArguments(Frame& frame);
  void RunBlock(uint32_t block);
  std::byte* VariableAddress(const Variable& variable, const Frame& frame, uint32_t thread);
  bool IsWatched(const std::byte* address) const;
  AccessPoint PointOf(uint32_t thread) const;
  uint64_t Load(const std::byte* address, const Type& type, uint32_t thread);
  void Store(std::byte* address, const Type& type, uint64_t value, uint32_t bits, uint32_t thread,
             uint8_t kind);
  void Copy(std::byte* to, const std::byte* from, const Type& type, uint32_t thread);
  void CheckRead(const std::byte* address, size_t size_bytes, uint32_t thread);
  void CheckWrite(const std::byte* address, size_t size_bytes, uint32_t thread, uint8_t kind);

  // Expressions, for one thread.
  uint64_t Eval(const Expr& expr, Frame& frame, uint32_t thread);
  uint64_t EvalBuiltin(Builtin builtin, uint32_t thread) const;
  uint64_t EvalOperator(const Expr& expr, Frame& frame, uint32_t thread);
  uint64_t EvalCall(const Expr& expr, Frame& frame, uint32_t thread);
  std::byte* Address(const Expr& expr, Frame& frame, uint32_t thread);
  bool Holds(const Expr& expr, Frame& frame, uint32_t thread) {
    return Eval(expr, frame, thread) != 0;
  }
  const Function& Callee(const Expr& expr, Frame& frame, uint32_t thread);

  // Statements, for sets of threads; each returns those that go on to the next statement.
  ThreadSet ExecList(const StmtList& list, ThreadSet set, Frame& frame, Flow flow);
  ThreadSet Exec(const Stmt& stmt, const ThreadSet& set, Frame& frame, Flow flow);
  ThreadSet ExecLoop(const Stmt& stmt, const ThreadSet& set, Frame& frame);
  ThreadSet ExecSwitch(const Stmt& stmt, const ThreadSet& set, Frame& frame, Flow flow);
  void ExecDeclare(const Stmt& stmt, const ThreadSet& set, Frame& frame);
  void ExecAssign(const Stmt& stmt, const ThreadSet& set, Frame& frame);
  void ExecReturn(const Stmt& stmt, const ThreadSet& set, Frame& frame);
  void ExecCall(const Stmt& stmt, const ThreadSet& set, Frame& frame);
  void ExecBarrier(const Stmt& stmt, const ThreadSet& set, Frame& frame);
  void ExecWarp(const Stmt& stmt, const ThreadSet& set, Frame& frame);
  void ExecAtomic(const Stmt& stmt, uint32_t thread, Frame& frame);
  void AssignTo(const Stmt& stmt, uint64_t value, Frame& frame, uint32_t thread);
  /// Runs the callee for `set` with the arguments of `call`, and hands every result to `use`.
  template <typename Use>
  void Call(const Function& callee, const Expr& call, size_t first_argument, const ThreadSet& set,
            uint32_t threads, Frame& caller, Use use);
  void PassArgument(const Variable& parameter, const Expr& argument, Frame& caller, Frame& callee,
                    uint32_t thread);

  const Program& program_;
  const uint64_t max_steps_;
  uint64_t steps_ = 0;
  uint32_t depth_ = 0;
  /// Buffers, then module variables, then the block's shared variables.
  std::vector<std::byte> memory_;
  std::vector<size_t> buffer_offsets_;
  size_t module_offset_ = 0;
  size_t shared_offset_ = 0;
  RaceChecker races_;
  /// Frames of nested calls lie behind each other.
  std::unique_ptr<std::byte[]> stack_;
  size_t stack_used_ = 0;

  uint32_t block_ = 0;
  uint32_t block_time_ = 0;
  std::vector<uint32_t> warp_times_;
  ThreadSet all_;
  Frame* kernel_frame_ = nullptr;
};

}  // namespace opensupa::fuzz
