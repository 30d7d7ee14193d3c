#include "stack_usage.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"

namespace opensupa::cc {
namespace {

constexpr uint64_t kReturnAddressBytes = 8;

class StackWalk {
 public:
  StackWalk(const llvm::Module& module, const std::map<std::string, uint64_t>& frame_bytes)
      : frame_bytes_(frame_bytes) {
    for (const llvm::Function& function : module) {
      if (!function.isDeclaration() && function.hasAddressTaken()) {
        address_taken_.push_back(&function);
      }
    }
  }

  /// Nothing if the depth is unknown.
  std::optional<uint64_t> Depth(const llvm::Function& function) {
    const auto [state, is_new] = depths_.insert({&function, std::nullopt});
    // Met again while it is being worked out: recursion.
    if (!is_new) return state->second;
    const auto frame = frame_bytes_.find(function.getName().str());
    if (frame == frame_bytes_.end()) return std::nullopt;
    uint64_t below = 0;
    for (const llvm::Function* callee : Callees(function)) {
      const std::optional<uint64_t> depth = Depth(*callee);
      if (!depth.has_value()) return std::nullopt;
      below = std::max(below, *depth);
    }
    const uint64_t total = frame->second + kReturnAddressBytes + below;
    depths_[&function] = total;
    return total;
  }

 private:
  std::vector<const llvm::Function*> Callees(const llvm::Function& function) const {
    std::vector<const llvm::Function*> callees;
    for (const llvm::Instruction& instruction : llvm::instructions(function)) {
      const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      if (call == nullptr || call->isInlineAsm()) continue;
      const llvm::Function* callee = call->getCalledFunction();
      if (callee != nullptr) {
        if (!callee->isDeclaration()) callees.push_back(callee);
      } else if (!IsHook(*call)) {
        callees.insert(callees.end(), address_taken_.begin(), address_taken_.end());
      }
    }
    return callees;
  }

  /// Hooks run code of the engine, which accounts for its own stack. Their address comes from an
  /// invariant load.
  static bool IsHook(const llvm::CallBase& call) {
    const auto* load = llvm::dyn_cast<llvm::LoadInst>(call.getCalledOperand());
    return load != nullptr && load->hasMetadata(llvm::LLVMContext::MD_invariant_load);
  }

  const std::map<std::string, uint64_t>& frame_bytes_;
  std::vector<const llvm::Function*> address_taken_;
  std::map<const llvm::Function*, std::optional<uint64_t>> depths_;
};

}  // namespace

uint32_t StackBytes(const llvm::Function& entry,
                    const std::map<std::string, uint64_t>& frame_bytes) {
  const std::optional<uint64_t> depth = StackWalk(*entry.getParent(), frame_bytes).Depth(entry);
  return static_cast<uint32_t>(std::min<uint64_t>(depth.value_or(0), UINT32_MAX));
}

}  // namespace opensupa::cc
