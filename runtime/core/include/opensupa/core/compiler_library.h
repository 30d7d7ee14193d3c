#pragma once

#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <vector>
#include "absl/strings/string_view.h"

#include "opensupa/base/status.h"
#include "opensupa/compiler/supacc.h"

namespace opensupa::rt {

/// libsupacc.so, opened when something must be compiled. Thread safe.
class CompilerLibrary {
 public:
  struct Output {
    std::vector<std::byte> bytes;
    std::string log;
  };
  struct Input {
    std::span<const std::byte> bytes;
    std::string name;  // for messages
  };

  /// The file that would be opened: the option's, or libsupacc.so beside this library.
  static std::string Path();

  /// Opens the library if it is not open yet. supaErrorJitCompilerNotFound when it cannot be.
  Status Open();
  /// Text that identifies the compiler build, or why there is none.
  StatusOr<std::string> BuildId();
  /// Text that differs for compilers that could make different code, for cache keys. Read from the
  /// library's file, so that nothing is loaded for code that is in the cache.
  StatusOr<std::string> Identity();
  /// Portable device IR -> code object for `target`. supaErrorInvalidPtx with the compiler's log
  /// when that fails.
  StatusOr<Output> Compile(const Input& bitcode, absl::string_view target,
                           absl::string_view options_json);
  /// Relocatable fat binaries -> one that is not. supaErrorSharedObjectSymbolNotFound when they do
  /// not fit together.
  StatusOr<Output> Link(const std::vector<Input>& fat_binaries);

 private:
  Status OpenLocked();

  std::mutex mutex_;
  std::string identity_;
  void* library_ = nullptr;  // never closed: the compiler may keep threads
  decltype(&supacc_build_id) build_id_ = nullptr;
  decltype(&supacc_compile) compile_ = nullptr;
  decltype(&supacc_link) link_ = nullptr;
  decltype(&supacc_release) release_ = nullptr;
};

}  // namespace opensupa::rt
