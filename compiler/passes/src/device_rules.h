#pragma once

#include <string>
#include <vector>

#include "llvm/IR/Module.h"
#include "opensupa/passes/verify_device_ir.h"

namespace opensupa::cc {

/// Version stamp and its value's flag; and the flag of modules that must be linked first.
inline constexpr char kVersionFlag[] = "supa.device_ir";
inline constexpr char kRelocatableFlag[] = "supa.relocatable";
inline constexpr char kDeviceTriple[] = "nvptx64-nvidia-cuda";
inline constexpr char kDeviceDataLayout[] = "e-i64:64-i128:128-v16:16-v32:32-n16:32:64";

/// Value of an integer module flag, or `missing`.
uint64_t ModuleFlag(const llvm::Module& module, llvm::StringRef name, uint64_t missing);

/// Name of a function or variable as the source wrote it, in backquotes.
std::string Quoted(const llvm::Value& value);

/// "file:line:column" of an instruction or of a function's definition; empty without debug
/// information.
std::string PlaceOf(const llvm::Instruction& instruction);
std::string PlaceOf(const llvm::Function& function);
/// Of the first use in code of a function or variable.
std::string PlaceOfUse(const llvm::Value& value);

using Violations = std::vector<RuleViolation>;

/// True if `constant` or something inside it is an address in shared memory.
bool HoldsSharedAddress(const llvm::Constant& constant);

/// Rules about the module, its variables and its function declarations.
void CheckModuleRules(const llvm::Module& module, Violations& violations);
/// Rules about the code of one function.
void CheckFunctionRules(const llvm::Function& function, Violations& violations);

}  // namespace opensupa::cc
