"""The tracing layer's table: every entry point calls the next table and reports arguments and result."""
from .emit_dispatch import BANNER
from .table import Entry


def trace_table_cpp(entries: list[Entry]) -> str:
    wrappers = []
    for e in entries:
        names = ", ".join(p.name for p in e.params)
        report = f'Report("{e.name}"' + "".join(f", {p.name}" for p in e.params)
        if e.returns == "void":
            body = f"  Next().{e.name}({names});\n  {report});\n"
        else:
            body = f"  const auto returned = Next().{e.name}({names});\n  {report.replace('Report(', 'ReportResult(returned, ', 1)});\n" \
                   "  return returned;\n"
        wrappers.append(f"{e.returns} {e.name}({e.signature}) {{\n{body}}}\n")
    fields = "".join(f"    &{e.name},\n" for e in entries)
    return f"""{BANNER}#include "opensupa/layers/trace.h"
#include "opensupa/layers/trace_format.h"

namespace opensupa::layers::trace {{
namespace {{

{"".join(wrappers)}
constexpr opensupa_dispatch kTable = {{
{fields}}};

}}  // namespace

const opensupa_dispatch& Table() {{ return kTable; }}

}}  // namespace opensupa::layers::trace
"""
