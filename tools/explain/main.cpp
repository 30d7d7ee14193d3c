// supa-explain: says by source line what became of kernels on the emulated card's fast engine. Exit
// code: 0 all is well, 1 something could not be done, 2 the call is wrong.

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

extern char** environ;

namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// A folder that goes away with its files.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "supa-explain-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Runs a program and waits; true if it ended well.
bool Run(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawn(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0) {
    std::fprintf(stderr, "supa-explain: error: %s cannot be started.\n", arguments[0]);
    return false;
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool IsKernelSource(const std::string& file) {
  const std::string extension = fs::path(file).extension();
  return extension == ".su" || extension == ".cu";
}

class SourceLines {
 public:
  /// The text of a line without its indent, or nothing.
  std::string Get(const std::string& file, size_t line) {
    const auto [found, is_new] = files_.try_emplace(file);
    if (is_new) {
      std::ifstream stream(file);
      for (std::string text; std::getline(stream, text);) found->second.push_back(text);
    }
    if (line == 0 || line > found->second.size()) return "";
    const std::string& text = found->second[line - 1];
    const size_t start = text.find_first_not_of(" \t");
    return start == std::string::npos ? "" : text.substr(start);
  }

 private:
  std::map<std::string, std::vector<std::string>> files_;
};

std::string Text(const json& value, const char* name) { return value[name].get<std::string>(); }

void PrintFacts(const json& kernel, const json& line) {
  std::string last;
  for (const json& fact : kernel["facts"]) {
    if (fact["line"] != line["line"] || fact["file"] != line["file"]) continue;
    std::string text = Text(fact, "what") + ": " + Text(fact, "how");
    if (fact["masked"].get<bool>()) text += ", for some threads only";
    if (const std::string why = Text(fact, "why"); !why.empty()) text += ": " + why;
    if (text == last) continue;
    std::printf("        %s %s\n", fact["slow"].get<bool>() ? "!" : "-", text.c_str());
    last = text;
  }
}

/// Lines that have a cost or a fact, in the order of the source.
json LinesOf(const json& kernel) {
  std::map<std::pair<std::string, unsigned>, json> lines;
  for (const json& line : kernel["lines"]) lines[{Text(line, "file"), line["line"]}] = line;
  for (const json& fact : kernel["facts"]) {
    lines.try_emplace({Text(fact, "file"), fact["line"].get<unsigned>()},
                      json{{"file", fact["file"]},
                           {"line", fact["line"]},
                           {"loop_depth", fact["loop_depth"]},
                           {"cycles", 0.0}});
  }
  json ordered = json::array();
  for (auto& [place, line] : lines) ordered.push_back(std::move(line));
  return ordered;
}

void PrintKernel(const json& kernel, SourceLines& sources) {
  const unsigned line = kernel["line"];
  std::printf("%s", Text(kernel, "kernel").c_str());
  if (line != 0) std::printf("  (%s:%u)", Text(kernel, "file").c_str(), line);
  if (!kernel["vectorized"].get<bool>()) {
    std::printf("\n  runs thread by thread: %s", Text(kernel, "reason").c_str());
    if (kernel["reason_line"] != 0)
      std::printf(" (line %u)", kernel["reason_line"].get<unsigned>());
    std::printf("\n\n");
    return;
  }
  const unsigned threads = kernel["threads"], rows = kernel["rows"];
  std::printf("\n  runs %u threads as one vector", threads);
  if (rows > 1) std::printf(", %u in each of %u rows of the block", threads / rows, rows);
  std::printf("; cycles are expected for one vector and one run of the line\n");
  for (const json& one : LinesOf(kernel)) {
    const std::string file = Text(one, "file");
    const unsigned number = one["line"], depth = one["loop_depth"];
    std::printf("  %5u  %6.0f cycles%s  %s\n", number, one["cycles"].get<double>(),
                depth == 0 ? "         " : (", loop " + std::to_string(depth)).c_str(),
                number == 0 ? "(no line of its own; programs need -lineinfo)"
                            : sources.Get(file, number).c_str());
    PrintFacts(kernel, one);
  }
  std::printf("\n");
}

/// Keeps the kernels whose name holds `wanted`; false if that leaves none.
bool Select(const std::string& wanted, json& images) {
  bool any = false;
  for (json& image : images) {
    json kept = json::array();
    for (json& kernel : image["kernels"]) {
      if (Text(kernel, "kernel").find(wanted) != std::string::npos) kept.push_back(kernel);
    }
    image["kernels"] = std::move(kept);
    any |= !image["kernels"].empty();
  }
  return any;
}

int Explain(const std::string& file, const std::string& kernel, const std::string& target,
            const std::vector<std::string>& options, bool as_json) {
  std::error_code error;
  const std::string brcc = fs::read_symlink("/proc/self/exe", error).parent_path() / "brcc";
  const TemporaryFolder folder;
  std::string input = file;
  if (IsKernelSource(file)) {
    input = folder.path() + "/kernels.supafb";
    std::vector<std::string> words = {brcc, "--supa-device-only", "-c", "-lineinfo",
                                      "--supa-native=none"};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {file, "-o", input});
    if (!Run(words)) return 1;
  }
  const std::string output = folder.path() + "/answer.json";
  if (!Run({brcc, "-supacc-explain", target, input, "-o", output})) return 1;
  std::ifstream stream(output);
  json images = json::parse(stream, nullptr, /*allow_exceptions=*/false);
  if (images.is_discarded()) {
    std::fprintf(stderr, "supa-explain: error: The compiler's answer on %s cannot be read.\n",
                 file.c_str());
    return 1;
  }
  if (!Select(kernel, images)) {
    std::fprintf(stderr, "supa-explain: error: %s has no kernel%s%s.\n", file.c_str(),
                 kernel.empty() ? "" : " named ", kernel.c_str());
    return 1;
  }
  if (as_json) {
    std::printf("%s\n", images.dump(2).c_str());
    return 0;
  }
  SourceLines sources;
  for (const json& image : images) {
    for (const json& one : image["kernels"]) PrintKernel(one, sources);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Says by source line what became of kernels on the fast engine."};
  std::string file, kernel, target = "x86-64-v4/fast";
  std::vector<std::string> options;
  bool as_json = false;
  app.add_option("file", file, "A .su or .cu file, or a program, library, object or .supafb")
      ->required();
  app.add_option("kernel", kernel, "Only kernels whose name holds this");
  app.add_option("--target", target, "Code target, as x86-64-v3/fast");
  app.add_option("--brcc", options, "An option for brcc, for instance --brcc=-O2; repeatable")
      ->allow_extra_args(false);
  app.add_flag("--json", as_json, "Print the answer as JSON");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return Explain(file, kernel, target, options, as_json);
}
