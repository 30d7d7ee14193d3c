#include "card_properties.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "opensupa/port/packets.h"

namespace opensupa::native {
namespace {

template <size_t N>
std::string Text(const char (&field)[N]) {
  return std::string(field, strnlen(field, N));
}

template <typename Info>
StatusOr<Info> Query(port::Port& port, uint32_t topic) {
  Info info{};
  supa_uapi_query query{};
  query.topic = topic;
  query.size_bytes = sizeof(Info);
  query.data = reinterpret_cast<uint64_t>(&info);
  SUPA_RETURN_IF_ERROR_CONTEXT(port::CallChecked(port, SUPA_UAPI_QUERY, query),
                               absl::StrCat("asking card ", port.name(), " what it is"));
  return info;
}

void CopyIdentity(const supa_uapi_device_info& info, hal::DeviceProperties& properties) {
  properties.name = Text(info.name);
  properties.model = Text(info.model);
  properties.architecture = Text(info.architecture);
  properties.code_target = Text(info.code_target);
  std::copy(std::begin(info.uuid), std::end(info.uuid), properties.uuid.begin());
  properties.pci_domain = info.pci_domain;
  properties.pci_bus = info.pci_bus;
  properties.pci_device = info.pci_device;
  properties.compute_major = info.compute_major;
  properties.compute_minor = info.compute_minor;
}

void CopyLimits(const supa_uapi_device_info& info, hal::DeviceProperties& properties) {
  properties.multiprocessors = info.multiprocessors;
  properties.warp_threads = info.warp_threads;
  properties.max_threads_per_block = info.max_threads_per_block;
  properties.max_threads_per_multiprocessor = info.max_threads_per_multiprocessor;
  properties.max_blocks_per_multiprocessor = info.max_blocks_per_multiprocessor;
  properties.max_block_dim = {info.max_block_dim[0], info.max_block_dim[1], info.max_block_dim[2]};
  properties.max_grid_dim = {info.max_grid_dim[0], info.max_grid_dim[1], info.max_grid_dim[2]};
  properties.shared_bytes_per_block = info.shared_bytes_per_block;
  properties.shared_bytes_per_block_optin = info.shared_bytes_per_block_optin;
  properties.shared_bytes_per_multiprocessor = info.shared_bytes_per_multiprocessor;
  properties.registers_per_block = info.registers_per_block;
  properties.registers_per_multiprocessor = info.registers_per_multiprocessor;
  properties.l2_bytes = info.l2_bytes;
  properties.core_clock_khz = info.core_clock_khz;
  properties.memory_clock_khz = info.memory_clock_khz;
  properties.memory_bus_bits = info.memory_bus_bits;
  properties.copy_engines = info.copy_engines;
  properties.memory_bytes = info.memory_bytes;
  properties.constant_bytes = info.constant_bytes;
  properties.page_bytes = SUPA_UAPI_PAGE_BYTES;
}

}  // namespace

StatusOr<hal::DeviceProperties> QueryProperties(port::Port& port, const std::string& backend) {
  SUPA_ASSIGN_OR_RETURN(auto info, Query<supa_uapi_device_info>(port, SUPA_UAPI_QUERY_DEVICE));
  if (info.uapi_version_major != SUPA_UAPI_VERSION_MAJOR) {
    return absl::FailedPreconditionError(
        absl::StrCat("Card ", port.name(), " speaks version ", info.uapi_version_major, ".",
                     info.uapi_version_minor, " of the uAPI, but this driver needs version ",
                     SUPA_UAPI_VERSION_MAJOR, "."));
  }
  hal::DeviceProperties properties;
  properties.backend = backend;
  CopyIdentity(info, properties);
  CopyLimits(info, properties);
  properties.fp64 = (info.features & SUPA_UAPI_FEATURE_FP64) != 0;
  properties.cooperative_launch = (info.features & SUPA_UAPI_FEATURE_COOPERATIVE) != 0;
  if ((info.features & SUPA_UAPI_FEATURE_CLUSTERS) != 0) {
    properties.max_cluster_blocks = SUPA_MAX_CLUSTER_BLOCKS;
  }
  properties.emulated = (info.flags & SUPA_UAPI_DEVICE_FLAG_EMULATED) != 0;
  properties.unified_host_mapping = (info.flags & SUPA_UAPI_DEVICE_FLAG_UNIFIED_HOST_MAPPING) != 0;
  return properties;
}

StatusOr<hal::MemoryInfo> QueryMemoryInfo(port::Port& port) {
  SUPA_ASSIGN_OR_RETURN(auto info, Query<supa_uapi_memory_info>(port, SUPA_UAPI_QUERY_MEMORY));
  return hal::MemoryInfo{info.total_bytes, info.free_bytes};
}

}  // namespace opensupa::native
