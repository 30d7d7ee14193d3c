"""The exported functions of the thin libraries and of the CUDA-named ones, and their export lists."""
from .emit_dispatch import BANNER
from .table import PER_THREAD_STREAM, STREAM_TYPES, SYNCHRONIZE, Entry, Symbol, cuda_name


def _per_thread_arguments(entry: Entry) -> list[str]:
    """Arguments with null streams replaced by the calling thread's default stream."""
    stream = PER_THREAD_STREAM[entry.library]
    result = []
    for param in entry.params:
        if param.type == STREAM_TYPES[entry.library]:
            result.append(f"{param.name} == nullptr ? {stream} : {param.name}")
        else:
            result.append(param.name)
    return result


def _body(entry: Entry, symbol: Symbol, by_name: dict[str, Entry]) -> str:
    call = f"opensupa_get_dispatch()->{entry.name}"
    given = len(entry.params)
    if symbol.first_version:
        given = entry.first_version_params
    arguments = [p.name if i < given else "{}" for i, p in enumerate(entry.params)]
    keyword = "" if entry.returns == "void" else "return "
    if not symbol.per_thread or entry.status == "none":
        return f"  {keyword}{call}({', '.join(arguments)});\n"
    stream = PER_THREAD_STREAM[entry.library]
    if entry.per_thread == "ptds":
        if entry.async_name not in by_name:
            raise ValueError(f"{entry.name} is ptds, but {entry.async_name} is not in the table.")
        joined = ", ".join([*arguments, stream])
        return (f"  const opensupa_dispatch* table = opensupa_get_dispatch();\n"
                f"  const {entry.returns} result = table->{entry.async_name}({joined});\n"
                f"  if (static_cast<int>(result) != 0) return result;\n"
                f"  return table->{SYNCHRONIZE[entry.library]}({stream});\n")
    if entry.stream_field:
        param, field = entry.stream_field.split(".")
        type_name = next(p.type for p in entry.params if p.name == param).removeprefix("const ").rstrip("*")
        replaced = ", ".join("&copy" if a == param else a for a in arguments)
        return (f"  if ({param} == nullptr || {param}->{field} != nullptr) {{\n"
                f"    return {call}({', '.join(arguments)});\n  }}\n"
                f"  {type_name} copy = *{param};\n  copy.{field} = {stream};\n"
                f"  return {call}({replaced});\n")
    arguments = [a if b == "{}" else a for a, b in zip(_per_thread_arguments(entry), arguments)]
    for i in range(given, len(entry.params)):
        arguments[i] = "{}"
    return f"  {keyword}{call}({', '.join(arguments)});\n"


def _function(entry: Entry, symbol: Symbol, name: str, by_name: dict[str, Entry]) -> str:
    count = entry.first_version_params if symbol.first_version else len(entry.params)
    signature = ", ".join(f"{p.type} {p.name}" for p in entry.params[:count]) or "void"
    return f"OPENSUPA_ENTRY({entry.returns}, {name})({signature}) {{\n{_body(entry, symbol, by_name)}}}\n"


def _plain(symbol: Symbol) -> Symbol:
    """A symbol of this project's own libraries: the unversioned name has all parameters."""
    return Symbol(symbol.name, symbol.per_thread, False)


def entries_inc(entries: list[Entry], library: str) -> str:
    """Definitions of every symbol of `library`; the file that includes it defines OPENSUPA_ENTRY."""
    by_name = {e.name: e for e in entries}
    functions = [_function(e, _plain(s), s.name, by_name)
                 for e in entries if e.library == library for s in e.symbols()]
    return BANNER + "\n" + "\n".join(functions)


def exports_cpp(library: str) -> str:
    return f"""{BANNER}// The versioned names are defined here, so they must not be macros.
#define OPENSUPA_EXACT_NAMES
#include "opensupa/spec/dispatch.h"

#define OPENSUPA_ENTRY(type, name) extern "C" __attribute__((visibility("default"))) type name

#include "entries_{library}.inc"
"""


def shim_cpp(entries: list[Entry], library: str) -> str:
    by_name = {e.name: e for e in entries}
    functions = [_function(e, s, cuda_name(s.name), by_name)
                 for e in entries if e.library == library for s in e.symbols()]
    body = "\n".join(functions)
    return f"""{BANNER}#include "opensupa/spec/dispatch.h"

#define OPENSUPA_ENTRY(type, name) extern "C" __attribute__((visibility("default"))) type name

{body}"""


def symbol_names(entries: list[Entry], library: str) -> list[str]:
    return sorted(s.name for e in entries if e.library == library for s in e.symbols())


def version_script(names: list[str], node: str = "") -> str:
    lines = "".join(f"    {name};\n" for name in names)
    return f"{node}{' ' if node else ''}{{\n  global:\n{lines}  local:\n    *;\n}};\n"


def driver_lookup_cpp(entries: list[Entry]) -> str:
    """Finds driver functions by name for suGetProcAddress() and supaGetDriverEntryPoint()."""
    rows = [(s.name, s.per_thread, e.status) for e in entries if e.library == "supa" for s in e.symbols()]
    table = "".join(f"    {{\"{name}\", reinterpret_cast<void*>(&Entry_{name})}},\n" for name, _, _ in sorted(rows))
    return f"""{BANNER}#include "opensupa/spec/driver_lookup.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "opensupa/spec/dispatch.h"

#define OPENSUPA_ENTRY(type, name) static type Entry_##name

#include "entries_supa.inc"

namespace {{

struct NamedFunction {{
  std::string_view name;
  void* function;
}};

// Sorted by name.
const NamedFunction kFunctions[] = {{
{table}}};

void* Find(std::string_view name) {{
  const auto* end = std::end(kFunctions);
  const auto* found = std::lower_bound(
      std::begin(kFunctions), end, name,
      [](const NamedFunction& entry, std::string_view wanted) {{ return entry.name < wanted; }});
  return found != end && found->name == name ? found->function : nullptr;
}}

}}  // namespace

void* opensupa::api::FindDriverFunction(std::string_view name, bool per_thread_default_stream) {{
  std::string own(name);
  if (own.starts_with("cu")) own.replace(0, 2, "su");
  if (per_thread_default_stream) {{
    for (const char* suffix : {{"_ptsz", "_ptds"}}) {{
      if (void* function = Find(own + suffix)) return function;
    }}
  }}
  return Find(own);
}}
"""
