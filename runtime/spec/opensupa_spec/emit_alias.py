"""The headers that give the API its CUDA names, and those of the per-thread default stream."""
import pathlib

from . import header_scan
from .emit_dispatch import BANNER
from .table import Entry, cuda_name

# Numbers of the CUDA interface that is mirrored.
CUDA_VERSION = 12090

# CUDA header -> (what it says, macros that programs test to see whether it was included, headers it includes)
# What <cuda_runtime.h> brings along. Headers of other vendors' libraries include these by name, maybe from a folder of
# their own: the usual guards, set here, keep such copies out.
_PARTS = ["host_defines.h", "builtin_types.h", "device_types.h", "vector_types.h", "vector_functions.h",
          "texture_types.h", "surface_types.h", "channel_descriptor.h", "driver_functions.h"]
_FORWARDERS = {
    "cuda_runtime.h": ("The runtime API under its CUDA names.", ["__CUDA_RUNTIME_H__"],
                       ["opensupa/cuda/runtime_names.h", "supa_runtime.h", "driver_types.h", "library_types.h",
                        "cuda_runtime_api.h", *_PARTS]),
    "cuda_runtime_api.h": ("The C runtime API under its CUDA names.", ["__CUDA_RUNTIME_API_H__"],
                           ["opensupa/cuda/runtime_names.h", "runtime/supa_runtime_api.h", "driver_types.h"]),
    "cuda.h": ("The driver API under its CUDA names.", ["__cuda_cuda_h__"],
               ["opensupa/cuda/driver_names.h", "supa_driver.h"]),
    "cuda_profiler_api.h": ("Profiler calls of the runtime API.", ["__CUDA_PROFILER_API_H__"], ["cuda_runtime_api.h"]),
    "cudaProfiler.h": ("Profiler calls of the driver API.", [], ["cuda.h"]),
    "driver_types.h": ("Types of the runtime API.", ["__DRIVER_TYPES_H__"],
                       ["opensupa/cuda/runtime_names.h", "supa_driver_types.h"]),
    "builtin_types.h": ("Types of the runtime API.", ["__BUILTIN_TYPES_H__"], ["driver_types.h"]),
    "device_types.h": ("Types of the runtime API.", ["__DEVICE_TYPES_H__"], ["driver_types.h"]),
    "texture_types.h": ("Texture types of the runtime API.", ["__TEXTURE_TYPES_H__"], ["driver_types.h"]),
    "cuda_texture_types.h": ("Texture types of the runtime API.", [], ["driver_types.h"]),
    "surface_types.h": ("Surface types of the runtime API.", ["__SURFACE_TYPES_H__"], ["driver_types.h"]),
    "cuda_surface_types.h": ("Surface types of the runtime API.", [], ["driver_types.h"]),
    "channel_descriptor.h": ("Channel descriptors.", ["__CHANNEL_DESCRIPTOR_H__"], ["cuda_runtime.h"]),
    "driver_functions.h": ("make_cudaExtent and its like.", ["__DRIVER_FUNCTIONS_H__"],
                           ["opensupa/cuda/runtime_names.h", "runtime/supa_make_functions.h"]),
    "vector_types.h": ("Vector types.", ["__VECTOR_TYPES_H__"], ["supa_vector_types.h"]),
    "vector_functions.h": ("make_float4 and its like.", ["__VECTOR_FUNCTIONS_H__"], ["supa_vector_functions.h"]),
    "vector_functions.hpp": ("make_float4 and its like.", [], ["supa_vector_functions.h"]),
    "host_defines.h": ("Macros of host and device code.", ["__HOST_DEFINES_H__"], ["supa_host_defines.h"]),
    "crt/host_defines.h": ("Macros of host and device code.", [], ["supa_host_defines.h"]),
    "library_types.h": ("Element types of the math libraries.", ["__LIBRARY_TYPES_H__"],
                        ["opensupa/cuda/runtime_names.h", "device/library_types.h"]),
}
# Names that CUDA has without its prefix.
_UNPREFIXED = [("libraryPropertyType", "supaLibraryPropertyType"),
               ("libraryPropertyType_t", "supaLibraryPropertyType_t")]
