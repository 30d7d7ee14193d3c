#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "opensupa/base/status.h"

namespace opensupa::cc {

bool FileExists(const std::string& path);
bool IsDirectory(const std::string& path);
bool IsExecutable(const std::string& path);

/// The whole file. kNotFound, or kInternal for another failure, with the system's reason.
StatusOr<std::string> ReadFile(const std::string& path);

/// Writes by way of a file beside `path` and a rename, so that no reader sees half of it. What is
/// no regular file, such as /dev/null, is written directly; "-" is standard output.
Status WriteFile(const std::string& path, const void* data, size_t size_bytes);

/// "dir/a.su" -> "a.su"
std::string BaseName(const std::string& path);
/// "dir/a.su" -> "dir", "a.su" -> "."
std::string DirectoryName(const std::string& path);
/// "dir/a.b.su" -> "dir/a.b"
std::string WithoutExtension(const std::string& path);
/// "dir/a.su" -> ".su"; empty when there is none
std::string Extension(const std::string& path);

}  // namespace opensupa::cc
