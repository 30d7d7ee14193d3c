#include "vector/prefetch.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "retarget.h"
#include "vector/block_strips.h"
#include "vector/induction.h"
#include "vector/warp_operations.h"

namespace opensupa::cc {
namespace {

using llvm::Instruction;
using llvm::Value;

// How far ahead, by what all threads of a block load at once.
constexpr uint64_t kDistanceBytes = 8192;
constexpr uint64_t kTileDistanceBytes = 2048;
constexpr uint64_t kMostSteps = 16;
// How far ahead where a step is not known, but all threads of a block make it together.
constexpr uint64_t kLongSteps = 6;
constexpr unsigned kMostAccesses = 8;
constexpr unsigned kMostDepth = 24;

class Prefetcher {
 public:
  Prefetcher(llvm::Function& function, const llvm::LoopInfo& loops, unsigned block_threads,
             bool in_step)
      : function_(function), loops_(loops), block_threads_(block_threads), in_step_(in_step) {}

  bool HasLongSteps() const {
    for (Instruction* access : Accesses()) {
      const llvm::Loop* loop = MovingLoop(*access);
      const bool loads = llvm::isa<llvm::LoadInst>(access);
      if (loads && loop != nullptr && !HasBarrier(*loop) && KnownSteps(*access, *loop) == 0) {
        return true;
      }
    }
    return false;
  }

  void Run(bool strips, const StreamingStores& streaming) {
    streaming_ = &streaming;
    if (!strips) block_indices_ = FindBlockIndexLoads(function_);
    for (Instruction* access : Accesses()) {
      // Accesses around one place share lines.
      if (IsBesideAnother(*access)) continue;
      if (made_ == kMostAccesses) return;
      Prefetch(*access);
    }
  }

 private:
  struct Place {
    const Value* base;
    const Value* index;
    int64_t offset_bytes;
  };

  /// Whether `pointer` leads to what an argument of the kernel points to, or a pointer in one.
  static bool IsOfArguments(const Value& pointer) {
    const Value* object = llvm::getUnderlyingObject(&pointer);
    bool is_pointed_to = true;
    if (const auto* member = llvm::dyn_cast<llvm::LoadInst>(object)) {
      object = llvm::getUnderlyingObject(member->getPointerOperand());
      is_pointed_to = false;
    }
    const auto* argument = llvm::dyn_cast<llvm::Argument>(object);
    return argument != nullptr && argument->getArgNo() >= kFirstIndexParameter + kIndexParameters &&
           argument->hasByValAttr() != is_pointed_to;
  }

  /// Loads and stores of memory behind arguments, loads first.
  std::vector<Instruction*> Accesses() const {
    std::vector<Instruction*> loads, stores;
    for (Instruction& instruction : llvm::instructions(function_)) {
      if (instruction.isVolatile() || instruction.isAtomic()) continue;
      const Value* pointer = llvm::getLoadStorePointerOperand(&instruction);
      if (pointer == nullptr || !IsOfArguments(*pointer)) continue;
      (llvm::isa<llvm::LoadInst>(instruction) ? loads : stores).push_back(&instruction);
    }
    loads.insert(loads.end(), stores.begin(), stores.end());
    return loads;
  }

  /// The innermost loop that moves the address of `access`, or null.
  const llvm::Loop* MovingLoop(Instruction& access) const {
    const llvm::Loop* loop = loops_.getLoopFor(access.getParent());
    while (loop != nullptr && !DependsOnPhis(llvm::getLoadStorePointerOperand(&access), *loop)) {
      loop = loop->getParentLoop();
    }
    return loop;
  }

