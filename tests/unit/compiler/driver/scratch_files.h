#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "executor.h"

namespace opensupa::cc {

/// Files of one test, in a folder that is removed at its end.
class ScratchFiles {
 public:
  ScratchFiles() : directory_(*ScratchDirectory::Create()) {}

  std::string Path(const std::string& name) const { return directory_.path() + "/" + name; }
  std::string Write(const std::string& name, const std::string& content) const {
    std::ofstream(Path(name), std::ios::binary) << content;
    return Path(name);
  }
  size_t Count() const {
    size_t count = 0;
    for (auto it = std::filesystem::directory_iterator(directory_.path());
         it != std::filesystem::directory_iterator(); ++it) {
      ++count;
    }
    return count;
  }

 private:
  ScratchDirectory directory_;
};

}  // namespace opensupa::cc
