#include "vector/interleave_locals.h"

#include <algorithm>
#include <vector>

#include "llvm/ADT/MapVector.h"
#include "llvm/Analysis/Utils/Local.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "vector/warp_operations.h"

namespace opensupa::cc {
namespace {

constexpr uint64_t kMostStoresForFill = 256;

class Interleaver {
 public:
  Interleaver(llvm::AllocaInst& local, unsigned lanes)
      : local_(local), layout_(local.getModule()->getDataLayout()), lanes_(lanes) {}

  void Run() {
    if (!llvm::isa<llvm::ConstantInt>(local_.getArraySize()) || !FindUses(local_)) return;
    if (element_bytes_ == 0) return;
    const uint64_t bytes = local_.getAllocationSize(layout_)->getFixedValue();
    if (bytes % element_bytes_ != 0 || (bytes == element_bytes_ && !is_fragment_)) return;
    for (const auto& [gep, unused] : geps_) {
      if (!IsWholeElements(*gep)) return;
    }
    for (const llvm::MemSetInst* fill : fills_) {
      if (!CanStore(*fill)) return;
    }
    for (llvm::MemSetInst* fill : fills_) StoreElements(*fill);
    for (const auto& [gep, unused] : geps_) Scale(*gep);
    for (llvm::Instruction* marker : markers_) marker->eraseFromParent();
    local_.setMetadata(
        kInterleavedMetadata,
        llvm::MDNode::get(local_.getContext(),
                          llvm::ConstantAsMetadata::get(llvm::ConstantInt::get(
                              llvm::Type::getInt64Ty(local_.getContext()), element_bytes_))));
  }

 private:
  /// Collects what is done with `pointer`; false if it is something else than loads and stores.
  bool FindUses(llvm::Instruction& pointer) {
    for (llvm::Use& use : pointer.uses()) {
      auto* user = llvm::cast<llvm::Instruction>(use.getUser());
      if (auto* gep = llvm::dyn_cast<llvm::GetElementPtrInst>(user)) {
        geps_[gep] = true;
        if (!FindUses(*gep)) return false;
      } else if (auto* load = llvm::dyn_cast<llvm::LoadInst>(user)) {
        if (!load->isSimple() || !IsElement(*load->getType())) return false;
      } else if (auto* store = llvm::dyn_cast<llvm::StoreInst>(user)) {
        const bool is_address = use.getOperandNo() == llvm::StoreInst::getPointerOperandIndex();
        if (!is_address || !store->isSimple() || !IsElement(*store->getValueOperand()->getType())) {
          return false;
        }
      } else if (auto* fill = llvm::dyn_cast<llvm::MemSetInst>(user)) {
        fills_.push_back(fill);
      } else if (user->isLifetimeStartOrEnd()) {
        markers_.push_back(user);
      } else if (IsMatrixOperation(*user)) {
        if (!IsElement(FragmentElementBytes(use))) return false;
        is_fragment_ = true;
      } else {
        return false;
      }
    }
    return true;
  }

  bool IsElement(llvm::Type& type) {
    if (type.isVectorTy() || type.isAggregateType()) return false;
    const uint64_t bytes = layout_.getTypeStoreSize(&type).getFixedValue();
    return IsElement(bytes) && layout_.getTypeAllocSize(&type) == bytes;
  }
  bool IsElement(uint64_t bytes) {
    if (element_bytes_ == 0) element_bytes_ = bytes;
    return bytes == element_bytes_ && bytes != 0;
  }

  bool IsWholeElements(llvm::GetElementPtrInst& gep) const {
    llvm::MapVector<llvm::Value*, llvm::APInt> variable;
    llvm::APInt constant(64, 0);
    if (!gep.collectOffset(layout_, 64, variable, constant)) return false;
    if (constant.srem(element_bytes_) != 0) return false;
    for (const auto& [index, scale] : variable) {
      if (scale.urem(element_bytes_) != 0) return false;
    }
    return true;
  }

  void Scale(llvm::GetElementPtrInst& gep) {
    llvm::IRBuilder<> builder(&gep);
    llvm::Value* offset = llvm::emitGEPOffset(&builder, layout_, &gep, /*NoAssumptions=*/true);
    llvm::Value* scaled =
        builder.CreateMul(offset, llvm::ConstantInt::get(offset->getType(), lanes_));
    llvm::Value* address =
        builder.CreateGEP(builder.getInt8Ty(), gep.getPointerOperand(), scaled, gep.getName());
    gep.replaceAllUsesWith(address);
    gep.eraseFromParent();
  }

  bool CanStore(const llvm::MemSetInst& fill) const {
    const auto* length = llvm::dyn_cast<llvm::ConstantInt>(fill.getLength());
    return length != nullptr && llvm::isa<llvm::ConstantInt>(fill.getValue()) &&
           !fill.isVolatile() && length->getZExtValue() % element_bytes_ == 0 &&
           length->getZExtValue() / element_bytes_ <= kMostStoresForFill &&
           llvm::isPowerOf2_64(element_bytes_) && element_bytes_ <= 8;
  }

