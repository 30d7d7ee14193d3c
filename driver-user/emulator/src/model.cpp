#include "model.h"

#include <algorithm>
#include <cstring>

#include "opensupa/base/options.h"

namespace opensupa::emu {
namespace {

constexpr Provenance kR = Provenance::kReported;
constexpr Provenance kA = Provenance::kAssumed;
constexpr uint64_t kGiB = uint64_t{1} << 30;
constexpr uint64_t kMiB = uint64_t{1} << 20;

/// What all cards share unless a model says otherwise: nothing of it is reported for every card.
constexpr Model Generation1() {
  return Model{
      .name = "",
      .product = "",
      .architecture = "",
      .dies = {1, kA},
      .memory_bytes = {0, kA},
      .multiprocessors = {64, kA},
      // The major version of these cards is nowhere reported; CUDA programs ask for 7 or more.
      .compute_major = {8, kA},
      .compute_minor = {0, kA},
      .warp_threads = {32, kA},
      .max_threads_per_block = {1024, kA},
      .max_threads_per_multiprocessor = {2048, kA},
      .max_blocks_per_multiprocessor = {32, kA},
      .max_block_dim_xy = {1024, kA},
      .max_block_dim_z = {64, kA},
      .max_grid_dim_x = {0x7fffffff, kA},
      .max_grid_dim_yz = {65535, kA},
      // The BR106M is reported with 32 KiB. CUDA programs count on 48 KiB, and on more after opting
      // in, so the emulated cards offer both.
      .shared_bytes_per_block = {48 << 10, kA},
      .shared_bytes_per_block_optin = {96 << 10, kA},
      .shared_bytes_per_multiprocessor = {128 << 10, kA},
      .registers_per_block = {65536, kA},
      .registers_per_multiprocessor = {65536, kA},
      .l2_bytes = {128u << 20, kA},
      .core_clock_khz = {1'000'000, kA},
      .memory_clock_khz = {1'600'000, kA},
      .memory_bus_bits = {2048, kA},
      .copy_engines = {2, kA},
      .compute_queues = {2048, kA},
      .constant_bytes = {64 << 10, kA},
      // The silicon has none; the emulated cards compute in double so that programs run.
      .fp64 = {true, kA},
      .pci_vendor_id = {0x1ee0, kR},
      .pci_device_id = {0x0100, kA},
  };
}

constexpr Model Br104() {
  Model m = Generation1();
  m.name = "BR104";
  m.product = "OpenSUPA emulated BR104";
  m.architecture = "br104";
  m.dies = {1, kR};
  m.memory_bytes = {32 * kGiB, kR};
  m.memory_bus_bits = {2048, kR};
  m.pci_device_id = {0x0104, kA};
  return m;
}

constexpr Model Br106b() {
  Model m = Generation1();
  m.name = "BR106B";
  m.product = "OpenSUPA emulated BR106B";
  m.architecture = "br106";
  m.dies = {1, kR};
  m.memory_bytes = {32512 * kMiB, kR};
  m.pci_device_id = {0x0106, kA};
  return m;
}

constexpr Model Br106m() {
  Model m = Generation1();
  m.name = "BR106M";
  m.product = "OpenSUPA emulated BR106M";
  m.architecture = "br106";
  m.memory_bytes = {34'091'302'912, kR};
  m.dies = {1, kR};
  m.multiprocessors = {64, kR};
  m.warp_threads = {32, kR};
  m.max_threads_per_block = {1024, kR};
  m.pci_device_id = {0x0107, kA};
  return m;
}

constexpr Model Br110() {
  Model m = Generation1();
  m.name = "BR110";
  m.product = "OpenSUPA emulated BR110";
  m.architecture = "br110";
  m.memory_bytes = {16 * kGiB, kA};
  m.multiprocessors = {32, kA};
  m.l2_bytes = {64u << 20, kA};
  m.memory_bus_bits = {1024, kA};
  m.pci_device_id = {0x0110, kA};
  return m;
}

constexpr Model Br166() {
  Model m = Generation1();
  m.name = "BR166";
  m.product = "OpenSUPA emulated BR166";
  m.architecture = "br166";
  m.dies = {2, kR};
  m.memory_bytes = {64 * kGiB, kR};
  m.multiprocessors = {128, kA};
  m.l2_bytes = {256u << 20, kA};
  m.memory_bus_bits = {4096, kA};
  m.pci_device_id = {0x0166, kA};
  return m;
}

constexpr Model Br20x() {
  Model m = Generation1();
  m.name = "BR20x";
  m.product = "OpenSUPA emulated BR20x";
  m.architecture = "arch_20";
  m.memory_bytes = {128 * kGiB, kA};
  m.multiprocessors = {128, kA};
  m.compute_major = {2, kR};
  m.warp_threads = {32, kR};
  m.shared_bytes_per_block_optin = {224 << 10, kA};
  m.shared_bytes_per_multiprocessor = {228 << 10, kA};
  m.l2_bytes = {256u << 20, kA};
  m.core_clock_khz = {1'500'000, kA};
  m.memory_clock_khz = {3'200'000, kA};
  m.memory_bus_bits = {4096, kA};
  m.pci_device_id = {0x0200, kA};
  return m;
}

constexpr Model kModels[] = {Br104(), Br106b(), Br106m(), Br110(), Br166(), Br20x()};

template <size_t N>
void CopyText(char (&to)[N], std::string_view text) {
  std::memset(to, 0, N);
  std::memcpy(to, text.data(), std::min(text.size(), N - 1));
}

/// The same card has the same UUID in every process.
void MakeUuid(const Model& model, uint32_t index, uint8_t (&uuid)[16]) {
  uint64_t hash = 14695981039346656037ull;  // FNV-1a
  for (char c : model.name) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211ull;
  std::memcpy(uuid, "SUPA", 4);
  std::memcpy(uuid + 4, &hash, 8);
  std::memcpy(uuid + 12, &index, 4);
}

}  // namespace

std::span<const Model> AllModels() { return kModels; }

const Model* FindModel(std::string_view name) {
  for (const Model& model : kModels) {
    if (model.name == name) return &model;
  }
  return nullptr;
}

const char* ProvenanceName(Provenance provenance) {
  switch (provenance) {
    case Provenance::kOfficial:
      return "official";
    case Provenance::kReported:
      return "reported";
    case Provenance::kAssumed:
      break;
  }
  return "assumed";
}

supa_uapi_device_info DescribeCard(const Model& model, uint32_t index,
                                   const std::string& code_target) {
  supa_uapi_device_info info{};
  info.uapi_version_major = SUPA_UAPI_VERSION_MAJOR;
  info.uapi_version_minor = SUPA_UAPI_VERSION_MINOR;
  info.flags = SUPA_UAPI_DEVICE_FLAG_UNIFIED_HOST_MAPPING | SUPA_UAPI_DEVICE_FLAG_EMULATED;
  info.dies = model.dies.value;
  CopyText(info.model, model.name);
  CopyText(info.name, model.product);
  CopyText(info.architecture, model.architecture);
  CopyText(info.code_target, code_target);
  MakeUuid(model, index, info.uuid);
  const auto position = static_cast<uint32_t>(&model - kModels);
  info.pci_domain = 0x5550 + position;  // no real card stands there
  info.pci_bus = 1 + index / 32;
  info.pci_device = index % 32;
  info.pci_vendor_id = model.pci_vendor_id.value;
  info.pci_device_id = model.pci_device_id.value;
  info.compute_major = model.compute_major.value;
  info.compute_minor = model.compute_minor.value;
  info.multiprocessors = model.multiprocessors.value;
  info.warp_threads = model.warp_threads.value;
  info.max_threads_per_block = model.max_threads_per_block.value;
  info.max_threads_per_multiprocessor = model.max_threads_per_multiprocessor.value;
  info.max_blocks_per_multiprocessor = model.max_blocks_per_multiprocessor.value;
  info.max_block_dim[0] = info.max_block_dim[1] = model.max_block_dim_xy.value;
  info.max_block_dim[2] = model.max_block_dim_z.value;
  info.max_grid_dim[0] = model.max_grid_dim_x.value;
  info.max_grid_dim[1] = info.max_grid_dim[2] = model.max_grid_dim_yz.value;
  info.shared_bytes_per_block = model.shared_bytes_per_block.value;
  info.shared_bytes_per_block_optin = model.shared_bytes_per_block_optin.value;
  info.shared_bytes_per_multiprocessor = model.shared_bytes_per_multiprocessor.value;
  info.registers_per_block = model.registers_per_block.value;
  info.registers_per_multiprocessor = model.registers_per_multiprocessor.value;
  info.l2_bytes = model.l2_bytes.value;
  info.core_clock_khz = model.core_clock_khz.value;
  info.memory_clock_khz = model.memory_clock_khz.value;
  info.memory_bus_bits = model.memory_bus_bits.value;
  info.copy_engines = model.copy_engines.value;
  info.compute_queues = model.compute_queues.value;
  info.memory_bytes = model.memory_bytes.value;
  info.constant_bytes = model.constant_bytes.value;
  info.features = SUPA_UAPI_FEATURE_COOPERATIVE | SUPA_UAPI_FEATURE_CLUSTERS;
  if (model.fp64.value) info.features |= SUPA_UAPI_FEATURE_FP64;
  return info;
}

std::string HostLevel() {
  const std::string asked = options::Get(options::kHostLevel);
  if (!asked.empty()) return asked;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    return "x86-64-v4";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
      __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma")) {
    return "x86-64-v3";
  }
  return "x86-64-v2";
#else
  return "aarch64";
#endif
}

}  // namespace opensupa::emu
