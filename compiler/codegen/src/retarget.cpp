#include "retarget.h"

#include <vector>

#include "flat_types.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/Transforms/Utils/ValueMapper.h"
#include "opensupa/binary/device_abi.h"

namespace opensupa::cc {
namespace {

constexpr unsigned kConstantAddressSpace = 4;

class Retargeter {
 public:
  Retargeter(llvm::Module& module, const std::set<const llvm::Function*>& indexed)
      : module_(module), context_(module.getContext()), indexed_(indexed) {}

  FunctionMap Run() {
    MarkConstantLoads();
    MapGlobals();
    MapFunctions();
    MapInitialisers();
    for (auto& [old_function, new_function] : bodies_) MoveBody(*old_function, *new_function);
    for (llvm::GlobalValue* global : obsolete_) {
      global->replaceAllUsesWith(llvm::PoisonValue::get(global->getType()));
      global->eraseFromParent();
    }
    return FunctionMap(bodies_.begin(), bodies_.end());
  }

 private:
  /// Constant memory does not change while a kernel runs; after flattening nobody could tell.
  void MarkConstantLoads() {
    for (llvm::Function& function : module_) {
      for (llvm::Instruction& instruction : llvm::instructions(function)) {
        auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
        if (load == nullptr || !load->isSimple()) continue;
        const llvm::Value* object = llvm::getUnderlyingObject(load->getPointerOperand());
        if (object->getType()->isPointerTy() &&
            object->getType()->getPointerAddressSpace() == kConstantAddressSpace) {
          load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context_, {}));
        }
      }
    }
  }

  void MapGlobals() {
    std::vector<llvm::GlobalVariable*> globals;
    for (llvm::GlobalVariable& global : module_.globals()) globals.push_back(&global);
    for (llvm::GlobalVariable* global : globals) {
      llvm::Type* type = types_.remapType(global->getValueType());
      globals_.push_back({global, global});
      if (type == global->getValueType() && global->getAddressSpace() == 0) continue;
      // The host writes device and constant variables, so none of them is read-only.
      const bool host_writes = global->hasExternalLinkage();
      auto* flat = new llvm::GlobalVariable(module_, type, global->isConstant() && !host_writes,
                                            global->getLinkage(), nullptr, "", global,
                                            llvm::GlobalValue::NotThreadLocal, /*AddressSpace=*/0,
                                            global->isExternallyInitialized() || host_writes);
      flat->takeName(global);
      flat->setAlignment(global->getAlign());
      flat->setUnnamedAddr(global->getUnnamedAddr());
      values_[global] = flat;
      globals_.back().second = flat;
      obsolete_.push_back(global);
    }
    for (auto& [old_global, new_global] : globals_) {
      new_global->setDSOLocal(true);
      if (!new_global->hasLocalLinkage()) {
        new_global->setVisibility(llvm::GlobalValue::HiddenVisibility);
      }
    }
  }

  void MapInitialisers() {
    for (auto& [old_global, new_global] : globals_) {
      if (!old_global->hasInitializer()) continue;
      new_global->setInitializer(
          llvm::MapValue(old_global->getInitializer(), values_, kFlags, &types_, &casts_));
    }
  }

  unsigned HiddenParameters(const llvm::Function& function) const {
    return indexed_.contains(&function) ? kFirstIndexParameter + kIndexParameters
                                        : kFirstIndexParameter;
  }

  llvm::FunctionType* FlatType(const llvm::FunctionType& type, unsigned hidden) {
    std::vector<llvm::Type*> parameters;
    if (hidden > 0) parameters.push_back(llvm::PointerType::get(context_, 0));
    for (unsigned i = 1; i < hidden; ++i) parameters.push_back(llvm::Type::getInt32Ty(context_));
    for (llvm::Type* parameter : type.params()) parameters.push_back(types_.remapType(parameter));
    return llvm::FunctionType::get(types_.remapType(type.getReturnType()), parameters,
                                   type.isVarArg());
  }

  void MapFunctions() {
    std::vector<llvm::Function*> functions;
    for (llvm::Function& function : module_) functions.push_back(&function);
    for (llvm::Function* function : functions) {
      if (function->isDeclaration()) {
        MapDeclaration(*function);
      } else {
        MapDefinition(*function);
      }
    }
  }

  void MapDeclaration(llvm::Function& function) {
    llvm::FunctionType* type = FlatType(*function.getFunctionType(), 0);
    if (type == function.getFunctionType() && !function.isIntrinsic()) return;
    if (type == function.getFunctionType() &&
        !llvm::Intrinsic::isOverloaded(function.getIntrinsicID())) {
      return;
    }
    auto* flat = llvm::Function::Create(type, function.getLinkage(), "", module_);
    flat->setAttributes(function.getAttributes());
    if (function.isIntrinsic()) {
      flat->setName(function.getName());
      if (auto renamed = llvm::Intrinsic::remangleIntrinsicFunction(flat)) {
        flat->eraseFromParent();
        flat = *renamed;
      } else if (type == function.getFunctionType()) {
        flat->eraseFromParent();
        return;
      }
    } else {
      flat->takeName(&function);
    }
    if (flat == &function) return;
    values_[&function] = flat;
    obsolete_.push_back(&function);
  }

  llvm::AttributeList FlatAttributes(const llvm::AttributeList& list, unsigned parameters,
                                     unsigned hidden) {
    std::vector<llvm::AttributeSet> sets;
    for (unsigned i = 0; i < hidden; ++i) {
      sets.push_back(i == kContextParameter ? ContextAttributes() : llvm::AttributeSet());
    }
    for (unsigned i = 0; i < parameters; ++i) sets.push_back(FlatSet(list.getParamAttrs(i)));
    return llvm::AttributeList::get(context_, list.getFnAttrs(), FlatSet(list.getRetAttrs()), sets);
  }

