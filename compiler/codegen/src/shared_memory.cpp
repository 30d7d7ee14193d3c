#include "shared_memory.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "device_externs.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/ReplaceConstant.h"
#include "llvm/Support/MathExtras.h"
#include "opensupa/base/status.h"

namespace opensupa::cc {
namespace {

constexpr unsigned kSharedAddressSpace = 3;
constexpr uint64_t kDynamicAlignBytes = 16;
// What engines give the base of a block's shared memory.
constexpr uint64_t kBaseAlignBytes = 128;

struct Variable {
  llvm::GlobalVariable* global;
  std::set<llvm::Function*> users;
  FunctionSet kernels;  // that reach a user
  uint64_t size_bytes = 0;
  uint64_t align_bytes = 1;
  uint64_t offset_bytes = 0;
  bool dynamic = false;
};

absl::Status CollectUsers(Variable& variable) {
  for (llvm::User* user : variable.global->users()) {
    auto* instruction = llvm::dyn_cast<llvm::Instruction>(user);
    if (instruction == nullptr) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "The address of the shared variable %s stands in the initial value of another variable; "
          "it is known only while a block runs.",
          variable.global->getName().str()));
    }
    variable.users.insert(instruction->getFunction());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Variable>> CollectVariables(llvm::Module& module) {
  std::vector<llvm::Constant*> globals;
  for (llvm::GlobalVariable& global : module.globals()) {
    if (global.getAddressSpace() == kSharedAddressSpace) globals.push_back(&global);
  }
  llvm::convertUsersOfConstantsToInstructions(globals);
  std::vector<Variable> variables;
  for (llvm::Constant* constant : globals) {
    Variable variable;
    variable.global = llvm::cast<llvm::GlobalVariable>(constant);
    const llvm::DataLayout& layout = module.getDataLayout();
    variable.size_bytes = layout.getTypeAllocSize(variable.global->getValueType());
    variable.align_bytes = std::max(variable.global->getAlign().valueOrOne(),
                                    layout.getABITypeAlign(variable.global->getValueType()))
                               .value();
    if (variable.align_bytes > kBaseAlignBytes) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "The shared variable %s is aligned to %d bytes; shared memory allows %d at most.",
          variable.global->getName().str(), variable.align_bytes, kBaseAlignBytes));
    }
    variable.dynamic = variable.global->isDeclaration() || variable.size_bytes == 0;
    SUPA_RETURN_IF_ERROR(CollectUsers(variable));
    variables.push_back(std::move(variable));
  }
  return variables;
}

bool Intersect(const FunctionSet& a, const FunctionSet& b) {
  return std::any_of(a.begin(), a.end(), [&](const auto* entry) { return b.contains(entry); });
}

/// Lowest offset at which `variable` overlaps no placed variable that a common kernel reaches.
uint64_t LowestOffset(const Variable& variable, const std::vector<const Variable*>& placed) {
  uint64_t offset = 0;
  bool moved = true;
  while (moved) {
    moved = false;
    for (const Variable* other : placed) {
      const bool overlap = offset < other->offset_bytes + other->size_bytes &&
                           other->offset_bytes < offset + variable.size_bytes;
      if (!overlap || !Intersect(variable.kernels, other->kernels)) continue;
      offset = llvm::alignTo(other->offset_bytes + other->size_bytes, variable.align_bytes);
      moved = true;
    }
  }
  return offset;
}

void PlaceStatic(std::vector<Variable>& variables) {
  std::vector<Variable*> order;
  for (Variable& variable : variables) {
    if (!variable.dynamic) order.push_back(&variable);
  }
  // Widely shared variables first, so that every kernel's own ones pack behind them.
  std::sort(order.begin(), order.end(), [](const Variable* a, const Variable* b) {
    if (a->kernels.size() != b->kernels.size()) return a->kernels.size() > b->kernels.size();
    if (a->align_bytes != b->align_bytes) return a->align_bytes > b->align_bytes;
    return a < b;  // both in one vector: module order
  });
  std::vector<const Variable*> placed;
  for (Variable* variable : order) {
    variable->offset_bytes = LowestOffset(*variable, placed);
    placed.push_back(variable);
  }
}

