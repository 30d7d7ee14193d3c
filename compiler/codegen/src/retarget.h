#pragma once

#include <map>
#include <set>
#include <string>

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Functions of the new module that stand for those of the old one.
using FunctionMap = std::map<const llvm::Function*, llvm::Function*>;

/// Rewrites `module` from the device's shape to the host's: one flat address space, and a hidden
/// first parameter ThreadContext* on every defined function and on every call that may reach one,
/// through pointers too. Functions in `indexed` (kernels that run as a loop) get four more hidden
/// i32 parameters behind it: thread index x, y, z and linear thread index.
///
/// Device externs keep their names and get no hidden parameter; they are lowered later.
FunctionMap RetargetModule(llvm::Module& module, const std::set<const llvm::Function*>& indexed);

/// Position of the hidden parameters of RetargetModule.
inline constexpr unsigned kContextParameter = 0;
inline constexpr unsigned kFirstIndexParameter = 1;
inline constexpr unsigned kIndexParameters = 4;

}  // namespace opensupa::cc
