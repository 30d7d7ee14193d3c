#include "vector/vectorize.h"

#include <algorithm>

#include "llvm/ADT/DepthFirstIterator.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/Transforms/Scalar/Scalarizer.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/BreakCriticalEdges.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/LCSSA.h"
#include "llvm/Transforms/Utils/LoopSimplify.h"
#include "llvm/Transforms/Utils/LowerSwitch.h"
#include "llvm/Transforms/Utils/UnifyFunctionExitNodes.h"
#include "lower_externs.h"
#include "retarget.h"
#include "vector/interleave_locals.h"
#include "vector/live_vectors.h"
#include "vector/part_locals.h"
#include "vector/pass_analyses.h"
#include "vector/prefetch.h"
#include "vector/recompute.h"
#include "vector/streaming_stores.h"
#include "vector/warp_emitter.h"
#include "vector/warp_operations.h"

namespace opensupa::cc {
namespace {

using llvm::BasicBlock;
using Blocks = std::set<const BasicBlock*>;

// Regions are searched in time that grows with the cube of this.
constexpr unsigned kMostPartingBranches = 200;

/// Makes every barrier the last thing of its block.
void SplitAtBarriers(llvm::Function& function) {
  std::vector<llvm::Instruction*> barriers;
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    if (AsBarrier(instruction) != nullptr) barriers.push_back(&instruction);
  }
  for (llvm::Instruction* barrier : barriers) {
    llvm::SplitBlock(barrier->getParent(), barrier->getNextNode());
  }
}

/// Lanes that reach a dead end never come back; the others go on.
void ReturnAtDeadEnds(llvm::Function& function) {
  std::vector<llvm::UnreachableInst*> dead_ends;
  for (BasicBlock& block : function) {
    if (auto* end = llvm::dyn_cast<llvm::UnreachableInst>(block.getTerminator())) {
      dead_ends.push_back(end);
    }
  }
  for (llvm::UnreachableInst* end : dead_ends) {
    llvm::ReturnInst::Create(function.getContext(), end->getParent());
    end->eraseFromParent();
  }
}

/// Brings a copy of the kernel into the form that LaneShapes asks for.
void Normalize(llvm::Function& function) {
  ReturnAtDeadEnds(function);
  PassAnalyses analyses;
  llvm::FunctionAnalysisManager& functions = analyses.functions();
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::LowerSwitchPass());
  llvm::ScalarizerPassOptions scalarize;
  scalarize.ScalarizeLoadStore = true;
  passes.addPass(llvm::ScalarizerPass(scalarize));
  passes.addPass(llvm::UnifyFunctionExitNodesPass());
  passes.run(function, functions);
  SplitAtBarriers(function);
  llvm::FunctionPassManager canonical;
  canonical.addPass(llvm::LoopSimplifyPass());
  canonical.addPass(llvm::BreakCriticalEdgesPass());
  canonical.addPass(llvm::LoopSimplifyPass());
  canonical.addPass(llvm::LCSSAPass());
  functions.clear();
  canonical.run(function, functions);
}

std::vector<LaneShape> ArgumentShapes(const llvm::Function& function, const VectorForm& form) {
  const bool has_rows = form.rows > 1;
  std::vector<LaneShape> shapes(function.arg_size(), LaneShape::Uniform());
  shapes[kFirstIndexParameter] = LaneShape::Strided(1);
  shapes[kFirstIndexParameter + 1] = LaneShape::SameInRow(has_rows);
  shapes[kFirstIndexParameter + 3] = LaneShape::Strided(1, {}, has_rows);
  if (form.form != BlockForm::kLinear) return shapes;
  for (unsigned i = 0; i < 3; ++i) shapes[kFirstIndexParameter + i] = LaneShape::Varying();
  return shapes;
}

/// How many low bits of each argument are zero in lane 0, which is the first of a row's vectors or
/// of the block's.
std::vector<unsigned> ZeroBits(const llvm::Function& function, const VectorForm& form) {
  std::vector<unsigned> bits(function.arg_size(), 0);
  const unsigned vector_bits = llvm::Log2_32(form.lanes / form.rows);
  if (form.form != BlockForm::kLinear) bits[kFirstIndexParameter] = vector_bits;
  if (form.form != BlockForm::kPartialRows) bits[kFirstIndexParameter + 3] = vector_bits;
  return bits;
}

