#include "png_image.h"

#include <png.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace sample {
namespace {

/// 3x5 dots for a character, one row of three bits after the other, top left bit first.
std::uint16_t Glyph(char character) {
  static constexpr std::uint16_t kDigits[10] = {
      0b111101101101111, 0b010110010010111, 0b111001111100111, 0b111001111001111,
      0b101101111001001, 0b111100111001111, 0b111100111101111, 0b111001001001001,
      0b111101111101111, 0b111101111001111};
  if (character >= '0' && character <= '9') return kDigits[character - '0'];
  if (character == '.') return 0b000000000000010;
  if (character == '%') return 0b101001010100101;
  return 0;
}

}  // namespace

PngImage::PngImage(int width, int height, Color background)
    : width_(width), height_(height), bytes_(static_cast<std::size_t>(width) * height * 3) {
  FillRectangle(0, 0, width, height, background);
}

void PngImage::Set(int x, int y, Color color) {
  if (x < 0 || y < 0 || x >= width_ || y >= height_) return;
  std::uint8_t* pixel = &bytes_[(static_cast<std::size_t>(y) * width_ + x) * 3];
  pixel[0] = color.red;
  pixel[1] = color.green;
  pixel[2] = color.blue;
}

void PngImage::FillRectangle(int left, int top, int width, int height, Color color) {
  for (int y = top; y < top + height; ++y) {
    for (int x = left; x < left + width; ++x) Set(x, y, color);
  }
}

void PngImage::DrawLine(int x0, int y0, int x1, int y1, Color color) {
  const int steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1});
  for (int i = 0; i <= steps; ++i) {
    Set(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps, color);
  }
}

void PngImage::DrawNumber(int left, int top, int scale, const std::string& digits, Color color) {
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int glyph_left = left + static_cast<int>(i) * 4 * scale;
    const std::uint16_t glyph = Glyph(digits[i]);
    for (int dot = 0; dot < 15; ++dot) {
      if ((glyph >> (14 - dot)) & 1) {
        FillRectangle(glyph_left + dot % 3 * scale, top + dot / 3 * scale, scale, scale, color);
      }
    }
  }
}

bool PngImage::Write(const std::string& path) const {
  png_image header;
  std::memset(&header, 0, sizeof header);
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(width_);
  header.height = static_cast<png_uint_32>(height_);
  header.format = PNG_FORMAT_RGB;
  if (png_image_write_to_file(&header, path.c_str(), 0, bytes_.data(), 0, nullptr) != 0) {
    return true;
  }
  std::fprintf(stderr, "The picture '%s' cannot be written: %s.\n", path.c_str(), header.message);
  png_image_free(&header);
  return false;
}

}  // namespace sample
