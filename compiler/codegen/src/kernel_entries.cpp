#include "kernel_entries.h"

#include <algorithm>

#include "context_access.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "opensupa/binary/device_abi.h"
#include "retarget.h"

namespace opensupa::cc {
namespace {

using binary::abi::BlockContext;
using binary::abi::Dim3;
using binary::abi::ThreadContext;

// What engines give the argument buffer.
constexpr uint64_t kArgsAlignBytes = 64;

class EntryBuilder {
 public:
  EntryBuilder(llvm::Module& module, KernelPlan& plan)
      : plan_(plan), builder_(module.getContext()), body_(*plan.body) {
    body_.setName(plan.name + ".body");
    body_.setLinkage(llvm::GlobalValue::InternalLinkage);
    body_.setVisibility(llvm::GlobalValue::DefaultVisibility);
    body_.removeFnAttr(llvm::Attribute::NoInline);
    body_.addFnAttr(llvm::Attribute::AlwaysInline);
    for (const BlockFunction& block : plan.blocks) {
      block.function->removeFnAttr(llvm::Attribute::NoInline);
      block.function->addFnAttr(llvm::Attribute::AlwaysInline);
    }
    auto* type = llvm::FunctionType::get(builder_.getVoidTy(), {builder_.getPtrTy()}, false);
    entry_ = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, plan.name, module);
    entry_->setVisibility(llvm::GlobalValue::HiddenVisibility);
    entry_->setDSOLocal(true);
    entry_->addFnAttr(llvm::Attribute::NoUnwind);
    entry_->addFnAttr("probe-stack", "inline-asm");
    entry_->setAttributes(entry_->getAttributes().addParamAttributes(
        module.getContext(), kContextParameter,
        llvm::AttrBuilder(module.getContext(),
                          body_.getAttributes().getParamAttrs(kContextParameter))));
    builder_.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", entry_));
  }

  void Build() {
    block_ = LoadBlock(builder_, Context());
    LoadArguments();
    if (plan_.plain_loop) {
      RunAllThreads();
    } else {
      CallBody(&body_, {Context()});
    }
    builder_.CreateRetVoid();
  }

 private:
  llvm::Value* Context() { return entry_->getArg(kContextParameter); }