/// Shapes of what is the same in all threads of a block.
std::vector<LaneShape> BlockArgumentShapes(const llvm::Function& function) {
  std::vector<LaneShape> shapes(function.arg_size(), LaneShape::Uniform());
  for (unsigned i = 0; i < kIndexParameters; ++i) {
    shapes[kFirstIndexParameter + i] = LaneShape::Varying();
  }
  return shapes;
}

/// Says why a scalar kernel cannot become vectors.
class Checker {
 public:
  Checker(llvm::Function& scalar, const FlowAnalyses& analyses, const LaneShapes& shapes,
          const LaneShapes& block_shapes, const VectorForm& form)
      : scalar_(scalar),
        analyses_(analyses),
        shapes_(shapes),
        block_shapes_(block_shapes),
        form_(form) {}

  const char* WhyNot() const {
    unsigned returns = 0, parting = 0;
    for (const BasicBlock& block : scalar_) {
      if (!analyses_.dominators.isReachableFromEntry(&block)) continue;
      for (const llvm::Instruction& instruction : block) {
        returns += llvm::isa<llvm::ReturnInst>(instruction);
        at_ = &instruction;
        if (const char* reason = WhyNot(instruction)) return reason;
      }
      if (!shapes_.IsDivergent(block)) continue;
      at_ = block.getTerminator();
      if (++parting > kMostPartingBranches) return "too many branches that part lanes";
      if (shapes_.JoinOf(block) == nullptr) return "a loop without an end";
      if (PartsExchanges(block)) return "exchanges in a warp on both sides of a branch";
    }
    return returns == 1 ? nullptr : "a loop without an end";
  }
  /// The instruction that WhyNot looked at last.
  const llvm::Instruction* at() const { return at_; }

 private:
  const char* WhyNot(const llvm::Instruction& instruction) const {
    if (instruction.isTerminator()) {
      return llvm::isa<llvm::ReturnInst, llvm::BranchInst>(instruction) ? nullptr : "a jump table";
    }
    if (AsBarrier(instruction) != nullptr) return WhyNotBarrier(instruction);
    const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
    if (call != nullptr && IsWarpOperation(instruction)) {
      return WarpEmitter::WhyNot(*call, shapes_, form_.lanes);
    }
    if (call != nullptr && IsMatrixOperation(instruction)) {
      return MatrixProduct::WhyNot(*call, form_.matrices);
    }
    if (call != nullptr && !llvm::isa<llvm::IntrinsicInst>(call) && !call->isInlineAsm() &&
        call->getMetadata(kHookMetadata) == nullptr) {
      // A pointer may lead to any function whose address is taken.
      const llvm::Function* callee = call->getCalledFunction();
      if (callee == nullptr ? !form_.suspending->empty() : form_.suspending->contains(callee)) {
        return "a call of a function that may wait for other threads";
      }
    }
    const char* reason = nullptr;
    return LaneInstructions::CanEmit(instruction, shapes_, &reason) ? nullptr : reason;
  }

  const char* WhyNotBarrier(const llvm::Instruction& barrier) const {
    const BasicBlock* block = barrier.getParent();
    const auto* operation = llvm::dyn_cast<llvm::ConstantInt>(barrier.getOperand(1));
    const auto* id = llvm::dyn_cast<llvm::ConstantInt>(barrier.getOperand(0));
    if (operation == nullptr || operation->uge(4) || id == nullptr || !id->isZero()) {
      return "a barrier that is not known here";
    }
    for (const BasicBlock& other : scalar_) {
      if (block_shapes_.IsDivergent(other) && block_shapes_.RegionOf(other).contains(block)) {
        return "a barrier that some threads pass by";
      }
    }
    for (const llvm::Loop* loop = analyses_.loops.getLoopFor(block); loop != nullptr;
         loop = loop->getParentLoop()) {
      if (block_shapes_.IsDivergent(*loop)) return "a barrier in a loop that threads leave apart";
    }
    return nullptr;
  }

  static bool Exchanges(const BasicBlock& block) {
    return std::any_of(block.begin(), block.end(), [](const llvm::Instruction& instruction) {
      return (IsWarpOperation(instruction) && instruction.getNumOperands() > 1) ||
             IsMatrixOperation(instruction);
    });
  }

  Blocks ExchangesBetween(const BasicBlock& from, const BasicBlock* join) const {
    Blocks found;
    Blocks seen = {&from};
    std::vector<const BasicBlock*> work;
    if (&from != join) work.push_back(&from);
    while (!work.empty()) {
      const BasicBlock* block = work.back();
      work.pop_back();
      if (Exchanges(*block)) found.insert(block);
      for (const BasicBlock* next : llvm::successors(block)) {
        if (next != join && seen.insert(next).second) work.push_back(next);
      }
    }
    return found;
  }

