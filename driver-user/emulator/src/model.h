#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "opensupa/port/uapi.h"

namespace opensupa::emu {

/// Where a number of a model comes from.
enum class Provenance {
  kOfficial,  // published by the vendor
  kReported,  // seen in public client code or in the press
  kAssumed    // chosen here so that programs run; see docs/models.md
};

template <typename T>
struct Fact {
  T value;
  Provenance provenance;
};

/// What is known about one card, as data. docs/models.md is the readable form.
struct Model {
  std::string_view name;
  std::string_view product;
  std::string_view architecture;
  Fact<uint32_t> dies;
  Fact<uint64_t> memory_bytes;
  Fact<uint32_t> multiprocessors;
  Fact<uint32_t> compute_major;
  Fact<uint32_t> compute_minor;
  Fact<uint32_t> warp_threads;
  Fact<uint32_t> max_threads_per_block;
  Fact<uint32_t> max_threads_per_multiprocessor;
  Fact<uint32_t> max_blocks_per_multiprocessor;
  Fact<uint32_t> max_block_dim_xy;
  Fact<uint32_t> max_block_dim_z;
  Fact<uint32_t> max_grid_dim_x;
  Fact<uint32_t> max_grid_dim_yz;
  Fact<uint32_t> shared_bytes_per_block;
  Fact<uint32_t> shared_bytes_per_block_optin;
  Fact<uint32_t> shared_bytes_per_multiprocessor;
  Fact<uint32_t> registers_per_block;
  Fact<uint32_t> registers_per_multiprocessor;
  Fact<uint32_t> l2_bytes;
  Fact<uint32_t> core_clock_khz;
  Fact<uint32_t> memory_clock_khz;
  Fact<uint32_t> memory_bus_bits;
  Fact<uint32_t> copy_engines;
  Fact<uint32_t> compute_queues;
  Fact<uint64_t> constant_bytes;
  Fact<bool> fp64;
  Fact<uint32_t> pci_vendor_id;
  Fact<uint32_t> pci_device_id;
};

/// Calls `visit(name, fact)` for every number of a model.
template <typename Visitor>
void ForEachFact(const Model& model, Visitor visit) {
  visit("dies", model.dies);
  visit("memory_bytes", model.memory_bytes);
  visit("multiprocessors", model.multiprocessors);
  visit("compute_major", model.compute_major);
  visit("compute_minor", model.compute_minor);
  visit("warp_threads", model.warp_threads);
  visit("max_threads_per_block", model.max_threads_per_block);
  visit("max_threads_per_multiprocessor", model.max_threads_per_multiprocessor);
  visit("max_blocks_per_multiprocessor", model.max_blocks_per_multiprocessor);
  visit("max_block_dim_xy", model.max_block_dim_xy);
  visit("max_block_dim_z", model.max_block_dim_z);
  visit("max_grid_dim_x", model.max_grid_dim_x);
  visit("max_grid_dim_yz", model.max_grid_dim_yz);
  visit("shared_bytes_per_block", model.shared_bytes_per_block);
  visit("shared_bytes_per_block_optin", model.shared_bytes_per_block_optin);
  visit("shared_bytes_per_multiprocessor", model.shared_bytes_per_multiprocessor);
  visit("registers_per_block", model.registers_per_block);
  visit("registers_per_multiprocessor", model.registers_per_multiprocessor);
  visit("l2_bytes", model.l2_bytes);
  visit("core_clock_khz", model.core_clock_khz);
  visit("memory_clock_khz", model.memory_clock_khz);
  visit("memory_bus_bits", model.memory_bus_bits);
  visit("copy_engines", model.copy_engines);
  visit("compute_queues", model.compute_queues);
  visit("constant_bytes", model.constant_bytes);
  visit("fp64", model.fp64);
  visit("pci_vendor_id", model.pci_vendor_id);
  visit("pci_device_id", model.pci_device_id);
}

std::span<const Model> AllModels();
/// Null when there is none of that name.
const Model* FindModel(std::string_view name);
const char* ProvenanceName(Provenance provenance);

/// What QUERY_DEVICE answers for card `index` of `model`. `code_target` is the target string of its
/// code objects.
supa_uapi_device_info DescribeCard(const Model& model, uint32_t index,
                                   const std::string& code_target);

/// The best instruction set level of this host, or OPENSUPA_HOST_LEVEL: "x86-64-v3".
std::string HostLevel();

}  // namespace opensupa::emu
