#include "lower_externs.h"

#include <map>
#include <vector>

#include "absl/strings/str_format.h"
#include "context_access.h"
#include "device_externs.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "opensupa/base/status.h"
#include "opensupa/binary/device_abi.h"
#include "opensupa/passes/call_sites.h"
#include "retarget.h"

namespace opensupa::cc {
namespace {

using binary::abi::BlockContext;
using binary::abi::ThreadContext;

/// The texts that say where calls stand in the source, one constant for each.
class CallSites {
 public:
  explicit CallSites(llvm::Module& module) : module_(module) {}

  /// A pointer to "file:line" of `call`, or null when the front end has not written it.
  llvm::Constant* Find(const llvm::CallInst& call) {
    auto* pointer = llvm::PointerType::get(module_.getContext(), 0);
    const llvm::MDNode* node = call.getMetadata(kCallSiteMetadata);
    const auto* text = node == nullptr || node->getNumOperands() != 1
                           ? nullptr
                           : llvm::dyn_cast<llvm::MDString>(node->getOperand(0));
    if (text == nullptr) return llvm::ConstantPointerNull::get(pointer);
    llvm::GlobalVariable*& variable = texts_[text->getString().str()];
    if (variable == nullptr) {
      llvm::Constant* bytes =
          llvm::ConstantDataArray::getString(module_.getContext(), text->getString());
      variable = new llvm::GlobalVariable(module_, bytes->getType(), /*isConstant=*/true,
                                          llvm::GlobalValue::PrivateLinkage, bytes, "site");
      variable->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
    }
    return variable;
  }

 private:
  llvm::Module& module_;
  std::map<std::string, llvm::GlobalVariable*> texts_;
};

/// Lowers the externs of one function. Fields are loaded once, at its entry.
class FunctionLowering {
 public:
  FunctionLowering(llvm::Function& function, bool indexed, uint64_t& calls, CallSites& sites)
      : function_(function),
        indexed_(indexed),
        calls_(calls),
        sites_(sites),
        // The first instruction may be a call that goes away, so a marker of our own holds the
        // place.
        marker_(new llvm::FreezeInst(
            llvm::PoisonValue::get(llvm::Type::getInt32Ty(function.getContext())), "",
            function.getEntryBlock().getFirstInsertionPt())),
        entry_(marker_) {}

  absl::Status Lower(llvm::CallInst& call, const DeviceExtern& entry) {
    if (entry.kind == ExternKind::kHook) {
      LowerHook(call, entry);
      return absl::OkStatus();
    }
    llvm::Type* expected = entry.kind == ExternKind::kSharedBase ? entry_.getPtrTy() : Int32();
    if (call.getType() != expected || call.arg_size() != 0) {
      return absl::InvalidArgumentError(
          absl::StrFormat("Function %s calls the device extern %s with a wrong type.",
                          function_.getName().str(), entry.name));
    }
    call.replaceAllUsesWith(Field(entry));
    call.eraseFromParent();
    return absl::OkStatus();
  }

 private:
  llvm::Type* Int32() { return entry_.getInt32Ty(); }
  llvm::Value* Context() { return function_.getArg(kContextParameter); }

  llvm::Value* Block() {
    if (block_ == nullptr) block_ = LoadBlock(entry_, Context());
    return block_;
  }

  llvm::Value* Field(const DeviceExtern& entry) {
    llvm::Value*& value = fields_[entry.name];
    if (value == nullptr) value = MakeField(entry);
    return value;
  }

  llvm::Value* MakeField(const DeviceExtern& entry) {
    switch (entry.kind) {
      case ExternKind::kThreadIndex:
        return ThreadIndex(entry.offset_bytes);
      case ExternKind::kLaneId:
        return entry_.CreateAnd(Field(*FindDeviceExtern("__su_linear_tid")),
                                entry_.getInt32(binary::abi::kWarpSize - 1), "laneid");
      case ExternKind::kSharedBase:
        return Marked(Marked(LoadField(entry_, entry_.getPtrTy(), Block(), entry.offset_bytes,
                                       /*invariant=*/true, "shared_base"),
                             kBlockOnlyMetadata),
                      kSharedBaseMetadata);
      default:
        return BlockField(entry);
    }
  }

  llvm::Value* BlockField(const DeviceExtern& entry) {
    llvm::LoadInst* load =
        LoadField(entry_, Int32(), Block(), entry.offset_bytes, /*invariant=*/true, "dim");
    constexpr size_t kX = offsetof(binary::abi::Dim3, x);
    switch (entry.offset_bytes) {
      case offsetof(BlockContext, block_idx) + kX:
        return Marked(load, kBlockIndexMetadata);
      case offsetof(BlockContext, cluster_idx) + kX:
      case offsetof(BlockContext, cluster_block_idx) + kX:
        return Marked(load, kBlockOnlyMetadata);
      default:
        return load;
    }
  }

  static llvm::LoadInst* Marked(llvm::LoadInst* load, llvm::StringRef mark) {
    load->setMetadata(mark, llvm::MDNode::get(load->getContext(), {}));
    return load;
  }