  /// True if lanes that part at `block` may exchange values with each other from different places.
  bool PartsExchanges(const BasicBlock& block) const {
    const BasicBlock* join = shapes_.JoinOf(block);
    const llvm::Instruction* branch = block.getTerminator();
    const Blocks taken = ExchangesBetween(*branch->getSuccessor(0), join);
    const Blocks other = ExchangesBetween(*branch->getSuccessor(1), join);
    const auto has_own = [](const Blocks& one, const Blocks& two) {
      return std::any_of(one.begin(), one.end(),
                         [&](const BasicBlock* found) { return !two.contains(found); });
    };
    return has_own(taken, other) && has_own(other, taken);
  }

  llvm::Function& scalar_;
  const FlowAnalyses& analyses_;
  const LaneShapes& shapes_;
  const LaneShapes& block_shapes_;
  const VectorForm& form_;
  mutable const llvm::Instruction* at_ = nullptr;
};

LaneShapes ShapesOf(llvm::Function& scalar, const FlowAnalyses& analyses, const VectorForm& form) {
  return LaneShapes(scalar, ArgumentShapes(scalar, form), analyses.loops, analyses.post_dominators,
                    {.locals_are_strided = true,
                     .early_exits = UsesBarriers(scalar),
                     .row_lanes = form.lanes / form.rows,
                     .has_rows = form.rows > 1,
                     .zero_bits = ZeroBits(scalar, form)});
}

const char* EmitVector(llvm::Function& scalar, llvm::Function& vector, const VectorForm& form) {
  const FlowAnalyses analyses(scalar);
  const StreamingStores streaming(scalar);
  PrefetchLoads(scalar, analyses.loops, form.likely_threads, form.strips, form.is_block, streaming);
  const bool barriers = UsesBarriers(scalar);
  const auto shapes_of_block = [&] {
    return LaneShapes(scalar, BlockArgumentShapes(scalar), analyses.loops, analyses.post_dominators,
                      {.locals_are_strided = false, .early_exits = barriers});
  };
  if (barriers) RecomputeAfterBarriers(scalar, shapes_of_block());
  const LaneShapes shapes = ShapesOf(scalar, analyses, form);
  const LaneShapes block_shapes = shapes_of_block();
  const Checker checker(scalar, analyses, shapes, block_shapes, form);
  if (const char* reason = checker.WhyNot()) {
    if (form.facts != nullptr) form.facts->Blame(checker.at());
    return reason;
  }
  LaneValues values(scalar, vector, shapes, form.lanes, form.rows);
  values.SetFacts(form.facts);
  if (form.facts != nullptr) form.facts->Know(scalar, analyses.loops, shapes);
  LaneInstructions instructions(values, form.matrices, FindMatrixGroups(scalar));
  instructions.SetStreaming(streaming);
  const char* reason = BlockParts(scalar, vector, block_shapes, analyses, values, instructions,
                                  {form.form, form.most_threads, form.strips})
                           .Emit();
  if (form.facts != nullptr) form.facts->End(reason);
  return reason;
}

/// Calls `ask` with a copy of `body` in the form that LaneShapes asks for.
template <typename Ask>
void OnNormalized(llvm::Function& body, Ask ask) {
  llvm::ValueToValueMapTy map;
  llvm::Function* scalar = llvm::CloneFunction(&body, map);
  Normalize(*scalar);
  ask(*scalar, FlowAnalyses(*scalar));
  scalar->eraseFromParent();
}

bool IsDoneLaneByLane(const llvm::Instruction& instruction) {
  if (instruction.isAtomic() || instruction.isVolatile()) return true;
  return llvm::isa<llvm::CallInst>(instruction) && !llvm::isa<llvm::IntrinsicInst>(instruction) &&
         AsBarrier(instruction) == nullptr;
}

/// Whether nothing becomes worse when several rows make up a vector: lanes part only where those of
/// one row may part anyway, and all that is done with memory is to touch neighbours or one place.
bool RowsKeepTogether(llvm::Function& scalar, const FlowAnalyses& analyses, const LaneShapes& one,
                      const LaneShapes& many) {
  for (const BasicBlock& block : scalar) {
    if (many.IsDivergent(block) != one.IsDivergent(block)) return false;
    const llvm::Loop* loop = analyses.loops.getLoopFor(&block);
    if (loop != nullptr && many.IsDivergent(*loop) != one.IsDivergent(*loop)) return false;
    for (const llvm::Instruction& instruction : block) {
      if (!LaneInstructions::IsForRows(instruction, many)) return false;
    }
  }
  return true;
}

}  // namespace