  /// Where `pointer` leads to: from a base, by an index if it has one, so many bytes on.
  Place PlaceOf(const Value* pointer) const {
    const llvm::DataLayout& layout = function_.getParent()->getDataLayout();
    llvm::APInt offset(layout.getIndexTypeSizeInBits(pointer->getType()), 0);
    Place place = {pointer->stripAndAccumulateConstantOffsets(layout, offset, true), nullptr,
                   offset.getSExtValue()};
    const auto* gep = llvm::dyn_cast<llvm::GetElementPtrInst>(place.base);
    if (gep == nullptr || gep->getNumIndices() != 1) return place;
    place.base = gep->getPointerOperand();
    place.index = gep->getOperand(1);
    const uint64_t scale = layout.getTypeAllocSize(gep->getSourceElementType()).getFixedValue();
    while (const auto* operation = llvm::dyn_cast<Instruction>(place.index)) {
      const auto* parts = llvm::dyn_cast<llvm::PossiblyDisjointInst>(operation);
      const bool adds =
          operation->getOpcode() == Instruction::Add || (parts != nullptr && parts->isDisjoint());
      if (adds && llvm::isa<llvm::ConstantInt>(operation->getOperand(1))) {
        place.offset_bytes +=
            llvm::cast<llvm::ConstantInt>(operation->getOperand(1))->getSExtValue() *
            static_cast<int64_t>(scale);
      } else if (!llvm::isa<llvm::CastInst>(operation)) {
        break;
      }
      place.index = operation->getOperand(0);
    }
    return place;
  }

  bool IsBesideAnother(const Instruction& access) {
    constexpr int64_t kBesideBytes = 256;
    const Place place = PlaceOf(llvm::getLoadStorePointerOperand(&access));
    const bool beside = std::any_of(places_.begin(), places_.end(), [&](const Place& other) {
      return other.base == place.base && other.index == place.index &&
             std::abs(other.offset_bytes - place.offset_bytes) < kBesideBytes;
    });
    places_.push_back(place);
    return beside;
  }

  void Prefetch(Instruction& access) {
    if (const llvm::Loop* loop = MovingLoop(access)) {
      uint64_t steps = KnownSteps(access, *loop);
      if (steps == 0 && in_step_) steps = kLongSteps;
      if (steps == 0) return;
      Emit(access, [&](Instruction& one) { return Later(one, *loop, steps, access); });
      return;
    }
    if (block_indices_.empty()) return;
    const llvm::DataLayout& layout = function_.getParent()->getDataLayout();
    const uint64_t bytes =
        layout.getTypeStoreSize(llvm::getLoadStoreType(&access)).getFixedValue() * block_threads_;
    const uint64_t steps = std::clamp<uint64_t>(kDistanceBytes / bytes, 1, kMostSteps);
    Emit(access, [&](Instruction& one) -> Value* {
      if (std::find(block_indices_.begin(), block_indices_.end(), &one) == block_indices_.end()) {
        return nullptr;
      }
      llvm::IRBuilder<> builder(&access);
      return builder.CreateAdd(&one, llvm::ConstantInt::get(one.getType(), steps));
    });
  }

  bool DependsOnPhis(Value* value, const llvm::Loop& loop, unsigned depth = 0) const {
    auto* instruction = llvm::dyn_cast<Instruction>(value);
    if (instruction == nullptr || !loop.contains(instruction) || depth == kMostDepth) return false;
    if (llvm::isa<llvm::PHINode>(instruction)) {
      return instruction->getParent() == loop.getHeader();
    }
    if (instruction->mayReadFromMemory()) return false;
    return std::any_of(instruction->op_begin(), instruction->op_end(),
                       [&](Value* operand) { return DependsOnPhis(operand, loop, depth + 1); });
  }

  /// Iterations ahead for a loop that moves on by a known step; 0 for others, which may go far away
  /// from what is in the caches' way.
  uint64_t KnownSteps(Instruction& access, const llvm::Loop& loop) const {
    const llvm::DataLayout& layout = function_.getParent()->getDataLayout();
    const uint64_t element =
        layout.getTypeStoreSize(llvm::getLoadStoreType(&access)).getFixedValue();
    for (const llvm::PHINode& phi : loop.getHeader()->phis()) {
      const auto* step = llvm::dyn_cast_or_null<llvm::ConstantInt>(StepOf(phi, loop));
      if (step == nullptr || step->getValue().abs().ule(1)) continue;
      // Around a barrier all threads of the block load in turn.
      if (HasBarrier(loop)) {
        return std::clamp<uint64_t>(kTileDistanceBytes / (element * block_threads_), 1, kMostSteps);
      }
      const uint64_t bytes = step->getValue().abs().getLimitedValue(kDistanceBytes) * element;
      return std::clamp<uint64_t>(kDistanceBytes / bytes, 1, kMostSteps);
    }
    return 0;
  }

