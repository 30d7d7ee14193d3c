#!/usr/bin/env python3
"""Fails when a source file is longer than 600 lines, or carries a mark of unfinished work. Usage: sizes.py ROOT."""
import pathlib
import re
import sys

LIMIT_LINES = 600
SUFFIXES = {".h", ".hpp", ".cpp", ".cc", ".c", ".su", ".cu", ".S", ".py", ".sh", ".cmake", ".toml"}
MARKS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    problems = []
    for top in ("driver-user", "compiler", "runtime", "samples", "tests", "tools", "cmake"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in SUFFIXES or not path.is_file() or "build" in path.relative_to(root).parts:
                continue
            lines = path.read_text(errors="replace").splitlines()
            name = path.relative_to(root).as_posix()
            if len(lines) > LIMIT_LINES:
                problems.append(f"{name}: {len(lines)} lines, the limit is {LIMIT_LINES}")
            problems += [f"{name}:{n}: mark of unfinished work" for n, line in enumerate(lines, 1) if MARKS.search(line)]
    print("\n".join(problems) if problems else "sizes: every file is within the limit")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
