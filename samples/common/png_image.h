// An RGB picture that can be saved as PNG.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sample {

struct Color {
  std::uint8_t red, green, blue;
};

/// `width` x `height` pixels, row by row from the top left corner, three bytes each.
class PngImage {
 public:
  PngImage(int width, int height, Color background);

  int width() const { return width_; }
  int height() const { return height_; }

  /// Pixels outside the picture are ignored.
  void Set(int x, int y, Color color);
  void FillRectangle(int left, int top, int width, int height, Color color);
  void DrawLine(int x0, int y0, int x1, int y1, Color color);
  /// Draws `digits`, made of 0-9, '.', '%' and spaces, with 3x5 dots of `scale` pixels each.
  void DrawNumber(int left, int top, int scale, const std::string& digits, Color color);

  /// The bytes of the picture, three for each pixel.
  std::vector<std::uint8_t>& bytes() { return bytes_; }

  /// Returns false, after one sentence on stderr, when the file cannot be written.
  bool Write(const std::string& path) const;

 private:
  int width_;
  int height_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace sample
