#include "kernel_forms.h"

#include <algorithm>
#include <vector>

#include "opensupa/binary/device_abi.h"
#include "retarget.h"
#include "vector/block_strips.h"
#include "vector/jam_loops.h"
#include "vector/streaming_stores.h"
#include "vector/vectorize.h"

namespace opensupa::cc {
namespace {

constexpr unsigned kMostThreads = 1024;
// Rows of a vector where the block's size is not known; few blocks have more.
constexpr unsigned kMostRows = 8;
constexpr unsigned kMostRowsOfKnownBlock = 16;
constexpr unsigned kShortestRow = 4;
constexpr unsigned kMostVectorsOfBlock = 16;

class FormMaker {
 public:
  FormMaker(llvm::Function& body, const HostTarget& target,
            const std::set<const llvm::Function*>& suspending, KernelPlan& plan)
      : body_(body),
        plan_(plan),
        has_dots_(target.may_have_dot_products() && UsesDotProducts(body)),
        warps_(UsesWarps(body)),
        lanes_(warps_ ? binary::abi::kWarpSize : target.lanes()),
        // AVX-512 has twice the registers of what has shorter vectors.
        registers_(target.lanes() >= 16 ? 32 : 16) {
    form_.matrices = {
        .vector_bytes = 4 * target.lanes(), .is_x86 = target.is_x86(), .has_fma = target.has_fma()};
    form_.suspending = &suspending;
    form_.facts = plan.facts;
    form_.strips = CanRunStrips(body);
    form_.most_threads = kMostThreads;
    if (plan.max_threads_per_block != 0) {
      form_.most_threads = std::min(kMostThreads, plan.max_threads_per_block);
    }
    // A kernel that looks at x only is likely to run in blocks of one long row.
    is_wide_ = !warps_ && body.getArg(kFirstIndexParameter + 1)->use_empty() &&
               body.getArg(kFirstIndexParameter + 2)->use_empty();
  }

  const char* Run() {
    const char* reason = plan_.block.has_value() ? MakeForBlock(*plan_.block) : MakeForAll();
    if (reason == nullptr) {
      plan_.blocks = std::move(made_);
      plan_.strips = form_.strips;
      plan_.streamed_bytes_per_thread = StreamingStores(body_).bytes_per_thread();
    } else {
      for (const BlockFunction& block : made_) {
        block.function->eraseFromParent();
        if (block.with_dots != nullptr) block.with_dots->eraseFromParent();
      }
    }
    return reason;
  }

 private:
  const char* Make(BlockForm form, unsigned lanes, unsigned rows) {
    form_.form = form;
    form_.lanes = lanes;
    form_.rows = rows;
    const char* reason = nullptr;
    llvm::Function* function = VectorizeKernel(body_, form_, &reason);
    if (function == nullptr) return reason;
    made_.push_back({function, lanes / rows, rows, has_dots_ ? MakeWithDots() : nullptr});
    return nullptr;
  }

  /// The same for CPUs with kHostDotProducts.
  llvm::Function* MakeWithDots() {
    VectorForm form = form_;
    form.matrices.has_dot_products = true;
    const char* reason = nullptr;
    llvm::Function* function = VectorizeKernel(body_, form, &reason);
    if (function == nullptr) return nullptr;
    function->addFnAttr("target-features", HostTarget::kDotProductFeatures);
    function->addFnAttr(llvm::Attribute::NoInline);
    function->setVisibility(llvm::GlobalValue::DefaultVisibility);
    return function;
  }

  const char* MakeForAll() {
    if (!warps_ && !is_wide_ && HasLoops(body_)) {
      const unsigned rows = RowsAtOnce(body_, lanes_, kMostRows, registers_);
      // Without it, blocks run as those do that it does not fit.
      if (rows > 1) Make(BlockForm::kWholeRows, lanes_ * rows, rows);
    }
    const unsigned vectors = is_wide_ ? VectorsAtOnce(body_, 1, registers_) : 1;
    if (const char* reason = Make(BlockForm::kWholeRows, lanes_ * vectors, 1)) return reason;
    return Make(FormOfOthers(), lanes_, 1);
  }

  const char* MakeForBlock(const std::array<uint32_t, 3>& block) {
    form_.most_threads = form_.likely_threads = block[0] * block[1] * block[2];
    if (block[0] % lanes_ != 0) {
      if (!warps_ && MakeOfShortRows(block)) return nullptr;
      return Make(FormOfOthers(), lanes_, 1);
    }
    unsigned vectors = 1, rows = 1;
    if (is_wide_) {
      const unsigned all = form_.most_threads / lanes_;
      const bool is_even = llvm::isPowerOf2_32(all) && all <= kMostVectorsOfBlock;
      vectors = VectorsAtOnce(body_, is_even ? all : 1, registers_);
      while (block[0] % (lanes_ * vectors) != 0) vectors /= 2;
      form_.is_block = vectors == all;
    } else if (!warps_ && HasLoops(body_)) {
      rows = RowsAtOnce(body_, lanes_, kMostRowsOfKnownBlock, registers_);
      while (block[1] % rows != 0) rows /= 2;
    }
    if (rows > 1 && Make(BlockForm::kWholeRows, lanes_ * rows, rows) == nullptr) return nullptr;
    return Make(BlockForm::kWholeRows, lanes_ * vectors, 1);
  }

  /// Rows that are a part of a vector, several of which fill it. False if they do not.
  bool MakeOfShortRows(const std::array<uint32_t, 3>& block) {
    if (block[0] < kShortestRow || block[0] > lanes_ / 2 || !llvm::isPowerOf2_32(block[0])) {
      return false;
    }
    const unsigned fill = lanes_ / block[0];
    unsigned rows = RowsAtOnce(body_, block[0], kMostRowsOfKnownBlock, registers_ * fill);
    while (block[1] % rows != 0) rows /= 2;
    return rows >= fill && Make(BlockForm::kWholeRows, block[0] * rows, rows) == nullptr;
  }

  /// Short rows make many vectors that are not full, of which barriers keep something each.
  BlockForm FormOfOthers() const {
    return warps_ || UsesBarriers(body_) ? BlockForm::kLinear : BlockForm::kPartialRows;
  }

  llvm::Function& body_;
  KernelPlan& plan_;
  const bool has_dots_;  // code for CPUs with kHostDotProducts would be different
  const bool warps_;
  const unsigned lanes_;
  const unsigned registers_;
  bool is_wide_ = false;
  VectorForm form_ = {BlockForm::kWholeRows};
  std::vector<BlockFunction> made_;
};

}  // namespace

const char* MakeBlockFunctions(llvm::Function& body, const HostTarget& target,
                               const std::set<const llvm::Function*>& suspending,
                               KernelPlan& plan) {
  if (!CanShareArguments(body)) return "threads that need their own parameters";
  JamLoops(body);
  return FormMaker(body, target, suspending, plan).Run();
}

}  // namespace opensupa::cc
