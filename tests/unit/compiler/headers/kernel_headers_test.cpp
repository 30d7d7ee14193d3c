// Compiles kernel files with the frontend that brcc uses, for both halves, and runs device
// functions on the host: finished device IR needs only a triple to become host code, as long as it
// touches no shared memory.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <span>
#include <sstream>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "llvm/ExecutionEngine/Orc/Core.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "opensupa/passes/bitcode.h"
#include "opensupa/passes/finalize_device.h"

namespace opensupa::cc {
namespace {

struct Exchange {
  uint32_t mask, operation;
  uint64_t value;
  uint32_t parameter;
};
std::vector<Exchange> exchanges;
std::vector<uint32_t> barriers;

uint64_t RecordExchange(uint32_t mask, uint32_t operation, uint64_t value, uint32_t parameter) {
  exchanges.push_back({mask, operation, value, parameter});
  return value;
}
uint32_t RecordBarrier(uint32_t, uint32_t operation, uint32_t) {
  barriers.push_back(operation);
  return operation;
}
uint32_t ActiveMask() { return 0xff; }
uint32_t LaneId() { return 5; }
uint32_t One() { return 1; }
uint32_t WarpWidth() { return 32; }
float ReciprocalRoot(float x) { return 1 / std::sqrt(x); }
double ScaleByPower(double x, int n) { return std::ldexp(x, n); }
float PowInt(float x, int n) { return std::pow(x, static_cast<float>(n)); }

/// Compiles one half of `file` to IR text; returns the path, or "" with the compiler's words
/// logged.
std::string Compile(const std::string& file, const std::string& half, const std::string& options) {
  const std::string stem = ::testing::TempDir() + "opensupa_headers_" + half + "_" +
                           std::to_string(std::hash<std::string>{}(file + half + options));
  std::ostringstream command;
  command << "\"" OPENSUPA_TEST_CLANG "\" -x cuda --cuda-" << half
          << "-only -nocudainc -nocudalib --cuda-gpu-arch=sm_90 --cuda-path=/nonexistent"
             " -Xclang -target-sdk-version=12.4 -Wno-unknown-cuda-version"
             " -Xclang -disable-llvm-passes -Wall -Wextra -Werror -S -emit-llvm"
             " -isystem \"" OPENSUPA_TEST_INCLUDE
             "/opensupa/std\" -isystem \"" OPENSUPA_TEST_INCLUDE "\" ";
  command << "-include opensupa/device/prelude.h " << options << " \"" OPENSUPA_TEST_SOURCES "/"
          << file << "\" -o \"" << stem << ".ll\" 2> \"" << stem << ".log\"";
  if (std::system(command.str().c_str()) == 0) return stem + ".ll";
  std::ifstream log(stem + ".log");
  ADD_FAILURE() << command.str() << "\n" << std::string(std::istreambuf_iterator<char>(log), {});
  return "";
}

std::unique_ptr<llvm::Module> Read(const std::string& path, llvm::LLVMContext& context) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  auto module = ReadModule(std::as_bytes(std::span(text)), path, context);
  EXPECT_TRUE(module.ok()) << module.status();
  return module.ok() ? *std::move(module) : nullptr;
}

struct Variant {
  const char* file;
  const char* options;
};

class BothHalves : public ::testing::TestWithParam<Variant> {};

TEST_P(BothHalves, CompileAndGiveValidDeviceIr) {
  const Variant& variant = GetParam();
  EXPECT_NE(Compile(variant.file, "host", variant.options), "");
  const std::string path = Compile(variant.file, "device", variant.options);
  ASSERT_NE(path, "");
  llvm::LLVMContext context;
  const auto module = Read(path, context);
  ASSERT_NE(module, nullptr);
  FinalizeOptions options;
  options.source = variant.file;
  options.opt_level = std::string(variant.options).find("-O0") == std::string::npos ? 2 : 0;
  const auto image = FinalizeDevice(*module, options);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_FALSE(image->kernels.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Headers, BothHalves,
    ::testing::Values(Variant{"every_function.su", "-O2"},
                      Variant{"every_function.su", "-O0 -std=c++14"},
                      Variant{"every_function.su", "-O2 -std=c++20"}, Variant{"language.su", "-O2"},
                      Variant{"groups.su", "-O2"}, Variant{"groups.su", "-O0 -std=c++20"},
                      Variant{"small_float.su", "-O2"}, Variant{"small_float.su", "-O0 -std=c++14"},
                      Variant{"small_float.su", "-O2 -std=c++20 -DOPENSUPA_CUDA_SOURCE=1"},
                      Variant{"cuda_source.cu", "-O2 -DOPENSUPA_CUDA_SOURCE=1"},
                      Variant{"language.su", "-O0 -g"}, Variant{"language.su", "-O2 -std=c++20"}));

class DeviceFunctions : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    const std::string path = Compile("checks.su", "device", "-O2");
    ASSERT_NE(path, "");
    auto context = std::make_unique<llvm::LLVMContext>();
    auto module = Read(path, *context);
    ASSERT_NE(module, nullptr);
    FinalizeOptions options;
    options.relocatable = true;  // keeps the device functions
    const auto image = FinalizeDevice(*module, options);
    ASSERT_TRUE(image.ok()) << image.status();

    jit_ = llvm::cantFail(llvm::orc::LLJITBuilder().create()).release();
    module->setTargetTriple(llvm::sys::getProcessTriple());
    module->setDataLayout(jit_->getDataLayout());
    Define("__su_warp_exchange", RecordExchange);
    Define("__su_barrier", RecordBarrier);
    Define("__su_active_mask", ActiveMask);
    Define("__su_laneid", LaneId);
    Define("__su_linear_tid", LaneId);
    Define("__su_ntid_x", WarpWidth);
    Define("__su_ntid_y", One);
    Define("__su_ntid_z", One);
    Define("__su_powi_f32", PowInt);
    Define("__su_rsqrt_f32", ReciprocalRoot);
    Define("__su_ldexp_f64", ScaleByPower);
    llvm::cantFail(
        jit_->addIRModule(llvm::orc::ThreadSafeModule(std::move(module), std::move(context))));
  }

