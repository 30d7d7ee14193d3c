// A minimal command line: "--name value" pairs and "--help".
#pragma once

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace sample {

/// Collects pointers to the program's settings, whose values at that time are the defaults, and
/// overwrites them from the command line. The settings must outlive Parse().
class Options {
 public:
  Options(std::string program, std::string purpose)
      : program_(std::move(program)), purpose_(std::move(purpose)) {}

  /// A whole number in [minimum, maximum].
  Options& Add(const char* name, int* value, int minimum, int maximum, const char* help) {
    entries_.push_back({name, help, std::to_string(*value), value, nullptr, minimum, maximum});
    return *this;
  }
  /// A text, such as a file name.
  Options& Add(const char* name, std::string* value, const char* help) {
    entries_.push_back({name, help, "'" + *value + "'", nullptr, value, 0, 0});
    return *this;
  }

  /// Prints help and exits 0 for --help; prints one sentence and exits 2 for a wrong command line.
  void Parse(int argc, char** argv) const {
    for (int i = 1; i < argc; ++i) {
      const std::string argument = argv[i];
      if (argument == "--help" || argument == "-h") PrintHelpAndExit();
      const Entry* entry = Find(argument);
      if (entry == nullptr) Refuse("The option '" + argument + "' is unknown.");
      if (i + 1 == argc) Refuse("The option '" + argument + "' needs a value.");
      Assign(*entry, argv[++i]);
    }
  }

 private:
  struct Entry {
    std::string name;
    std::string help;
    std::string default_value;
    int* number;  ///< Exactly one of `number` and `text` is set.
    std::string* text;
    int minimum;
    int maximum;
  };

  const Entry* Find(const std::string& argument) const {
    for (const Entry& entry : entries_) {
      if (argument == "--" + entry.name) return &entry;
    }
    return nullptr;
  }

  void Assign(const Entry& entry, const char* value) const {
    if (entry.text != nullptr) {
      *entry.text = value;
      return;
    }
    char* end = nullptr;
    errno = 0;
    const long number = std::strtol(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || number < entry.minimum ||
        number > entry.maximum) {
      Refuse("The option '--" + entry.name + "' was given '" + value +
             "', which is not a whole number from " + std::to_string(entry.minimum) + " to " +
             std::to_string(entry.maximum) + ".");
    }
    *entry.number = static_cast<int>(number);
  }

  [[noreturn]] void PrintHelpAndExit() const {
    std::printf("%s\n\nusage: %s [options]\n", purpose_.c_str(), program_.c_str());
    for (const Entry& entry : entries_) {
      std::printf("  --%-12s %s (default %s)\n", entry.name.c_str(), entry.help.c_str(),
                  entry.default_value.c_str());
    }
    std::printf("  --%-12s this text\n", "help");
    std::exit(EXIT_SUCCESS);
  }

  [[noreturn]] void Refuse(const std::string& message) const {
    std::fprintf(stderr, "%s: %s Try --help.\n", program_.c_str(), message.c_str());
    std::exit(2);
  }

  std::string program_;
  std::string purpose_;
  std::vector<Entry> entries_;
};

}  // namespace sample
