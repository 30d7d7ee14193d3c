#pragma once

#include <string_view>

namespace opensupa::log {

enum class Level { kError = 0, kWarning = 1, kInfo = 2, kDebug = 3 };

/// True when messages of `level` are printed; set by the option OPENSUPA_LOG (error, warning, info,
/// debug; default error). Cheap enough to guard the building of a message.
bool Enabled(Level level);

/// Prints one line to standard error, "opensupa: <level>: <text>". Safe from any thread.
void Write(Level level, std::string_view text);

}  // namespace opensupa::log
