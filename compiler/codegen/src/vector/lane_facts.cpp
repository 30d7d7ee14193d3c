#include "vector/lane_facts.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "vector/warp_operations.h"

namespace opensupa::cc {
namespace {

SourcePlace PlaceOfLocation(const llvm::DILocation& location) {
  return {location.getFilename().str(), location.getLine(), location.getColumn()};
}

/// The outermost call that `location` was inlined into: a place in the kernel itself.
const llvm::DILocation* Outermost(const llvm::DILocation* location) {
  while (location->getInlinedAt() != nullptr) location = location->getInlinedAt();
  return location;
}

/// Values of the vector function are kept in slots, which become registers.
bool IsSlotAccess(const llvm::Instruction& instruction) {
  const llvm::Value* pointer = llvm::getLoadStorePointerOperand(&instruction);
  return pointer != nullptr && llvm::isa<llvm::AllocaInst>(pointer);
}

bool IsLoopOfLanes(const llvm::BasicBlock& block) {
  return llvm::is_contained(llvm::successors(&block), &block);
}

std::string NameOf(const llvm::Type& type) {
  std::string name;
  llvm::raw_string_ostream stream(name);
  type.print(stream);
  return name;
}

std::string WhatIs(const llvm::Instruction& instruction) {
  if (llvm::isa<llvm::LoadInst>(instruction)) return "load of " + NameOf(*instruction.getType());
  if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
    return "store of " + NameOf(*store->getValueOperand()->getType());
  }
  if (llvm::isa<llvm::AtomicRMWInst, llvm::AtomicCmpXchgInst>(instruction)) return "atomic update";
  if (IsWarpOperation(instruction)) return "warp operation";
  if (const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction)) {
    const llvm::Function* callee = call->getCalledFunction();
    return callee == nullptr ? "call" : "call of " + callee->getName().str();
  }
  return instruction.getOpcodeName();
}

bool IsWorthAFact(const llvm::Instruction& instruction) {
  // Those that are not lanes' loops are vector instructions as any other.
  if (llvm::isa<llvm::IntrinsicInst>(instruction)) return false;
  return llvm::isa<llvm::LoadInst, llvm::StoreInst, llvm::AtomicRMWInst, llvm::AtomicCmpXchgInst,
                   llvm::CallBase>(instruction);
}

}  // namespace

void LaneFacts::Start(const llvm::Function& scalar, const llvm::Function& vector, unsigned lanes,
                      unsigned rows) {
  collecting_ = !done_;
  if (!collecting_) return;
  emissions_.clear();
  kept_.clear();
  kernel_ = {};
  kernel_.threads = lanes;
  kernel_.rows = rows;
  vector_ = &vector;
  scalar_ = &scalar;
  for (const llvm::Instruction& instruction : llvm::instructions(scalar)) {
    const llvm::DILocation* location = instruction.getDebugLoc().get();
    if (location == nullptr) continue;
    const llvm::DISubprogram* kernel = Outermost(location)->getScope()->getSubprogram();
    home_ = kernel->getFile();
    kernel_.place = {home_->getFilename().str(), kernel->getLine(), 1};
    break;
  }
}

void LaneFacts::Know(const llvm::Function& scalar, const llvm::LoopInfo& loops,
                     const LaneShapes& shapes) {
  if (!collecting_) return;
  costs_ = std::make_unique<llvm::TargetTransformInfo>(machine_.getTargetTransformInfo(scalar));
  loops_ = &loops;
  shapes_ = &shapes;
}

void LaneFacts::Keep(const llvm::Instruction& value, bool for_block) {
  if (collecting_) kept_[&value] = for_block;
}

void LaneFacts::Blame(const llvm::Instruction* instruction) {
  if (collecting_ && instruction != nullptr) kernel_.reason_place = PlaceOf(*instruction);
}

/// The innermost place in the file of the kernel, since what lies in headers is asked for there.
SourcePlace LaneFacts::PlaceOf(const llvm::Instruction& instruction) const {
  const llvm::DILocation* location = instruction.getDebugLoc().get();
  if (location == nullptr) return {};
  for (const llvm::DILocation* one = location; one != nullptr; one = one->getInlinedAt()) {
    if (one->getFile() == home_) return PlaceOfLocation(*one);
  }
  return PlaceOfLocation(*Outermost(location));
}

