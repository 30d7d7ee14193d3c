#include "report.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "../common/png_image.h"

namespace digits {
namespace {

using sample::Color;
using sample::PngImage;

constexpr Color kWhite = {255, 255, 255};
constexpr Color kGrey = {215, 215, 215};
constexpr Color kBlack = {40, 40, 40};
constexpr Color kBlue = {31, 119, 180};
constexpr Color kOrange = {255, 127, 14};
constexpr Color kGreen = {30, 140, 60};
constexpr Color kRed = {200, 40, 40};

/// A logarithmic axis that holds all losses.
class LossAxis {
 public:
  explicit LossAxis(const std::vector<Epoch>& epochs) {
    for (const Epoch& epoch : epochs) {
      for (const double loss : {epoch.training_loss, epoch.held_out_loss}) {
        low_ = std::min(low_, Clamp(loss));
        high_ = std::max(high_, Clamp(loss));
      }
    }
    // Some room, so that the axis has a length when all losses are alike.
    low_ /= 1.2;
    high_ *= 1.2;
  }

  /// 0 at the top of the axis, `length` at its bottom.
  int FromTop(double loss, int length) const {
    const double from_top = std::log(high_ / Clamp(loss)) / std::log(high_ / low_);
    return static_cast<int>(std::lround(from_top * length));
  }

  /// The loss at `position` between 0 (top) and 1 (bottom).
  double At(double position) const { return high_ * std::pow(low_ / high_, position); }

  /// The values 1, 2 and 5 times a power of ten that lie on the axis.
  std::vector<double> Ticks() const {
    std::vector<double> ticks;
    for (double power = kLowest; power <= kHighest; power *= 10) {
      for (const double factor : {1.0, 2.0, 5.0}) {
        const double tick = factor * power;
        if (tick >= low_ && tick <= high_) ticks.push_back(tick);
      }
    }
    return ticks;
  }

 private:
  static constexpr double kLowest = 1e-6;
  static constexpr double kHighest = 1e6;

  /// Keeps to losses that a logarithm can take; one that is not a number counts as the highest.
  static double Clamp(double loss) { return loss <= kHighest ? std::max(loss, kLowest) : kHighest; }

