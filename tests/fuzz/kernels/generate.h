#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "build.h"
#include "program.h"
#include "random.h"

namespace opensupa::fuzz {

/// Who is known to execute a statement together.
enum class Sync : uint8_t {
  kBlock,  // every live thread of the block; the mask names the live lanes of the warp
  kWarp,   // exactly the lanes that the mask names
  kNone,   // any threads
};

/// What surrounds the statement that is generated.
struct Context {
  Sync sync = Sync::kNone;
  const Variable* mask = nullptr;
  /// A break or continue is possible here without further ado.
  bool may_break = false;
  bool may_continue = false;
  /// The mask that the loop around tests at its top; a masked break must keep it true.
  const Variable* loop_mask = nullptr;
  bool may_return = false;
  /// Barriers here may give the shared arrays new states.
  bool may_rearrange = false;
  uint32_t depth = 0;
  uint32_t loops = 0;
};

/// An object that expressions can use.
struct Object {
  const Variable* variable = nullptr;
  /// The same for all threads of the block.
  bool uniform = false;
  bool writable = false;
  /// Elements behind a pointer to a buffer; 0 for all else.
  uint32_t extent = 0;
  /// A pointer to one object, which stands for the object.
  bool is_reference = false;
  /// A loop counter that is below this; 0 for all else.
  uint32_t below = 0;
};

/// An array of the block's shared memory. Between barriers it is in one state, which says who may
/// touch what.
struct SharedArray {
  enum class State : uint8_t {
    kOwn,       // each thread reads and writes the element with its own number, permuted
    kReadable,  // all threads read everything
    kAtomic,    // all threads do one kind of atomic operation
  };

  const Variable* variable = nullptr;
  const Type* element = nullptr;
  uint32_t count = 0;
  State state = State::kOwn;
  uint32_t factor = 1;
  uint32_t shift = 0;
  AtomicOp atomic = AtomicOp::kAdd;
  uint32_t limit = 1;
};

/// A function that generated code can call.
struct Callable {
  const Function* function = nullptr;
  uint64_t cost = 0;
  /// Least level of synchronisation of the caller. With kWarp and kBlock the first parameter is the
  /// mask.
  Sync sync = Sync::kNone;
  /// Writes through a pointer parameter, so it is called in a statement of its own.
  bool has_effects = false;
  /// The first parameter bounds the depth of the recursion.
  bool recursive = false;
  /// Of a table: its number, else -1.
  int table = -1;
};

/// Generates one program. The parts are in generate_*.cpp.
class Generator {
 public:
  explicit Generator(uint64_t seed);
  std::unique_ptr<Program> Run();

 private:
  using State = SharedArray::State;

  // generate_program.cpp
  void PickShape();
  void MakeStructs();
  void MakeModuleVariables();
  void MakeSharedArrays();
  void MakeParameters(Function& kernel);
  void MakeKernel();
  void MakePrologue(StmtList& out);
  void MakeEpilogue(StmtList& out);
  void DumpShared(StmtList& out);
  const Type* PickFieldType(uint32_t depth, bool plain);
  std::vector<uint8_t> RandomBytes(const Type& type);
  void FillRandom(const Type& type, std::vector<uint8_t>& bytes);

  // generate_functions.cpp
  void MakeFunctions();
  Function& NewFunction(const char* prefix, const Type* result);
  const Variable& AddParameter(Function& function, const Type* type, bool writable);
  void MakeValueFunction(bool is_template);
  void MakeRecursiveFunction();
  void MakePointerFunction();
  void MakeStructFunction();
  void MakeWarpFunction(Sync sync);
  void MakeTable();
  StmtPtr MakeLambda();
  void FinishFunction(Function& function, Context context, uint32_t statements, Callable callable);

