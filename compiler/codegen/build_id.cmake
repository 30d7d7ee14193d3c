# Writes build_id.h: kCompilerBuildId names the versions and a hash of all INPUTS.
set(hashes "")
foreach(input IN LISTS INPUTS)
  file(SHA256 "${input}" hash)
  string(APPEND hashes "${hash}")
endforeach()
string(SHA256 hash "${hashes}")
string(SUBSTRING "${hash}" 0 16 hash)
file(WRITE "${OUTPUT}" "#pragma once

namespace opensupa::cc {
inline constexpr char kCompilerBuildId[] = \"${PREFIX}-${hash}\";
}  // namespace opensupa::cc
")
