#!/usr/bin/env python3
"""Fails when a source folder is missing from ARCHITECTURE.md's table or the table names a folder that is gone.

Usage: architecture.py ROOT. Folders are those two levels below driver-user, compiler and runtime.
"""
import pathlib
import re
import sys


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    text = (root / "ARCHITECTURE.md").read_text()
    listed = set(re.findall(r"^\| `([\w/-]+)` \|", text, re.M))
    present = {p.relative_to(root).as_posix() for top in ("driver-user", "compiler", "runtime")
               for p in (root / top).iterdir() if p.is_dir() and any(p.rglob("*.*"))}
    problems = [f"{name} is not in the folder table of ARCHITECTURE.md" for name in sorted(present - listed)]
    problems += [f"ARCHITECTURE.md lists {name}, which does not exist"
                 for name in sorted(listed) if not (root / name).is_dir()]
    print("\n".join(problems) if problems else f"architecture: {len(listed)} folders listed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
