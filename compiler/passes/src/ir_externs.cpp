#include "ir_externs.h"

#include <unordered_map>

#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/Module.h"

namespace opensupa::cc {
namespace {

using enum ExternEffect;

constexpr IrExtern kExterns[] = {
    {"__su_tid_x", "i", kPure},
    {"__su_tid_y", "i", kPure},
    {"__su_tid_z", "i", kPure},
    {"__su_ntid_x", "i", kPure},
    {"__su_ntid_y", "i", kPure},
    {"__su_ntid_z", "i", kPure},
    {"__su_ctaid_x", "i", kPure},
    {"__su_ctaid_y", "i", kPure},
    {"__su_ctaid_z", "i", kPure},
    {"__su_nctaid_x", "i", kPure},
    {"__su_nctaid_y", "i", kPure},
    {"__su_nctaid_z", "i", kPure},
    {"__su_laneid", "i", kPure},
    {"__su_linear_tid", "i", kPure},
    {"__su_dynamic_shared_bytes", "i", kPure},
    {"__su_shared_window", "p", kPure},
    {"__su_shared_bytes", "i", kPure},
    {"__su_clusterid_x", "i", kPure},
    {"__su_clusterid_y", "i", kPure},
    {"__su_clusterid_z", "i", kPure},
    {"__su_nclusterid_x", "i", kPure},
    {"__su_nclusterid_y", "i", kPure},
    {"__su_nclusterid_z", "i", kPure},
    {"__su_cluster_ctaid_x", "i", kPure},
    {"__su_cluster_ctaid_y", "i", kPure},
    {"__su_cluster_ctaid_z", "i", kPure},
    {"__su_cluster_nctaid_x", "i", kPure},
    {"__su_cluster_nctaid_y", "i", kPure},
    {"__su_cluster_nctaid_z", "i", kPure},
    {"__su_is_cooperative", "i", kPure},
    {"__su_barrier", "iiii", kConvergent},
    {"__su_named_barrier", "viii", kConvergent},
    {"__su_grid_barrier", "vi", kConvergent},
    {"__su_cluster_barrier", "vi", kConvergent},
    {"__su_cluster_map_shared", "ppi", kPure},
    {"__su_warp_exchange", "liili", kConvergent},
    {"__su_mma", "vipppp", kConvergent},
    {"__su_matrix_move", "vippi", kConvergent},
    {"__su_active_mask", "i", kConvergent},
    {"__su_yield", "v", kConvergent},
    {"__su_vprintf", "ipp", kSideEffect},
    {"__su_assert_fail", "vppip", kNoReturn},
    {"__su_trap", "v", kNoReturn},
    {"__su_malloc", "pl", kSideEffect},
    {"__su_free", "vp", kSideEffect},
    {"__su_clock64", "l", kSideEffect},
    {"__su_globaltimer", "l", kSideEffect},
#define SUPA_MATH_BOTH(name, f32, f64, effect) \
  {"__su_" #name "_f32", f32, effect}, {"__su_" #name "_f64", f64, effect},
#define SUPA_MATH_UNARY(name) SUPA_MATH_BOTH(name, "ff", "dd", kPure)
#define SUPA_MATH_BINARY(name) SUPA_MATH_BOTH(name, "fff", "ddd", kPure)
#define SUPA_MATH_TERNARY(name) SUPA_MATH_BOTH(name, "ffff", "dddd", kPure)
#define SUPA_MATH_QUATERNARY(name) SUPA_MATH_BOTH(name, "fffff", "ddddd", kPure)
#define SUPA_MATH_SCALE(name) SUPA_MATH_BOTH(name, "ffi", "ddi", kPure)
#define SUPA_MATH_ORDER(name) SUPA_MATH_BOTH(name, "fif", "did", kPure)
#define SUPA_MATH_EXPONENT(name) SUPA_MATH_BOTH(name, "if", "id", kPure)
#define SUPA_MATH_QUOTIENT(name) SUPA_MATH_BOTH(name, "fffp", "dddp", kMemory)
#define SUPA_MATH_PAIR(name) SUPA_MATH_BOTH(name, "vfpp", "vdpp", kMemory)
#define SUPA_MATH_ARRAY(name) SUPA_MATH_BOTH(name, "fip", "dip", kMemory)
#include "opensupa/device/math_functions.def"
#undef SUPA_MATH_BOTH
};

llvm::Type* TypeOf(char letter, llvm::LLVMContext& context) {
  switch (letter) {
    case 'i':
      return llvm::Type::getInt32Ty(context);
    case 'l':
      return llvm::Type::getInt64Ty(context);
    case 'f':
      return llvm::Type::getFloatTy(context);
    case 'd':
      return llvm::Type::getDoubleTy(context);
    case 'p':
      return llvm::PointerType::get(context, 0);
    default:
      return llvm::Type::getVoidTy(context);
  }
}

}  // namespace

const IrExtern* FindIrExtern(std::string_view name) {
  static const auto* const kByName = [] {
    auto* map = new std::unordered_map<std::string_view, const IrExtern*>();
    for (const IrExtern& entry : kExterns) map->emplace(entry.name, &entry);
    return map;
  }();
  const auto found = kByName->find(name);
  return found == kByName->end() ? nullptr : found->second;
}

llvm::FunctionType* ExternType(std::string_view signature, llvm::LLVMContext& context) {
  std::vector<llvm::Type*> parameters;
  for (const char letter : signature.substr(1)) parameters.push_back(TypeOf(letter, context));
  return llvm::FunctionType::get(TypeOf(signature.front(), context), parameters, false);
}

llvm::FunctionCallee DeclareExtern(llvm::Module& module, std::string_view name) {
  const IrExtern* entry = FindIrExtern(name);
  return module.getOrInsertFunction(name, ExternType(entry->signature, module.getContext()));
}

}  // namespace opensupa::cc
