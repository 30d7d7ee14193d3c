#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "llvm/ADT/MapVector.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "vector/lane_shapes.h"

namespace llvm {
class TargetMachine;
}

namespace opensupa::cc {

/// A place in the source; line 0 if it is not known.
struct SourcePlace {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
};

/// What became of one access, call or branch of a kernel.
struct LaneFact {
  SourcePlace place;
  std::string what;         // "load of float", "call of f", "branch"
  std::string how;          // "contiguous", "gathered", "lane by lane", "threads part", ...
  std::string why;          // empty where there is nothing to explain
  bool slow = false;        // worth a look when the kernel is not fast enough
  bool masked = false;      // runs for some threads of a vector only
  unsigned loop_depth = 0;  // loops around it
  double cycles = 0;        // expected for all threads of a vector, once
};

/// What became of one kernel.
struct KernelFacts {
  std::string symbol;
  SourcePlace place;
  std::string reason;  // why its threads run one by one; empty for vectors
  SourcePlace reason_place;
  unsigned threads = 0;  // of a vector
  unsigned rows = 1;     // of the block that make up a vector
  std::vector<LaneFact> facts;
  struct Line {
    unsigned loop_depth = 0;
    double cycles = 0;
  };
  std::map<std::pair<std::string, unsigned>, Line> lines;  // of all instructions
};

/// Collects what the vectoriser does with a kernel, by source line. The first form of the kernel
/// that becomes vectors is the one described.
class LaneFacts {
 public:
  explicit LaneFacts(const llvm::TargetMachine& machine) : machine_(machine) {}

  /// The vectoriser turns to `scalar`, and `vector` will be what it makes of it.
  void Start(const llvm::Function& scalar, const llvm::Function& vector, unsigned lanes,
             unsigned rows);
  /// What is known of the values and branches of the kernel. All live until End.
  void Know(const llvm::Function& scalar, const llvm::LoopInfo& loops, const LaneShapes& shapes);
  /// `value` is kept in memory across a barrier, once for the block or for each of its vectors.
  void Keep(const llvm::Instruction& value, bool for_block);
  /// The instruction for which the kernel cannot become vectors.
  void Blame(const llvm::Instruction* instruction);
  /// The form begun last is done, or cannot be: `reason` says why.
  void End(const char* reason);
  /// The kernel as a whole: `reason` why its threads run one by one, or null.
  KernelFacts Finish(const std::string& symbol, const char* reason);

 private:
  friend class EmissionWatch;
  struct Emission {
    double plain_cycles = 0;
    double masked_cycles = 0;
    bool is_plain = false;  // there is a copy without a mask
    bool gathers = false, moves = false, masked_moves = false, shuffles = false, by_lane = false;
  };

  void Note(const llvm::Instruction& instruction, bool is_masked,
            const std::vector<const llvm::Instruction*>& emitted,
            const std::vector<const llvm::BasicBlock*>& new_blocks);
  double CyclesOf(const llvm::Instruction& instruction);
  SourcePlace PlaceOf(const llvm::Instruction& instruction) const;
  void DescribeAccess(const llvm::Instruction& instruction, const Emission& emission);
  void DescribeFlow(const llvm::Function& scalar);
  std::string WhyApart(const llvm::Value* pointer) const;

  const llvm::TargetMachine& machine_;
  bool collecting_ = false, done_ = false;
  const llvm::Function* vector_ = nullptr;
  const llvm::Function* scalar_ = nullptr;
  const llvm::LoopInfo* loops_ = nullptr;
  const LaneShapes* shapes_ = nullptr;
  std::unique_ptr<llvm::TargetTransformInfo> costs_;
  const llvm::DIFile* home_ = nullptr;  // file of the kernel
  llvm::MapVector<const llvm::Instruction*, Emission> emissions_;
  llvm::MapVector<const llvm::Instruction*, bool> kept_;  // for the whole block
  KernelFacts kernel_;
};

/// Tells `facts` (null: nobody) what is emitted for `instruction` while it lives.
class EmissionWatch {
 public:
  EmissionWatch(LaneFacts* facts, llvm::IRBuilder<>& builder, const llvm::Instruction& instruction,
                const llvm::Value* mask);
  ~EmissionWatch();
  EmissionWatch(const EmissionWatch&) = delete;
  EmissionWatch& operator=(const EmissionWatch&) = delete;

 private:
  LaneFacts* const facts_;
  llvm::IRBuilder<>& builder_;
  const llvm::Instruction& instruction_;
  const bool is_masked_;
  llvm::BasicBlock* block_ = nullptr;
  const llvm::Instruction* last_ = nullptr;       // emitted before
  const llvm::BasicBlock* last_block_ = nullptr;  // of the function before
};

}  // namespace opensupa::cc
