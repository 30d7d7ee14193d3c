#pragma once

#include <string_view>

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"

namespace opensupa::cc {

/// The value of one PTX instruction of integer arithmetic or bit handling with the output $0, such
/// as "lop3.b32 $0, $1, $2, $3, 0x96", in instructions before `call`; also add, sub, mul and fma of
/// floating point that round to nearest. Null if the text is none of those.
llvm::Value* PtxArithmetic(llvm::IRBuilder<>& builder, llvm::CallInst& call, std::string_view text);

}  // namespace opensupa::cc
