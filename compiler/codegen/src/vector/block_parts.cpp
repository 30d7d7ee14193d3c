#include "vector/block_parts.h"

#include "context_access.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/IR/CFG.h"
#include "opensupa/binary/device_abi.h"
#include "retarget.h"
#include "vector/block_strips.h"
#include "vector/part_choices.h"
#include "vector/part_locals.h"
#include "vector/warp_operations.h"

namespace opensupa::cc {

using binary::abi::BarrierOp;
using llvm::BasicBlock;
using llvm::Value;

namespace {

constexpr unsigned kParameterX = kFirstIndexParameter;
constexpr unsigned kParameterY = kFirstIndexParameter + 1;
constexpr unsigned kParameterZ = kFirstIndexParameter + 2;
constexpr unsigned kParameterLinear = kFirstIndexParameter + 3;
constexpr size_t kBlockIndexOffset =
    offsetof(binary::abi::BlockContext, block_idx) + offsetof(binary::abi::Dim3, x);
// What a block may keep on the stack of the thread that runs it.
constexpr uint64_t kMostFrameBytes = uint64_t{1} << 20;

BarrierOp OperationOf(const llvm::CallInst& barrier) {
  return static_cast<BarrierOp>(
      llvm::cast<llvm::ConstantInt>(barrier.getArgOperand(1))->getZExtValue());
}

}  // namespace

const char* BlockParts::Emit() {
  BasicBlock* slots = builder().GetInsertBlock();
  FindParts();
  FindLiveValues();
  exits_ =
      parts_.size() > 1 && (block_shapes_.has_early_exits() || values_.shapes().has_early_exits());
  MakeSlots();
  if (frame_.strips) StartStrip();
  for (Part& part : parts_) {
    EmitPart(part);
    if (failure_ == nullptr) failure_ = flow_.failure();
    if (failure_ != nullptr) return failure_;
  }
  if (frame_bytes_ > kMostFrameBytes) return "too much that its threads keep across barriers";
  llvm::IRBuilder<>(slots).CreateBr(parts_.front().start);
  values_.Promote();
  return nullptr;
}

// --- Parts and what crosses barriers -------------------------------------------------------------

void BlockParts::FindParts() {
  parts_.push_back({&scalar_.getEntryBlock(), {}});
  for (BasicBlock& block : scalar_) {
    if (const llvm::CallInst* barrier = BarrierAtEndOf(block)) {
      parts_.push_back({block.getSingleSuccessor(), {}, barrier});
    }
  }
  for (Part& part : parts_) {
    part.blocks.insert(part.entry);
    std::vector<const BasicBlock*> work = {part.entry};
    while (!work.empty()) {
      const BasicBlock* block = work.back();
      work.pop_back();
      if (BarrierAtEndOf(*block) != nullptr) continue;
      for (const BasicBlock* next : llvm::successors(block)) {
        if (part.blocks.insert(next).second) work.push_back(next);
      }
    }
    part.start = values_.NewBlock("part");
  }
}

/// Calls `use` for `value` and all that is needed to make its vector or to check its stride.
template <typename Use>
void BlockParts::ForEachNeed(Value* value, Use use) {
  auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
  if (instruction == nullptr) return;
  use(*instruction);
  const LaneShape shape = values_.shapes().Of(instruction);
  if (!shape.strided() || shape.casts.empty()) return;
  if (!llvm::isa<llvm::PHINode>(instruction)) {
    for (Value* operand : instruction->operands()) ForEachNeed(operand, use);
  }
  for (const llvm::CastInst* cast : shape.casts) {
    if (cast != instruction) ForEachNeed(const_cast<llvm::CastInst*>(cast), use);
  }
}

/// Values that are alive at the entry of each block.
void BlockParts::FindLiveValues() {
  if (parts_.size() == 1) return;
  bool changed = true;
  const auto add = [&](std::set<llvm::Instruction*>& live, Value* value) {
    ForEachNeed(value, [&](llvm::Instruction& one) { live.insert(&one); });
  };
  while (changed) {
    changed = false;
    for (BasicBlock* block : llvm::post_order(&scalar_)) {
      std::set<llvm::Instruction*> live;
      for (BasicBlock* next : llvm::successors(block)) {
        const auto& after = live_[next];
        live.insert(after.begin(), after.end());
        for (llvm::PHINode& phi : next->phis()) {
          live.erase(&phi);
          add(live, phi.getIncomingValueForBlock(block));
        }
      }
      for (auto instruction = block->rbegin(); instruction != block->rend(); ++instruction) {
        if (llvm::isa<llvm::PHINode>(*instruction)) continue;
        live.erase(&*instruction);
        for (Value* operand : instruction->operands()) add(live, operand);
      }
      // A phi is set before its block is entered.
      for (llvm::PHINode& phi : block->phis()) live.insert(&phi);
      if (live_[block] == live) continue;
      live_[block] = std::move(live);
      changed = true;
    }
  }
}

unsigned BlockParts::MostPasses() const {
  // Rows need not fill vectors: one vector for each thread is the worst case.
  return frame_.form == BlockForm::kPartialRows
             ? frame_.most_threads
             : (frame_.most_threads + values_.lanes() - 1) / values_.lanes();
}

llvm::Type* BlockParts::MaskType() {
  return llvm::FixedVectorType::get(builder().getInt1Ty(), values_.lanes());
}

Value* BlockParts::Load(llvm::AllocaInst* slot) {
  return builder().CreateLoad(slot->getAllocatedType(), slot);
}

void BlockParts::MakeSlots() {
  llvm::Type* type = builder().getInt32Ty();
  x_ = values_.NewSlot(type, "x");
  y_ = values_.NewSlot(type, "y");
  z_ = values_.NewSlot(type, "z");
  pass_ = values_.NewSlot(type, "pass");
  next_ = values_.NewSlot(type, "next");
  for (llvm::AllocaInst*& met : met_) met = values_.NewSlot(type, "met");
  if (!exits_) return;
  alive_ = values_.NewSlot(MaskType(), "alive");
  alive_kept_ = values_.NewMemory(llvm::ArrayType::get(MaskType(), MostPasses()), "alive.kept");
}

BlockParts::Kept& BlockParts::KeptOf(llvm::AllocaInst* slot, bool for_block) {
  Kept& kept = kept_[slot];
  if (kept.memory != nullptr) return kept;
  kept = {slot, nullptr, for_block};
  llvm::Type* type = slot->getAllocatedType();
  if (for_block) {
    kept.memory = values_.NewSlot(type, slot->getName() + ".kept");
    return kept;
  }
  kept.memory =
      values_.NewMemory(llvm::ArrayType::get(type, MostPasses()), slot->getName() + ".kept");
  frame_bytes_ += MostPasses() * scalar_.getParent()->getDataLayout().getTypeAllocSize(type);
  return kept;
}

/// Calls `each` for everything that is kept for the part that begins at `entry`.
template <typename Each>
void BlockParts::ForEachKept(const BasicBlock& entry, Each each) {
  for (llvm::Instruction* live : live_[&entry]) {
    if (llvm::isa<llvm::AllocaInst>(live)) continue;
    const bool for_block = block_shapes_.IsUniform(live);
    if (values_.facts() != nullptr) values_.facts()->Keep(*live, for_block);
    for (llvm::AllocaInst* slot : values_.SlotsOf(*live)) each(KeptOf(slot, for_block));
    if (llvm::AllocaInst* second = values_.SecondSlotOf(*live)) each(KeptOf(second, false));
  }
}

Value* BlockParts::PlaceOf(llvm::AllocaInst* memory) {
  auto* type = llvm::cast<llvm::ArrayType>(memory->getAllocatedType());
  return builder().CreateGEP(type->getElementType(), memory, pass_number_);
}

// --- A part --------------------------------------------------------------------------------------

void BlockParts::EmitPart(Part& part) {
  values_.StartBlock(part.start);
  const bool first = part.barrier == nullptr;
  BlockValues block_values;
  if (!first) {
    ForEachKept(*part.entry, [&](Kept& kept) {
      if (kept.for_block) block_values[kept.slot] = Load(kept.memory);
    });
  }
  Value* met = nullptr;
  if (!first && OperationOf(*part.barrier) != BarrierOp::kPlain) {
    met = Load(met_[static_cast<unsigned>(OperationOf(*part.barrier)) - 1]);
  }
  llvm::Constant* zero = builder().getInt32(0);
  for (llvm::AllocaInst* slot : {x_, y_, z_, pass_, next_}) builder().CreateStore(zero, slot);
  for (unsigned i = 0; i < 3; ++i) {
    const bool all_start_true = static_cast<BarrierOp>(i + 1) == BarrierOp::kAnd;
    builder().CreateStore(builder().getInt32(all_start_true ? 1 : 0), met_[i]);
  }
  for (unsigned i = 1; i < 3; ++i) Publish(i, zero);
  instructions_.SetFacts(FindFacts(part.blocks, *part.entry, live_[part.entry], nullptr, nullptr));
  if (!first && frame_.form == BlockForm::kWholeRows) EmitChoices(part, block_values, met);
  EmitPasses(part, block_values, met);
}

/// Emits the part once more for each small power of two that a value may be on which it depends
/// where lanes are in memory.
void BlockParts::EmitChoices(Part& part, const BlockValues& block_values, Value* met) {
  llvm::Instruction* choice =
      FindChoice(part.blocks, live_[part.entry], values_.shapes(), block_shapes_);
  if (choice == nullptr || values_.rows() > 1) return;
  llvm::AllocaInst* slot = values_.SlotsOf(*choice).front();
  BasicBlock* other = values_.NewBlock("part.other");
  llvm::SwitchInst* way = builder().CreateSwitch(block_values.at(slot), other);
  auto* type = llvm::cast<llvm::IntegerType>(choice->getType());
  for (unsigned number = 1; number < values_.lanes(); number *= 2) {
    auto* constant = llvm::ConstantInt::get(type, number);
    BasicBlock* start = values_.NewBlock("part.choice");
    way->addCase(constant, start);
    values_.StartBlock(start);
    BlockValues chosen = block_values;
    chosen[slot] = constant;
    instructions_.SetFacts(
        FindFacts(part.blocks, *part.entry, live_[part.entry], choice, constant));
    flow_.AllowCopies();
    EmitPasses(part, chosen, met);
    if (failure_ != nullptr || flow_.failure() != nullptr) return;
  }
  flow_.AllowCopies();
  instructions_.SetFacts(FindFacts(part.blocks, *part.entry, live_[part.entry], nullptr, nullptr));
  values_.StartBlock(other);
}

void BlockParts::EmitPasses(Part& part, const BlockValues& block_values, Value* met) {
  BasicBlock* head = values_.NewBlock("vector");
  pass_end_ = values_.NewBlock("vector.end");
  builder().CreateBr(head);
  values_.StartBlock(head);
  StartPass(part, block_values, met);
  EmitWays(part);
  if (failure_ != nullptr || flow_.failure() != nullptr) return;
  values_.StartBlock(pass_end_);
  BasicBlock* after = values_.NewBlock("part.end");
  Advance(head, after);
  values_.StartBlock(after);
  Dispatch(part);
}

void BlockParts::StartPass(const Part& part, const BlockValues& block_values, Value* met) {
  pass_number_ = Load(pass_);
  if (frame_.form == BlockForm::kLinear) {
    SetLinearIndices();
  } else {
    SetRowIndices();
  }
  for (llvm::Instruction& instruction : scalar_.getEntryBlock()) {
    if (auto* local = llvm::dyn_cast<llvm::AllocaInst>(&instruction)) PlaceLocal(*local);
  }
  if (part.barrier == nullptr) return;
  ForEachKept(*part.entry, [&](Kept& kept) {
    Value* value = kept.for_block
                       ? block_values.at(kept.slot)
                       : builder().CreateLoad(kept.slot->getAllocatedType(), PlaceOf(kept.memory));
    builder().CreateStore(value, kept.slot);
  });
  if (!part.barrier->use_empty()) {
    values_.Define(const_cast<llvm::CallInst&>(*part.barrier),
                   met == nullptr ? builder().getInt32(0) : met);
  }
}

void BlockParts::SetRowIndices() {
  Value* x = Load(x_);
  Value* y = Load(y_);
  Value* z = Load(z_);
  Scalars rows, linear;
  for (unsigned i = 0; i < values_.rows(); ++i) {
    rows.push_back(i == 0 ? y : builder().CreateNUWAdd(y, builder().getInt32(i)));
    Value* row = builder().CreateAdd(builder().CreateMul(z, Argument(kParameterY)), rows.back());
    linear.push_back(builder().CreateAdd(builder().CreateMul(row, Argument(kParameterX)), x));
  }
  SetIndices({x}, rows, {z}, linear);
  mask_ = nullptr;
  if (frame_.form == BlockForm::kWholeRows) return;
  Value* left = builder().CreateSub(Argument(kParameterX), x);
  mask_ = builder().CreateICmpULT(values_.LaneNumbers(builder().getInt32Ty(), 1),
                                  builder().CreateVectorSplat(values_.lanes(), left), "exist");
}

/// vector / divisor, for numbers up to 1024.
Value* BlockParts::Divide(Value* vector, Value* divisor) {
  constexpr unsigned kBits = 20;
  Value* reciprocal = builder().CreateAdd(
      builder().CreateUDiv(builder().getInt32(1u << kBits), divisor), builder().getInt32(1));
  Value* product =
      builder().CreateMul(vector, builder().CreateVectorSplat(values_.lanes(), reciprocal));
  return builder().CreateLShr(product, kBits);
}

void BlockParts::SetLinearIndices() {
  Value* first = Load(x_);
  Value* dim_x = Argument(kParameterX);
  Value* dim_y = Argument(kParameterY);
  Value* linear = builder().CreateAdd(builder().CreateVectorSplat(values_.lanes(), first),
                                      values_.LaneNumbers(builder().getInt32Ty(), 1));
  const auto rest = [&](Value* value, Value* quotient, Value* divisor) {
    return builder().CreateSub(value, builder().CreateMul(quotient, builder().CreateVectorSplat(
                                                                        values_.lanes(), divisor)));
  };
  Value* row = Divide(linear, dim_x);
  Value* z = Divide(row, dim_y);
  SetIndices({rest(linear, row, dim_x)}, {rest(row, z, dim_y)}, {z}, {first});
  Value* threads = builder().CreateMul(builder().CreateMul(dim_x, dim_y), Argument(kParameterZ));
  mask_ = builder().CreateICmpULT(linear, builder().CreateVectorSplat(values_.lanes(), threads),
                                  "exist");
}

/// Indices of the vector's threads: of lane 0, or of each lane.
void BlockParts::SetIndices(const Scalars& x, const Scalars& y, const Scalars& z,
                            const Scalars& linear) {
  const unsigned parameters[] = {kParameterX, kParameterY, kParameterZ, kParameterLinear};
  const Scalars indices[] = {x, y, z, linear};
  const bool all_change = frame_.form == BlockForm::kLinear;
  LaneInstructions::ThreadIndex thread = {vector_.getArg(kContextParameter), {}};
  for (unsigned i = 0; i < 4; ++i) {
    llvm::Argument& argument = *scalar_.getArg(parameters[i]);
    values_.SetArgument(argument, indices[i]);
    thread.indices[i] = values_.rows() > 1 ? values_.Vector(&argument) : indices[i].front();
    if (i == 0 || (i < 3 && all_change)) Publish(i, indices[i].front());
  }
  if (strip_ != nullptr) {
    Value* block = BlockIndex(Load(strip_));
    for (const llvm::LoadInst* load : block_index_loads_) values_.SetArgument(*load, {block});
  }
  instructions_.SetThreadIndex(thread);
}

/// Writes index `i` (x, y, z) of the vector's first thread where a fault finds it.
void BlockParts::Publish(unsigned i, Value* index) {
  if (index->getType()->isVectorTy()) {
    index = builder().CreateExtractElement(index, uint64_t{0});
  }
  Value* address = builder().CreateConstInBoundsGEP1_64(
      builder().getInt8Ty(), vector_.getArg(kContextParameter), sizeof(uint32_t) * i);
  // Volatile, so that it is in memory while the vector runs.
  builder().CreateAlignedStore(index, address, llvm::Align(4), /*isVolatile=*/true);
}

// --- Strips of blocks ----------------------------------------------------------------------------

void BlockParts::StartStrip() {
  strip_ = values_.NewSlot(builder().getInt32Ty(), "strip");
  builder().CreateStore(builder().getInt32(0), strip_);
  block_index_loads_ = FindBlockIndexLoads(scalar_);
  block_context_ = LoadBlock(builder(), vector_.getArg(kContextParameter));
  first_block_ = LoadField(builder(), builder().getInt32Ty(), block_context_, kBlockIndexOffset,
                           /*invariant=*/false, "first_block");
}

/// Index in x of block `number` of the strip.
Value* BlockParts::BlockIndex(Value* number) { return builder().CreateAdd(first_block_, number); }

/// Writes the index of block `number` of the strip where a fault finds it.
void BlockParts::PublishBlock(Value* number) {
  Value* address = builder().CreateConstInBoundsGEP1_64(builder().getInt8Ty(), block_context_,
                                                        kBlockIndexOffset);
  builder().CreateAlignedStore(BlockIndex(number), address, llvm::Align(4), /*isVolatile=*/true);
}

/// A thread's local memory: one piece for each lane, of each vector if it outlives a part.
void BlockParts::PlaceLocal(llvm::AllocaInst& local) {
  const llvm::DataLayout& layout = scalar_.getParent()->getDataLayout();
  const uint64_t thread_bytes =
      llvm::alignTo(local.getAllocationSize(layout)->getFixedValue(), local.getAlign());
  const uint64_t vector_bytes = thread_bytes * values_.lanes();
  const bool outlives = parts_.size() > 1 && !IsPartLocal(local);
  llvm::AllocaInst*& memory = locals_[&local];
  if (memory == nullptr) {
    const uint64_t bytes = vector_bytes * (outlives ? MostPasses() : 1);
    frame_bytes_ += bytes;
    memory = values_.NewMemory(llvm::ArrayType::get(builder().getInt8Ty(), bytes), local.getName());
    memory->setAlignment(std::max(memory->getAlign(), local.getAlign()));
  }
  Value* address = memory;
  if (outlives) {
    Value* offset = builder().CreateMul(builder().CreateZExt(pass_number_, builder().getInt64Ty()),
                                        builder().getInt64(vector_bytes));
    address = builder().CreateGEP(builder().getInt8Ty(), memory, offset);
  }
  Scalars rows;
  const auto stride = static_cast<uint64_t>(values_.shapes().Of(&local).stride);
  for (unsigned row = 0; row < values_.rows(); ++row) {
    rows.push_back(builder().CreateConstGEP1_64(builder().getInt8Ty(), address,
                                                row * values_.row_lanes() * stride));
  }
  values_.Define(local, rows);
}

/// Emits the blocks of a part: once for vectors of which all threads are there, and where some may
/// not be, once for those.
void BlockParts::EmitWays(Part& part) {
  LaneFlow::Real together;
  LaneFlow::Real parted;
  const bool is_whole = frame_.form == BlockForm::kWholeRows;
  const bool needs_parted = !is_whole || exits_;
  for (LaneFlow::Real* way : {&together, &parted}) {
    way->members = part.blocks;
    way->entry = part.entry;
    way->end = [this](BasicBlock& block) { EndPass(block); };
  }
  parted.mask = mask_;
  parted.mask_slot = exits_ ? alive_ : nullptr;
  if (exits_) {
    together.exit = [&](BasicBlock& block, Value* leaving, BasicBlock& stay) {
      Exit(block, leaving, stay, &together, parted);
    };
    parted.exit = [&](BasicBlock& block, Value* leaving, BasicBlock& stay) {
      Exit(block, leaving, stay, nullptr, parted);
    };
  }
  if (is_whole && !flow_.Plan(together)) return;
  if (needs_parted && !flow_.Plan(parted)) return;
  if (!exits_) {
    flow_.EmitReal(is_whole ? together : parted);
    return;
  }
  Value* alive = mask_ == nullptr ? llvm::Constant::getAllOnesValue(MaskType()) : mask_;
  if (part.barrier != nullptr) {
    alive = builder().CreateLoad(MaskType(), PlaceOf(alive_kept_));
  }
  builder().CreateStore(alive, alive_);
  BasicBlock* start_parted = values_.NewBlock("start.parted");
  BasicBlock* some = values_.NewBlock("start.some");
  if (is_whole) {
    BasicBlock* start_together = values_.NewBlock("start.together");
    builder().CreateCondBr(values_.All(alive), start_together, start_parted);
    values_.StartBlock(start_together);
    flow_.EmitReal(together);
  } else {
    builder().CreateBr(start_parted);
  }
  values_.StartBlock(start_parted);
  builder().CreateCondBr(values_.Any(Load(alive_)), some, pass_end_);
  values_.StartBlock(some);
  flow_.EmitReal(parted);
}

/// Lanes of `leaving` return at `block`; the others go on to `stay`.
void BlockParts::Exit(BasicBlock& block, Value* leaving, BasicBlock& stay, LaneFlow::Real* together,
                      LaneFlow::Real& parted) {
  flow_.StorePhis(block, stay, nullptr);
  Value* before = Load(alive_);
  Value* alive = builder().CreateAnd(before, builder().CreateNot(leaving));
  builder().CreateStore(alive, alive_);
  // Those that never come back are gone in later parts too.
  builder().CreateStore(alive, PlaceOf(alive_kept_));
  BasicBlock* some_left = values_.NewBlock("some_left");
  if (together != nullptr) {
    builder().CreateCondBr(values_.Any(leaving), some_left, together->made.at(&stay));
  } else {
    builder().CreateBr(some_left);
  }
  values_.StartBlock(some_left);
  builder().CreateCondBr(values_.Any(Load(alive_)), parted.made.at(&stay), pass_end_);
}

/// Ends the vector's pass through a part, at a barrier or at the end of the kernel.
void BlockParts::EndPass(BasicBlock& block) {
  const llvm::CallInst* barrier = BarrierAtEndOf(block);
  if (barrier == nullptr) {
    if (exits_) {
      builder().CreateStore(llvm::Constant::getNullValue(MaskType()), PlaceOf(alive_kept_));
    }
    builder().CreateBr(pass_end_);
    return;
  }
  AddToBarrier(*barrier);
  BasicBlock* entry = block.getSingleSuccessor();
  flow_.StorePhis(block, *entry, nullptr);
  ForEachKept(*entry, [&](Kept& kept) {
    builder().CreateStore(Load(kept.slot), kept.for_block ? kept.memory : PlaceOf(kept.memory));
  });
  if (exits_) builder().CreateStore(Load(alive_), PlaceOf(alive_kept_));
  uint32_t next = 0;
  while (parts_[next].barrier != barrier) ++next;
  builder().CreateStore(builder().getInt32(next), next_);
  builder().CreateBr(pass_end_);
}

/// Adds what the vector's lanes say to what the barrier will answer.
void BlockParts::AddToBarrier(const llvm::CallInst& barrier) {
  const BarrierOp operation = OperationOf(barrier);
  if (operation == BarrierOp::kPlain) return;
  Value* says = builder().CreateIsNotNull(values_.Vector(barrier.getArgOperand(2)));
  Value* lanes = exits_ ? Load(alive_) : mask_;
  llvm::AllocaInst* met = met_[static_cast<unsigned>(operation) - 1];
  if (operation == BarrierOp::kAnd) {
    says = builder().CreateNot(says);
  }
  if (lanes != nullptr) says = builder().CreateAnd(says, lanes);
  Value* bits = values_.Bits(says);
  Value* before = Load(met);
  Value* after = nullptr;
  if (operation == BarrierOp::kCount) {
    Value* count = builder().CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, bits);
    after = builder().CreateAdd(before, builder().CreateZExtOrTrunc(count, before->getType()));
  } else if (operation == BarrierOp::kAnd) {
    Value* none = builder().CreateZExt(builder().CreateIsNull(bits), before->getType());
    after = builder().CreateAnd(before, none);
  } else {
    Value* any = builder().CreateZExt(builder().CreateIsNotNull(bits), before->getType());
    after = builder().CreateOr(before, any);
  }
  builder().CreateStore(after, met);
}