/// Kernels that reach a common user of dynamic shared memory must agree where it begins: the
/// highest static end among them. Sets the offsets of the dynamic uses per function.
std::map<llvm::Function*, uint64_t> PlaceDynamic(
    const std::vector<Variable>& variables, const std::map<llvm::Function*, FunctionSet>& reaching,
    SharedSizes& sizes) {
  std::set<llvm::Function*> users;
  uint64_t align_bytes = kDynamicAlignBytes;
  for (const Variable& variable : variables) {
    if (!variable.dynamic) continue;
    users.insert(variable.users.begin(), variable.users.end());
    align_bytes = std::max(align_bytes, variable.align_bytes);
  }
  std::map<llvm::Function*, uint64_t> starts;
  bool changed = true;
  while (changed) {
    changed = false;
    for (llvm::Function* user : users) {
      uint64_t start = 0;
      for (const llvm::Function* kernel : reaching.at(user)) {
        start = std::max<uint64_t>(start, llvm::alignTo(sizes[kernel], align_bytes));
      }
      for (const llvm::Function* kernel : reaching.at(user)) {
        changed |= sizes[kernel] != start;
        sizes[kernel] = static_cast<uint32_t>(start);
      }
      starts[user] = start;
    }
  }
  return starts;
}

llvm::Value* SharedAddress(llvm::Function& function, uint64_t offset_bytes) {
  llvm::Module& module = *function.getParent();
  llvm::IRBuilder<> builder(&*function.getEntryBlock().getFirstInsertionPt());
  llvm::FunctionCallee base = module.getOrInsertFunction(
      kSharedBaseExtern,
      llvm::FunctionType::get(builder.getPtrTy(kSharedAddressSpace), /*isVarArg=*/false));
  return builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), builder.CreateCall(base),
                                            offset_bytes);
}

void ReplaceUses(Variable& variable, const std::map<llvm::Function*, uint64_t>& dynamic_starts) {
  for (llvm::Function* user : variable.users) {
    const uint64_t offset = variable.dynamic ? dynamic_starts.at(user) : variable.offset_bytes;
    llvm::Value* address = SharedAddress(*user, offset);
    variable.global->replaceUsesWithIf(address, [user](const llvm::Use& use) {
      return llvm::cast<llvm::Instruction>(use.getUser())->getFunction() == user;
    });
  }
  variable.global->eraseFromParent();
}

}  // namespace

absl::StatusOr<SharedSizes> PlaceSharedVariables(llvm::Module& module,
                                                 const std::vector<llvm::Function*>& kernels,
                                                 const Reachability& reachability) {
  SUPA_ASSIGN_OR_RETURN(std::vector<Variable> variables, CollectVariables(module));
  SharedSizes sizes;
  std::map<llvm::Function*, FunctionSet> reaching;
  for (const Variable& variable : variables) {
    for (llvm::Function* user : variable.users) reaching[user];
  }
  for (llvm::Function* kernel : kernels) {
    sizes[kernel] = 0;
    const FunctionSet reached = reachability.From(*kernel);
    for (auto& [user, kernels_of_user] : reaching) {
      if (reached.contains(user)) kernels_of_user.insert(kernel);
    }
  }
  for (Variable& variable : variables) {
    for (llvm::Function* user : variable.users) {
      variable.kernels.insert(reaching.at(user).begin(), reaching.at(user).end());
    }
  }
  PlaceStatic(variables);
  for (const Variable& variable : variables) {
    if (variable.dynamic) continue;
    for (const llvm::Function* kernel : variable.kernels) {
      const auto end = static_cast<uint32_t>(variable.offset_bytes + variable.size_bytes);
      sizes[kernel] = std::max(sizes[kernel], end);
    }
  }
  const auto dynamic_starts = PlaceDynamic(variables, reaching, sizes);
  for (Variable& variable : variables) ReplaceUses(variable, dynamic_starts);
  return sizes;
}

}  // namespace opensupa::cc