unsigned VectorsAtOnce(llvm::Function& body, unsigned block_vectors, unsigned registers) {
  constexpr unsigned kFew = 4;
  unsigned vectors = kFew;
  const auto instructions = llvm::instructions(body);
  const bool by_lane = std::any_of(instructions.begin(), instructions.end(), IsDoneLaneByLane);
  OnNormalized(body, [&](llvm::Function& scalar, const FlowAnalyses& analyses) {
    if (!by_lane && LoadsInLongSteps(scalar, analyses.loops)) {
      vectors = std::max(vectors, block_vectors);
    }
    const LaneShapes shapes(scalar, ArgumentShapes(scalar, {BlockForm::kWholeRows}), analyses.loops,
                            analyses.post_dominators, {});
    const unsigned most = MostLiveVectors(scalar, analyses.loops, shapes).all;
    while (vectors > 1 && most * vectors > 2 * registers) vectors /= 2;
  });
  return vectors;
}

unsigned RowsAtOnce(llvm::Function& body, unsigned row_lanes, unsigned most, unsigned registers) {
  unsigned rows = 1;
  OnNormalized(body, [&](llvm::Function& scalar, const FlowAnalyses& analyses) {
    VectorForm form = {BlockForm::kWholeRows, row_lanes};
    const LaneShapes one = ShapesOf(scalar, analyses, form);
    form.rows = most;
    form.lanes = most * row_lanes;
    const LaneShapes many = ShapesOf(scalar, analyses, form);
    if (!RowsKeepTogether(scalar, analyses, one, many)) return;
    const LiveVectors live = MostLiveVectors(scalar, analyses.loops, many);
    rows = most;
    while (rows > 1 && live.all - live.by_row + live.by_row * rows > registers) rows /= 2;
  });
  return rows;
}

bool HasLoops(llvm::Function& body) {
  const llvm::DominatorTree dominators(body);
  return !llvm::LoopInfo(dominators).empty();
}

bool UsesWarps(const llvm::Function& body) {
  const auto instructions = llvm::instructions(body);
  return std::any_of(instructions.begin(), instructions.end(), [](const auto& instruction) {
    return IsWarpOperation(instruction) || IsMatrixOperation(instruction);
  });
}

bool UsesDotProducts(const llvm::Function& body) {
  const auto instructions = llvm::instructions(body);
  return std::any_of(instructions.begin(), instructions.end(), [](const auto& instruction) {
    if (!IsMatrixMultiplication(instruction)) return false;
    const auto* kind = llvm::dyn_cast<llvm::ConstantInt>(instruction.getOperand(0));
    if (kind == nullptr) return false;
    const auto element = binary::abi::MatrixKindOf(static_cast<uint32_t>(kind->getZExtValue()));
    return element == binary::abi::MatrixKind::kBf16 || element == binary::abi::MatrixKind::kS8;
  });
}

bool UsesBarriers(const llvm::Function& body) {
  const auto instructions = llvm::instructions(body);
  return std::any_of(instructions.begin(), instructions.end(),
                     [](const auto& instruction) { return AsBarrier(instruction) != nullptr; });
}

llvm::Function* VectorizeKernel(llvm::Function& body, const VectorForm& form, const char** reason) {
  static constexpr const char* kSuffixes[] = {".whole", ".partial", ".linear"};
  llvm::ValueToValueMapTy map;
  llvm::Function* scalar = llvm::CloneFunction(&body, map);
  Normalize(*scalar);
  MarkPartLocals(*scalar);
  InterleaveLocals(*scalar, form.lanes);
  llvm::Function* vector = llvm::Function::Create(
      body.getFunctionType(), llvm::GlobalValue::InternalLinkage,
      body.getName() + kSuffixes[static_cast<unsigned>(form.form)], *body.getParent());
  vector->copyAttributesFrom(&body);
  vector->setVisibility(llvm::GlobalValue::DefaultVisibility);
  if (form.facts != nullptr) form.facts->Start(*scalar, *vector, form.lanes, form.rows);
  *reason = EmitVector(*scalar, *vector, form);
  scalar->eraseFromParent();
  if (*reason != nullptr) {
    vector->eraseFromParent();
    return nullptr;
  }
  return vector;
}

}  // namespace opensupa::cc