  void StoreElements(llvm::MemSetInst& fill) {
    llvm::IRBuilder<> builder(&fill);
    const unsigned bits = static_cast<unsigned>(8 * element_bytes_);
    const llvm::APInt byte = llvm::cast<llvm::ConstantInt>(fill.getValue())->getValue();
    llvm::Constant* value = builder.getInt(llvm::APInt::getSplat(bits, byte));
    const uint64_t length = llvm::cast<llvm::ConstantInt>(fill.getLength())->getZExtValue();
    for (uint64_t offset = 0; offset < length; offset += element_bytes_) {
      llvm::Value* address =
          builder.CreateConstGEP1_64(builder.getInt8Ty(), fill.getDest(), offset * lanes_);
      builder.CreateAlignedStore(value, address, llvm::Align(element_bytes_));
    }
    fill.eraseFromParent();
  }

  llvm::AllocaInst& local_;
  const llvm::DataLayout& layout_;
  const unsigned lanes_;
  uint64_t element_bytes_ = 0;
  bool is_fragment_ = false;  // a matrix operation uses it
  llvm::MapVector<llvm::GetElementPtrInst*, bool> geps_;
  std::vector<llvm::MemSetInst*> fills_;
  std::vector<llvm::Instruction*> markers_;
};

/// The bytes of an element if `pointer` is to fragments, else 0.
uint64_t FragmentBytesAt(const llvm::Value& pointer) {
  for (const llvm::Use& use : pointer.uses()) {
    uint64_t bytes = 0;
    if (IsMatrixOperation(*llvm::cast<llvm::Instruction>(use.getUser()))) {
      bytes = FragmentElementBytes(use);
    } else if (llvm::isa<llvm::GetElementPtrInst>(use.getUser())) {
      bytes = FragmentBytesAt(*use.getUser());
    }
    if (bytes != 0) return bytes;
  }
  return 0;
}

/// Copies fragments, which programs assign to each other, element by element.
void CopyFragmentsByElements(llvm::Function& function) {
  const llvm::DataLayout& layout = function.getParent()->getDataLayout();
  std::vector<llvm::MemTransferInst*> copies;
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    auto* copy = llvm::dyn_cast<llvm::MemTransferInst>(&instruction);
    if (copy != nullptr && !copy->isVolatile()) copies.push_back(copy);
  }
  for (llvm::MemTransferInst* copy : copies) {
    const auto* to = llvm::dyn_cast<llvm::AllocaInst>(llvm::getUnderlyingObject(copy->getDest()));
    const auto* from =
        llvm::dyn_cast<llvm::AllocaInst>(llvm::getUnderlyingObject(copy->getSource()));
    const auto* length = llvm::dyn_cast<llvm::ConstantInt>(copy->getLength());
    if (length == nullptr || (to == nullptr && from == nullptr)) continue;
    const uint64_t bytes = std::max(to == nullptr ? 0 : FragmentBytesAt(*to),
                                    from == nullptr ? 0 : FragmentBytesAt(*from));
    const uint64_t total = length->getZExtValue();
    if (bytes == 0 || total % bytes != 0 || total / bytes > kMostStoresForFill) continue;
    llvm::IRBuilder<> builder(copy);
    llvm::Type* type = builder.getIntNTy(static_cast<unsigned>(8 * bytes));
    const auto align = [&](llvm::MaybeAlign whole) {
      return std::min(whole.valueOrOne(), layout.getABITypeAlign(type));
    };
    std::vector<llvm::Value*> elements;
    for (uint64_t i = 0; i < total / bytes; ++i) {
      elements.push_back(
          builder.CreateAlignedLoad(type, builder.CreateConstGEP1_64(type, copy->getSource(), i),
                                    align(copy->getSourceAlign())));
    }
    for (uint64_t i = 0; i < total / bytes; ++i) {
      builder.CreateAlignedStore(elements[i], builder.CreateConstGEP1_64(type, copy->getDest(), i),
                                 align(copy->getDestAlign()));
    }
    copy->eraseFromParent();
  }
}

}  // namespace

void InterleaveLocals(llvm::Function& function, unsigned lanes) {
  CopyFragmentsByElements(function);
  std::vector<llvm::AllocaInst*> locals;
  for (llvm::Instruction& instruction : function.getEntryBlock()) {
    if (auto* local = llvm::dyn_cast<llvm::AllocaInst>(&instruction)) locals.push_back(local);
  }
  for (llvm::AllocaInst* local : locals) Interleaver(*local, lanes).Run();
}

uint64_t InterleavedElementBytes(const llvm::Instruction& local) {
  const llvm::MDNode* node = local.getMetadata(kInterleavedMetadata);
  if (node == nullptr) return 0;
  return llvm::mdconst::extract<llvm::ConstantInt>(node->getOperand(0))->getZExtValue();
}

}  // namespace opensupa::cc
