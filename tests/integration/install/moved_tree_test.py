"""Builds programs against an installed and moved OpenSUPA tree: find_package, pkg-config, brcc, supa-doctor."""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

parser = argparse.ArgumentParser()
for name in ("build", "cmake", "source", "samples", "cxx"):
    parser.add_argument("--" + name, required=True)
args = parser.parse_args()


def run(command, **kwargs):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("LD_", "OPENSUPA_", "CMAKE_"))}
    environment.update(kwargs.pop("env", {}))
    result = subprocess.run(command, capture_output=True, text=True, env=environment, **kwargs)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} gave {result.returncode}\n{result.stdout}\n{result.stderr}")
    return result.stdout


def expect(text, part, what):
    if part not in text:
        sys.exit(f"{what}: expected '{part}' in:\n{text}")


with tempfile.TemporaryDirectory() as scratch:
    scratch = pathlib.Path(scratch)
    run([args.cmake, "--install", args.build, "--prefix", scratch / "first place"])
    tree = scratch / "moved here" / "open supa"
    tree.parent.mkdir()
    shutil.move(scratch / "first place", tree)

    # Nothing installed may remember where it was built.
    for path in (tree / "lib").rglob("*"):
        if path.is_file() and path.suffix in (".cmake", ".pc"):
            if args.build in path.read_text():
                sys.exit(f"{path} names the build tree")

    project = scratch / "user project"
    shutil.copytree(pathlib.Path(args.source) / "project", project)
    run([args.cmake, "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={tree}",
         f"-DCMAKE_CXX_COMPILER={args.cxx}"])
    run([args.cmake, "--build", project / "build"])
    expect(run([project / "build" / "program"]), "answer 42", "program built with find_package")

    samples = scratch / "sample build"
    run([args.cmake, "-S", args.samples, "-B", samples, f"-DCMAKE_PREFIX_PATH={tree}",
         f"-DCMAKE_CXX_COMPILER={args.cxx}"])
    run([args.cmake, "--build", samples, "--target", "vector_add"])
    found = [p for p in samples.rglob("vector_add") if p.is_file() and os.access(p, os.X_OK)]
    run([found[0]])

    run([tree / "bin" / "brcc", project / "main.su", project / "kernels with space.su", "-o", project / "by hand"])
    expect(run([project / "by hand"]), "answer 42", "program built with brcc")

    plain = project / "plain.cpp"
    plain.write_text('#include <supa_runtime.h>\n#include <cstdio>\n'
                     'int main() { int n = -1; supaError_t e = supaGetDeviceCount(&n);'
                     ' std::printf("%d devices %d\\n", n, (int)e); }\n')
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "supart"], capture_output=True, text=True,
                           env={**os.environ, "PKG_CONFIG_PATH": str(tree / "lib" / "pkgconfig")})
    if flags.returncode != 0:
        sys.exit("pkg-config: " + flags.stderr)
    subprocess.run(f"'{args.cxx}' plain.cpp -o plain {flags.stdout.strip()}", shell=True, cwd=project, check=True)
    expect(run([project / "plain"]), "1 devices 0", "plain C++ program with pkg-config")

    run([tree / "bin" / "supa-doctor"], env={"OPENSUPA_CACHE_DIR": str(scratch / "cache")})
print("the moved tree works")
