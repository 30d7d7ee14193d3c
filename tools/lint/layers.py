#!/usr/bin/env python3
"""Checks that no #include crosses the layer picture the wrong way.

Usage: layers.py ROOT. Prints one line for each forbidden include and exits 1 if there is any.
A folder may include itself and what RULES names; opensupa/<name>/ headers are mapped to folders by OWNERS.
"""
import pathlib
import re
import sys

# opensupa/<name>/... header -> folder that owns it
OWNERS = {
    "base": "driver-user/base",
    "hal": "driver-user/hal",
    "port": "driver-user/port",
    "native": "driver-user/native",
    "null": "driver-user/null",
    "emulator": "driver-user/emulator",
    "binary": "compiler/binary",
    "compiler": "compiler/include",
    "passes": "compiler/passes",
    "codegen": "compiler/codegen",
    "driver": "compiler/driver",
    "device": "compiler/headers",
    "sync": "compiler/headers",
    "core": "runtime/core",
    "spec": "runtime/spec",
    "api": "runtime/api",
    "layers": "runtime/layers",
}

# folder -> folders whose headers it may include
RULES = {
    "driver-user/base": [],
    "driver-user/hal": ["driver-user/base"],
    "driver-user/port": ["driver-user/base"],
    "driver-user/native": ["driver-user/hal", "driver-user/port", "driver-user/base", "compiler/binary"],
    "driver-user/null": ["driver-user/hal", "driver-user/base"],
    "driver-user/emulator": ["driver-user/port", "driver-user/base", "compiler/binary"],
    "compiler/binary": ["driver-user/base"],
    "compiler/include": [],
    "compiler/headers": [],
    "compiler/devicelib": ["compiler/headers"],
    "compiler/passes": ["compiler/binary", "compiler/include", "compiler/headers"],
    "compiler/codegen": ["compiler/passes", "compiler/binary", "compiler/include", "driver-user/base"],
    "compiler/driver": ["compiler/binary", "compiler/include", "driver-user/base"],
    "runtime/core": ["runtime/include", "driver-user/hal", "driver-user/base", "compiler/include", "compiler/binary"],
    "runtime/api": ["runtime/include", "runtime/spec", "runtime/core", "driver-user/hal", "driver-user/base", "compiler/binary"],
    "runtime/layers": ["runtime/include", "runtime/spec", "runtime/core", "runtime/api", "driver-user/base"],
    "runtime/include": ["compiler/headers"],
    "runtime/spec": ["runtime/include"],
    "samples": [],
}

# The one file that knows which backends exist and joins the native driver to the emulator.
EXTRA = {
    "runtime/core/src/backends.cpp": ["driver-user/native", "driver-user/null", "driver-user/emulator", "driver-user/port"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
SUFFIXES = {".h", ".hpp", ".cpp", ".cc", ".c", ".su", ".cu", ".S"}


def folder_of(path: str) -> str | None:
    for folder in sorted(RULES, key=len, reverse=True):
        if path.startswith(folder + "/"):
            return folder
    return None


def check_file(root: pathlib.Path, path: pathlib.Path) -> list[str]:
    name = path.relative_to(root).as_posix()
    folder = folder_of(name)
    if folder is None:
        return []
    allowed = [folder, *RULES[folder], *EXTRA.get(name, [])]
    problems = []
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        header = match.group(1)
        if re.match(r"(llvm|clang|lld)(-c)?/", header) and folder not in ("compiler/passes", "compiler/codegen"):
            problems.append(f"{name}:{number}: includes {header}, but LLVM belongs to compiler/passes and compiler/codegen")
        parts = header.split("/")
        if parts[0] == "opensupa" and len(parts) > 2:
            owner = OWNERS.get(parts[1])
            if owner is None:
                problems.append(f"{name}:{number}: includes {header}, whose folder the lint does not know")
            elif owner not in allowed:
                problems.append(f"{name}:{number}: {folder} may not include {owner} ({header})")
    return problems


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    problems = []
    for top in ("driver-user", "compiler", "runtime", "samples"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                problems += check_file(root, path)
    print("\n".join(problems) if problems else "layers: every include follows the picture")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
