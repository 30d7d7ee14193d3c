// supa-cache: lists, fills, checks, empties and packs the kernel cache. Exit code: 0 all is well, 1
// something is damaged or could not be done, 2 the call is wrong.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <opensupa_cache.h>

namespace {

using nlohmann::json;

json Ask(const json& request) {
  char* text = opensupa_cache_run(request.dump().c_str());
  json answer = json::parse(text);
  opensupa_cache_free(text);
  return answer;
}

uint64_t Number(const json& answer, const char* name) { return answer[name].get<uint64_t>(); }
std::string Text(const json& answer, const char* name) { return answer[name].get<std::string>(); }

void PrintFiles(const json& files) {
  for (const json& file : files) {
    std::printf("%s: %s\n", Text(file, "file").c_str(), Text(file, "problem").c_str());
  }
}

int PrintList(const json& answer) {
  uint64_t total_bytes = 0;
  bool damaged = false;
  for (const json& entry : answer["entries"]) {
    total_bytes += Number(entry, "size_bytes");
    const std::string file = Text(entry, "file");
    const std::string name = file.substr(file.rfind('/') + 1);
    if (const std::string problem = Text(entry, "problem"); !problem.empty()) {
      damaged = true;
      std::printf("%s  damaged: %s\n", name.c_str(), problem.c_str());
      continue;
    }
    std::printf("%s  %8.1f KiB  %8.1f ms  %-7s  %-20s  %s  %s\n", name.c_str(),
                static_cast<double>(Number(entry, "size_bytes")) / 1024,
                static_cast<double>(Number(entry, "made_us")) / 1000, Text(entry, "kind").c_str(),
                Text(entry, "target").c_str(), Text(entry, "source").c_str(),
                Text(entry, "options").c_str());
  }
  std::printf("%zu entries, %.1f of %.1f MiB, in %s\n", answer["entries"].size(),
              static_cast<double>(total_bytes) / (1 << 20),
              static_cast<double>(Number(answer, "max_bytes")) / (1 << 20),
              Text(answer, "folder").c_str());
  return damaged ? 1 : 0;
}

int PrintVerify(const json& answer) {
  PrintFiles(answer["bad"]);
  std::printf("%llu entries checked, %zu bad, %llu removed\n",
              static_cast<unsigned long long>(Number(answer, "checked")), answer["bad"].size(),
              static_cast<unsigned long long>(Number(answer, "removed")));
  return answer["bad"].size() == Number(answer, "removed") ? 0 : 1;
}

int PrintWarm(const json& answer) {
  PrintFiles(answer["failed"]);
  std::printf("%llu entries made, %llu were there, %llu images bring native code\n",
              static_cast<unsigned long long>(Number(answer, "made")),
              static_cast<unsigned long long>(Number(answer, "kept")),
              static_cast<unsigned long long>(Number(answer, "native")));
  return answer["failed"].empty() ? 0 : 1;
}

int Print(const std::string& command, const json& answer) {
  if (const std::string error = Text(answer, "error"); !error.empty()) {
    std::fprintf(stderr, "supa-cache: error: %s\n", error.c_str());
    return 1;
  }
  if (command == "list") return PrintList(answer);
  if (command == "verify") return PrintVerify(answer);
  if (command == "warm") return PrintWarm(answer);
  if (command == "clear") {
    std::printf("%llu entries removed, %.1f MiB\n",
                static_cast<unsigned long long>(Number(answer, "removed")),
                static_cast<double>(Number(answer, "removed_bytes")) / (1 << 20));
  } else {
    std::printf("%llu entries packed\n", static_cast<unsigned long long>(Number(answer, "packed")));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Looks after the kernel cache of OpenSUPA."};
  app.require_subcommand(1);
  std::string folder, output;
  std::vector<std::string> files, targets;
  bool as_json = false, remove = false;
  app.add_option("--folder", folder, "The cache; else what OPENSUPA_CACHE_DIR and its like say");
  app.add_flag("--json", as_json, "Print the answer as JSON");
  app.add_subcommand("list", "Show what is in the cache, least recently used first");
  app.add_subcommand("verify", "Read every entry and check it")
      ->add_flag("--remove", remove, "Remove what is damaged");
  app.add_subcommand("clear", "Remove every entry");
  CLI::App* warm = app.add_subcommand("warm", "Compile the device code of programs beforehand");
  warm->add_option("files", files, "Programs, libraries, objects or packs")->required();
  warm->add_option("--target", targets, "Code target, as x86-64-v3/fast; else the devices here");
  app.add_subcommand("pack", "Put all entries into one file, for `warm` on another machine")
      ->add_option("-o,--output", output, "The file")
      ->required();
  app.fallthrough();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const std::string command = app.get_subcommands().front()->get_name();
  const json answer = Ask({{"command", command},
                           {"folder", folder},
                           {"files", files},
                           {"targets", targets},
                           {"remove", remove},
                           {"output", output}});
  if (!as_json) return Print(command, answer);
  std::printf("%s\n", answer.dump(2).c_str());
  return Text(answer, "error").empty() ? 0 : 1;
}
