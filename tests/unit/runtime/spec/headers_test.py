"""Every public header compiles alone, as C and as C++, with every compiler given.

Usage: headers_test.py --source DIR --staged DIR --generated FILE COMPILER...
"""
import argparse
import concurrent.futures
import pathlib
import subprocess
import sys

CXX_ONLY = {"runtime/supa_runtime_templates.h", "runtime/supa_occupancy_templates.h", "runtime/supa_channel_descriptor.h"}
# -Wno-unused-function: a header of static functions alone uses none of them.
MODES = {"c": (["c11"], ["-Wpedantic"]), "c++": (["c++14", "c++17", "c++20"], ["-Wpedantic", "-Wno-unused-function"])}
# Twice, to try the include guard; and a declaration, since a header may hold nothing but macros.
UNIT = "#include <{0}>\n#include <{0}>\ntypedef int own_type;\n"
DEFINES = [[], ["-DSUPA_API_PER_THREAD_DEFAULT_STREAM"]]

parser = argparse.ArgumentParser()
parser.add_argument("--source", type=pathlib.Path, required=True)
parser.add_argument("--staged", type=pathlib.Path, required=True)
parser.add_argument("--generated", type=pathlib.Path, required=True)
parser.add_argument("compilers", nargs="+")
args = parser.parse_args()

headers = sorted(str(p.relative_to(args.source)) for p in args.source.rglob("*.h"))
headers += args.generated.read_text().split()


def compile_one(job):
    compiler, language, standard, defines, header = job
    command = [compiler, "-x", language, f"-std={standard}", "-Wall", "-Wextra", "-Werror", *MODES[language][1], *defines,
               "-fsyntax-only", "-I", str(args.staged), "-"]
    result = subprocess.run(command, input=UNIT.format(header), capture_output=True, text=True)
    return None if result.returncode == 0 else f"{' '.join(command)} with {header}:\n{result.stderr[:1500]}"


jobs = []
for compiler in args.compilers:
    for language, (standards, _) in MODES.items():
        for header in headers:
            if language == "c" and (header in CXX_ONLY or header.endswith(".hpp")):
                continue
            for standard in standards:
                # The per-thread forms only rename calls, so one standard of each language shows them.
                for defines in DEFINES if standard in ("c11", "c++17") else DEFINES[:1]:
                    jobs.append((compiler, language, standard, defines, header))
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    failures = [message for message in pool.map(compile_one, jobs) if message]
print("\n".join(failures[:5]))
print(f"{len(jobs)} compilations of {len(headers)} headers, {len(failures)} failed")
sys.exit(1 if failures else 0)