# Headers of the kernel language that sources still include; brcc knows what they declare without them.
_KERNEL_HEADERS = ["device_launch_parameters.h", "device_functions.h", "device_atomic_functions.h",
                   "math_functions.h", "sm_20_intrinsics.h", "sm_30_intrinsics.h", "sm_32_intrinsics.h",
                   "sm_35_intrinsics.h", "sm_60_atomic_functions.h", "crt/device_functions.h", "crt/math_functions.h",
                   "sm_20_atomic_functions.h", "sm_32_atomic_functions.h", "sm_61_intrinsics.h",
                   "device_double_functions.h", "crt/device_double_functions.h", "crt/sm_70_rt.h",
                   "crt/sm_80_rt.h", "crt/sm_90_rt.h"]


def _guard(name: str) -> str:
    return "OPENSUPA_" + name.upper().replace(".", "_").replace("/", "_") + "_"


def _wrap(name: str, summary: str, body: str) -> str:
    guard = _guard(name)
    return f"{BANNER}/// {summary}\n#ifndef {guard}\n#define {guard}\n\n{body}\n#endif  // {guard}\n"


def _names_header(name: str, summary: str, defines: list[tuple[str, str]], first: str) -> str:
    return _wrap(name, summary, first + "".join(f"#define {a} {b}\n" for a, b in defines))


def alias_headers(include: pathlib.Path, entries: list[Entry]) -> dict[str, str]:
    """Path below include/ -> text of every CUDA-named header."""
    versions = [(cuda_name(e.name + v), e.name, e.library) for e in entries for v in e.versions]
    result = {}
    for family, library in (("runtime", "supart"), ("driver", "supa")):
        names = [n for n in header_scan.api_names(include, family) if not n.startswith("__")]
        if family == "driver":
            shared = set(header_scan.api_names(include, "runtime"))
            names = [n for n in names if n not in shared]
        defines = [(cuda_name(n), n) for n in names]
        defines += [(alias, name) for alias, name, lib in versions if lib == library]
        if family == "runtime":
            defines += _UNPREFIXED
        version_macro = "CUDART_VERSION" if family == "runtime" else "CUDA_VERSION"
        first = f"#define {version_macro} {CUDA_VERSION}\n"
        if family == "driver":
            first = '#include "runtime_names.h"\n\n' + first + f"#define __CUDA_API_VERSION {CUDA_VERSION}\n"
        else:
            first += f"#define __CUDART_API_VERSION {CUDA_VERSION}\n"
        path = f"opensupa/cuda/{family}_names.h"
        result[path] = _names_header(path, f"CUDA names of the {family} API, one macro each.", sorted(defines), first)
    for name, (summary, macros, includes) in _FORWARDERS.items():
        guards = "".join(f"#ifndef {macro}\n#define {macro}\n#endif\n" for macro in macros)
        result[name] = _wrap(name, summary, guards + "".join(f"#include <{i}>\n" for i in includes))
    for name in _KERNEL_HEADERS:
        result[name] = _wrap(name, "Part of the kernel language, which brcc always knows.",
                             "#include <cuda_runtime.h>\n")
    return result


def per_thread_headers(entries: list[Entry]) -> dict[str, str]:
    """Headers that rename calls to their per-thread forms before they are declared."""
    result = {}
    for library, path in (("supart", "runtime/supa_per_thread_stream.h"), ("supa", "driver/su_per_thread_stream.h")):
        defines = [(e.name, f"{e.name}_{e.per_thread}") for e in entries if e.library == library and e.per_thread]
        result[path] = _names_header(path, "Null streams stand for the calling thread's own default stream.",
                                     defines, "")
    return result


def versioned_headers(entries: list[Entry]) -> dict[str, str]:
    """Headers that let sources name an entry point with the suffix of a version, as CUDA's do."""
    result = {}
    for library, path in (("supart", "runtime/supa_versioned_names.h"), ("supa", "driver/su_versioned_names.h")):
        defines = [(e.name + v, e.name) for e in entries if e.library == library for v in e.versions]
        result[path] = _names_header(path, "Names with a version suffix mean the entry point without it.", defines, "")
    return result
