#pragma once

#include <string_view>

#include "llvm/IR/Function.h"

namespace opensupa::cc {

/// What an extern of the portable device IR does, which decides the attributes of its declaration.
enum class ExternEffect {
  kPure,        // the result depends on the arguments and the thread only
  kMemory,      // reads or writes memory through its arguments
  kSideEffect,  // observable, but no other thread takes part
  kConvergent,  // other threads take part
  kNoReturn,    // ends the kernel
};

/// An extern of the portable device IR (docs/device-ir.md). `signature` has one letter for the
/// result and one for each parameter: v void, i i32, l i64, f float, d double, p pointer.
struct IrExtern {
  std::string_view name;
  std::string_view signature;
  ExternEffect effect;
};

inline constexpr std::string_view kExternPrefix = "__su_";

/// Finds an extern by name, or null.
const IrExtern* FindIrExtern(std::string_view name);

/// The LLVM type that `signature` stands for.
llvm::FunctionType* ExternType(std::string_view signature, llvm::LLVMContext& context);

/// Declares the extern in `module`, or returns the declaration that is there. The name must be one
/// that FindIrExtern knows.
llvm::FunctionCallee DeclareExtern(llvm::Module& module, std::string_view name);

}  // namespace opensupa::cc
