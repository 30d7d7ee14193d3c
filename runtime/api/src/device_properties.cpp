#include "device_properties.h"

#include <algorithm>
#include <climits>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "opensupa/core/error.h"

namespace opensupa::api {
namespace {

int Clamp(uint64_t value) { return static_cast<int>(std::min<uint64_t>(value, INT_MAX)); }

void FillLimits(const hal::DeviceProperties& device, supaDeviceProp& p) {
  p.totalGlobalMem = device.memory_bytes;
  p.sharedMemPerBlock = device.shared_bytes_per_block;
  p.sharedMemPerBlockOptin = device.shared_bytes_per_block_optin;
  p.sharedMemPerMultiprocessor = device.shared_bytes_per_multiprocessor;
  p.regsPerBlock = Clamp(device.registers_per_block);
  p.regsPerMultiprocessor = Clamp(device.registers_per_multiprocessor);
  p.warpSize = Clamp(device.warp_threads);
  p.memPitch = INT_MAX;
  p.maxThreadsPerBlock = Clamp(device.max_threads_per_block);
  p.maxThreadsPerMultiProcessor = Clamp(device.max_threads_per_multiprocessor);
  p.maxBlocksPerMultiProcessor = Clamp(device.max_blocks_per_multiprocessor);
  const hal::Dim3& block = device.max_block_dim;
  const hal::Dim3& grid = device.max_grid_dim;
  const int block_dim[3] = {Clamp(block.x), Clamp(block.y), Clamp(block.z)};
  const int grid_dim[3] = {Clamp(grid.x), Clamp(grid.y), Clamp(grid.z)};
  std::copy(std::begin(block_dim), std::end(block_dim), p.maxThreadsDim);
  std::copy(std::begin(grid_dim), std::end(grid_dim), p.maxGridSize);
  p.totalConstMem = device.constant_bytes;
  p.l2CacheSize = Clamp(device.l2_bytes);
}

}  // namespace

std::string PciBusId(const hal::DeviceProperties& device) {
  return absl::StrFormat("%04x:%02x:%02x.0", device.pci_domain, device.pci_bus, device.pci_device);
}

supaDeviceProp DescribeDevice(const hal::DeviceProperties& device) {
  supaDeviceProp p;
  std::memset(&p, 0, sizeof(p));
  const size_t name_bytes = std::min(device.name.size(), sizeof(p.name) - 1);
  std::memcpy(p.name, device.name.data(), name_bytes);
  std::memcpy(p.uuid.bytes, device.uuid.data(), sizeof(p.uuid.bytes));
  FillLimits(device, p);
  p.clockRate = Clamp(device.core_clock_khz);
  p.memoryClockRate = Clamp(device.memory_clock_khz);
  p.memoryBusWidth = Clamp(device.memory_bus_bits);
  p.major = Clamp(device.compute_major);
  p.minor = Clamp(device.compute_minor);
  p.textureAlignment = 512;
  p.texturePitchAlignment = 32;
  p.surfaceAlignment = 512;
  p.multiProcessorCount = Clamp(device.multiprocessors);
  p.asyncEngineCount = Clamp(device.copy_engines);
  p.deviceOverlap = device.copy_engines > 0;
  p.canMapHostMemory = 1;
  p.concurrentKernels = 1;
  p.pciBusID = Clamp(device.pci_bus);
  p.pciDeviceID = Clamp(device.pci_device);
  p.pciDomainID = Clamp(device.pci_domain);
  p.unifiedAddressing = 1;
  p.streamPrioritiesSupported = 1;
  p.globalL1CacheSupported = 1;
  p.localL1CacheSupported = 1;
  p.managedMemory = device.unified_host_mapping;
  p.concurrentManagedAccess = device.unified_host_mapping;
  p.directManagedMemAccessFromHost = device.unified_host_mapping;
  p.hostNativeAtomicSupported = device.unified_host_mapping;
  p.singleToDoublePrecisionPerfRatio = device.fp64 ? 2 : 0;
  p.computePreemptionSupported = 0;
  p.canUseHostPointerForRegisteredMem = 1;
  p.cooperativeLaunch = device.cooperative_launch;
  p.clusterLaunch = device.max_cluster_blocks > 0;
  p.hostRegisterSupported = 1;
  p.unifiedFunctionPointers = 0;
  return p;
}

StatusOr<int> DeviceAttribute(const hal::DeviceProperties& device, int attribute) {
  if (attribute < 1 || attribute >= supaDevAttrMax) {
    return rt::MakeError(supaErrorInvalidValue,
                         absl::StrCat("There is no device attribute ", attribute, "."));
  }
  const supaDeviceProp p = DescribeDevice(device);
  switch (attribute) {
      // clang-format off
    case supaDevAttrMaxThreadsPerBlock: return p.maxThreadsPerBlock;
    case supaDevAttrMaxBlockDimX: return p.maxThreadsDim[0];
    case supaDevAttrMaxBlockDimY: return p.maxThreadsDim[1];
    case supaDevAttrMaxBlockDimZ: return p.maxThreadsDim[2];
    case supaDevAttrMaxGridDimX: return p.maxGridSize[0];
    case supaDevAttrMaxGridDimY: return p.maxGridSize[1];
    case supaDevAttrMaxGridDimZ: return p.maxGridSize[2];
    case supaDevAttrMaxSharedMemoryPerBlock: return Clamp(p.sharedMemPerBlock);
    case supaDevAttrTotalConstantMemory: return Clamp(p.totalConstMem);
    case supaDevAttrWarpSize: return p.warpSize;
    case supaDevAttrMaxPitch: return Clamp(p.memPitch);
    case supaDevAttrMaxRegistersPerBlock: return p.regsPerBlock;
    case supaDevAttrClockRate: return p.clockRate;
    case supaDevAttrTextureAlignment: return Clamp(p.textureAlignment);
    case supaDevAttrGpuOverlap: return p.deviceOverlap;
    case supaDevAttrMultiProcessorCount: return p.multiProcessorCount;
    case supaDevAttrCanMapHostMemory: return p.canMapHostMemory;
    case supaDevAttrSurfaceAlignment: return Clamp(p.surfaceAlignment);
    case supaDevAttrConcurrentKernels: return p.concurrentKernels;
    case supaDevAttrPciBusId: return p.pciBusID;
    case supaDevAttrPciDeviceId: return p.pciDeviceID;
    case supaDevAttrPciDomainId: return p.pciDomainID;
    case supaDevAttrMemoryClockRate: return p.memoryClockRate;
    case supaDevAttrGlobalMemoryBusWidth: return p.memoryBusWidth;
    case supaDevAttrL2CacheSize: return p.l2CacheSize;
    case supaDevAttrMaxThreadsPerMultiProcessor: return p.maxThreadsPerMultiProcessor;
    case supaDevAttrAsyncEngineCount: return p.asyncEngineCount;
    case supaDevAttrUnifiedAddressing: return p.unifiedAddressing;
    case supaDevAttrTexturePitchAlignment: return Clamp(p.texturePitchAlignment);
    case supaDevAttrComputeCapabilityMajor: return p.major;
    case supaDevAttrComputeCapabilityMinor: return p.minor;
    case supaDevAttrStreamPrioritiesSupported: return p.streamPrioritiesSupported;
    case supaDevAttrGlobalL1CacheSupported: return p.globalL1CacheSupported;
    case supaDevAttrLocalL1CacheSupported: return p.localL1CacheSupported;
    case supaDevAttrMaxSharedMemoryPerMultiprocessor: return Clamp(p.sharedMemPerMultiprocessor);
    case supaDevAttrMaxRegistersPerMultiprocessor: return p.regsPerMultiprocessor;
    case supaDevAttrManagedMemory: return p.managedMemory;
    case supaDevAttrHostNativeAtomicSupported: return p.hostNativeAtomicSupported;
    case supaDevAttrSingleToDoublePrecisionPerfRatio: return p.singleToDoublePrecisionPerfRatio;
    case supaDevAttrConcurrentManagedAccess: return p.concurrentManagedAccess;
    case supaDevAttrCanUseHostPointerForRegisteredMem: return p.canUseHostPointerForRegisteredMem;
    case 92: case 93: case 94: return device.unified_host_mapping;  // stream memory operations, 64-bit, wait
    case supaDevAttrCooperativeLaunch: return p.cooperativeLaunch;
    case supaDevAttrClusterLaunch: return p.clusterLaunch;
    case supaDevAttrMaxSharedMemoryPerBlockOptin: return Clamp(p.sharedMemPerBlockOptin);
    case supaDevAttrHostRegisterSupported: return p.hostRegisterSupported;
    case supaDevAttrDirectManagedMemAccessFromHost: return p.directManagedMemAccessFromHost;
    case 102: return device.unified_host_mapping;  // virtual memory management
    case supaDevAttrMaxBlocksPerMultiprocessor: return p.maxBlocksPerMultiProcessor;
    // clang-format on
    default:
      return 0;  // a feature that this device does not have
  }
}

}  // namespace opensupa::api