  /// What an induction variable of `loop` is `steps` iterations later; null for other values.
  static Value* Later(Instruction& one, const llvm::Loop& loop, uint64_t steps,
                      Instruction& access) {
    auto* phi = llvm::dyn_cast<llvm::PHINode>(&one);
    Value* step = phi == nullptr ? nullptr : StepOf(*phi, loop);
    if (step == nullptr) return nullptr;
    llvm::IRBuilder<> builder(&access);
    return builder.CreateAdd(
        phi, builder.CreateMul(step, llvm::ConstantInt::get(step->getType(), steps)));
  }

  /// Prefetches the address that `access` would have if `replace` held.
  template <typename Replace>
  void Emit(Instruction& access, Replace replace) {
    std::map<Value*, Value*> known;
    Value* pointer = llvm::getLoadStorePointerOperand(&access);
    const std::optional<Value*> address = Rewrite(pointer, access, replace, known, 0);
    if (!address.has_value() || *address == pointer) return;
    llvm::IRBuilder<> builder(&access);
    llvm::CallInst* prefetch =
        builder.CreateIntrinsic(llvm::Intrinsic::prefetch, {(*address)->getType()},
                                {*address, builder.getInt32(llvm::isa<llvm::StoreInst>(access)),
                                 builder.getInt32(3), builder.getInt32(1)});
    const auto* store = llvm::dyn_cast<llvm::StoreInst>(&access);
    if (store != nullptr && streaming_->Contains(*store)) {
      prefetch->setMetadata(kMayStreamMetadata, llvm::MDNode::get(builder.getContext(), {}));
    }
    ++made_;
  }

  /// `value` with everything replaced; itself if it does not depend on it, none if nobody can tell.
  template <typename Replace>
  std::optional<Value*> Rewrite(Value* value, Instruction& access, Replace replace,
                                std::map<Value*, Value*>& known, unsigned depth) {
    auto* instruction = llvm::dyn_cast<Instruction>(value);
    if (instruction == nullptr) return value;
    if (const auto found = known.find(value); found != known.end()) return found->second;
    if (Value* replaced = replace(*instruction)) return known[value] = replaced;
    if (!llvm::isa<llvm::BinaryOperator, llvm::CastInst, llvm::GetElementPtrInst>(instruction)) {
      return value;
    }
    if (depth == kMostDepth) return std::nullopt;
    std::vector<Value*> operands;
    for (Value* operand : instruction->operands()) {
      const std::optional<Value*> rewritten = Rewrite(operand, access, replace, known, depth + 1);
      if (!rewritten.has_value()) return std::nullopt;
      operands.push_back(*rewritten);
    }
    if (std::equal(operands.begin(), operands.end(), instruction->op_begin())) {
      return known[value] = value;
    }
    if (instruction->isIntDivRem()) return std::nullopt;
    const auto* parts = llvm::dyn_cast<llvm::PossiblyDisjointInst>(instruction);
    Instruction* copy = parts != nullptr && parts->isDisjoint()
                            ? llvm::BinaryOperator::CreateAdd(operands[0], operands[1])
                            : instruction->clone();
    for (unsigned i = 0; i < operands.size(); ++i) copy->setOperand(i, operands[i]);
    copy->dropPoisonGeneratingFlags();
    copy->insertBefore(&access);
    return known[value] = copy;
  }

  llvm::Function& function_;
  const llvm::LoopInfo& loops_;
  const unsigned block_threads_;
  const bool in_step_;
  const StreamingStores* streaming_ = nullptr;
  std::vector<llvm::LoadInst*> block_indices_;
  std::vector<Place> places_;
  unsigned made_ = 0;
};

}  // namespace

bool LoadsInLongSteps(llvm::Function& function, const llvm::LoopInfo& loops) {
  return Prefetcher(function, loops, 1, false).HasLongSteps();
}

void PrefetchLoads(llvm::Function& function, const llvm::LoopInfo& loops, unsigned block_threads,
                   bool strips, bool in_step, const StreamingStores& streaming) {
  Prefetcher(function, loops, block_threads, in_step).Run(strips, streaming);
}

}  // namespace opensupa::cc
