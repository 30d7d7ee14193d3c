#include "machine.h"

#include <opensupa_diagnostics.h>
#include <supa_runtime.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "problem.h"

namespace bench {
namespace {

/// The value of a line "key : value" of the description of the first CPU, or "".
std::string CpuField(const std::string& key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos || line.compare(0, key.size(), key) != 0) continue;
    return colon + 2 <= line.size() ? line.substr(colon + 2) : "";
  }
  return "";
}

std::string SpeedFlags() {
  std::istringstream all(CpuField("flags"));
  std::string chosen;
  for (std::string flag; all >> flag;) {
    for (const char* wanted :
         {"avx2", "fma", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "amx_int8"}) {
      if (flag == wanted) chosen += (chosen.empty() ? "" : " ") + flag;
    }
  }
  return chosen.empty() ? "no vector extensions named" : chosen;
}

/// The value of an option of OpenSUPA as it is in force.
std::string OptionValue(const nlohmann::json& report, const std::string& name) {
  for (const auto& option : report["options"]) {
    if (option["name"] == name) return option["value"].get<std::string>();
  }
  return "";
}

}  // namespace

void ApplyEnvironment(int workers, const std::string& engine) {
  if (!engine.empty()) setenv("OPENSUPA_ENGINE", engine.c_str(), 1);
  if (workers == 0) return;
  const std::string count = std::to_string(workers);
  for (const char* name : {"OPENSUPA_EMU_WORKERS", "POCL_MAX_PTHREAD_COUNT",
                           "POCL_CPU_MAX_CU_COUNT", "OMP_NUM_THREADS"}) {
    setenv(name, count.c_str(), 1);
  }
}

Machine DescribeMachine(int workers) {
  Machine machine;
  machine.cpu = CpuField("model name");
  machine.flags = SpeedFlags();
  machine.cores = static_cast<int>(std::thread::hardware_concurrency());
  machine.workers = workers > 0 ? workers : machine.cores;
  const std::string level = BestTwins().level;
  machine.native_level = level == "generic" ? "portable" : "x86-64-" + level;

  supaDeviceProp properties{};
  BENCH_SUPA(supaGetDeviceProperties(&properties, 0));
  machine.device = properties.name;
  char* text = opensupa_diagnostics_json();
  const nlohmann::json report = nlohmann::json::parse(text);
  opensupa_diagnostics_free(text);
  machine.engine = OptionValue(report, "OPENSUPA_ENGINE");
  machine.version = report["version"].get<std::string>();
  return machine;
}

}  // namespace bench
