#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "report.h"

namespace bench {
namespace {

constexpr int kRowHeight = 26;
constexpr int kBarHeight = 10;
constexpr int kLabelWidth = 150;
constexpr int kPlotWidth = 560;
constexpr int kTop = 64;

__attribute__((format(printf, 1, 2))) std::string Format(const char* format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  return text;
}

std::string Text(double x, double y, const char* anchor, const std::string& text) {
  std::string escaped;
  for (char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else {
      escaped += c;
    }
  }
  return Format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor) + escaped +
         "</text>\n";
}

std::string Bar(double y, double width, const char* color) {
  return Format("<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n",
                kLabelWidth, y, width, kBarHeight, color);
}

}  // namespace

void WriteSvg(const std::string& path, const Machine& machine, const std::vector<Result>& results) {
  constexpr const char* kOurs = "#2a6fbb";
  constexpr const char* kOpenCl = "#b9b9b9";
  std::vector<Result> shown;
  double most = 1.2;
  for (const Result& result : results) {
    if (!result.ratio) continue;
    shown.push_back(result);
    most = std::max(most, *result.ratio);
    if (result.opencl_ms) most = std::max(most, *result.native_ms / *result.opencl_ms);
  }
  most = std::min(most, 4.0);
  const double scale = kPlotWidth / most;
  const auto width = [&](double ratio) { return std::min(ratio, most) * scale; };

  const double bottom = kTop + kRowHeight * static_cast<double>(shown.size());
  std::string svg = Format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
      "font-family=\"sans-serif\" font-size=\"11\">\n"
      "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
      kLabelWidth + kPlotWidth + 60, bottom + 24);
  svg += Text(12, 20, "start", "Speed relative to native code (1.0 = native, more is better)");
  svg += Text(
      12, 36, "start",
      machine.cpu + ", " + std::to_string(machine.workers) + " workers, engine " + machine.engine);
  svg += Text(12, 52, "start",
              "blue: OpenSUPA; grey: " + machine.opencl.substr(0, machine.opencl.find(" on ")));
  for (double tick = 0; tick <= most; tick += most > 2 ? 0.5 : 0.2) {
    const double x = kLabelWidth + tick * scale;
    svg += Format("<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x,
                  kTop - 4, x, bottom, tick > 0.99 && tick < 1.01 ? "#333" : "#ddd");
    svg += Text(x, bottom + 16, "middle", Format("%.1f", tick));
  }
  for (size_t row = 0; row < shown.size(); ++row) {
    const Result& result = shown[row];
    const double y = kTop + kRowHeight * static_cast<double>(row);
    svg += Text(kLabelWidth - 8, y + 13, "end", result.kernel);
    svg += Bar(y, width(*result.ratio), kOurs);
    svg +=
        Text(kLabelWidth + width(*result.ratio) + 4, y + 9, "start", Format("%.2f", *result.ratio));
    if (result.opencl_ms) {
      svg += Bar(y + kBarHeight, width(*result.native_ms / *result.opencl_ms), kOpenCl);
    }
  }
  svg += "</svg>\n";
  std::ofstream file(path);
  file << svg;
  if (!file.flush()) throw std::runtime_error("The file '" + path + "' cannot be written.");
}

}  // namespace bench