  template <class Function>
  static void Define(const char* name, Function* function) {
    llvm::cantFail(jit_->getMainJITDylib().define(llvm::orc::absoluteSymbols(
        {{jit_->mangleAndIntern(name),
          {llvm::orc::ExecutorAddr::fromPtr(function), llvm::JITSymbolFlags::Exported}}})));
  }

  /// Runs a check; it returns 0 or the line of the first expectation that does not hold.
  static int Run(const char* name) {
    if (jit_ == nullptr) return -1;
    auto symbol = jit_->lookup(name);
    if (!symbol) {
      ADD_FAILURE() << llvm::toString(symbol.takeError());
      return -1;
    }
    return symbol->toPtr<int (*)()>()();
  }

  static llvm::orc::LLJIT* jit_;
};
llvm::orc::LLJIT* DeviceFunctions::jit_ = nullptr;

#define EXPECT_CHECK(name) \
  TEST_F(DeviceFunctions, name) { EXPECT_EQ(Run(#name), 0) << "is the line in checks.su"; }
EXPECT_CHECK(check_bits)
EXPECT_CHECK(check_multiply)
EXPECT_CHECK(check_lanes)
EXPECT_CHECK(check_to_integer)
EXPECT_CHECK(check_from_integer)
EXPECT_CHECK(check_narrow)
EXPECT_CHECK(check_float_rounding)
EXPECT_CHECK(check_double_rounding)
EXPECT_CHECK(check_overflow)
EXPECT_CHECK(check_exact_math)
EXPECT_CHECK(check_classify)
EXPECT_CHECK(check_min_max)
EXPECT_CHECK(check_atomics)
EXPECT_CHECK(check_memory)
EXPECT_CHECK(check_half)
EXPECT_CHECK(check_bfloat16)

TEST_F(DeviceFunctions, ShufflesPassLaneAndWidth) {
  exchanges.clear();
  ASSERT_EQ(Run("call_shuffles"), 0);
  const auto expect = [](size_t i, uint32_t operation, uint64_t value, uint32_t parameter) {
    ASSERT_LT(i, exchanges.size());
    EXPECT_EQ(exchanges[i].operation, operation) << i;
    EXPECT_EQ(exchanges[i].value, value) << i;
    EXPECT_EQ(exchanges[i].parameter, parameter) << i;
  };
  expect(0, 1, 0xffffffffu, 3 | 32 << 8);           // int is zero-extended
  expect(1, 2, 0x3f800000u, 1 | 16 << 8);           // float, up
  expect(2, 3, 0x3ff0000000000000u, 32 | 32 << 8);  // double, down, far past the segment
  expect(3, 4, ~uint64_t{0}, 1 | 8 << 8);           // long long, xor
  EXPECT_EQ(exchanges[0].mask, 0xffffffffu);
  EXPECT_EQ(exchanges[4].mask, 0xffu);  // without _sync: the active lanes
}

TEST_F(DeviceFunctions, VotesAndReductionsNameTheirOperation) {
  exchanges.clear();
  ASSERT_EQ(Run("call_votes"), 0);
  std::vector<uint32_t> operations;
  for (const Exchange& exchange : exchanges) operations.push_back(exchange.operation);
  EXPECT_THAT(operations, ::testing::ElementsAre(5, 5, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0));
  EXPECT_EQ(exchanges[2].value, 0u);  // all(1) asks who says no
}

TEST_F(DeviceFunctions, GroupsNameTheirLanes) {
  exchanges.clear();
  ASSERT_EQ(Run("call_groups"), 0);
  ASSERT_EQ(exchanges.size(), 3u);
  EXPECT_EQ(exchanges[0].mask, 0xf0u);  // the tile of lanes 4 to 7
  EXPECT_EQ(exchanges[0].parameter, 2u | 4 << 8);
  EXPECT_EQ(exchanges[1].mask, 0xffu);  // a double goes whole
  EXPECT_EQ(exchanges[1].value, 0x3ff8000000000000u);
  EXPECT_EQ(exchanges[1].parameter, 5u | 32 << 8);
  EXPECT_EQ(exchanges[2].operation, 8u);  // a sum of int is one operation of the warp
  EXPECT_EQ(exchanges[2].mask, 0xf0u);
}

TEST_F(DeviceFunctions, BarriersNameTheirOperation) {
  barriers.clear();
  ASSERT_EQ(Run("call_barriers"), 0);
  EXPECT_THAT(barriers, ::testing::ElementsAre(0, 1, 2, 3));
}

}  // namespace
}  // namespace opensupa::cc
