#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "types.h"

namespace opensupa::fuzz {

enum class Op : uint8_t {
  kLiteral,   // `literal` holds the value in its canonical form, see scalar_ops.h
  kVariable,  // lvalue
  kMember,    // lvalue: member `index` of args[0]
  kIndex,     // lvalue: element of args[0], an array or pointer; args[1] is taken modulo `index`
  kDeref,     // lvalue: what args[0] points to
  kAddress,   // of the lvalue args[0]
  kNegate,
  kComplement,
  kNot,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kRemainder,
  kAnd,
  kOr,
  kXor,
  kShiftLeft,
  kShiftRight,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kEqual,
  kNotEqual,
  kLogicalAnd,
  kLogicalOr,
  kSelect,
  kCast,
  kBits,       // the bits of a number as a number of another type and the same size
  kIntrinsic,  // number `index` of AllIntrinsics()
  kCall,       // `function` with args
  kTableCall,  // args[0] modulo the table's size picks a function of table `index`
  kBuiltin,    // Builtin number `index`, an unsigned
};

enum class Builtin : uint8_t {
  kThreadX,
  kThreadY,
  kThreadZ,
  kBlockX,
  kBlockY,
  kBlockZ,
  kBlockDimX,
  kBlockDimY,
  kBlockDimZ,
  kGridDimX,
  kGridDimY,
  kGridDimZ,
  kThread,      // number of the thread in its block
  kBlock,       // number of the block in its grid
  kThreads,     // threads of a block
  kLane,        // of the warp
  kWarp,        // of the block
  kWarpLanes,   // mask of the lanes that the calling thread's warp has
  kGridThread,  // number of the thread in the grid
};

struct Function;

enum class Storage : uint8_t { kLocal, kParameter, kShared, kDynamicShared, kConstant, kDevice };

struct Variable {
  std::string name;
  const Type* type = nullptr;
  Storage storage = Storage::kLocal;
  /// In the frame of its function, or in the memory of its block or the module.
  uint32_t offset = 0;
  /// Initial bytes of a constant or device variable.
  std::vector<uint8_t> initial;
  /// Declared with __restrict__ or const where that changes nothing but the text.
  bool is_const = false;
};

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

/// An expression without side effects, except that a called function may write through a pointer.
struct Expr {
  Op op = Op::kLiteral;
  const Type* type = nullptr;
  std::vector<ExprPtr> args;
  uint64_t literal = 0;
  uint32_t index = 0;
  const Variable* variable = nullptr;
  const Function* function = nullptr;
  /// Arithmetic of signed numbers that is known not to overflow: printed without the detour through
  /// unsigned numbers. The interpreter checks it.
  bool exact = false;
  /// Of kIndex: known to be in range, printed without the remainder. The interpreter checks it.
  bool in_range = false;
};

enum class WarpOp : uint8_t {
  kSync,
  kShuffle,
  kShuffleUp,
  kShuffleDown,
  kShuffleXor,
  kBallot,
  kAny,
  kAll,
  kMatchAny,
  kMatchAll,
  kReduceAdd,
  kReduceMin,
  kReduceMax,
  kReduceAnd,
  kReduceOr,
  kReduceXor,
};

enum class AtomicOp : uint8_t { kAdd, kSub, kMin, kMax, kAnd, kOr, kXor, kInc, kExchange, kCas };

enum class BarrierOp : uint8_t { kPlain, kCount, kAnd, kOr };

struct Stmt;
using StmtPtr = std::unique_ptr<Stmt>;
using StmtList = std::vector<StmtPtr>;

struct SwitchCase {
  /// The default case has no labels.
  std::vector<int32_t> labels;
  StmtList body;
  bool falls_through = false;
};

struct Stmt {
  enum class Kind : uint8_t {
    kDeclare,  // variable = value, or zeroed without one
    kAssign,   // target (op=) value; op kLiteral means plain
    kIf,       // value, body, otherwise
    kWhile,    // value, body
    kDo,       // body, value
    kFor,      // variable = args[0]; value; variable += args[1]; body
    kSwitch,   // value (an int), cases
    kBreak,
    kContinue,
    kReturn,   // value or nothing
    kBarrier,  // target = operation of value, both absent for the plain one
    kWarp,     // target = operation(mask args[0], value, args[1], width `number`)
    kAtomic,   // [target =] operation on args[0] with value [and args[1]]
    kCall,     // [target =] value, a call
    kBlock,    // body
    kLambda,   // declares `function`, a lambda
  };

  Kind kind = Kind::kBlock;
  const Variable* variable = nullptr;
  const Function* function = nullptr;
  ExprPtr target;
  ExprPtr value;
  std::vector<ExprPtr> args;
  Op op = Op::kLiteral;
  StmtList body;
  StmtList otherwise;
  std::vector<SwitchCase> cases;
  WarpOp warp_op = WarpOp::kSync;
  AtomicOp atomic_op = AtomicOp::kAdd;
  BarrierOp barrier_op = BarrierOp::kPlain;
  uint32_t number = 0;
};

struct Function {
  enum class Inlining : uint8_t { kFree, kForce, kNever };

  std::string name;
  const Type* result = nullptr;
  std::vector<const Variable*> parameters;
  /// The first parameters that are template arguments: unsigned, and literals in every call.
  uint32_t template_parameters = 0;
  /// The last parameters that a lambda captures by value; they have the captured variables' names.
  uint32_t captures = 0;
  bool is_lambda = false;
  bool is_kernel = false;
  /// Left out of the printed source, by the reducer.
  bool is_dropped = false;
  Inlining inlining = Inlining::kFree;
  StmtList body;
  uint32_t frame_bytes = 0;
};

struct FunctionTable {
  std::string name;
  std::vector<const Function*> entries;
  bool is_local = false;
};

/// Memory that the kernel gets a pointer to. Its parameter is a pointer to the element type.
struct Buffer {
  const Variable* parameter = nullptr;
  const Type* element = nullptr;
  uint32_t count = 0;
  std::vector<uint8_t> initial;
};

/// One kernel with everything it needs. Owns its nodes.
struct Program {
  uint64_t seed = 0;
  std::string name;
  TypeTable types;
  std::deque<Variable> variables;
  std::deque<Function> functions;
  std::vector<FunctionTable> tables;
  /// Module level and shared variables, in order of declaration.
  std::vector<const Variable*> globals;
  Function* kernel = nullptr;
  std::array<uint32_t, 3> grid = {1, 1, 1};
  std::array<uint32_t, 3> block = {1, 1, 1};
  uint32_t dynamic_shared_bytes = 0;
  std::vector<Buffer> buffers;
  /// Values of the kernel's parameters that are not buffers, in order.
  std::vector<std::vector<uint8_t>> arguments;

  uint32_t threads_per_block() const { return block[0] * block[1] * block[2]; }
  uint32_t blocks() const { return grid[0] * grid[1] * grid[2]; }
  bool is_buffer(const Variable* parameter) const;
};

ExprPtr Clone(const Expr& expr);
StmtPtr Clone(const Stmt& stmt);
StmtList Clone(const StmtList& list);

/// Gives every local variable and parameter its place in the frame of its function, and shared and
/// module variables theirs. Run before a program is interpreted.
void LayOut(Program& program);

}  // namespace opensupa::fuzz
