#include "dataset.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "../common/random.h"

namespace digits {
namespace {

[[noreturn]] void Fail(const std::string& message) {
  std::fprintf(stderr, "FAILED: %s\n", message.c_str());
  std::exit(EXIT_FAILURE);
}

/// Appends one image. Returns false when `line` is not kPixels grey values and a digit.
bool ParseLine(const std::string& line, Dataset* dataset) {
  const char* cursor = line.c_str();
  for (int column = 0; column <= kPixels; ++column) {
    char* end = nullptr;
    const long value = std::strtol(cursor, &end, 10);
    const bool is_label = column == kPixels;
    if (end == cursor || value < 0 || value > (is_label ? kClasses - 1 : kInkLevels)) return false;
    (is_label ? dataset->labels : dataset->pixels).push_back(static_cast<std::uint8_t>(value));
    cursor = end;
    if (!is_label && *cursor++ != ',') return false;
  }
  return *cursor == '\0' || *cursor == '\r';
}

void Append(const Dataset& from, int image, Dataset* to) {
  const auto first = from.pixels.begin() + static_cast<std::ptrdiff_t>(image) * kPixels;
  to->pixels.insert(to->pixels.end(), first, first + kPixels);
  to->labels.push_back(from.labels[image]);
}

}  // namespace

std::string DefaultDataPath() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path beside = program.parent_path() / "data" / "digits.csv";
  return !error && std::filesystem::exists(beside, error) ? beside.string() : "data/digits.csv";
}

Dataset LoadCsv(const std::string& path) {
  std::ifstream file(path);
  if (!file) Fail("The data file '" + path + "' cannot be opened. Name it with --data.");
  Dataset dataset;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (!ParseLine(line, &dataset)) {
      Fail("Line " + std::to_string(number) + " of '" + path +
           "' is not 64 numbers from 0 to 16 and a digit, separated by commas.");
    }
  }
  constexpr int kFewest = 100;
  if (dataset.size() < kFewest) {
    Fail("The data file '" + path + "' has " + std::to_string(dataset.size()) +
         " images, and at least " + std::to_string(kFewest) + " are needed.");
  }
  return dataset;
}

void Split(const Dataset& all, std::uint64_t seed, Dataset* training, Dataset* held_out) {
  std::vector<int> order(all.labels.size());
  std::iota(order.begin(), order.end(), 0);
  sample::Random(seed).Shuffle(order);
  const int training_size = all.size() * 4 / 5;
  for (int i = 0; i < all.size(); ++i) {
    Append(all, order[i], i < training_size ? training : held_out);
  }
}

}  // namespace digits