/// Goes on with the next vector of the block, or ends the part.
void BlockParts::Advance(BasicBlock* head, BasicBlock* after) {
  llvm::Constant* zero = builder().getInt32(0);
  const auto step = [&](llvm::AllocaInst* slot, unsigned by, Value* limit, BasicBlock* done) {
    Value* next = builder().CreateNUWAdd(Load(slot), builder().getInt32(by));
    builder().CreateStore(next, slot);
    if (slot == strip_) PublishBlock(next);
    if (slot == y_ || slot == z_) Publish(slot == y_ ? 1 : 2, next);
    builder().CreateCondBr(builder().CreateICmpULT(next, limit), head, done);
    values_.StartBlock(done);
    builder().CreateStore(zero, slot);
    if (slot == strip_) PublishBlock(zero);
    if (slot == y_) Publish(1, zero);
  };
  builder().CreateStore(builder().CreateNUWAdd(Load(pass_), builder().getInt32(1)), pass_);
  if (frame_.form == BlockForm::kLinear) {
    Value* row = builder().CreateMul(Argument(kParameterX), Argument(kParameterY));
    step(x_, values_.lanes(), builder().CreateMul(row, Argument(kParameterZ)), after);
    return;
  }
  step(x_, values_.row_lanes(), Argument(kParameterX), values_.NewBlock("row.end"));
  if (strip_ != nullptr) {
    step(strip_, 1, Argument(kParameterLinear), values_.NewBlock("strip.end"));
  }
  step(y_, values_.rows(), Argument(kParameterY), values_.NewBlock("layer.end"));
  step(z_, 1, Argument(kParameterZ), after);
}

/// All vectors have met; goes to the part that they came to, or to the end.
void BlockParts::Dispatch(const Part& part) {
  BasicBlock* end = values_.NewBlock("end");
  llvm::SwitchInst* way = builder().CreateSwitch(Load(next_), end);
  for (uint32_t i = 1; i < parts_.size(); ++i) {
    if (!part.blocks.contains(parts_[i].barrier->getParent())) continue;
    way->addCase(builder().getInt32(i), parts_[i].start);
  }
  values_.StartBlock(end);
  builder().CreateRetVoid();
}

}  // namespace opensupa::cc
