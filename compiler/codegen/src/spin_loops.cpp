#include "spin_loops.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/PromoteMemToReg.h"

namespace opensupa::cc {
namespace {

constexpr char kYieldExtern[] = "__su_yield";

bool IsWatched(const llvm::Instruction& instruction) {
  return instruction.isVolatile() || instruction.isAtomic();
}

/// Which functions access memory in a way that others may see or change, themselves or in what they
/// call by name.
class SharedAccess {
 public:
  bool In(const llvm::Function& function) {
    const auto [found, added] = known_.emplace(&function, false);  // false while it is looked into
    if (!added) return found->second;
    bool result = false;
    for (const llvm::Instruction& instruction : llvm::instructions(function)) {
      const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      const llvm::Function* callee = call == nullptr ? nullptr : call->getCalledFunction();
      result = result || IsWatched(instruction) || (callee != nullptr && In(*callee));
    }
    known_[&function] = result;
    return result;
  }

 private:
  std::map<const llvm::Function*, bool> known_;
};

/// What decides whether one loop goes on, inside the loop.
class LoopEnd {
 public:
  LoopEnd(const llvm::Loop& loop, const llvm::DominatorTree& dominators, SharedAccess& shared)
      : loop_(loop), dominators_(dominators), shared_(shared) {
    llvm::SmallVector<llvm::BasicBlock*, 4> exiting;
    loop.getExitingBlocks(exiting);
    for (const llvm::BasicBlock* block : exiting) {
      for (const llvm::Value* operand : block->getTerminator()->operands()) Visit(operand);
    }
    while (!pending_.empty()) {
      const llvm::Instruction* instruction = pending_.back();
      pending_.pop_back();
      if (instruction->mayReadOrWriteMemory()) {
        accesses_.push_back(instruction);
      } else {
        if (const auto* phi = llvm::dyn_cast<llvm::PHINode>(instruction)) VisitChoice(*phi);
        for (const llvm::Value* operand : instruction->operands()) Visit(operand);
      }
    }
  }

  bool DependsOnOthers() const {
    if (std::any_of(accesses_.begin(), accesses_.end(),
                    [this](const llvm::Instruction* access) { return Waits(*access); })) {
      return true;
    }
    const bool plain_watch =
        !counts_ && std::any_of(accesses_.begin(), accesses_.end(), [this](const auto* access) {
          const auto* load = llvm::dyn_cast<llvm::LoadInst>(access);
          return load != nullptr && IsFixed(load->getPointerOperand());
        });
    return plain_watch && HasFence();
  }

 private:
  void Visit(const llvm::Value* value) {
    const auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
    if (instruction == nullptr || !loop_.contains(instruction)) return;
    if (seen_.insert(instruction).second) pending_.push_back(instruction);
  }

  /// The conditions that choose among the values that `phi` gets inside the loop.
  void VisitChoice(const llvm::PHINode& phi) {
    const llvm::BasicBlock* joined = phi.getParent();
    const bool carried = joined == loop_.getHeader();
    counts_ |= carried;
    if (carried && loop_.getLoopLatch() != nullptr) return;  // one way back, no choice
    const auto* choice = carried ? nullptr : dominators_.getNode(joined)->getIDom();
    for (const llvm::BasicBlock* incoming : phi.blocks()) {
      for (const auto* node = dominators_.getNode(incoming); node != nullptr;
           node = node->getIDom()) {
        if (!loop_.contains(node->getBlock())) break;
        for (const llvm::Value* operand : node->getBlock()->getTerminator()->operands()) {
          Visit(operand);
        }
        if (node == choice) break;
      }
    }
  }

  /// Whether `value` is the same in every turn, though it may be computed in each.
  bool IsFixed(const llvm::Value* value, int depth = 0) const {
    if (loop_.isLoopInvariant(value)) return true;
    const auto* instruction = llvm::cast<llvm::Instruction>(value);
    if (llvm::isa<llvm::PHINode>(instruction) || instruction->mayReadOrWriteMemory()) return false;
    constexpr int kMaxDepth = 8;
    return depth < kMaxDepth && OperandsAreFixed(*instruction, depth + 1);
  }

  bool OperandsAreFixed(const llvm::Instruction& instruction, int depth = 0) const {
    return std::all_of(instruction.op_begin(), instruction.op_end(),
                       [this, depth](const llvm::Value* value) { return IsFixed(value, depth); });
  }

