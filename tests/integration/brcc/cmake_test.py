"""supa_add_executable and supa_add_library, as a project outside the tree uses them."""
import os
import pathlib
import shutil
import time
import unittest

from support import CXX, TREE, BrccTest

PROJECT = """\
cmake_minimum_required(VERSION 3.25)
project(Uses LANGUAGES CXX)
find_package(OpenSUPA REQUIRED)

# Interface properties of a library reach kernel files.
add_library(settings INTERFACE)
target_include_directories(settings INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}/include dir")
target_compile_definitions(settings INTERFACE "GREETING=\\"hello, you\\"")
target_compile_options(settings INTERFACE -Wall -Wextra -Werror)

supa_add_library(scaling STATIC scaling.cu)
supa_add_library(shifting SHARED "shift it.su" OPTIONS -DSHIFT=100)
supa_add_library(pieces OBJECT piece.su)

supa_add_executable(program main.su table.su plain.cpp RDC ARCH br106 br110)
target_compile_features(program PRIVATE cxx_std_20)
target_link_libraries(program PRIVATE settings scaling shifting pieces)
target_compile_definitions(program PRIVATE $<$<CONFIG:Debug>:IS_DEBUG>)
"""
SOURCES = {
    "include dir/amount.h": "#define AMOUNT 1\n",
    "main.su": """\
#include <cstdio>
#include "amount.h"
#if __cplusplus < 202002L || !defined(__BR106_ARCH__) || !defined(__BR110_ARCH__)
#error "The target's options are missing."
#endif
#ifdef IS_DEBUG
constexpr const char* kKind = "debug";
#else
constexpr const char* kKind = "release";
#endif
extern __device__ int lookup(int i);
int scale(int);
int shift(int);
int piece();
const char* compiler();
__global__ void k(int* x) { *x = lookup(1) + AMOUNT; }
int main() {
  int host = 0, *device;
  supaMalloc(&device, sizeof host);
  k<<<1, 1>>>(device);
  supaMemcpy(&host, device, sizeof host, supaMemcpyDeviceToHost);
  std::printf("%s %s %s %d %d %d %d\\n", GREETING, kKind, compiler(), host, scale(4), shift(1), piece());
}
""",
    "table.su": "__device__ int entries[] = {10, 20};\n__device__ int lookup(int i) { return entries[i]; }\n",
    "plain.cpp": '#ifdef __clang__\nconst char* compiler() { return "clang"; }\n#else\n'
                 'const char* compiler() { return "gnu"; }\n#endif\n',
    "scaling.cu": """\
__global__ void scale_kernel(int* x) { *x *= 3; }
int scale(int x) {
  int* device;
  cudaMalloc(&device, sizeof x);
  cudaMemcpy(device, &x, sizeof x, cudaMemcpyHostToDevice);
  scale_kernel<<<1, 1>>>(device);
  cudaMemcpy(&x, device, sizeof x, cudaMemcpyDeviceToHost);
  return x;
}
""",
    "shift it.su": """\
__global__ void shift_kernel(int* x) { *x += SHIFT; }
int shift(int x) {
  int* device;
  supaMalloc(&device, sizeof x);
  supaMemcpy(device, &x, sizeof x, supaMemcpyHostToDevice);
  shift_kernel<<<1, 1>>>(device);
  supaMemcpy(&x, device, sizeof x, supaMemcpyDeviceToHost);
  return x;
}
""",
    "piece.su": "int piece() { return 7; }\n",
}
KIND = "clang" if "clang" in pathlib.Path(CXX).name else "gnu"


class CMakeTest(BrccTest):
    def configure(self, generator, build_type):
        for name, text in SOURCES.items():
            self.write(name, text)
        self.write("CMakeLists.txt", PROJECT)
        self.run_command("cmake", "-S", ".", "-B", "build dir", "-G", generator, f"-DCMAKE_PREFIX_PATH={TREE}",
                         f"-DCMAKE_CXX_COMPILER={CXX}", f"-DCMAKE_BUILD_TYPE={build_type}")

    def build(self):
        return self.output("cmake", "--build", "build dir", "-j2")

    def run_program(self):
        return self.output("build dir/program")

    def check(self, generator):
        self.configure(generator, "Release")
        self.build()
        self.assertEqual(self.run_program(), f"hello, you release {KIND} 21 12 101 7\n")

        # A header that a kernel file includes is a dependency of its object, and of no other.
        time.sleep(1.1)
        self.write("include dir/amount.h", "#define AMOUNT 5\n")
        text = self.build()
        self.assertIn("main.su", text)
        self.assertNotIn("scaling.cu", text)
        self.assertEqual(self.run_program(), f"hello, you release {KIND} 25 12 101 7\n")

    @unittest.skipUnless(shutil.which("ninja"), "ninja is not installed")
    def test_ninja(self):
        self.check("Ninja")

    def test_makefiles(self):
        self.check("Unix Makefiles")

    def test_debug_build(self):
        self.configure("Unix Makefiles", "Debug")
        self.build()
        self.assertEqual(self.run_program(), f"hello, you debug {KIND} 21 12 101 7\n")
        found = [p for p in (self.dir / "build dir").rglob("main.su.o")]
        self.assertEqual(len(found), 1)
        self.assertIn(".debug_info", self.output("readelf", "-SW", found[0]))

    def test_an_error_in_a_kernel_file_stops_the_build(self):
        self.configure("Unix Makefiles", "Release")
        self.write("piece.su", "__global__ void k() { undeclared(); }\n")
        result = self.run_command("cmake", "--build", "build dir", code=None)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("piece.su:1:23: error: use of undeclared identifier 'undeclared'", result.stderr)


if __name__ == "__main__":
    os.environ.pop("CMAKE_GENERATOR", None)
    unittest.main()
