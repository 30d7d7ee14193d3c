#include "ptx_assembly.h"

#include "gmock/gmock.h"
#include "ir_text.h"
#include "llvm/IR/InstIterator.h"

namespace opensupa::cc {
namespace {

using ::testing::HasSubstr;
using testing::ParseDevice;
using testing::Print;

/// Runs the pass on the only call of a function and returns the function's new text.
std::string Replaced(const std::string& call, bool expected, const std::string& type = "i32") {
  llvm::LLVMContext context;
  const std::string result = type == "void" ? "" : "%x = ";
  const auto module =
      ParseDevice(context, "define " + type + " @f() {\n  " + result + call + "\n  ret " +
                               (type == "void" ? "void" : type + " %x") + "\n}\n");
  llvm::Function* function = module->getFunction("f");
  for (llvm::Instruction& instruction : llvm::instructions(*function)) {
    if (auto* found = llvm::dyn_cast<llvm::CallInst>(&instruction)) {
      EXPECT_EQ(ReplacePtxAssembly(*found), expected);
      break;
    }
  }
  return Print(*function);
}

TEST(PtxAssembly, SpecialRegistersBecomeExterns) {
  EXPECT_THAT(Replaced("call i32 asm \"mov.u32 $0, %laneid;\", \"=r\"()", true),
              HasSubstr("call i32 @__su_laneid()"));
  EXPECT_THAT(Replaced("call i32 asm sideeffect \"mov.u32\\09$0,%tid.x ;\", \"=r\"()", true),
              HasSubstr("call i32 @__su_tid_x()"));
  EXPECT_THAT(Replaced("call i32 asm \"mov.u32 $0, %warpid;\", \"=r\"()", true),
              HasSubstr("lshr i32"));
  EXPECT_THAT(Replaced("call i64 asm \"mov.u64 $0, %globaltimer;\", \"=l\"()", true, "i64"),
              HasSubstr("@__su_globaltimer()"));
  EXPECT_THAT(Replaced("call i32 asm \"mov.u32 $0, %cluster_ctarank;\", \"=r\"()", true),
              HasSubstr("@__su_cluster_ctaid_z()"));
  EXPECT_THAT(Replaced("call i32 asm \"mov.u32 $0, %clock;\", \"=r\"()", true), HasSubstr("trunc"));
}

TEST(PtxAssembly, LaneMasksAreComputed) {
  for (const char* kind : {"eq", "lt", "le", "gt", "ge"}) {
    const std::string call =
        std::string("call i32 asm \"mov.u32 $0, %lanemask_") + kind + ";\", \"=r\"()";
    EXPECT_THAT(Replaced(call, true), HasSubstr("shl i32 1")) << kind;
  }
}

TEST(PtxAssembly, StatementsBecomeFencesAndBarriers) {
  EXPECT_THAT(Replaced("call void asm sideeffect \"membar.gl;\", \"~{memory}\"()", true, "void"),
              HasSubstr("fence syncscope(\"device\") seq_cst"));
  EXPECT_THAT(Replaced("call void asm sideeffect \"bar.sync 0;\", \"\"()", true, "void"),
              HasSubstr("@__su_named_barrier(i32 0, i32 0, i32 0)"));
  EXPECT_THAT(Replaced("call void asm sideeffect \"bar.arrive 3, 64;\", \"\"()", true, "void"),
              HasSubstr("@__su_named_barrier(i32 3, i32 1, i32 64)"));
  EXPECT_THAT(Replaced("call void asm sideeffect \"barrier.cta.sync.aligned $0, $1;\", "
                       "\"r,r\"(i32 5, i32 96)",
                       true, "void"),
              HasSubstr("@__su_named_barrier(i32 5, i32 0, i32 96)"));
  EXPECT_THAT(Replaced("call void asm sideeffect \"bar.arrive 3;\", \"\"()", false, "void"),
              HasSubstr("asm"));
  EXPECT_THAT(
      Replaced("call void asm sideeffect \"barrier.cluster.arrive.release.aligned;\", \"\"()", true,
               "void"),
      HasSubstr("@__su_cluster_barrier(i32 1)"));
  EXPECT_THAT(Replaced("call void asm sideeffect \"trap;\", \"\"()", true, "void"),
              HasSubstr("@__su_trap()"));
  EXPECT_EQ(Replaced("call void asm sideeffect \"\", \"~{memory}\"()", true, "void").find("asm"),
            std::string::npos);
}

TEST(PtxAssembly, WhatHasNoCounterpartStays) {
  EXPECT_THAT(Replaced("call i32 asm \"mov.u32 $0, %smid;\", \"=r\"()", false), HasSubstr("asm"));
  for (const char* text :
       {"prmt.b32.f4e $0, 1, 2, 3", "prmt.b32 $0, 1, 2", "add.cc.u32 $0, 1, 2", "add.u64 $0, 1, 2",
        "add.u32 $1, 1, 2", "add.u32 $0, $1, 2", "mul.u32 $0, 1, 2", "lop3.b32 $0, 1, 2, 3",
        "shf.l.b32 $0, 1, 2, 3", "popc.b32 $0, 1, 2", "add. $0, 1, 2", "add $0, 1, 2"}) {
    const std::string call = std::string("call i32 asm \"") + text + ";\", \"=r\"()";
    EXPECT_THAT(Replaced(call, false), HasSubstr("asm")) << text;
  }
}

TEST(PtxAssembly, ArithmeticBecomesInstructions) {
  EXPECT_THAT(
      Replaced("call i32 asm \"prmt.b32 $0, 0x33221100, 0x77665544, 0x7531;\", \"=r\"()", true),
      HasSubstr("ret i32 2002072337"));  // 0x77553311
  EXPECT_THAT(Replaced("call i32 asm \"lop3.b32 $0, 12, 10, 6, 0xe8;\", \"=r\"()", true),
              HasSubstr("ret i32 14"));
}

}  // namespace
}  // namespace opensupa::cc
