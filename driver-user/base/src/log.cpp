#include "opensupa/base/log.h"

#include <cstdio>

#include "opensupa/base/options.h"

namespace opensupa::log {
namespace {

constexpr const char* kNames[] = {"error", "warning", "info", "debug"};

Level Threshold() {
  static const Level level = [] {
    const std::string text = options::Get(options::kLog);
    for (int i = 0; i < 4; ++i) {
      if (text == kNames[i]) return static_cast<Level>(i);
    }
    return Level::kError;
  }();
  return level;
}

}  // namespace

bool Enabled(Level level) { return level <= Threshold(); }

void Write(Level level, std::string_view text) {
  if (!Enabled(level)) return;
  std::fprintf(stderr, "opensupa: %s: %.*s\n", kNames[static_cast<int>(level)],
               static_cast<int>(text.size()), text.data());
}

}  // namespace opensupa::log
