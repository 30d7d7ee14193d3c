// The images and how they are divided.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace digits {

constexpr int kImageSide = 8;
constexpr int kPixels = kImageSide * kImageSide;
constexpr int kClasses = 10;
constexpr int kInkLevels = 16;  ///< Pixels run from 0 (paper) to kInkLevels (ink).

/// Image i has the pixels [i * kPixels, (i + 1) * kPixels), row by row, and shows labels[i].
struct Dataset {
  std::vector<std::uint8_t> pixels;
  std::vector<std::uint8_t> labels;

  int size() const { return static_cast<int>(labels.size()); }
};

/// The file to read when the user names none: digits.csv in data/ beside the program, or in data/
/// below the current folder.
std::string DefaultDataPath();

/// Reads lines of kPixels grey values and one digit, separated by commas. Ends the process with a
/// message that names the line when the file is missing or is not of this form.
Dataset LoadCsv(const std::string& path);

/// Moves a fifth of the images, chosen by `seed` alone, to `held_out` and the rest to `training`.
void Split(const Dataset& all, std::uint64_t seed, Dataset* training, Dataset* held_out);

}  // namespace digits