double LaneFacts::CyclesOf(const llvm::Instruction& instruction) {
  if (llvm::isa<llvm::AllocaInst>(instruction) || IsSlotAccess(instruction)) return 0;
  const llvm::InstructionCost cost =
      costs_->getInstructionCost(&instruction, llvm::TargetTransformInfo::TCK_RecipThroughput);
  return cost.isValid() ? static_cast<double>(*cost.getValue()) : 0;
}

void LaneFacts::Note(const llvm::Instruction& instruction, bool is_masked,
                     const std::vector<const llvm::Instruction*>& emitted,
                     const std::vector<const llvm::BasicBlock*>& new_blocks) {
  if (costs_ == nullptr) return;
  Emission& emission = emissions_[&instruction];
  for (const llvm::BasicBlock* block : new_blocks) emission.by_lane |= IsLoopOfLanes(*block);
  double cycles = 0;
  for (const llvm::Instruction* one : emitted) {
    const bool repeated = IsLoopOfLanes(*one->getParent());
    cycles += CyclesOf(*one) * (repeated ? kernel_.threads : 1);
    emission.shuffles |= llvm::isa<llvm::ShuffleVectorInst>(one);
    if (const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(one)) {
      const llvm::Intrinsic::ID id = call->getIntrinsicID();
      emission.gathers |=
          id == llvm::Intrinsic::masked_gather || id == llvm::Intrinsic::masked_scatter;
      emission.masked_moves |=
          id == llvm::Intrinsic::masked_load || id == llvm::Intrinsic::masked_store;
    } else if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(one)) {
      emission.moves |= !IsSlotAccess(*one) && load->getType()->isVectorTy();
    } else if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(one)) {
      emission.moves |= !IsSlotAccess(*one) && store->getValueOperand()->getType()->isVectorTy();
    }
  }
  emission.is_plain |= !is_masked;
  (is_masked ? emission.masked_cycles : emission.plain_cycles) = cycles;
}

std::string LaneFacts::WhyApart(const llvm::Value* pointer) const {
  const LaneShape shape = shapes_->Of(pointer);
  if (shape.strided()) {
    return "the address grows by " + std::to_string(shape.stride) + " bytes from thread to thread";
  }
  std::vector<const llvm::Value*> work = {pointer};
  std::set<const llvm::Value*> seen;
  std::string why = "the address is computed in a way that is not followed";
  while (!work.empty()) {
    const auto* instruction = llvm::dyn_cast<llvm::Instruction>(work.back());
    work.pop_back();
    if (instruction == nullptr || shapes_->IsUniform(instruction)) continue;
    if (!seen.insert(instruction).second) continue;
    if (llvm::isa<llvm::LoadInst>(instruction)) return "the address depends on what threads load";
    if (llvm::isa<llvm::CallBase>(instruction)) return "the address depends on what a call gives";
    if (llvm::isa<llvm::PHINode, llvm::SelectInst>(instruction)) {
      why = "the address depends on which way threads have come";
    }
    for (const llvm::Value* operand : instruction->operands()) work.push_back(operand);
  }
  return why;
}

void LaneFacts::DescribeAccess(const llvm::Instruction& instruction, const Emission& emission) {
  LaneFact fact;
  fact.place = PlaceOf(instruction);
  fact.what = WhatIs(instruction);
  fact.masked = !emission.is_plain;
  fact.loop_depth = loops_->getLoopDepth(instruction.getParent());
  fact.cycles = emission.is_plain ? emission.plain_cycles : emission.masked_cycles;
  const llvm::Value* pointer = llvm::getLoadStorePointerOperand(&instruction);
  const bool is_store = llvm::isa<llvm::StoreInst>(instruction);
  const bool together = emission.moves || emission.masked_moves;
  if (emission.by_lane) {
    fact.how = "lane by lane";
    fact.slow = true;
    fact.why = pointer != nullptr                       ? "its kind has no vector form"
               : llvm::isa<llvm::CallBase>(instruction) ? "a call runs one thread at a time"
                                                        : "each thread updates memory by itself";
  } else if (emission.gathers && together) {
    fact.how = is_store ? "contiguous or scattered" : "contiguous or gathered";
    fact.why = "whether threads touch neighbours is asked at run time";
  } else if (emission.gathers) {
    fact.how = is_store ? "scattered" : "gathered";
    fact.slow = true;
    if (pointer != nullptr) fact.why = WhyApart(pointer);
  } else if (pointer != nullptr && emission.shuffles) {
    fact.how = "contiguous and shuffled";
  } else if (pointer != nullptr) {
    fact.how = together ? "contiguous" : "once for all threads";
  } else if (IsWarpOperation(instruction)) {
    fact.how = "vector instructions";
  } else {
    fact.how = shapes_->Of(&instruction).varying() ? "vector instructions" : "once for all threads";
  }
  kernel_.facts.push_back(std::move(fact));
}

