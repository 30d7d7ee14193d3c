#include "ptx_assembly.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "ir_externs.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/Module.h"
#include "ptx_arithmetic.h"

namespace opensupa::cc {
namespace {

/// A special register and the extern with its value; `shift` is a right shift of that value.
struct Register {
  std::string_view name;
  std::string_view extern_name;
  unsigned shift = 0;
};

constexpr Register kRegisters[] = {{"%tid.x", "__su_tid_x"},
                                   {"%tid.y", "__su_tid_y"},
                                   {"%tid.z", "__su_tid_z"},
                                   {"%ntid.x", "__su_ntid_x"},
                                   {"%ntid.y", "__su_ntid_y"},
                                   {"%ntid.z", "__su_ntid_z"},
                                   {"%ctaid.x", "__su_ctaid_x"},
                                   {"%ctaid.y", "__su_ctaid_y"},
                                   {"%ctaid.z", "__su_ctaid_z"},
                                   {"%nctaid.x", "__su_nctaid_x"},
                                   {"%nctaid.y", "__su_nctaid_y"},
                                   {"%nctaid.z", "__su_nctaid_z"},
                                   {"%clusterid.x", "__su_clusterid_x"},
                                   {"%clusterid.y", "__su_clusterid_y"},
                                   {"%clusterid.z", "__su_clusterid_z"},
                                   {"%nclusterid.x", "__su_nclusterid_x"},
                                   {"%nclusterid.y", "__su_nclusterid_y"},
                                   {"%nclusterid.z", "__su_nclusterid_z"},
                                   {"%cluster_ctaid.x", "__su_cluster_ctaid_x"},
                                   {"%cluster_ctaid.y", "__su_cluster_ctaid_y"},
                                   {"%cluster_ctaid.z", "__su_cluster_ctaid_z"},
                                   {"%cluster_nctaid.x", "__su_cluster_nctaid_x"},
                                   {"%cluster_nctaid.y", "__su_cluster_nctaid_y"},
                                   {"%cluster_nctaid.z", "__su_cluster_nctaid_z"},
                                   {"%laneid", "__su_laneid"},
                                   {"%warpid", "__su_linear_tid", 5},
                                   {"%clock", "__su_clock64"},
                                   {"%clock64", "__su_clock64"},
                                   {"%globaltimer", "__su_globaltimer"}};

bool ConsumePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// %lanemask_* in terms of bit = 1 << lane: eq bit, lt bit-1, le 2*bit-1, gt ~le, ge ~lt.
llvm::Value* LaneMask(llvm::IRBuilder<>& builder, std::string_view kind) {
  llvm::Module& module = *builder.GetInsertBlock()->getModule();
  llvm::Value* lane = builder.CreateCall(DeclareExtern(module, "__su_laneid"));
  llvm::Value* bit = builder.CreateShl(builder.getInt32(1), lane);
  llvm::Value* below = builder.CreateSub(bit, builder.getInt32(1));
  llvm::Value* up_to = builder.CreateOr(bit, below);
  if (kind == "eq") return bit;
  if (kind == "lt") return below;
  if (kind == "le") return up_to;
  if (kind == "gt") return builder.CreateNot(up_to);
  if (kind == "ge") return builder.CreateNot(below);
  return nullptr;
}

/// %cluster_nctarank: how many blocks a cluster has; %cluster_ctarank: which of them this one is.
llvm::Value* ClusterRank(llvm::IRBuilder<>& builder, bool count) {
  llvm::Module& module = *builder.GetInsertBlock()->getModule();
  const auto read = [&](const std::string& name) -> llvm::Value* {
    return builder.CreateCall(DeclareExtern(module, name));
  };
  llvm::Value* x = read("__su_cluster_nctaid_x");
  llvm::Value* y = read("__su_cluster_nctaid_y");
  if (count) return builder.CreateMul(builder.CreateMul(x, y), read("__su_cluster_nctaid_z"));
  llvm::Value* rows = builder.CreateAdd(builder.CreateMul(read("__su_cluster_ctaid_z"), y),
                                        read("__su_cluster_ctaid_y"));
  return builder.CreateAdd(builder.CreateMul(rows, x), read("__su_cluster_ctaid_x"));
}

llvm::Value* ReadRegister(llvm::IRBuilder<>& builder, std::string_view name) {
  if (ConsumePrefix(name, "%lanemask_")) return LaneMask(builder, name);
  if (name == "%cluster_ctarank") return ClusterRank(builder, /*count=*/false);
  if (name == "%cluster_nctarank") return ClusterRank(builder, /*count=*/true);
  llvm::Module& module = *builder.GetInsertBlock()->getModule();
  for (const Register& entry : kRegisters) {
    if (entry.name != name) continue;
    llvm::Value* value = builder.CreateCall(DeclareExtern(module, entry.extern_name));
    return entry.shift == 0 ? value : builder.CreateLShr(value, entry.shift);
  }
  return nullptr;
}

/// One instruction without its end: white space folded, "mov.u32 $0, %laneid".
std::string Normalize(std::string_view text) {
  std::string folded(text);
  absl::StrReplaceAll({{"\n", " "}, {"\t", " "}, {";", " "}, {",", ", "}}, &folded);
  absl::RemoveExtraAsciiWhitespace(&folded);
  return folded;
}

bool ReplaceMove(llvm::CallInst& call, std::string_view text) {
  if (!call.getType()->isIntegerTy() || !call.arg_empty()) return false;
  for (const std::string_view move : {"mov.u32 $0, ", "mov.s32 $0, ", "mov.b32 $0, ",
                                      "mov.u64 $0, ", "mov.s64 $0, ", "mov.b64 $0, "}) {
    std::string_view source = text;
    if (!ConsumePrefix(source, move)) continue;
    llvm::IRBuilder<> builder(&call);
    llvm::Value* value = ReadRegister(builder, source);
    if (value == nullptr) return false;
    call.replaceAllUsesWith(builder.CreateZExtOrTrunc(value, call.getType()));
    return true;
  }
  return false;
}

/// "3" or, of an operand list, "$0" as a value; null when it is neither.
llvm::Value* Operand(llvm::IRBuilder<>& builder, llvm::CallInst& call, const std::string& text) {
  uint32_t number = 0;
  if (text.starts_with('$')) {
    if (!absl::SimpleAtoi(text.substr(1), &number) || number >= call.arg_size()) return nullptr;
    llvm::Value* value = call.getArgOperand(number);
    return value->getType()->isIntegerTy(32) ? value : nullptr;
  }
  return absl::SimpleAtoi(text, &number) ? builder.getInt32(number) : nullptr;
}

/// bar and barrier with an identifier and perhaps a number of threads; barrier.cluster.
bool ReplaceBarrier(llvm::IRBuilder<>& builder, llvm::CallInst& call, std::string_view text) {
  llvm::Module& module = *call.getModule();
  if (ConsumePrefix(text, "barrier.cluster.")) {
    const bool arrive = text.starts_with("arrive");
    if (!arrive && !text.starts_with("wait")) return false;
    builder.CreateCall(DeclareExtern(module, "__su_cluster_barrier"),
                       {builder.getInt32(arrive ? 1 : 2)});
    return true;
  }
  if (!ConsumePrefix(text, "barrier.") && !ConsumePrefix(text, "bar.")) return false;
  ConsumePrefix(text, "cta.");
  const bool arrive = ConsumePrefix(text, "arrive");
  if (!arrive && !ConsumePrefix(text, "sync")) return false;
  ConsumePrefix(text, ".aligned");
  if (!ConsumePrefix(text, " ")) return false;
  const std::vector<std::string> operands = absl::StrSplit(std::string(text), ", ");
  if (operands.size() > 2 || (arrive && operands.size() != 2)) return false;
  llvm::Value* id = Operand(builder, call, operands[0]);
  llvm::Value* threads =
      operands.size() == 2 ? Operand(builder, call, operands[1]) : builder.getInt32(0);
  if (id == nullptr || threads == nullptr) return false;
  builder.CreateCall(DeclareExtern(module, "__su_named_barrier"),
                     {id, builder.getInt32(arrive ? 1 : 0), threads});
  return true;
}

bool ReplaceArithmetic(llvm::CallInst& call, std::string_view text) {
  if (call.getType()->isVoidTy()) return false;
  llvm::IRBuilder<> builder(&call);
  llvm::Value* value = PtxArithmetic(builder, call, text);
  if (value == nullptr) return false;
  call.replaceAllUsesWith(value);
  return true;
}

bool ReplaceStatement(llvm::CallInst& call, std::string_view text) {
  if (!call.getType()->isVoidTy()) return false;
  llvm::Module& module = *call.getModule();
  llvm::IRBuilder<> builder(&call);
  if (ReplaceBarrier(builder, call, text)) return true;
  if (!call.arg_empty()) return false;
  if (text.empty()) return true;  // only a barrier for the compiler
  if (text == "membar.cta" || text == "membar.gl" || text == "membar.sys" ||
      text.starts_with("fence.sc.") || text.starts_with("fence.acq_rel.")) {
    llvm::LLVMContext& context = module.getContext();
    llvm::SyncScope::ID scope = llvm::SyncScope::System;
    if (text.ends_with(".cta")) scope = context.getOrInsertSyncScopeID("block");
    if (text.ends_with(".gl") || text.ends_with(".gpu")) {
      scope = context.getOrInsertSyncScopeID("device");
    }
    builder.CreateFence(llvm::AtomicOrdering::SequentiallyConsistent, scope);
    return true;
  }
  if (text == "trap" || text == "brkpt") {
    builder.CreateCall(DeclareExtern(module, "__su_trap"));
    return true;
  }
  return false;
}

}  // namespace

bool ReplacePtxAssembly(llvm::CallInst& call) {
  const auto* assembly = llvm::dyn_cast<llvm::InlineAsm>(call.getCalledOperand());
  if (assembly == nullptr) return false;
  const llvm::StringRef raw = assembly->getAsmString();
  const std::string text = Normalize({raw.data(), raw.size()});
  if (!ReplaceMove(call, text) && !ReplaceArithmetic(call, text) && !ReplaceStatement(call, text)) {
    return false;
  }
  call.eraseFromParent();
  return true;
}

}  // namespace opensupa::cc
