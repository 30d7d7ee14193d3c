#include "spin_loops.h"

#include <algorithm>
#include <set>
#include <vector>

#include "device_externs.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/PromoteMemToReg.h"

namespace opensupa::cc {
namespace {

enum class SpinKind { kNone, kLock, kWait };

/// Whether `value` is the same in every turn of `loop` unless memory changes: nothing that the loop
/// carries from one turn to the next enters it. Functions are taken to depend on their arguments
/// only.
bool RepeatsEachTurn(const llvm::Value& value, const llvm::Loop& loop) {
  std::vector<const llvm::Value*> pending = {&value};
  std::set<const llvm::Value*> seen;
  while (!pending.empty()) {
    const auto* instruction = llvm::dyn_cast<llvm::Instruction>(pending.back());
    pending.pop_back();
    if (instruction == nullptr || !loop.contains(instruction)) continue;
    if (!seen.insert(instruction).second) continue;
    const bool carried =
        llvm::isa<llvm::PHINode>(instruction) && instruction->getParent() == loop.getHeader();
    if (carried || llvm::isa<llvm::AtomicRMWInst, llvm::AtomicCmpXchgInst>(instruction))
      return false;
    for (const llvm::Value* operand : instruction->operands()) pending.push_back(operand);
  }
  return true;
}

/// What the value of `instruction`, on which the end of `loop` depends, says about the loop.
SpinKind KindOf(const llvm::Instruction& instruction, const llvm::Loop& loop) {
  const auto is_fixed = [&](const llvm::Value* value) { return loop.isLoopInvariant(value); };
  if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
    const bool watches = load->isVolatile() || load->isAtomic();
    return watches && RepeatsEachTurn(*load->getPointerOperand(), loop) ? SpinKind::kWait
                                                                        : SpinKind::kNone;
  }
  if (const auto* swap = llvm::dyn_cast<llvm::AtomicCmpXchgInst>(&instruction)) {
    return std::all_of(swap->op_begin(), swap->op_end(), is_fixed) ? SpinKind::kLock
                                                                   : SpinKind::kNone;
  }
  const auto* update = llvm::dyn_cast<llvm::AtomicRMWInst>(&instruction);
  if (update == nullptr || !std::all_of(update->op_begin(), update->op_end(), is_fixed)) {
    return SpinKind::kNone;
  }
  if (update->getOperation() == llvm::AtomicRMWInst::Xchg) return SpinKind::kLock;
  // Adding or or-ing zero is how programs read atomically; other updates change what they read.
  const auto* operand = llvm::dyn_cast<llvm::ConstantInt>(update->getValOperand());
  return operand != nullptr && operand->isZero() ? SpinKind::kWait : SpinKind::kNone;
}

/// Calls `visit` with the conditions, inside `loop`, that choose among the values of `phi`.
template <typename Visit>
void VisitChoice(const llvm::PHINode& phi, const llvm::Loop& loop,
                 const llvm::DominatorTree& dominators, Visit visit) {
  const llvm::BasicBlock* joined = phi.getParent();
  if (joined == loop.getHeader()) return;  // says what the last turn was, not how it came about
  const auto* choice = dominators.getNode(joined)->getIDom();
  for (const llvm::BasicBlock* incoming : phi.blocks()) {
    for (const auto* node = dominators.getNode(incoming); node != nullptr; node = node->getIDom()) {
      if (!loop.contains(node->getBlock())) break;
      for (const llvm::Value* operand : node->getBlock()->getTerminator()->operands()) {
        visit(operand);
      }
      if (node == choice) break;
    }
  }
}

/// Looks through the computation of the loop's exit conditions, inside the loop.
SpinKind Classify(const llvm::Loop& loop, const llvm::DominatorTree& dominators) {
  llvm::SmallVector<llvm::BasicBlock*, 4> exiting;
  loop.getExitingBlocks(exiting);
  std::vector<const llvm::Instruction*> pending;
  std::set<const llvm::Instruction*> seen;
  const auto visit = [&](const llvm::Value* value) {
    const auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
    if (instruction == nullptr || !loop.contains(instruction)) return;
    if (seen.insert(instruction).second) pending.push_back(instruction);
  };
  for (const llvm::BasicBlock* block : exiting) {
    for (const llvm::Value* operand : block->getTerminator()->operands()) visit(operand);
  }
  SpinKind kind = SpinKind::kNone;
  while (!pending.empty()) {
    const llvm::Instruction* instruction = pending.back();
    pending.pop_back();
    kind = std::max(kind, KindOf(*instruction, loop));
    if (instruction->mayReadOrWriteMemory()) continue;
    if (const auto* phi = llvm::dyn_cast<llvm::PHINode>(instruction)) {
      VisitChoice(*phi, loop, dominators, visit);
    }
    for (const llvm::Value* operand : instruction->operands()) visit(operand);
  }
  return kind;
}

/// Calls `name` on every way back to the loop's start, so that a wait that is over costs nothing.
void InsertYield(llvm::Module& module, const llvm::Loop& loop, const char* name) {
  llvm::SmallVector<llvm::BasicBlock*, 4> latches;
  loop.getLoopLatches(latches);
  llvm::FunctionCallee yield = module.getOrInsertFunction(
      name, llvm::FunctionType::get(llvm::Type::getVoidTy(module.getContext()), false));
  for (llvm::BasicBlock* latch : latches) {
    llvm::BasicBlock* back =
        latch->getSingleSuccessor() != nullptr ? latch : llvm::SplitEdge(latch, loop.getHeader());
    llvm::IRBuilder<>(back->getTerminator()).CreateCall(yield);
  }
}

bool Watches(const llvm::Instruction& instruction) {
  const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
  return instruction.isAtomic() || (load != nullptr && load->isVolatile());
}

/// Code that was not optimised keeps its variables in memory, where no dependence can be followed.
void PromoteVariables(llvm::Function& function) {
  const auto all = llvm::instructions(function);
  if (std::none_of(all.begin(), all.end(), Watches)) return;
  std::vector<llvm::AllocaInst*> variables;
  for (llvm::Instruction& instruction : function.getEntryBlock()) {
    auto* variable = llvm::dyn_cast<llvm::AllocaInst>(&instruction);
    if (variable != nullptr && llvm::isAllocaPromotable(variable)) variables.push_back(variable);
  }
  if (variables.empty()) return;
  llvm::DominatorTree dominators(function);
  llvm::PromoteMemToReg(variables, dominators);
}

}  // namespace

void MarkSpinLoops(llvm::Module& module) {
  std::vector<llvm::Function*> functions;
  for (llvm::Function& function : module) {
    if (!function.isDeclaration()) functions.push_back(&function);
  }
  for (llvm::Function* function : functions) {
    PromoteVariables(*function);
    const llvm::DominatorTree dominators(*function);
    const llvm::LoopInfo loops(dominators);
    // Classified before any edge is split.
    std::vector<std::pair<const llvm::Loop*, SpinKind>> kinds;
    for (const llvm::Loop* loop : loops.getLoopsInPreorder()) {
      kinds.push_back({loop, Classify(*loop, dominators)});
    }
    for (const auto& [loop, kind] : kinds) {
      if (kind == SpinKind::kWait) InsertYield(module, *loop, "__su_yield");
      if (kind == SpinKind::kLock) InsertYield(module, *loop, kSpinHintExtern);
    }
  }
}

}  // namespace opensupa::cc