  llvm::Value* ThreadIndex(size_t offset_bytes) {
    static_assert(offsetof(ThreadContext, thread_idx) == 0);
    static_assert(offsetof(ThreadContext, linear_tid) == 3 * sizeof(uint32_t));
    if (indexed_) {
      return function_.getArg(kFirstIndexParameter +
                              static_cast<unsigned>(offset_bytes / sizeof(uint32_t)));
    }
    // Not invariant: a plain loop runs many threads in one call of its entry point.
    return LoadField(entry_, Int32(), Context(), offset_bytes, /*invariant=*/false, "tid");
  }

  void LowerHook(llvm::CallInst& call, const DeviceExtern& entry) {
    if (hooks_ == nullptr) {
      hooks_ = LoadField(entry_, entry_.getPtrTy(), Block(), offsetof(BlockContext, hooks),
                         /*invariant=*/true, "hooks");
    }
    llvm::IRBuilder<> builder(&call);
    llvm::Value* hook = LoadField(builder, builder.getPtrTy(), hooks_, entry.offset_bytes,
                                  /*invariant=*/true, "hook");
    std::vector<llvm::Value*> arguments = {Context()};
    std::vector<llvm::Type*> types = {builder.getPtrTy()};
    for (llvm::Value* argument : call.args()) {
      arguments.push_back(argument);
      types.push_back(argument->getType());
    }
    if (entry.takes_number) {
      arguments.push_back(builder.getInt64(++calls_));
      types.push_back(builder.getInt64Ty());
    }
    if (entry.takes_site) {
      arguments.push_back(sites_.Find(call));
      types.push_back(builder.getPtrTy());
    }
    auto* type = llvm::FunctionType::get(call.getType(), types, /*isVarArg=*/false);
    llvm::CallInst* hooked = builder.CreateCall(type, hook, arguments);
    hooked->setDoesNotThrow();
    hooked->setMetadata(kHookMetadata, llvm::MDNode::get(builder.getContext(), {}));
    call.replaceAllUsesWith(hooked);
    call.eraseFromParent();
    if (entry.no_return) EndBlockAfter(*hooked);
  }

  void EndBlockAfter(llvm::CallInst& call) {
    call.setDoesNotReturn();
    dead_ends_.push_back(&call);
  }

 public:
  /// Call it after all calls have been lowered. Ends the blocks behind calls that do not return,
  /// which removes what follows them.
  void Finish() {
    marker_->eraseFromParent();
    for (llvm::CallInst* call : dead_ends_) {
      // Nothing to do behind another dead end of the same block, which the first one cut off.
      if (!removed_.contains(call)) Cut(*call);
    }
  }

 private:
  void Cut(llvm::CallInst& call) {
    for (auto next = std::next(call.getIterator()); next != call.getParent()->end(); ++next) {
      removed_.insert(&*next);
    }
    llvm::BasicBlock* block = call.getParent();
    for (llvm::BasicBlock* successor : llvm::successors(block)) successor->removePredecessor(block);
    while (&block->back() != &call) {
      llvm::Instruction& last = block->back();
      last.replaceAllUsesWith(llvm::PoisonValue::get(last.getType()));
      last.eraseFromParent();
    }
    new llvm::UnreachableInst(call.getContext(), block);
  }

  llvm::Function& function_;
  const bool indexed_;
  uint64_t& calls_;
  CallSites& sites_;
  llvm::Instruction* marker_;
  llvm::IRBuilder<> entry_;
  llvm::Value* block_ = nullptr;
  llvm::Value* hooks_ = nullptr;
  std::map<std::string_view, llvm::Value*> fields_;
  std::vector<llvm::CallInst*> dead_ends_;
  std::set<const llvm::Instruction*> removed_;
};

absl::Status LowerFunction(llvm::Function& function, bool indexed, uint64_t& calls_made,
                           CallSites& sites, bool (*later)(llvm::StringRef)) {
  std::vector<std::pair<llvm::CallInst*, const DeviceExtern*>> calls;
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
    if (call == nullptr || call->getCalledFunction() == nullptr) continue;
    if (later(call->getCalledFunction()->getName())) continue;
    const DeviceExtern* entry = FindDeviceExtern(call->getCalledFunction()->getName().str());
    if (entry != nullptr) calls.push_back({call, entry});
  }
  if (calls.empty()) return absl::OkStatus();
  FunctionLowering lowering(function, indexed, calls_made, sites);
  for (const auto& [call, entry] : calls) {
    SUPA_RETURN_IF_ERROR(lowering.Lower(*call, *entry));
  }
  lowering.Finish();
  return absl::OkStatus();
}

}  // namespace

absl::Status LowerExterns(llvm::Module& module, const std::set<const llvm::Function*>& indexed,
                          bool (*later)(llvm::StringRef)) {
  uint64_t calls_made = 0;
  CallSites sites(module);
  for (llvm::Function& function : module) {
    if (function.isDeclaration()) continue;
    SUPA_RETURN_IF_ERROR(
        LowerFunction(function, indexed.contains(&function), calls_made, sites, later));
  }
  for (llvm::Function& function : llvm::make_early_inc_range(module)) {
    if (later(function.getName())) continue;
    if (!function.isDeclaration() || FindDeviceExtern(function.getName().str()) == nullptr) {
      continue;
    }
    if (!function.use_empty()) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "The address of the device extern %s is taken; externs can only be called.",
          function.getName().str()));
    }
    function.eraseFromParent();
  }
  return absl::OkStatus();
}

}  // namespace opensupa::cc
