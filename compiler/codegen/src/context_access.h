#pragma once

#include <cstddef>

#include "llvm/IR/IRBuilder.h"

namespace opensupa::cc {

/// Loads `type` from `base` + `offset_bytes`. Invariant loads read what does not change while the
/// entry point runs, whatever the kernel writes.
llvm::LoadInst* LoadField(llvm::IRBuilder<>& builder, llvm::Type* type, llvm::Value* base,
                          size_t offset_bytes, bool invariant, const char* name);

/// BlockContext* of a thread context.
llvm::Value* LoadBlock(llvm::IRBuilder<>& builder, llvm::Value* thread_context);

}  // namespace opensupa::cc
