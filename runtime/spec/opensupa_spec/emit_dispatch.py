"""The dispatch table, what fills it, and the checks of headers against the table."""
from .table import NOT_SUPPORTED, Entry

BANNER = "// Made by runtime/spec/generate.py from runtime/spec/tables; edits are lost.\n"


def dispatch_h(entries: list[Entry]) -> str:
    fields = "".join(f"  {e.returns} (*{e.name})({e.signature});\n" for e in entries)
    return f"""{BANNER}#pragma once

#include "runtime/supa_runtime_api.h"
#include "supa_driver.h"

/// One pointer for each entry point. The thin libraries call through the current table, so that a layer
/// which installs its own sees every call of the process.
struct opensupa_dispatch {{
{fields}}};

extern "C" {{
/// The current table; never null. Valid until the process ends if it is the default one.
__attribute__((visibility("default"))) const opensupa_dispatch* opensupa_get_dispatch(void);
/// Makes `table` current for calls that begin later and returns the one before it. The caller keeps
/// `table` alive for as long as any thread may be inside a call. Null restores the initial table.
__attribute__((visibility("default"))) const opensupa_dispatch* opensupa_set_dispatch(
    const opensupa_dispatch* table);
}}

namespace opensupa::api {{
/// The table of this library's own implementations.
const opensupa_dispatch& DefaultDispatch();
/// The table a process starts with: the default one, or that of a layer which the options ask for.
const opensupa_dispatch& InitialDispatch();
}}  // namespace opensupa::api
"""


def impl_decls_h(entries: list[Entry]) -> str:
    declarations = "".join(f"{e.returns} {e.name}({e.signature});\n" for e in entries if e.status != "none")
    return f"""{BANNER}#pragma once

#include "runtime/supa_runtime_api.h"
#include "supa_driver.h"

/// The implementations behind the entry points of status full and partial.
namespace opensupa::api {{

/// Records that the program called `name`, which this version does not support. Called by the
/// entry points of status none before they return their not-supported code.
void NotSupported(const char* name);

{declarations}
}}  // namespace opensupa::api
"""


def dispatch_default_cpp(entries: list[Entry]) -> str:
    stubs = []
    for e in entries:
        if e.status == "none":
            types = ", ".join(p.type for p in e.params)
            stubs.append(f"{e.returns} Unsupported_{e.name}({types}) {{\n"
                         f"  opensupa::api::NotSupported(\"{e.name}\");\n"
                         f"  return {NOT_SUPPORTED[e.library]};\n}}\n")
    fields = "".join(
        f"    .{e.name} = &{'Unsupported_' if e.status == 'none' else 'opensupa::api::'}{e.name},\n" for e in entries)
    return f"""{BANNER}#include "opensupa/spec/dispatch.h"
#include "opensupa/spec/impl_decls.h"

namespace {{

{"".join(stubs)}
constexpr opensupa_dispatch kDefault = {{
{fields}}};

}}  // namespace

const opensupa_dispatch& opensupa::api::DefaultDispatch() {{ return kDefault; }}
"""


def header_check_cpp(entries: list[Entry]) -> str:
    checks = "".join(f"static_assert(std::is_same_v<decltype(&::{e.name}), decltype(opensupa_dispatch::{e.name})>,\n"
                     f"              \"{e.name} is declared otherwise than the table says.\");\n" for e in entries)
    return f"""{BANNER}#include <type_traits>

#include "opensupa/spec/dispatch.h"

{checks}"""


def error_names_cpp(errors: dict[str, list[tuple[str, int, str]]]) -> str:
    """`errors` maps the C type to (name, number, text) of its codes."""
    functions = []
    for type_name, codes in errors.items():
        for function, column in (("ErrorName", 0), ("ErrorText", 2)):
            cases = "".join(f"    case {code[0]}:\n      return \"{code[column]}\";\n" for code in codes)
            functions.append(f"const char* {function}({type_name} error) {{\n"
                             f"  switch (static_cast<int>(error)) {{\n{cases}    default:\n"
                             f"      return nullptr;\n  }}\n}}\n")
    body = "\n".join(functions)
    return f"""{BANNER}#include "opensupa/spec/error_names.h"

namespace opensupa::api {{

{body}
}}  // namespace opensupa::api
"""