  void LoadArguments() {
    const unsigned hidden =
        plan_.plain_loop ? kFirstIndexParameter + kIndexParameters : kFirstIndexParameter;
    const auto layout = LayOutArguments(body_, hidden, plan_.args_size_bytes);
    if (layout.empty()) return;
    llvm::Value* buffer =
        LoadField(builder_, builder_.getPtrTy(), block_, offsetof(BlockContext, args),
                  /*invariant=*/true, "args");
    for (size_t i = 0; i < layout.size(); ++i) {
      llvm::Value* address =
          builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), buffer, layout[i].offset_bytes);
      const unsigned parameter = hidden + static_cast<unsigned>(i);
      if (layout[i].by_value_pointer) {
        PassByValue(parameter, layout[i].type, address);
      } else {
        PassLoaded(layout[i].type, address);
      }
    }
  }

  void PassLoaded(llvm::Type* type, llvm::Value* address) {
    llvm::LoadInst* load = builder_.CreateLoad(type, address, "arg");
    load->setMetadata(llvm::LLVMContext::MD_invariant_load,
                      llvm::MDNode::get(builder_.getContext(), {}));
    arguments_.push_back(load);
    copies_.push_back({nullptr, nullptr});
  }

  /// The argument buffer belongs to all threads: one that writes its parameter gets a copy.
  void PassByValue(unsigned parameter, llvm::Type* type, llvm::Value* address) {
    const llvm::Align align = body_.getParamAlign(parameter).valueOrOne();
    body_.removeParamAttr(parameter, llvm::Attribute::ByVal);
    for (const BlockFunction& block : plan_.blocks) {
      block.function->removeParamAttr(parameter, llvm::Attribute::ByVal);
      if (block.with_dots == nullptr) continue;
      block.with_dots->removeParamAttr(parameter, llvm::Attribute::ByVal);
    }
    llvm::AllocaInst* copy = nullptr;
    if (align.value() > kArgsAlignBytes || !IsOnlyRead(*body_.getArg(parameter))) {
      copy = builder_.CreateAlloca(type, nullptr, "arg.copy");
      copy->setAlignment(std::max(align, copy->getAlign()));
    }
    arguments_.push_back(copy == nullptr ? address : copy);
    copies_.push_back({copy, address});
  }

  void CallBody(llvm::Function* body, std::vector<llvm::Value*> hidden) {
    const llvm::DataLayout& layout = entry_->getParent()->getDataLayout();
    for (const auto& [copy, source] : copies_) {
      if (copy == nullptr) continue;
      const uint64_t size_bytes = layout.getTypeAllocSize(copy->getAllocatedType());
      builder_.CreateMemCpy(copy, copy->getAlign(), source, llvm::MaybeAlign(), size_bytes);
    }
    hidden.insert(hidden.end(), arguments_.begin(), arguments_.end());
    builder_.CreateCall(body, hidden);
  }

  llvm::Value* BlockDim(size_t offset_bytes, const char* name) {
    return LoadField(builder_, builder_.getInt32Ty(), block_,
                     offsetof(BlockContext, block_dim) + offset_bytes, /*invariant=*/true, name);
  }

  llvm::Value* LoopLimit(bool distinct, size_t offset_bytes, const char* name) {
    if (distinct && plan_.block.has_value()) {
      return builder_.getInt32((*plan_.block)[offset_bytes / sizeof(uint32_t)]);
    }
    return distinct ? BlockDim(offset_bytes, name) : builder_.getInt32(1);
  }

  /// Volatile, so that a fault finds the running thread's index in memory.
  void Publish(llvm::Value* value, size_t offset_bytes) {
    llvm::Value* address =
        builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), Context(), offset_bytes);
    builder_.CreateAlignedStore(value, address, llvm::Align(alignof(uint32_t)),
                                /*isVolatile=*/true);
  }

  struct Loop {
    llvm::BasicBlock* header;
    llvm::PHINode* index;
    llvm::PHINode* linear;
    llvm::Value* limit;
    unsigned step;
  };

  /// Opens a loop from `start` to `limit` - 1, which runs at least once; `linear` is carried
  /// through.
  Loop OpenLoop(llvm::Value* start, llvm::Value* limit, unsigned step, llvm::Value* linear,
                const char* name) {
    llvm::BasicBlock* before = builder_.GetInsertBlock();
    Loop loop;
    loop.limit = limit;
    loop.step = step;
    loop.header = llvm::BasicBlock::Create(builder_.getContext(), name, entry_);
    builder_.CreateBr(loop.header);
    builder_.SetInsertPoint(loop.header);
    loop.index = builder_.CreatePHI(builder_.getInt32Ty(), 2, name);
    loop.linear = builder_.CreatePHI(builder_.getInt32Ty(), 2, "linear");
    loop.index->addIncoming(start, before);
    loop.linear->addIncoming(linear, before);
    return loop;
  }

  void CloseLoop(const Loop& loop, llvm::Value* linear) {
    llvm::Value* next = builder_.CreateNUWAdd(loop.index, builder_.getInt32(loop.step));
    llvm::BasicBlock* latch = builder_.GetInsertBlock();
    llvm::BasicBlock* after = llvm::BasicBlock::Create(builder_.getContext(), "after", entry_);
    builder_.CreateCondBr(builder_.CreateICmpULT(next, loop.limit), loop.header, after);
    loop.index->addIncoming(next, latch);
    loop.linear->addIncoming(linear, latch);
    builder_.SetInsertPoint(after);
  }

  void RunAllThreads() {
    constexpr size_t kIndex = offsetof(ThreadContext, thread_idx);
    const DistinctDimensions& distinct = plan_.distinct;
    llvm::Value* dim_x = LoopLimit(distinct.x, offsetof(Dim3, x), "dim_x");
    llvm::Value* dim_y = LoopLimit(distinct.y, offsetof(Dim3, y), "dim_y");
    llvm::Value* dim_z = LoopLimit(distinct.z, offsetof(Dim3, z), "dim_z");
    if (CanRunLanes()) {
      RunLanes(dim_x, dim_y, dim_z);
      return;
    }
    llvm::Value* zero = builder_.getInt32(0);
    const Loop z = OpenLoop(zero, dim_z, 1, zero, "z");
    Publish(z.index, kIndex + offsetof(Dim3, z));
    const Loop y = OpenLoop(zero, dim_y, 1, z.linear, "y");
    Publish(y.index, kIndex + offsetof(Dim3, y));
    llvm::Value* next_linear = RunThreads(dim_x, y.linear, y.index, z.index);
    CloseLoop(y, next_linear);
    CloseLoop(z, next_linear);
  }

  void RunLanes(llvm::Value* dim_x, llvm::Value* dim_y, llvm::Value* dim_z) {
    llvm::Value* strip = builder_.getInt32(1);
    if (plan_.strips) {
      strip = LoadField(builder_, builder_.getInt32Ty(), block_,
                        offsetof(BlockContext, strip_blocks), /*invariant=*/true, "strip");
    }
    const std::vector<llvm::Value*> hidden = {Context(), dim_x, dim_y, dim_z, strip};
    const auto new_block = [this](const char* name) {
      return llvm::BasicBlock::Create(builder_.getContext(), name, entry_);
    };
    llvm::BasicBlock* after = new_block("after");
    for (const BlockFunction& block : plan_.blocks) {
      llvm::BasicBlock* other = nullptr;
      if (&block != &plan_.blocks.back()) {
        llvm::BasicBlock* fits = new_block("fits");
        other = new_block("other");
        llvm::Value* rest = builder_.CreateAnd(dim_x, block.row_lanes - 1);
        if (block.rows > 1) {
          rest = builder_.CreateOr(rest, builder_.CreateAnd(dim_y, block.rows - 1));
        }
        builder_.CreateCondBr(builder_.CreateIsNull(rest), fits, other);
        builder_.SetInsertPoint(fits);
      }
      CallBlock(block, hidden);
      builder_.CreateBr(after);
      builder_.SetInsertPoint(other == nullptr ? after : other);
    }
  }

  /// Calls what suits the CPU.
  void CallBlock(const BlockFunction& block, const std::vector<llvm::Value*>& hidden) {
    if (block.with_dots == nullptr) return CallBody(block.function, hidden);
    llvm::Value* hooks = LoadField(builder_, builder_.getPtrTy(), block_,
                                   offsetof(BlockContext, hooks), /*invariant=*/true, "hooks");
    llvm::Value* features =
        LoadField(builder_, builder_.getInt64Ty(), hooks,
                  offsetof(binary::abi::Hooks, host_features), /*invariant=*/true, "features");
    llvm::BasicBlock* dots = llvm::BasicBlock::Create(builder_.getContext(), "dots", entry_);
    llvm::BasicBlock* plain = llvm::BasicBlock::Create(builder_.getContext(), "plain", entry_);
    llvm::BasicBlock* done = llvm::BasicBlock::Create(builder_.getContext(), "done", entry_);
    builder_.CreateCondBr(
        builder_.CreateIsNull(builder_.CreateAnd(features, binary::abi::kHostDotProducts)), plain,
        dots);
    builder_.SetInsertPoint(plain);
    CallBody(block.function, hidden);
    builder_.CreateBr(done);
    builder_.SetInsertPoint(dots);
    CallBody(block.with_dots, hidden);
    builder_.CreateBr(done);
    builder_.SetInsertPoint(done);
  }

  /// Lanes share the parameters, which they must not write.
  bool CanRunLanes() const {
    return !plan_.blocks.empty() &&
           std::all_of(copies_.begin(), copies_.end(),
                       [](const auto& copy) { return copy.first == nullptr; });
  }

  llvm::Value* RunThreads(llvm::Value* limit, llvm::Value* linear, llvm::Value* y, llvm::Value* z) {
    constexpr size_t kIndex = offsetof(ThreadContext, thread_idx);
    const Loop x = OpenLoop(builder_.getInt32(0), limit, 1, linear, "x");
    Publish(x.index, kIndex + offsetof(Dim3, x));
    Publish(x.linear, offsetof(ThreadContext, linear_tid));
    CallBody(&body_, {Context(), x.index, y, z, x.linear});
    llvm::Value* next_linear = builder_.CreateNUWAdd(x.linear, builder_.getInt32(1));
    CloseLoop(x, next_linear);
    return next_linear;
  }

  KernelPlan& plan_;
  llvm::IRBuilder<> builder_;
  llvm::Function& body_;
  llvm::Function* entry_ = nullptr;
  llvm::Value* block_ = nullptr;
  std::vector<llvm::Value*> arguments_;
  // Private copy and its source for each argument; null where there is none.
  std::vector<std::pair<llvm::AllocaInst*, llvm::Value*>> copies_;
};

}  // namespace

