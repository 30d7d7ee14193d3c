// Iterations of a loop run side by side within the loop inside it.

#include "vector/jam_loops.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/SourceMgr.h"

namespace opensupa::cc {
namespace {

/// sum[d] += a[j] * b[j][d] for `outer` j and 64 d, or sum[j + d] if `slides`.
std::string Sums(const std::string& outer, bool slides) {
  const std::string index = slides ? "%jd" : "%d";
  return R"(
define void @k(ptr noalias %a, ptr noalias %b, ptr noalias %out) {
entry:
  %sum = alloca [128 x float]
  br label %rows
rows:
  %j = phi i64 [ 0, %entry ], [ %j.next, %next ]
  %pa = getelementptr float, ptr %a, i64 %j
  %x = load float, ptr %pa
  %row = mul i64 %j, 64
  br label %columns
columns:
  %d = phi i64 [ 0, %rows ], [ %d.next, %columns ]
  %e = add i64 %row, %d
  %jd = add i64 %j, %d
  %pb = getelementptr float, ptr %b, i64 %e
  %y = load float, ptr %pb
  %ps = getelementptr float, ptr %sum, i64 )" +
         index + R"(
  %old = load float, ptr %ps
  %product = fmul float %x, %y
  %new = fadd float %old, %product
  store float %new, ptr %ps
  %d.next = add nuw nsw i64 %d, 1
  %more = icmp ne i64 %d.next, 64
  br i1 %more, label %columns, label %next
next:
  %j.next = add nuw nsw i64 %j, 1
  %again = icmp ne i64 %j.next, )" +
         outer + R"(
  br i1 %again, label %rows, label %done
done:
  %first = load float, ptr %sum
  store float %first, ptr %out
  ret void
}
)";
}

struct Counts {
  unsigned products = 0;
  unsigned stores_to_locals = 0;
};

Counts AfterJam(const std::string& text) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic error;
  const std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(text, error, context);
  EXPECT_NE(module, nullptr) << error.getMessage().str();
  if (module == nullptr) return {};
  llvm::Function& function = *module->getFunction("k");
  JamLoops(function);
  EXPECT_FALSE(llvm::verifyFunction(function));
  Counts counts;
  for (const llvm::Instruction& instruction : llvm::instructions(function)) {
    counts.products += instruction.getOpcode() == llvm::Instruction::FMul;
    const auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction);
    counts.stores_to_locals +=
        store != nullptr && !llvm::isa<llvm::Argument>(store->getPointerOperand());
  }
  return counts;
}

TEST(JamLoops, GivenSumsThatAreUpdatedAlikeThenFourUpdatesShareOneStore) {
  const Counts counts = AfterJam(Sums("32", /*slides=*/false));
  EXPECT_EQ(counts.products, 4u);
  EXPECT_EQ(counts.stores_to_locals, 1u);
}

TEST(JamLoops, GivenAnEvenNumberOfRowsThenTwoShareOneStore) {
  const Counts counts = AfterJam(Sums("30", /*slides=*/false));
  EXPECT_EQ(counts.products, 2u);
  EXPECT_EQ(counts.stores_to_locals, 1u);
}

TEST(JamLoops, GivenAnOddNumberOfRowsThenNothingChanges) {
  EXPECT_EQ(AfterJam(Sums("31", /*slides=*/false)).products, 1u);
}

TEST(JamLoops, GivenPlacesThatMoveWithTheRowThenNothingChanges) {
  EXPECT_EQ(AfterJam(Sums("32", /*slides=*/true)).products, 1u);
}

TEST(JamLoops, GivenArgumentsInPlaceOfLocalsThenNothingChanges) {
  std::string text = Sums("32", /*slides=*/false);
  const std::string local = "ptr %sum, i64 %d";
  text.replace(text.find(local), local.size(), "ptr %out, i64 %d");
  EXPECT_EQ(AfterJam(text).products, 1u);
}

}  // namespace
}  // namespace opensupa::cc
