#pragma once

#include <map>
#include <set>
#include <vector>

#include "vector/lane_flow.h"

namespace opensupa::cc {

/// How the threads of a block make up vectors.
enum class BlockForm {
  kWholeRows,    // threads along x; the block's size in x is a multiple of the lanes of a row,
                 // that in y one of the rows of a vector
  kPartialRows,  // threads along x; the last vector of a row has lanes that do not exist
  kLinear,       // threads in the order of their linear index, whatever their x, y and z
};

/// Runs all threads of a block as vectors.
///
/// Barriers cut the kernel into parts. A part runs for all vectors of the block before the next one
/// does; what a thread knows at a barrier is kept in memory, one place for each vector, unless all
/// threads of the block know the same.
class BlockParts {
 public:
  struct Frame {
    BlockForm form;
    unsigned most_threads;  // of a block
    bool strips = false;    // parameter "linear" says how many blocks to run, row by row
  };

  /// `block_shapes` tells what is the same in all threads of the block.
  BlockParts(llvm::Function& scalar, llvm::Function& vector, const LaneShapes& block_shapes,
             const FlowAnalyses& analyses, LaneValues& values, LaneInstructions& instructions,
             Frame frame)
      : scalar_(scalar),
        vector_(vector),
        block_shapes_(block_shapes),
        values_(values),
        instructions_(instructions),
        flow_(analyses, values, instructions),
        frame_(frame) {}

  /// Emits the body of the vector function; null, or the reason why it cannot be.
  const char* Emit();

 private:
  using Blocks = LaneFlow::Blocks;

  /// What runs for all vectors of the block between two barriers.
  struct Part {
    llvm::BasicBlock* entry;  // of the scalar function
    Blocks blocks;
    const llvm::CallInst* barrier = nullptr;  // the one before it
    llvm::BasicBlock* start = nullptr;        // of the vector function
  };
  /// A value that crosses barriers: its slot, and where it is kept in between.
  struct Kept {
    llvm::AllocaInst* slot;
    llvm::AllocaInst* memory;
    bool for_block;  // one place for the whole block
  };

  void FindParts();
  void FindLiveValues();
  template <typename Use>
  void ForEachNeed(llvm::Value* value, Use use);
  void MakeSlots();
  Kept& KeptOf(llvm::AllocaInst* slot, bool for_block);
  template <typename Each>
  void ForEachKept(const llvm::BasicBlock& entry, Each each);
  llvm::Value* PlaceOf(llvm::AllocaInst* memory);

  using BlockValues = std::map<llvm::AllocaInst*, llvm::Value*>;
  void EmitPart(Part& part);
  void EmitChoices(Part& part, const BlockValues& block_values, llvm::Value* met);
  void EmitPasses(Part& part, const BlockValues& block_values, llvm::Value* met);
  void StartPass(const Part& part, const BlockValues& block_values, llvm::Value* met);
  void SetRowIndices();
  void SetLinearIndices();
  llvm::Value* Divide(llvm::Value* vector, llvm::Value* divisor);
  using Scalars = LaneValues::Scalars;
  void SetIndices(const Scalars& x, const Scalars& y, const Scalars& z, const Scalars& linear);
  void Publish(unsigned i, llvm::Value* index);
  void StartStrip();
  llvm::Value* BlockIndex(llvm::Value* number);
  void PublishBlock(llvm::Value* number);
  void PlaceLocal(llvm::AllocaInst& local);
  void EmitWays(Part& part);
  void Exit(llvm::BasicBlock& block, llvm::Value* leaving, llvm::BasicBlock& stay,
            LaneFlow::Real* together, LaneFlow::Real& parted);
  void EndPass(llvm::BasicBlock& block);
  void AddToBarrier(const llvm::CallInst& barrier);
  void Advance(llvm::BasicBlock* head, llvm::BasicBlock* after);
  void Dispatch(const Part& part);

  unsigned MostPasses() const;
  llvm::Value* Load(llvm::AllocaInst* slot);
  llvm::Value* Argument(unsigned parameter) { return vector_.getArg(parameter); }
  llvm::Type* MaskType();
  llvm::IRBuilder<>& builder() { return values_.builder(); }

  llvm::Function& scalar_;
  llvm::Function& vector_;
  const LaneShapes& block_shapes_;
  LaneValues& values_;
  LaneInstructions& instructions_;
  LaneFlow flow_;
  const Frame frame_;

  std::vector<Part> parts_;
  std::map<const llvm::BasicBlock*, std::set<llvm::Instruction*>> live_;
  std::map<llvm::AllocaInst*, Kept> kept_;
  std::map<const llvm::AllocaInst*, llvm::AllocaInst*> locals_;
  uint64_t frame_bytes_ = 0;
  bool exits_ = false;

  llvm::AllocaInst *x_ = nullptr, *y_ = nullptr, *z_ = nullptr, *pass_ = nullptr, *next_ = nullptr;
  llvm::AllocaInst* strip_ = nullptr;  // number of the block in its strip; null without strips
  llvm::Value* block_context_ = nullptr;
  llvm::Value* first_block_ = nullptr;  // index in x of the strip's first block
  std::vector<llvm::LoadInst*> block_index_loads_;
  llvm::AllocaInst* alive_ = nullptr;       // lanes that have not returned
  llvm::AllocaInst* alive_kept_ = nullptr;  // the same of each vector
  llvm::AllocaInst* met_[3] = {};           // what barriers have counted, by operation
  llvm::BasicBlock* pass_end_ = nullptr;
  llvm::Value* pass_number_ = nullptr;
  llvm::Value* mask_ = nullptr;  // lanes that exist; null if all do
  const char* failure_ = nullptr;
};

}  // namespace opensupa::cc