  // generate_expressions.cpp
  Scalar PickScalar();
  Scalar PickInteger();
  ExprPtr Gen(Scalar scalar, uint32_t depth, bool uniform);
  ExprPtr GenNode(Scalar scalar, uint32_t depth, bool uniform);
  ExprPtr GenArithmetic(Scalar scalar, uint32_t depth, bool uniform);
  ExprPtr GenExact(Scalar scalar, uint32_t depth, bool uniform);
  ExprPtr GenUnary(Scalar scalar, uint32_t depth, bool uniform);
  ExprPtr GenBool(uint32_t depth, bool uniform);
  ExprPtr GenConversion(Scalar scalar, uint32_t depth, bool uniform);
  ExprPtr GenIntrinsic(Scalar scalar, uint32_t depth, bool uniform);
  bool CanCall(const Callable& callable);
  ExprPtr GenCall(Scalar scalar, uint32_t depth, bool uniform);
  ExprPtr Leaf(Scalar scalar, bool uniform);
  ExprPtr GenLiteral(Scalar scalar);
  ExprPtr GenBuiltin(bool uniform);
  ExprPtr GenIndex(bool uniform);
  /// An lvalue of scalar type inside an object; null if there is none of this kind.
  ExprPtr ScalarIn(const Object& object, bool uniform, bool addressable);
  ExprPtr Descend(ExprPtr object, bool uniform, bool addressable);
  ExprPtr ObjectExpr(const Object& object, bool uniform);
  ExprPtr ReadSomething(bool uniform);
  ExprPtr ReadShared(bool uniform);
  ExprPtr OwnElement(const SharedArray& array);
  ExprPtr WritableTarget(bool uniform);
  ExprPtr StructValue(const Type* type, bool writable);
  std::vector<ExprPtr> GenArguments(const Function& function, size_t first, uint32_t depth);

  // generate_statements.cpp
  StmtList GenList(const Context& context, uint32_t statements);
  /// A masked `continue` narrows the mask of the statements that follow.
  void GenStmt(Context& context, StmtList& out);
  void GenDeclare(const Context& context, StmtList& out);
  void GenAggregate(const Context& context, StmtList& out);
  void GenReference(StmtList& out);
  void GenAssign(const Context& context, StmtList& out);
  void GenIf(const Context& context, StmtList& out);
  void GenFor(const Context& context, StmtList& out);
  void GenFreeLoop(const Context& context, StmtList& out);
  void GenSwitch(const Context& context, StmtList& out);
  void GenJump(const Context& context, StmtList& out);
  void GenStore(StmtList& out);
  void GenCallStmt(const Context& context, StmtList& out);
  void GenStructCopy(StmtList& out);
  Context Inner(const Context& context, Sync sync) const;
  /// The bits of a number, for the output.
  ExprPtr Observe(ExprPtr value);

  // generate_sync.cpp
  void GenSyncStmt(Context& context, StmtList& out);
  void GenBarrier(const Context& context, StmtList& out);
  void GenWarp(const Context& context, StmtList& out);
  void GenShuffle(const Context& context, StmtList& out);
  void GenMaskedIf(const Context& context, StmtList& out);
  void GenMaskedLoop(const Context& context, StmtList& out);
  void GenMaskedJump(Context& context, StmtList& out);
  void GenEarlyReturn(const Context& context, StmtList& out);
  void GenAtomic(StmtList& out);
  void GenSharedAtomic(StmtList& out);
  void GenOwnAtomic(StmtList& out);
  /// A barrier, after which the shared arrays have new states.
  void Rearrange(StmtList& out);
  StmtPtr Ballot(const Variable& target, const Variable& mask, ExprPtr condition);

  const Variable& NewLocal(const char* prefix, Scalar scalar);
  void Show(const Variable& variable, bool uniform, bool writable);
  const Type* Of(Scalar scalar) const { return program_->types.Of(scalar); }
  /// Adds what a node costs at run time.
  void Charge(uint64_t steps) { cost_ += steps * iterations_; }
  bool Affordable(uint64_t steps) const { return cost_ + steps * iterations_ <= cost_limit_; }

  Random random_;
  std::unique_ptr<Program> program_;
  Build build_;
  std::vector<Object> objects_;
  std::vector<SharedArray> shared_;
  std::vector<Callable> callables_;
  /// Per thread, of the function that is generated.
  uint64_t cost_ = 0;
  uint64_t cost_limit_ = 0;
  /// How often the current statement runs at most.
  uint64_t iterations_ = 1;
  uint32_t statements_left_ = 0;
  uint32_t early_returns_left_ = 2;
  /// Result of the function that is generated; null in a kernel.
  const Type* return_type_ = nullptr;
  bool calls_allowed_ = true;
  bool in_kernel_ = false;
  /// Expressions must not read shared memory, since they run in several states of it.
  bool stable_only_ = false;
  /// Counts calls of Rearrange.
  uint32_t rearranged_ = 0;
  const Variable* out_ = nullptr;
  const Variable* hash_ = nullptr;
  uint32_t out_per_thread_ = 0;
  const Variable* accumulators_ = nullptr;
  std::vector<AtomicOp> accumulator_ops_;
};

}  // namespace opensupa::fuzz
