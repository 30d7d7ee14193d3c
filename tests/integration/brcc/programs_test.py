"""brcc: programs built in each way a user may build them run, and give the right result."""
import unittest

from support import BRCC, CXX, KERNEL, MAIN, TREE, BrccTest

LIBRARIES = (f"-L{TREE}/lib", "-lsupart", f"-Wl,-rpath,{TREE}/lib")

SHARED_DEVICE = """\
#include <supa_runtime.h>
__device__ int table[4] = {10, 20, 30, 40};
__constant__ int offset = 1;
__device__ int twice(int x) { return 2 * x; }
supaError_t set_offset(int value) { return supaMemcpyToSymbol(offset, &value, sizeof value); }
"""
SHARED_KERNEL = """\
#include <supa_runtime.h>
#include <cstdio>
extern __device__ int table[4];
extern __constant__ int offset;
extern __device__ int twice(int x);
supaError_t set_offset(int value);
__global__ void k(int* out) { out[threadIdx.x] = twice(table[threadIdx.x]) + offset; }
int main() {
  int host[4], *device, seven = 7;
  if (set_offset(5) != supaSuccess) return 2;
  if (supaMemcpyToSymbol(table, &seven, sizeof seven, 8) != supaSuccess) return 3;
  supaMalloc(&device, sizeof host);
  k<<<1, 4>>>(device);
  if (supaMemcpy(host, device, sizeof host, supaMemcpyDeviceToHost) != supaSuccess) return 4;
  std::printf("%d %d %d %d\\n", host[0], host[1], host[2], host[3]);
}
"""

MANAGED = """\
#include <supa_runtime.h>
struct Node { int value; Node* next; };
__managed__ int total = 5;
__managed__ Node first = {1, nullptr};
__managed__ Node second = {2, &first};
static __managed__ int own = 100;
namespace { __managed__ int hidden = 1000; }
int own_of_other_file() { return own + hidden; }
__global__ void count() { total += second.next->value; own += 1; hidden += 1; }
"""
MANAGED_USER = """\
#include <cstdio>
#include "managed.h"
static __managed__ int own = 200;
int* const at_load = &total;
int started = total + second.value;
__global__ void add(int n) { total += n; own += 2; ++second.value; }
int main() {
  total += 10;
  count<<<1, 1>>>();
  add<<<1, 1>>>(20);
  if (supaDeviceSynchronize() != supaSuccess) return 2;
  int copy = 0;
  supaMemcpyFromSymbol(&copy, total, sizeof copy);
  supaPointerAttributes attributes;
  supaPointerGetAttributes(&attributes, &total);
  std::printf("%d %d %d %d %d %d %d %d\\n", started, total, *at_load, copy, own, own_of_other_file(), second.value,
              attributes.type == supaMemoryTypeManaged);
}
"""


