#include "library_functions.h"

#include "llvm/IR/IRBuilder.h"

namespace opensupa::cc {
namespace {

/// A function with the loop `for (i = 0; i < size; ++i)` over bytes, whose body the caller writes.
struct ByteLoop {
  ByteLoop(llvm::Function& function, llvm::Value* size_bytes, llvm::Value* at_end)
      : builder(function.getContext()) {
    llvm::LLVMContext& context = function.getContext();
    auto* entry = llvm::BasicBlock::Create(context, "entry", &function);
    auto* head = llvm::BasicBlock::Create(context, "head", &function);
    body = llvm::BasicBlock::Create(context, "body", &function);
    next = llvm::BasicBlock::Create(context, "next", &function);
    found = llvm::BasicBlock::Create(context, "found", &function);
    auto* end = llvm::BasicBlock::Create(context, "end", &function);
    builder.SetInsertPoint(entry);
    builder.CreateBr(head);
    builder.SetInsertPoint(head);
    index = builder.CreatePHI(builder.getInt64Ty(), 2);
    index->addIncoming(builder.getInt64(0), entry);
    builder.CreateCondBr(builder.CreateICmpULT(index, size_bytes), body, end);
    builder.SetInsertPoint(next);
    index->addIncoming(builder.CreateAdd(index, builder.getInt64(1)), next);
    builder.CreateBr(head);
    builder.SetInsertPoint(end);
    builder.CreateRet(at_end);
    builder.SetInsertPoint(body);
  }

  llvm::Value* ByteOf(llvm::Value* pointer) {
    return builder.CreateLoad(builder.getInt8Ty(), Address(pointer));
  }
  llvm::Value* Address(llvm::Value* pointer) {
    return builder.CreateGEP(builder.getInt8Ty(), pointer, index);
  }
  /// Ends the body: to `found` when `condition` holds, to the next byte otherwise. The caller goes
  /// on in `found`.
  void LeaveIf(llvm::Value* condition) {
    builder.CreateCondBr(condition, found, next);
    builder.SetInsertPoint(found);
  }

  llvm::IRBuilder<> builder;
  llvm::PHINode* index = nullptr;
  llvm::BasicBlock* body = nullptr;
  llvm::BasicBlock* next = nullptr;
  llvm::BasicBlock* found = nullptr;
};

void DefineCompare(llvm::Function& function) {
  ByteLoop loop(function, function.getArg(2), llvm::ConstantInt::get(function.getReturnType(), 0));
  llvm::Value* left = loop.ByteOf(function.getArg(0));
  llvm::Value* right = loop.ByteOf(function.getArg(1));
  loop.LeaveIf(loop.builder.CreateICmpNE(left, right));
  llvm::Type* result = function.getReturnType();
  loop.builder.CreateRet(loop.builder.CreateSub(loop.builder.CreateZExt(left, result),
                                                loop.builder.CreateZExt(right, result)));
}

void DefineFind(llvm::Function& function) {
  auto* type = llvm::cast<llvm::PointerType>(function.getReturnType());
  ByteLoop loop(function, function.getArg(2), llvm::ConstantPointerNull::get(type));
  llvm::Value* wanted = loop.builder.CreateTrunc(function.getArg(1), loop.builder.getInt8Ty());
  loop.LeaveIf(loop.builder.CreateICmpEQ(loop.ByteOf(function.getArg(0)), wanted));
  loop.builder.CreateRet(loop.Address(function.getArg(0)));
}

void DefineLength(llvm::Function& function) {
  llvm::Constant* unlimited = llvm::Constant::getAllOnesValue(function.getReturnType());
  ByteLoop loop(function, unlimited, unlimited);
  loop.LeaveIf(loop.builder.CreateIsNull(loop.ByteOf(function.getArg(0))));
  loop.builder.CreateRet(loop.index);
}

struct LibraryFunction {
  const char* name;
  size_t parameters;
  void (*define)(llvm::Function&);
};
constexpr LibraryFunction kFunctions[] = {{"memcmp", 3, DefineCompare},
                                          {"bcmp", 3, DefineCompare},
                                          {"memchr", 3, DefineFind},
                                          {"strlen", 1, DefineLength}};

}  // namespace

void DefineLibraryFunctions(llvm::Module& module) {
  for (const LibraryFunction& entry : kFunctions) {
    llvm::Function* function = module.getFunction(entry.name);
    if (function == nullptr || !function->isDeclaration()) continue;
    if (function->use_empty() || function->arg_size() != entry.parameters) continue;
    entry.define(*function);
    function->setLinkage(llvm::GlobalValue::InternalLinkage);
    function->setAttributes({});
    // Or the loop would be recognised as what it implements, and call itself.
    function->addFnAttr("no-builtins");
  }
}

}  // namespace opensupa::cc
