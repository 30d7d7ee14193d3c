#include <cstdio>
#include <cstdlib>

#include "byte_stream.h"
#include "compiler/binary/sample_images.h"
#include "fuzz_target.h"
#include "opensupa/binary/code_object.h"
#include "opensupa/binary/fat_binary.h"

namespace {

using opensupa::binary::ContainerFormat;
using opensupa::binary::WrapContainer;

constexpr ContainerFormat kFatFormat{"SUPAFATB", 2, "fat binary"};
constexpr ContainerFormat kCodeFormat{"SUPACODE", 1, "code object"};

/// What parses must serialise to something that parses to the same thing.
template <typename Parse>
void CheckRoundTrip(Parse parse, std::span<const std::byte> bytes, const char* what) {
  auto parsed = parse(bytes);
  if (!parsed.ok()) {
    if (parsed.status().message().empty()) {
      std::fprintf(stderr, "A refused %s gives no reason.\n", what);
      std::abort();
    }
    return;
  }
  std::vector<std::byte> again = Serialize(*parsed);
  auto reparsed = parse(again);
  if (!reparsed.ok() || Serialize(*reparsed) != again) {
    std::fprintf(stderr, "A %s changes when it is written and read again.\n", what);
    std::abort();
  }
}

std::vector<uint8_t> BodyOf(const std::vector<std::byte>& container) {
  const auto* first = reinterpret_cast<const uint8_t*>(container.data());
  return std::vector<uint8_t>(first + opensupa::binary::kContainerHeaderBytes,
                              first + container.size());
}

}  // namespace

std::vector<std::vector<uint8_t>> FuzzSeeds() {
  using namespace opensupa::binary;
  return {BodyOf(Serialize(testing::SampleFatBinary())),
          BodyOf(Serialize(testing::SampleCodeObject())), BodyOf(Serialize(FatBinary{})),
          BodyOf(Serialize(CodeObject{}))};
}

/// The input is tried as a whole file, and as a body under a valid header: a mutation would hardly
/// ever meet the checksum.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  using namespace opensupa::binary;
  std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size_bytes);
  CheckRoundTrip(ParseFatBinary, bytes, "fat binary");
  CheckRoundTrip(ParseFatBinary, WrapContainer(kFatFormat, bytes), "fat binary");
  CheckRoundTrip(ParseCodeObject, bytes, "code object");
  CheckRoundTrip(ParseCodeObject, WrapContainer(kCodeFormat, bytes), "code object");
  return 0;
}
