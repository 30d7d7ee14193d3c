// supa-doctor: says what of OpenSUPA is installed, which devices it offers, what was rejected and
// why, and tests each. Exit code: 0 all is well, 1 something was rejected or failed its self-test,
// 2 the tool itself could not run.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>

#include <opensupa_diagnostics.h>

#include "self_test.h"

namespace {

using nlohmann::json;

json ReadDiagnostics() {
  char* text = opensupa_diagnostics_json();
  json result = json::parse(text);
  opensupa_diagnostics_free(text);
  return result;
}

const char* VerdictText(doctor::SelfTestResult::Verdict verdict) {
  switch (verdict) {
    case doctor::SelfTestResult::Verdict::kPass:
      return "pass";
    case doctor::SelfTestResult::Verdict::kNoKernels:
      return "no-kernels";
    case doctor::SelfTestResult::Verdict::kFail:
      break;
  }
  return "fail";
}

/// Adds "self_test" to every device and the overall "healthy" and "problems".
void Examine(json& report, bool run_self_tests) {
  json problems = json::array();
  for (const json& rejection : report["rejected"]) {
    problems.push_back("Device '" + rejection["spec"].get<std::string>() +
                       "' was rejected: " + rejection["reason"].get<std::string>());
  }
  for (const json& layer : report["layers"]) {
    if (!layer["loaded"].get<bool>()) {
      problems.push_back("Layer " + layer["name"].get<std::string>() +
                         " cannot be loaded: " + layer["error"].get<std::string>());
    }
  }
  if (!report["cache"]["writable"].get<bool>()) {
    problems.push_back("The kernel cache cannot be written: " +
                       report["cache"]["error"].get<std::string>());
  }
  for (json& device : report["devices"]) {
    if (!run_self_tests) continue;
    doctor::SelfTestResult result = doctor::RunSelfTest(device["ordinal"].get<int>());
    device["self_test"] = {{"verdict", VerdictText(result.verdict)},
                           {"detail", result.detail},
                           {"milliseconds", result.milliseconds}};
    if (result.verdict == doctor::SelfTestResult::Verdict::kFail) {
      problems.push_back("Device " + std::to_string(device["ordinal"].get<int>()) +
                         " failed its self-test: " + result.detail);
    }
  }
  report["healthy"] = problems.empty();
  report["problems"] = std::move(problems);
}

void PrintDevices(const json& report) {
  if (report["devices"].empty()) std::printf("Devices: none\n");
  for (const json& device : report["devices"]) {
    std::printf("Device %d: %s (%s:%s), %u multiprocessors, %.1f GiB, code %s\n",
                device["ordinal"].get<int>(), device["name"].get<std::string>().c_str(),
                device["backend"].get<std::string>().c_str(),
                device["model"].get<std::string>().c_str(),
                device["multiprocessors"].get<unsigned>(),
                static_cast<double>(device["memory_bytes"].get<uint64_t>()) / (1ull << 30),
                device["code_target"].get<std::string>().c_str());
    if (device.contains("self_test")) {
      const json& test = device["self_test"];
      std::printf("  self-test: %s in %.0f ms (%s)\n", test["verdict"].get<std::string>().c_str(),
                  test["milliseconds"].get<double>(), test["detail"].get<std::string>().c_str());
    }
  }
}

void PrintFull(const json& report) {
  std::printf("OpenSUPA %s\n\nLayers:\n", report["version"].get<std::string>().c_str());
  for (const json& layer : report["layers"]) {
    std::printf(
        "  %-16s %s%s\n", layer["name"].get<std::string>().c_str(),
        layer["loaded"].get<bool>() ? layer["detail"].get<std::string>().c_str() : "NOT LOADED: ",
        layer["loaded"].get<bool>() ? "" : layer["error"].get<std::string>().c_str());
  }
  std::printf("\nBackends:\n");
  for (const json& backend : report["backends"]) {
    std::printf("  %-16s %s\n", backend["name"].get<std::string>().c_str(),
                backend["description"].get<std::string>().c_str());
  }
  std::printf("\nKernel cache: %s%s\n\n", report["cache"]["path"].get<std::string>().c_str(),
              report["cache"]["writable"].get<bool>() ? "" : " (not writable)");
  std::printf("Options set:\n");
  bool any = false;
  for (const json& option : report["options"]) {
    if (!option["set"].get<bool>()) continue;
    any = true;
    std::printf("  %s=%s\n", option["name"].get<std::string>().c_str(),
                option["value"].get<std::string>().c_str());
  }
  std::printf("%s\n", any ? "" : "  none\n");
}

void PrintOptions(const json& report) {
  for (const json& option : report["options"]) {
    std::printf("%s (%s, default '%s')\n    %s\n", option["name"].get<std::string>().c_str(),
                option["type"].get<std::string>().c_str(),
                option["default"].get<std::string>().c_str(),
                option["description"].get<std::string>().c_str());
  }
}

int Run(int argc, char** argv) {
  bool as_json = false, brief = false, no_self_test = false, list_options = false;
  CLI::App app{"Says what of OpenSUPA is here, what was rejected and why, and tests every device."};
  app.add_flag("--json", as_json, "Print one JSON object");
  app.add_flag("--brief", brief, "Print devices and problems only");
  app.add_flag("--no-self-test", no_self_test, "Do not run anything on the devices");
  app.add_flag("--options", list_options, "List every option with its default and meaning");
  CLI11_PARSE(app, argc, argv);

  json report = ReadDiagnostics();
  if (list_options) {
    PrintOptions(report);
    return 0;
  }
  Examine(report, !no_self_test);
  if (as_json) {
    std::printf("%s\n", report.dump(2).c_str());
  } else {
    if (!brief) PrintFull(report);
    PrintDevices(report);
    for (const json& problem : report["problems"]) {
      std::printf("PROBLEM: %s\n", problem.get<std::string>().c_str());
    }
    if (report["healthy"].get<bool>()) std::printf("All is well.\n");
  }
  return report["healthy"].get<bool>() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "supa-doctor: %s\n", error.what());
    return 2;
  }
}