class ProgramsTest(BrccTest):
    def test_compile_and_link_in_one_step(self):
        self.write("a.su", MAIN)
        self.brcc("a.su", "-o", "a")
        self.assertEqual(self.output("./a"), "198\n")
        self.brcc("a.su", "-DFACTOR=3")
        self.assertEqual(self.output("./a.out"), "297\n")
        self.assertEqual(self.leftovers(), [])

    def test_every_optimization_level(self):
        self.write("a.su", MAIN)
        for level in ("-O0", "-O1", "-O2", "-O3", "-g"):
            self.brcc("a.su", level, "-o", "a")
            self.assertEqual(self.output("./a"), "198\n", level)

    def test_cuda_source_and_supa_cpp(self):
        self.write("a.cu", MAIN.replace("supa_runtime", "cuda_runtime").replace("supa", "cuda"))
        self.brcc("a.cu", "-o", "a")
        self.assertEqual(self.output("./a"), "198\n")
        self.write("b.cpp", MAIN)
        self.brcc("-x", "supa", "b.cpp", "-o", "b")
        self.assertEqual(self.output("./b"), "198\n")

    def test_objects_link_with_plain_cxx(self):
        self.write("k.su", KERNEL)
        self.write("main.cpp", "#include <cstdio>\nint run();\nint main() { std::printf(\"%d\\n\", run()); }\n")
        self.brcc("-c", "k.su")
        self.run_command(CXX, "main.cpp", "k.o", "-o", "a", *LIBRARIES)
        self.assertEqual(self.output("./a"), "198\n")

    def test_static_library(self):
        self.write("k.su", KERNEL)
        self.write("main.cpp", "#include <cstdio>\nint run();\nint main() { std::printf(\"%d\\n\", run()); }\n")
        self.brcc("-c", "k.su")
        self.run_command("ar", "rcs", "libk.a", "k.o")
        self.brcc("main.cpp", "-L.", "-lk", "-o", "a")
        self.assertEqual(self.output("./a"), "198\n")

    def test_shared_library_opened_again_and_again(self):
        self.write("k.su", KERNEL + 'extern "C" int entry() { return run(); }\n')
        self.write("main.cpp", "#include <cstdio>\n#include <dlfcn.h>\nint main() {\n"
                   "  for (int i = 0; i < 3; ++i) {\n"
                   "    void* library = dlopen(\"./libk.so\", RTLD_NOW | RTLD_LOCAL);\n"
                   "    if (!library) { std::puts(dlerror()); return 1; }\n"
                   "    auto entry = reinterpret_cast<int (*)()>(dlsym(library, \"entry\"));\n"
                   "    std::printf(\"%d\\n\", entry());\n    dlclose(library);\n  }\n}\n")
        self.brcc("-shared", "-fPIC", "k.su", "-o", "libk.so")
        self.run_command(CXX, "main.cpp", "-o", "a", "-ldl")
        self.assertEqual(self.output("./a"), "198\n" * 3)

    def test_two_files_with_kernels_of_their_own(self):
        self.write("k.su", KERNEL)
        self.write("main.su", "#include <cstdio>\nint run();\n__global__ void scale(int* x) { *x += 5; }\n"
                   "int main() { int h = 1, *d; supaMalloc(&d, 4); supaMemcpy(d, &h, 4, supaMemcpyHostToDevice);\n"
                   "  scale<<<1, 1>>>(d); supaMemcpy(&h, d, 4, supaMemcpyDeviceToHost);\n"
                   "  std::printf(\"%d %d\\n\", run(), h); }\n")
        self.brcc("k.su", "main.su", "-o", "a")
        self.assertEqual(self.output("./a"), "198 6\n")

    def test_relocatable_device_code(self):
        self.write("one.su", SHARED_DEVICE)
        self.write("two.su", SHARED_KERNEL)
        expected = "25 45 19 85\n"
        self.brcc("-fgpu-rdc", "one.su", "two.su", "-o", "whole")
        self.assertEqual(self.output("./whole"), expected)
        self.brcc("-fgpu-rdc", "-c", "one.su")
        self.brcc("-fgpu-rdc", "-c", "two.su")
        self.run_command(CXX, "one.o", "two.o", "-o", "plain", *LIBRARIES)
        self.assertEqual(self.output("./plain"), expected)
        self.brcc("--supa-link", "one.o", "two.o", "-o", "linked")
        self.assertEqual(self.output("./linked"), expected)
        self.run_command("ar", "rcs", "libone.a", "one.o")
        self.run_command(CXX, "two.o", "libone.a", "-o", "archive", *LIBRARIES)
        self.assertEqual(self.output("./archive"), expected)
        self.brcc("--supa-link", "--supa-device-only", "one.o", "two.o", "-o", "dlink.supafb")
        self.assertEqual((self.dir / "dlink.supafb").read_bytes()[:8], b"SUPAFATB")

    def test_managed_variables_of_several_files(self):
        self.write("managed.h", "#include <supa_runtime.h>\nstruct Node { int value; Node* next; };\n"
                   "extern __managed__ int total;\nextern __managed__ Node second;\n"
                   "int own_of_other_file();\n__global__ void count();\n")
        self.write("a.su", MANAGED)
        self.write("b.su", MANAGED_USER)
        self.brcc("-fgpu-rdc", "a.su", "b.su", "-o", "b")
        self.assertEqual(self.output("./b"), "7 36 36 36 202 1102 3 1\n")
        for name, text in (("a.cu", MANAGED), ("b.cu", MANAGED_USER)):
            self.write(name, text.replace("supa_", "cuda_").replace("supa", "cuda"))
        self.write("managed.h", (self.dir / "managed.h").read_text().replace("supa_", "cuda_"))
        self.brcc("-dc", "a.cu", "b.cu")
        self.brcc("-rdc=true", "a.o", "b.o", "-o", "c")
        self.assertEqual(self.output("./c"), "7 36 36 36 202 1102 3 1\n")

    def test_undefined_device_function_is_reported_by_device_link_and_at_run_time(self):
        self.write("two.su", SHARED_KERNEL)
        self.write("host.cpp", "#include <supa_runtime.h>\nsupaError_t set_offset(int) { return supaSuccess; }\n"
                   "int table[4], offset;\n")
        self.brcc("-fgpu-rdc", "-c", "two.su")
        result = self.brcc("--supa-link", "--supa-device-only", "two.o", "-o", "dlink.supafb", code=1)
        self.assertIn("twice(int)", result.stderr)

    def test_library_search_and_linker_options(self):
        self.write("a.su", MAIN)
        self.write("extra.cpp", "int extra() { return 0; }\n")
        self.brcc("-c", "extra.cpp")
        self.run_command("ar", "rcs", "libextra.a", "extra.o")
        self.brcc("a.su", "-L", ".", "-l", "extra", "-Wl,--as-needed,-Map=map.txt", "-Xlinker", "--build-id=none", "-o", "a")
        self.assertTrue((self.dir / "map.txt").exists())
        self.assertEqual(self.output("./a"), "198\n")

    def test_host_compiler(self):
        self.write("a.su", MAIN)
        for form in (("-ccbin", CXX), (f"-ccbin={CXX}",)):
            self.brcc(*form, "a.su", "-o", "a")
            self.assertEqual(self.output("./a"), "198\n")
        self.write("which.cpp", "#include <cstdio>\nint main() {\n#ifdef __clang__\nstd::puts(\"clang\");\n#else\n"
                   "std::puts(\"gnu\");\n#endif\n}\n")
        self.brcc("-ccbin", "g++", "which.cpp", "-o", "which")
        self.assertEqual(self.output("./which"), "gnu\n")

    def test_plain_sources_only(self):
        self.write("a.c", "#include <stdio.h>\nint main(void) { puts(\"c\"); return 3; }\n")
        self.brcc("a.c", "-o", "a")
        self.assertEqual(self.run_command("./a", code=3).stdout, "c\n")

    def test_native_code_in_the_fat_binary_needs_no_compiler(self):
        self.write("a.su", MAIN)
        self.brcc("--supa-native=x86-64-v2,x86-64-v3,x86-64-v4", "a.su", "-o", "a")
        self.assertEqual(self.output("./a", env={"OPENSUPA_COMPILER_LIBRARY": "/nowhere/libsupacc.so"}), "198\n")

    def test_path_with_a_space(self):
        self.write("with space/a b.su", MAIN)
        self.brcc("with space/a b.su", "-o", "with space/a b")
        self.assertEqual(self.output("./with space/a b"), "198\n")

    def test_damaged_fat_binary_is_an_error_of_the_launch(self):
        self.write("check.su", MAIN.replace(
            "if (supaMemcpy(host", "if (supaError_t e = supaGetLastError()) { std::puts(supaGetErrorName(e)); return 0; }\n"
            "  if (supaMemcpy(host"))
        self.brcc("check.su", "-o", "check")
        image = (self.dir / "check").read_bytes()
        at = image.index(b"SUPAFATB")
        for position, label in ((at + 200, "body"), (at + 8, "version")):
            damaged = bytearray(image)
            damaged[position] ^= 0x5A
            path = self.dir / "damaged"
            path.write_bytes(damaged)
            path.chmod(0o755)
            result = self.run_command(path)
            self.assertIn("supaError", result.stdout, label)
            self.assertNotIn("198", result.stdout, label)


if __name__ == "__main__":
    unittest.main()
