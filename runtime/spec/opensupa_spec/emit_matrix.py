"""docs/api-matrix.md: what every entry point does, and what is missing."""
from .table import STATUSES, Entry

_TITLES = {"supart": "Runtime API (libsupart.so)", "supa": "Driver API (libsupa.so)"}


def api_matrix_md(entries: list[Entry]) -> str:
    lines = ["# API matrix", "",
             "Made by `runtime/spec/generate.py` from `runtime/spec/tables`; edits are lost.", "",
             "Every entry point that is declared, with its CUDA name. **full**: as documented. **partial**: the note",
             "says what is missing. **none**: returns the not-supported code and records its own name.", "",
             "| Library | " + " | ".join(STATUSES) + " | all |", "|---" * (len(STATUSES) + 2) + "|"]
    for library, title in _TITLES.items():
        counts = [sum(e.library == library and e.status == s for e in entries) for s in STATUSES]
        lines.append(f"| {title} | " + " | ".join(map(str, counts)) + f" | {sum(counts)} |")
    for library, title in _TITLES.items():
        lines += ["", f"## {title}"]
        groups: dict[str, list[Entry]] = {}
        for e in entries:
            if e.library == library:
                groups.setdefault(e.group, []).append(e)
        for group, members in groups.items():
            lines += ["", f"### {group[0].upper() + group[1:]}", "", "| Entry point | CUDA name | Status | Note |",
                      "|---|---|---|---|"]
            lines += [f"| `{e.name}` | `{e.cuda}` | {e.status} | {e.note} |" for e in members]
    return "\n".join(lines) + "\n"
