#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "fuzz_target.h"

namespace {

using Input = std::vector<uint8_t>;

/// Applies one random change: flip, overwrite with an extreme value, cut, insert or duplicate.
void Mutate(Input& input, std::mt19937_64& random) {
  const size_t at = input.empty() ? 0 : random() % input.size();
  const auto position = input.begin() + static_cast<ptrdiff_t>(at);
  switch (random() % 6) {
    case 0:
      if (!input.empty()) input[at] ^= static_cast<uint8_t>(1u << (random() % 8));
      break;
    case 1:
      if (!input.empty()) input[at] = static_cast<uint8_t>(random());
      break;
    case 2: {
      static constexpr uint64_t kExtremes[] = {0,       1, 0x7fffffff, 0xffffffff, ~uint64_t{0},
                                               1u << 30};
      const uint64_t value = kExtremes[random() % 6];
      std::memcpy(input.data() + at, &value, std::min<size_t>(input.size() - at, 4 + random() % 5));
      break;
    }
    case 3:
      input.resize(at);
      break;
    case 4:
      input.insert(position, static_cast<uint8_t>(random()));
      break;
    default: {
      const size_t count = std::min<size_t>(input.size() - at, random() % 32);
      Input piece(position, position + static_cast<ptrdiff_t>(count));
      input.insert(input.begin() + static_cast<ptrdiff_t>(random() % (input.size() + 1)),
                   piece.begin(), piece.end());
      break;
    }
  }
}

}  // namespace

/// Usage: <program> [number of inputs] [random seed]
int main(int argc, char** argv) {
  const uint64_t input_count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20000;
  std::mt19937_64 random(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
  const std::vector<Input> seeds = FuzzSeeds();
  for (const Input& seed : seeds) LLVMFuzzerTestOneInput(seed.data(), seed.size());
  for (uint64_t i = 0; i < input_count; ++i) {
    Input input = seeds[random() % seeds.size()];
    for (uint64_t change = 0, changes = 1 + random() % 4; change < changes; ++change) {
      Mutate(input, random);
    }
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  std::printf("%llu inputs, no broken promise\n", static_cast<unsigned long long>(input_count));
  return 0;
}