std::vector<KernelArgument> LayOutArguments(const llvm::Function& kernel, unsigned first,
                                            uint32_t& size_bytes) {
  const llvm::DataLayout& layout = kernel.getParent()->getDataLayout();
  std::vector<KernelArgument> arguments;
  uint64_t offset = 0;
  for (unsigned i = first; i < kernel.arg_size(); ++i) {
    const llvm::Argument& argument = *kernel.getArg(i);
    const bool by_value = argument.hasByValAttr();
    llvm::Type* type = by_value ? argument.getParamByValType() : argument.getType();
    llvm::Align align = layout.getABITypeAlign(type);
    if (by_value) align = std::max(align, argument.getParamAlign().valueOrOne());
    offset = llvm::alignTo(offset, align);
    arguments.push_back({static_cast<uint32_t>(offset), type, by_value});
    offset += layout.getTypeAllocSize(type);
  }
  size_bytes = static_cast<uint32_t>(offset);
  return arguments;
}

bool IsOnlyRead(const llvm::Value& pointer) {
  for (const llvm::Use& use : pointer.uses()) {
    const llvm::User* user = use.getUser();
    if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(user)) {
      if (load->isVolatile()) return false;
    } else if (llvm::isa<llvm::GetElementPtrInst, llvm::AddrSpaceCastInst>(user)) {
      if (!IsOnlyRead(*user)) return false;
    } else if (const auto* copy = llvm::dyn_cast<llvm::MemTransferInst>(user)) {
      if (&use != &copy->getRawSourceUse()) return false;
    } else {
      return false;
    }
  }
  return true;
}

bool CanShareArguments(const llvm::Function& kernel) {
  return std::all_of(kernel.arg_begin(), kernel.arg_end(), [](const llvm::Argument& argument) {
    return !argument.hasByValAttr() ||
           (argument.getParamAlign().valueOrOne().value() <= kArgsAlignBytes &&
            IsOnlyRead(argument));
  });
}

void MakeKernelEntry(llvm::Module& module, KernelPlan& plan) { EntryBuilder(module, plan).Build(); }

}  // namespace opensupa::cc
