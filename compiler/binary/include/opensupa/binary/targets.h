#pragma once

#include <array>
#include <string>
#include <string_view>

/// The code targets of the emulated card: "LEVEL/ENGINE", the instruction set level of the host and
/// the execution engine that runs the code.
namespace opensupa::binary {

/// The engine that code is made for unless something else is asked for. It is also the default of
/// the option OPENSUPA_ENGINE.
inline constexpr std::string_view kDefaultEngine = "fast";
inline constexpr std::array<std::string_view, 2> kEngines = {"reference", "fast"};

/// Levels that native code can be made for on x86-64.
inline constexpr std::array<std::string_view, 3> kNativeLevels = {"x86-64-v2", "x86-64-v3",
                                                                  "x86-64-v4"};

/// Targets whose native code brcc puts beside the portable code when it is not told otherwise.
/// Other hosts and engines compile on first use.
struct NativeTarget {
  std::string_view level;
  std::string_view engine;
};
inline constexpr std::array<NativeTarget, 2> kDefaultNativeTargets = {
    {{"x86-64-v3", kDefaultEngine}, {"x86-64-v4", kDefaultEngine}}};

inline std::string TargetName(std::string_view level, std::string_view engine) {
  return std::string(level).append("/").append(engine);
}

}  // namespace opensupa::binary