void LaneFacts::DescribeFlow(const llvm::Function& scalar) {
  std::set<const llvm::Loop*> told;
  for (const llvm::BasicBlock& block : scalar) {
    LaneFact fact;
    fact.place = PlaceOf(*block.getTerminator());
    fact.loop_depth = loops_->getLoopDepth(&block);
    const llvm::Loop* loop = loops_->getLoopFor(&block);
    if (loop != nullptr && shapes_->IsDivergent(*loop) && loop->isLoopExiting(&block) &&
        told.insert(loop).second) {
      fact.what = "loop";
      fact.how = "threads leave apart";
      fact.why = "it runs until the last thread of a vector has left, first without masks";
    } else if (shapes_->EarlyExitOf(block) != nullptr) {
      fact.what = "branch";
      fact.how = "some threads return early";
    } else if (shapes_->IsDivergent(block) && (loop == nullptr || !loop->isLoopExiting(&block))) {
      fact.what = "branch";
      fact.how = "threads part";
      fact.why = "both sides run under masks where the threads of a vector disagree";
    } else {
      continue;
    }
    kernel_.facts.push_back(std::move(fact));
  }
  for (const auto& [value, for_block] : kept_) {
    LaneFact fact;
    fact.place = PlaceOf(*value);
    fact.what = "value";
    fact.how = for_block ? "kept across a barrier, once for the block"
                         : "kept across a barrier in memory, for each thread";
    fact.slow = !for_block;
    kernel_.facts.push_back(std::move(fact));
  }
}

void LaneFacts::End(const char* reason) {
  if (!collecting_) return;
  collecting_ = false;
  if (reason != nullptr || loops_ == nullptr) return;
  done_ = true;
  for (const auto& [instruction, emission] : emissions_) {
    const SourcePlace place = PlaceOf(*instruction);
    const unsigned depth = loops_->getLoopDepth(instruction->getParent());
    KernelFacts::Line& line = kernel_.lines[{place.file, place.line}];
    line.loop_depth = std::max(line.loop_depth, depth);
    line.cycles += emission.is_plain ? emission.plain_cycles : emission.masked_cycles;
    if (IsWorthAFact(*instruction)) DescribeAccess(*instruction, emission);
  }
  DescribeFlow(*scalar_);
  std::stable_sort(kernel_.facts.begin(), kernel_.facts.end(),
                   [](const LaneFact& a, const LaneFact& b) {
                     return std::tie(a.place.file, a.place.line, a.place.column) <
                            std::tie(b.place.file, b.place.line, b.place.column);
                   });
}

KernelFacts LaneFacts::Finish(const std::string& symbol, const char* reason) {
  kernel_.symbol = symbol;
  if (reason != nullptr) {
    kernel_.reason = reason;
    kernel_.threads = 1;
    kernel_.rows = 1;
    kernel_.facts.clear();
    kernel_.lines.clear();
  }
  return std::move(kernel_);
}

EmissionWatch::EmissionWatch(LaneFacts* facts, llvm::IRBuilder<>& builder,
                             const llvm::Instruction& instruction, const llvm::Value* mask)
    : facts_(facts == nullptr || !facts->collecting_ ? nullptr : facts),
      builder_(builder),
      instruction_(instruction),
      is_masked_(mask != nullptr) {
  if (facts_ == nullptr) return;
  block_ = builder.GetInsertBlock();
  last_ = block_->empty() ? nullptr : &block_->back();
  last_block_ = &facts_->vector_->back();
}

EmissionWatch::~EmissionWatch() {
  if (facts_ == nullptr) return;
  std::vector<const llvm::Instruction*> emitted;
  std::vector<const llvm::BasicBlock*> new_blocks;
  auto first = last_ == nullptr ? block_->begin() : std::next(last_->getIterator());
  for (; first != block_->end(); ++first) emitted.push_back(&*first);
  for (const llvm::BasicBlock* block = last_block_->getNextNode(); block != nullptr;
       block = block->getNextNode()) {
    new_blocks.push_back(block);
    for (const llvm::Instruction& instruction : *block) emitted.push_back(&instruction);
  }
  facts_->Note(instruction_, is_masked_, emitted, new_blocks);
}

}  // namespace opensupa::cc