  llvm::AttributeSet FlatSet(llvm::AttributeSet set) {
    llvm::AttrBuilder builder(context_, set);
    for (const llvm::Attribute& attribute : set) {
      if (!attribute.isTypeAttribute() || attribute.getValueAsType() == nullptr) continue;
      builder.addTypeAttr(attribute.getKindAsEnum(), types_.remapType(attribute.getValueAsType()));
    }
    return llvm::AttributeSet::get(context_, builder);
  }

  /// Nothing in a kernel can name its thread context but through this pointer.
  llvm::AttributeSet ContextAttributes() {
    llvm::AttrBuilder builder(context_);
    builder.addAttribute(llvm::Attribute::NoAlias);
    builder.addAttribute(llvm::Attribute::NoUndef);
    builder.addAttribute(llvm::Attribute::NonNull);
    builder.addDereferenceableAttr(sizeof(binary::abi::ThreadContext));
    builder.addAlignmentAttr(alignof(binary::abi::ThreadContext));
    return llvm::AttributeSet::get(context_, builder);
  }

  void MapDefinition(llvm::Function& function) {
    const unsigned hidden = HiddenParameters(function);
    auto* flat = llvm::Function::Create(FlatType(*function.getFunctionType(), hidden),
                                        function.getLinkage(), "", module_);
    flat->takeName(&function);
    flat->setAttributes(FlatAttributes(function.getAttributes(), function.arg_size(), hidden));
    // Large frames touch every page, so that a stack overflow hits the guard page.
    flat->addFnAttr("probe-stack", "inline-asm");
    flat->setDSOLocal(true);
    if (!flat->hasLocalLinkage()) flat->setVisibility(llvm::GlobalValue::HiddenVisibility);
    values_[&function] = flat;
    for (llvm::Argument& argument : function.args()) {
      llvm::Argument* flat_argument = flat->getArg(argument.getArgNo() + hidden);
      flat_argument->takeName(&argument);
      values_[&argument] = flat_argument;
    }
    flat->getArg(kContextParameter)->setName("ctx");
    obsolete_.push_back(&function);
    bodies_.push_back({&function, flat});
    definitions_.insert(flat);
  }

  void MoveBody(llvm::Function& from, llvm::Function& to) {
    to.splice(to.begin(), &from);
    std::vector<llvm::Instruction*> instructions;
    for (llvm::Instruction& instruction : llvm::instructions(to)) {
      instructions.push_back(&instruction);
    }
    for (llvm::Instruction* instruction : instructions) {
      llvm::RemapInstruction(instruction, values_, kFlags | llvm::RF_IgnoreMissingLocals, &types_,
                             &casts_);
    }
    for (llvm::Instruction* instruction : instructions) {
      if (auto* cast = llvm::dyn_cast<llvm::AddrSpaceCastInst>(instruction)) {
        cast->replaceAllUsesWith(cast->getOperand(0));
        cast->eraseFromParent();
      } else if (auto* call = llvm::dyn_cast<llvm::CallInst>(instruction)) {
        AddContext(*call, *to.getArg(kContextParameter));
      }
    }
  }

  void AddContext(llvm::CallInst& call, llvm::Argument& thread_context) {
    if (call.isInlineAsm()) return;
    llvm::Value* callee = call.getCalledOperand()->stripPointerCasts();
    const auto* direct = llvm::dyn_cast<llvm::Function>(callee);
    if (direct != nullptr && !definitions_.contains(direct)) return;
    std::vector<llvm::Value*> arguments = {&thread_context};
    arguments.insert(arguments.end(), call.arg_begin(), call.arg_end());
    llvm::SmallVector<llvm::OperandBundleDef, 1> bundles;
    call.getOperandBundlesAsDefs(bundles);
    llvm::IRBuilder<> builder(&call);
    llvm::CallInst* flat =
        builder.CreateCall(FlatType(*call.getFunctionType(), 1), callee, arguments, bundles);
    flat->setAttributes(FlatAttributes(call.getAttributes(), call.arg_size(), 1));
    flat->copyMetadata(call);
    flat->setTailCallKind(call.isNoTailCall() ? llvm::CallInst::TCK_NoTail
                                              : llvm::CallInst::TCK_None);
    if (llvm::isa<llvm::FPMathOperator>(flat)) flat->copyFastMathFlags(&call);
    call.replaceAllUsesWith(flat);
    flat->takeName(&call);
    call.eraseFromParent();
  }

  static constexpr llvm::RemapFlags kFlags = llvm::RF_ReuseAndMutateDistinctMDs;

  llvm::Module& module_;
  llvm::LLVMContext& context_;
  const std::set<const llvm::Function*>& indexed_;
  FlatTypes types_;
  llvm::ValueToValueMapTy values_;
  FlatCasts casts_{values_, types_, kFlags};
  std::vector<std::pair<llvm::GlobalVariable*, llvm::GlobalVariable*>> globals_;
  std::vector<std::pair<llvm::Function*, llvm::Function*>> bodies_;
  std::set<const llvm::Function*> definitions_;  // new functions, filled or to be filled
  std::vector<llvm::GlobalValue*> obsolete_;
};

}  // namespace

FunctionMap RetargetModule(llvm::Module& module, const std::set<const llvm::Function*>& indexed) {
  return Retargeter(module, indexed).Run();
}

}  // namespace opensupa::cc
