// The model of the kernel language on programs with known results.
#include <gtest/gtest.h>

#include <cstring>

#include "build.h"
#include "generator.h"
#include "interpreter.h"
#include "printer.h"
#include "race_checker.h"
#include "scalar_ops.h"

namespace opensupa::fuzz {
namespace {

/// A kernel that writes one u32 for each thread.
class ModelTest : public ::testing::Test {
 protected:
  void Start(uint32_t threads) {
    program_.block = {threads, 1, 1};
    Function& kernel = program_.functions.emplace_back();
    kernel.name = program_.name = "kernel";
    kernel.result = program_.types.Void();
    kernel.is_kernel = true;
    program_.kernel = &kernel;
    out_ = &build_.NewVariable("out", program_.types.PointerTo(program_.types.Of(Scalar::kU32)),
                               Storage::kParameter);
    kernel.parameters.push_back(out_);
    threads_ = threads;
    program_.buffers.push_back({out_, program_.types.Of(Scalar::kU32), threads,
                                std::vector<uint8_t>(size_t{threads} * 4)});
  }
  StmtList& body() { return program_.kernel->body; }
  ExprPtr Word(uint64_t value) { return build_.Literal(Scalar::kU32, value); }
  ExprPtr Thread() { return build_.Of(Builtin::kThread); }
  ExprPtr Out(ExprPtr index) {
    return build_.Element(build_.Of(*out_), std::move(index), threads_, true);
  }
  const Variable& Declare(Scalar scalar, ExprPtr value) {
    const Variable& variable = build_.NewVariable("v", program_.types.Of(scalar), Storage::kLocal);
    body().push_back(build_.Declare(variable, std::move(value)));
    return variable;
  }
  const Variable& Shared(uint32_t count) {
    const Variable& variable = build_.NewVariable(
        "s", program_.types.ArrayOf(program_.types.Of(Scalar::kU32), count), Storage::kShared);
    program_.globals.push_back(&variable);
    return variable;
  }
  Outcome Interpreted() {
    LayOut(program_);
    return Interpret(program_, 100000);
  }
  std::vector<uint32_t> Result() {
    const Outcome outcome = Interpreted();
    EXPECT_EQ(outcome.kind, Outcome::Kind::kDone) << outcome.reason;
    std::vector<uint32_t> words(threads_);
    std::memcpy(words.data(), outcome.buffers[0].data(), outcome.buffers[0].size());
    return words;
  }