  bool Waits(const llvm::Instruction& access) const {
    if (llvm::isa<llvm::LoadInst>(access)) return IsWatched(access);
    if (const auto* swap = llvm::dyn_cast<llvm::AtomicCmpXchgInst>(&access)) {
      return IsFixed(swap->getCompareOperand());
    }
    if (const auto* update = llvm::dyn_cast<llvm::AtomicRMWInst>(&access)) return Repeats(*update);
    const auto* call = llvm::dyn_cast<llvm::CallBase>(&access);
    const llvm::Function* callee = call == nullptr ? nullptr : call->getCalledFunction();
    return callee != nullptr && !callee->isIntrinsic() && shared_.In(*callee);
  }

  /// Whether the update changes nothing, or nothing after the first time.
  bool Repeats(const llvm::AtomicRMWInst& update) const {
    switch (update.getOperation()) {
      case llvm::AtomicRMWInst::Xchg:
      case llvm::AtomicRMWInst::And:
      case llvm::AtomicRMWInst::Or:
      case llvm::AtomicRMWInst::Max:
      case llvm::AtomicRMWInst::Min:
      case llvm::AtomicRMWInst::UMax:
      case llvm::AtomicRMWInst::UMin:
      case llvm::AtomicRMWInst::FMax:
      case llvm::AtomicRMWInst::FMin:
        return OperandsAreFixed(update);
      case llvm::AtomicRMWInst::Add:
      case llvm::AtomicRMWInst::Sub:
      case llvm::AtomicRMWInst::Xor:
      case llvm::AtomicRMWInst::FAdd:
      case llvm::AtomicRMWInst::FSub: {
        const auto* operand = llvm::dyn_cast<llvm::Constant>(update.getValOperand());
        return operand != nullptr && operand->isZeroValue();
      }
      default:
        return false;
    }
  }

  bool HasFence() const {
    for (const llvm::BasicBlock* block : loop_.blocks()) {
      for (const llvm::Instruction& instruction : *block) {
        if (instruction.isAtomic()) return true;
      }
    }
    return false;
  }

  const llvm::Loop& loop_;
  const llvm::DominatorTree& dominators_;
  SharedAccess& shared_;
  std::vector<const llvm::Instruction*> pending_;
  std::set<const llvm::Instruction*> seen_;
  std::vector<const llvm::Instruction*> accesses_;
  bool counts_ = false;  // something changes from turn to turn by itself
};

/// Code that was not optimised keeps its variables in memory, where no dependence can be followed.
void PromoteLocals(llvm::Function& function) {
  std::vector<llvm::AllocaInst*> locals;
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    auto* local = llvm::dyn_cast<llvm::AllocaInst>(&instruction);
    if (local != nullptr && llvm::isAllocaPromotable(local)) locals.push_back(local);
  }
  if (locals.empty()) return;
  llvm::DominatorTree dominators(function);
  llvm::PromoteMemToReg(locals, dominators);
}

/// Calls yield on every way back to the loop's start, so that a wait that is over costs nothing.
void InsertYield(llvm::Module& module, const llvm::Loop& loop) {
  llvm::SmallVector<llvm::BasicBlock*, 4> latches;
  loop.getLoopLatches(latches);
  llvm::FunctionCallee yield = module.getOrInsertFunction(
      kYieldExtern, llvm::FunctionType::get(llvm::Type::getVoidTy(module.getContext()), false));
  for (llvm::BasicBlock* latch : latches) {
    llvm::BasicBlock* back =
        latch->getSingleSuccessor() != nullptr ? latch : llvm::SplitEdge(latch, loop.getHeader());
    llvm::IRBuilder<>(back->getTerminator()).CreateCall(yield);
  }
}

}  // namespace

void MarkSpinLoops(llvm::Module& module) {
  std::vector<llvm::Function*> functions;
  for (llvm::Function& function : module) {
    if (!function.isDeclaration()) functions.push_back(&function);
  }
  for (llvm::Function* function : functions) PromoteLocals(*function);
  SharedAccess shared;
  for (llvm::Function* function : functions) {
    const llvm::DominatorTree dominators(*function);
    const llvm::LoopInfo loops(dominators);
    // Looked at before any edge is split.
    std::vector<const llvm::Loop*> waiting;
    for (const llvm::Loop* loop : loops.getLoopsInPreorder()) {
      if (LoopEnd(*loop, dominators, shared).DependsOnOthers()) waiting.push_back(loop);
    }
    for (const llvm::Loop* loop : waiting) InsertYield(module, *loop);
  }
}

}  // namespace opensupa::cc
