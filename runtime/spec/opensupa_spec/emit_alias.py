"""The headers that give the API its CUDA names, and those of the per-thread default stream."""
import pathlib

from . import header_scan
from .emit_dispatch import BANNER
from .table import Entry, cuda_name

# Numbers of the CUDA interface that is mirrored.
CUDA_VERSION = 12090

# CUDA header -> (what it says, headers it includes)
_FORWARDERS = {
    "cuda_runtime.h": ("The runtime API under its CUDA names.", ["opensupa/cuda/runtime_names.h", "supa_runtime.h"]),
    "cuda_runtime_api.h": ("The C runtime API under its CUDA names.",
                           ["opensupa/cuda/runtime_names.h", "runtime/supa_runtime_api.h"]),
    "cuda.h": ("The driver API under its CUDA names.", ["opensupa/cuda/driver_names.h", "supa_driver.h"]),
    "cuda_profiler_api.h": ("Profiler calls of the runtime API.", ["cuda_runtime_api.h"]),
    "cudaProfiler.h": ("Profiler calls of the driver API.", ["cuda.h"]),
    "driver_types.h": ("Types of the runtime API.", ["opensupa/cuda/runtime_names.h", "supa_driver_types.h"]),
    "builtin_types.h": ("Types of the runtime API.", ["driver_types.h"]),
    "device_types.h": ("Types of the runtime API.", ["driver_types.h"]),
    "texture_types.h": ("Texture types of the runtime API.", ["driver_types.h"]),
    "surface_types.h": ("Surface types of the runtime API.", ["driver_types.h"]),
    "channel_descriptor.h": ("Channel descriptors.", ["cuda_runtime.h"]),
    "driver_functions.h": ("make_cudaExtent and its like.",
                           ["opensupa/cuda/runtime_names.h", "runtime/supa_make_functions.h"]),
    "vector_types.h": ("Vector types.", ["supa_vector_types.h"]),
    "vector_functions.h": ("make_float4 and its like.", ["supa_vector_functions.h"]),
    "vector_functions.hpp": ("make_float4 and its like.", ["supa_vector_functions.h"]),
    "host_defines.h": ("Macros of host and device code.", ["supa_host_defines.h"]),
    "device_launch_parameters.h": ("Built-in variables of kernels, which brcc always knows.", ["supa_vector_types.h"]),
    "library_types.h": ("Element types of the math libraries.",
                        ["opensupa/cuda/runtime_names.h", "device/library_types.h"]),
}


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
        version_macro = "CUDART_VERSION" if family == "runtime" else "CUDA_VERSION"
        first = f"#define {version_macro} {CUDA_VERSION}\n"
        if family == "driver":
            first = '#include "runtime_names.h"\n\n' + first + f"#define __CUDA_API_VERSION {CUDA_VERSION}\n"
        else:
            first += f"#define __CUDART_API_VERSION {CUDA_VERSION}\n"
        path = f"opensupa/cuda/{family}_names.h"
        result[path] = _names_header(path, f"CUDA names of the {family} API, one macro each.", sorted(defines), first)
    for name, (summary, includes) in _FORWARDERS.items():
        result[name] = _wrap(name, summary, "".join(f'#include "{i}"\n' for i in includes))
    return result


def per_thread_headers(entries: list[Entry]) -> dict[str, str]:
    """Headers that rename calls to their per-thread forms before they are declared."""
    result = {}
    for library, path in (("supart", "runtime/supa_per_thread_stream.h"), ("supa", "driver/su_per_thread_stream.h")):
        defines = [(e.name, f"{e.name}_{e.per_thread}") for e in entries if e.library == library and e.per_thread]
        result[path] = _names_header(path, "Null streams stand for the calling thread's own default stream.",
                                     defines, "")
    return result