  double low_ = kHighest;
  double high_ = kLowest;
};

std::vector<int> MisreadImages(const Dataset& data, const std::vector<int>& predictions) {
  std::vector<int> misread;
  for (int i = 0; i < data.size(); ++i) {
    if (predictions[i] != data.labels[i]) misread.push_back(i);
  }
  return misread;
}

}  // namespace

ProgressBar::ProgressBar(int total_steps)
    : total_steps_(total_steps), on_terminal_(isatty(STDOUT_FILENO) != 0) {}

std::string ProgressBar::Bar(int step) const {
  constexpr int kWidth = 30;
  const int full = static_cast<int>(static_cast<long long>(step) * kWidth / total_steps_);
  return "[" + std::string(full, '#') + std::string(kWidth - full, '.') + "]";
}

void ProgressBar::Advance(int step) const {
  if (!on_terminal_) return;
  std::printf("\r%s step %d of %d", Bar(step).c_str(), step, total_steps_);
  std::fflush(stdout);
}

void ProgressBar::EndEpoch(int step, int epoch, int epochs, const Epoch& result) const {
  std::printf("%s%s epoch %2d of %d: loss %.4f, held-out loss %.4f, held-out accuracy %.1f%%%s",
              on_terminal_ ? "\r\x1b[K" : "", Bar(step).c_str(), epoch, epochs,
              result.training_loss, result.held_out_loss, result.held_out_accuracy,
              on_terminal_ && epoch < epochs ? "" : "\n");
  std::fflush(stdout);
}

double AccuracyPercent(const Dataset& data, const std::vector<int>& predictions) {
  const double misread = static_cast<double>(MisreadImages(data, predictions).size());
  return 100.0 * (1.0 - misread / data.size());
}

void PrintLossCurve(const std::vector<Epoch>& epochs) {
  constexpr int kRows = 12;
  constexpr int kColumns = 60;
  const LossAxis axis(epochs);
  std::vector<std::string> canvas(kRows + 1, std::string(kColumns, ' '));
  for (int column = 0; column < kColumns; ++column) {
    const Epoch& epoch = epochs[column * epochs.size() / kColumns];
    canvas[axis.FromTop(epoch.held_out_loss, kRows)][column] = 'o';
    canvas[axis.FromTop(epoch.training_loss, kRows)][column] = '*';
  }
  std::printf("\nLoss (* training, o held-out; logarithmic) over %zu epochs\n", epochs.size());
  for (int row = 0; row <= kRows; ++row) {
    const double loss = axis.At(static_cast<double>(row) / kRows);
    std::printf("%9.4f |%s\n", loss, canvas[row].c_str());
  }
  std::printf("%9s +%s\n", "", std::string(kColumns, '-').c_str());
}

void PrintConfusionTable(const Dataset& data, const std::vector<int>& predictions) {
  int table[kClasses][kClasses] = {};
  for (int i = 0; i < data.size(); ++i) ++table[data.labels[i]][predictions[i]];
  std::printf("\nHeld-out images: written digit (row), read as (column)\n     ");
  for (int column = 0; column < kClasses; ++column) std::printf("%5d", column);
  std::printf("   right\n");
  for (int row = 0; row < kClasses; ++row) {
    int total = 0;
    std::printf("%5d", row);
    for (int column = 0; column < kClasses; ++column) {
      total += table[row][column];
      if (table[row][column] == 0) {
        std::printf("%5s", ".");
      } else {
        std::printf("%5d", table[row][column]);
      }
    }
    std::printf("%7.1f%%\n", total == 0 ? 100.0 : 100.0 * table[row][row] / total);
  }
}

bool WriteLossCurve(const std::vector<Epoch>& epochs, const std::string& path) {
  constexpr int kLeft = 60, kTop = 20, kWidth = 600, kHeight = 320, kScale = 2;
  PngImage image(kLeft + kWidth + 20, kTop + kHeight + 40, kWhite);
  const LossAxis axis(epochs);

  for (const double loss : axis.Ticks()) {
    const int y = kTop + axis.FromTop(loss, kHeight);
    image.DrawLine(kLeft, y, kLeft + kWidth, y, kGrey);
    char text[32];
    const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(loss) + 1e-9)));
    std::snprintf(text, sizeof text, "%.*f", decimals, loss);
    image.DrawNumber(6, y - 5, kScale, text, kBlack);
  }
  const int last = static_cast<int>(epochs.size()) - 1;
  const auto x_of = [&](int epoch) { return kLeft + kWidth * epoch / std::max(1, last); };
  const int label_step = std::max(1, (last + 1) / 10);
  for (int i = 0; i <= last; ++i) {
    if ((i + 1) % label_step == 0) {
      image.DrawNumber(x_of(i) - 6, kTop + kHeight + 12, kScale, std::to_string(i + 1), kBlack);
    }
  }
  image.DrawLine(kLeft, kTop, kLeft, kTop + kHeight, kBlack);
  image.DrawLine(kLeft, kTop + kHeight, kLeft + kWidth, kTop + kHeight, kBlack);

  const auto draw = [&](double Epoch::* loss, Color color) {
    for (int i = 0; i <= last; ++i) {
      const int x = x_of(i), y = kTop + axis.FromTop(epochs[i].*loss, kHeight);
      image.FillRectangle(x - 2, y - 2, 5, 5, color);
      if (i == 0) continue;
      const int before = kTop + axis.FromTop(epochs[i - 1].*loss, kHeight);
      image.DrawLine(x_of(i - 1), before, x, y, color);
    }
  };
  draw(&Epoch::held_out_loss, kOrange);
  draw(&Epoch::training_loss, kBlue);
  return image.Write(path);
}

bool WriteMisread(const Dataset& data, const std::vector<int>& predictions,
                  const std::string& path) {
  constexpr int kDot = 10, kGap = 12, kCaption = 26, kColumns = 8, kScale = 3;
  constexpr int kCellWidth = kImageSide * kDot + kGap;
  constexpr int kCellHeight = kImageSide * kDot + kCaption + kGap;
  const std::vector<int> misread = MisreadImages(data, predictions);
  const int count = static_cast<int>(misread.size());
  const int columns = std::clamp(count, 1, kColumns);
  const int rows = std::max(1, (count + kColumns - 1) / kColumns);
  PngImage image(columns * kCellWidth + kGap, rows * kCellHeight + kGap, kWhite);

  for (int i = 0; i < count; ++i) {
    const int left = kGap + i % kColumns * kCellWidth;
    const int top = kGap + i / kColumns * kCellHeight;
    const int index = misread[i];
    for (int pixel = 0; pixel < kPixels; ++pixel) {
      const int ink = data.pixels[static_cast<std::size_t>(index) * kPixels + pixel];
      const auto grey = static_cast<std::uint8_t>(240 - ink * 240 / kInkLevels);
      image.FillRectangle(left + pixel % kImageSide * kDot, top + pixel / kImageSide * kDot, kDot,
                          kDot, {grey, grey, grey});
    }
    const int caption_top = top + kImageSide * kDot + 6;
    image.DrawNumber(left + 20, caption_top, kScale, std::to_string(data.labels[index]), kGreen);
    image.DrawNumber(left + 52, caption_top, kScale, std::to_string(predictions[index]), kRed);
  }
  return image.Write(path);
}

}  // namespace digits