  Program program_;
  Build build_{program_};
  const Variable* out_ = nullptr;
  uint32_t threads_ = 0;
};

TEST_F(ModelTest, LoopLeavesEachThreadAtItsOwnTime) {
  Start(5);
  const Variable& n = Declare(Scalar::kU32, Word(0));
  StmtList step;
  step.push_back(build_.Assign(build_.Of(n), Word(1), Op::kAdd));
  step.push_back(build_.If(build_.Binary(Op::kEqual, build_.Of(n), Word(3)),
                           Build::Body(build_.Jump(Stmt::Kind::kBreak))));
  body().push_back(build_.While(build_.Binary(Op::kLess, build_.Of(n), Thread()), std::move(step)));
  body().push_back(build_.Assign(Out(Thread()), build_.Of(n)));
  EXPECT_EQ(Result(), (std::vector<uint32_t>{0, 1, 2, 3, 3}));
}

TEST_F(ModelTest, SwitchFallsThrough) {
  Start(4);
  auto stmt = build_.Jump(Stmt::Kind::kSwitch);
  stmt->value = build_.Cast(Scalar::kI32, Thread());
  SwitchCase first{{0}, {}, true};
  first.body.push_back(build_.Assign(Out(Thread()), Word(1), Op::kAdd));
  SwitchCase second{{1, 5}, {}, false};
  second.body.push_back(build_.Assign(Out(Thread()), Word(10), Op::kAdd));
  SwitchCase rest{{}, {}, false};
  rest.body.push_back(build_.Assign(Out(Thread()), Word(100), Op::kAdd));
  stmt->cases.push_back(std::move(first));
  stmt->cases.push_back(std::move(second));
  stmt->cases.push_back(std::move(rest));
  body().push_back(std::move(stmt));
  EXPECT_EQ(Result(), (std::vector<uint32_t>{11, 10, 100, 100}));
}

TEST_F(ModelTest, BarrierMakesSharedMemoryVisible) {
  Start(40);
  const Variable& shared = Shared(40);
  body().push_back(build_.Assign(build_.Element(build_.Of(shared), Thread(), 40), Thread()));
  body().push_back(build_.Barrier(BarrierOp::kPlain, nullptr, nullptr));
  body().push_back(build_.Assign(
      Out(Thread()),
      build_.Element(build_.Of(shared), build_.Binary(Op::kAdd, Thread(), Word(1)), 40)));
  const std::vector<uint32_t> result = Result();
  for (uint32_t i = 0; i < 40; ++i) EXPECT_EQ(result[i], (i + 1) % 40);
}

TEST_F(ModelTest, MissingBarrierIsFound) {
  Start(40);
  const Variable& shared = Shared(40);
  body().push_back(build_.Assign(build_.Element(build_.Of(shared), Thread(), 40), Thread()));
  body().push_back(build_.Assign(
      Out(Thread()),
      build_.Element(build_.Of(shared), build_.Binary(Op::kAdd, Thread(), Word(1)), 40)));
  EXPECT_EQ(Interpreted().kind, Outcome::Kind::kInvalid);
}

TEST_F(ModelTest, BarrierInDivergentCodeIsFound) {
  Start(40);
  body().push_back(build_.If(build_.Binary(Op::kLess, Thread(), Word(3)),
                             Build::Body(build_.Barrier(BarrierOp::kPlain, nullptr, nullptr))));
  EXPECT_EQ(Interpreted().kind, Outcome::Kind::kInvalid);
}

TEST_F(ModelTest, ShuffleStaysWithinItsSegment) {
  Start(32);
  const Variable& value = Declare(Scalar::kU32, nullptr);
  body().push_back(build_.Warp(WarpOp::kShuffleUp, build_.Of(value), build_.Of(Builtin::kWarpLanes),
                               Thread(), Word(1), 8));
  body().push_back(build_.Assign(Out(Thread()), build_.Of(value)));
  const std::vector<uint32_t> result = Result();
  for (uint32_t i = 0; i < 32; ++i) EXPECT_EQ(result[i], i % 8 == 0 ? i : i - 1);
}

TEST_F(ModelTest, WarpOperationWithAWrongMaskIsFound) {
  Start(32);
  const Variable& lanes = Declare(Scalar::kU32, nullptr);
  body().push_back(
      build_.Warp(WarpOp::kBallot, build_.Of(lanes), Word(0xff), build_.Literal(Scalar::kBool, 1)));
  EXPECT_EQ(Interpreted().kind, Outcome::Kind::kInvalid);
}

TEST(ScalarOpsTest, HalfRoundsToNearestEven) {
  EXPECT_EQ(DoubleToHalf(0.0), 0u);
  EXPECT_EQ(DoubleToHalf(-0.0), 0x8000u);
  EXPECT_EQ(DoubleToHalf(1.0), 0x3c00u);
  EXPECT_EQ(DoubleToHalf(2049.0), 0x6800u);
  EXPECT_EQ(DoubleToHalf(2051.0), 0x6802u);
  EXPECT_EQ(DoubleToHalf(65504.0), 0x7bffu);
  EXPECT_EQ(DoubleToHalf(65520.0), 0x7c00u);
  EXPECT_EQ(DoubleToHalf(5.960464477539063e-08), 1u);
  EXPECT_EQ(DoubleToHalf(2.9e-08), 0u);
  for (uint64_t bits = 0; bits < 0x7c00; ++bits) EXPECT_EQ(DoubleToHalf(HalfToDouble(bits)), bits);
}

TEST(ScalarOpsTest, IntegersWrap) {
  EXPECT_EQ(EvalBinary(Op::kAdd, Scalar::kI8, 127, 1), Normalize(Scalar::kI8, 0x80));
  EXPECT_EQ(EvalBinary(Op::kDivide, Scalar::kU32, 7, 0), 7u);
  EXPECT_EQ(EvalBinary(Op::kShiftRight, Scalar::kI16, Normalize(Scalar::kI16, 0x8000), 15),
            ~uint64_t{0});
  EXPECT_EQ(EvalCast(Scalar::kF32, Scalar::kU8, FromFloat(300.0f)), 0u);
}

TEST(GeneratorTest, SameSeedSameProgramAndAllAreValid) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const std::unique_ptr<Program> program = Generate(seed);
    EXPECT_EQ(Print(*program), Print(*Generate(seed)));
    const Outcome outcome = Interpret(*program, 10'000'000);
    EXPECT_NE(outcome.kind, Outcome::Kind::kInvalid) << "seed " << seed << ": " << outcome.reason;
  }
}

}  // namespace
}  // namespace opensupa::fuzz
