#!/usr/bin/env python3
"""Fails when a C++ file is not formatted as .clang-format says. Usage: format.py ROOT CLANG_FORMAT"""
import pathlib
import subprocess
import sys


def main() -> int:
    root, tool = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    files = [str(p) for top in ("driver-user", "compiler", "runtime", "samples", "tests", "tools")
             for p in sorted((root / top).rglob("*")) if p.suffix in {".h", ".cpp", ".su", ".cu", ".c"}]
    result = subprocess.run([tool, "--dry-run", "--Werror", *files], capture_output=True, text=True)
    wrong = sorted({line.split(":")[0] for line in result.stderr.splitlines() if "clang-format-violations" in line})
    print("\n".join(f"{name} is not formatted" for name in wrong) or f"format: {len(files)} files are formatted")
    return 1 if result.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
