#include "diagnostics.h"

#include <gtest/gtest.h>

namespace opensupa::cc {
namespace {

constexpr const char* kWarning =
    "In file included from a.su:1:\n"
    "./b.h:2:7: warning: unused variable 'x' [-Wunused-variable]\n"
    "    2 |   int x;\n"
    "      |       ^\n"
    "./b.h:1:1: note: declared here\n"
    "    1 | void f()\n";

TEST(DiagnosticFilterTest, ADiagnosticOfBothHalvesIsShownOnce) {
  DiagnosticFilter filter;
  const std::string text = kWarning;
  EXPECT_EQ(filter.Filter(text + "1 warning generated when compiling for sm_90.\n"), text);
  EXPECT_EQ(filter.Filter(text + "1 warning generated when compiling for host.\n"), "");
  EXPECT_EQ(filter.Summary(), "1 warning generated.\n");
}

TEST(DiagnosticFilterTest, WhatOnlyTheHostReportsIsShown) {
  DiagnosticFilter filter;
  filter.Filter(kWarning);
  const std::string error =
      "a.su:9:3: error: use of undeclared identifier 'y'\n"
      "    9 |   y = 1;\n"
      "      |   ^\n";
  EXPECT_EQ(filter.Filter(kWarning + error + "1 warning and 1 error generated.\n"), error);
  EXPECT_EQ(filter.Summary(), "1 warning and 1 error generated.\n");
}

TEST(DiagnosticFilterTest, ColoursDoNotHideThatDiagnosticsAreEqual) {
  DiagnosticFilter filter;
  const std::string coloured =
      "\x1b[1ma.su:1:1: \x1b[0m\x1b[0;1;31merror: \x1b[0m\x1b[1mbad\x1b[0m\n";
  EXPECT_EQ(filter.Filter(coloured), coloured);
  EXPECT_EQ(filter.Filter("a.su:1:1: error: bad\n"), "");
  EXPECT_EQ(filter.Summary(), "1 error generated.\n");
}

TEST(DiagnosticFilterTest, MessagesOfTheDriverCarryOurName) {
  DiagnosticFilter filter;
  EXPECT_EQ(filter.Filter("clang++-19: error: unknown argument: '-fbad'\n"),
            "brcc: error: unknown argument: '-fbad'\n");
  EXPECT_EQ(filter.Filter("clang-thing.su:1:2: error: x\n"), "clang-thing.su:1:2: error: x\n");
}

TEST(DiagnosticFilterTest, OtherTextPassesAndNothingMeansNoSummary) {
  DiagnosticFilter filter;
  EXPECT_EQ(filter.Filter("hello\nworld"), "hello\nworld\n");
  EXPECT_EQ(filter.Filter(""), "");
  EXPECT_EQ(filter.Summary(), "");
}

TEST(DiagnosticFilterTest, SourceTextThatLooksLikeAMessageIsNoMessage) {
  DiagnosticFilter filter;
  const std::string text = "a.su:1:1: error: bad\n    1 | // x: error: not one\n      | ^\n";
  EXPECT_EQ(filter.Filter(text), text);
  EXPECT_EQ(filter.Summary(), "1 error generated.\n");
}

TEST(DiagnosticFilterTest, AnErrorOfAKernelAuthorGetsAHintAfterItsNotes) {
  DiagnosticFilter filter;
  EXPECT_EQ(filter.Filter("a.su:3:8: error: no matching function for call to 'f'\n"
                          "    3 | f();\n"
                          "a.su:1:5: note: candidate function not viable: call to __host__ "
                          "function from __global__ function\n"
                          "a.su:4:1: warning: odd\n"),
            "a.su:3:8: error: no matching function for call to 'f'\n"
            "    3 | f();\n"
            "a.su:1:5: note: candidate function not viable: call to __host__ function from "
            "__global__ function\n"
            "a.su:3:8: note: hint: add __device__ (or __host__ __device__) to 'f', or make it "
            "constexpr, so that device code can call it\n"
            "a.su:4:1: warning: odd\n");
}

TEST(DiagnosticFilterTest, AnErrorThatIsShownOnceHasItsHintOnce) {
  DiagnosticFilter filter;
  const std::string error = "a.su:2:1: error: cannot use 'throw' in __device__ function\n";
  EXPECT_NE(filter.Filter(error).find("note: hint: "), std::string::npos);
  EXPECT_EQ(filter.Filter(error), "");
}

}  // namespace
}  // namespace opensupa::cc
