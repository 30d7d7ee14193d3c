"""brcc: each common mistake in a kernel file is an error at its place, with a hint."""
import unittest

from support import BrccTest

# Source, line and column of the error, part of the hint.
MISTAKES = {
    "host_fn": (
        'int host_helper(int v);\n'
        '__global__ void k(int* p) {\n'
        '  *p = host_helper(3);\n'
        '}\n',
        "3:8", 'add __device__'),
    "host_fn_tmpl": (
        'template <class T> T host_helper(T v) { return v; }\n'
        '__global__ void k(int* p) {\n'
        '  *p = host_helper(3);\n'
        '}\n',
        "3:8", 'add __device__'),
    "host_member": (
        'struct S { int f() { return 1; } };\n'
        '__global__ void k(int* p) {\n'
        '  S s; *p = s.f();\n'
        '}\n',
        "3:15", 'add __device__'),
    "host_ctor": (
        'struct S { int v; S() : v(1) {} };\n'
        '__global__ void k(int* p) {\n'
        '  S s; *p = s.v;\n'
        '}\n',
        "3:5", 'add __device__'),
    "cout": (
        '#include <iostream>\n'
        '__global__ void k(int* p) {\n'
        '  std::cout << *p;\n'
        '}\n',
        "3:8", 'library for host code'),
    "rand": (
        '#include <cstdlib>\n'
        '__global__ void k(int* p) {\n'
        '  *p = rand();\n'
        '}\n',
        "3:8", "'rand' belongs to a library for host code"),
    "dev_from_host": (
        '__device__ int d(int v) { return v; }\n'
        'int main() {\n'
        '  return d(3);\n'
        '}\n',
        "3:10", "call 'd' from a kernel"),
    "no_config": (
        '__global__ void k(int* p) {}\n'
        'int main() {\n'
        '  k(nullptr);\n'
        '}\n',
        "3:4", '<<<blocks, threads>>>'),
    "config_plain": (
        'void k(int* p) {}\n'
        'int main() {\n'
        '  k<<<1, 1>>>(nullptr);\n'
        '}\n',
        "3:14", "add __global__ to 'k'"),
    "dyn_par": (
        '__global__ void a() {}\n'
        '__global__ void k(int* p) {\n'
        '  a<<<1, 1>>>();\n'
        '}\n',
        "3:3", 'launched by host code'),
    "call_kernel": (
        '__global__ void a() {}\n'
        '__global__ void k(int* p) {\n'
        '  a();\n'
        '}\n',
        "3:3", 'launched by host code'),
    "host_var": (
        'int table[3];\n'
        '__global__ void k(int* p) {\n'
        '  *p = table[1];\n'
        '}\n',
        "3:8", "add __device__, __constant__ or __managed__ to 'table'"),
    "dyn_init": (
        'int f();\n'
        '__device__ int v =\n'
        '  f();\n',
        "3:3", 'add __device__'),
    "dyn_init2": (
        'struct S { int v; __device__ S() : v(threadIdx.x) {} };\n'
        '__device__ S v;\n',
        "2:14", 'constant value'),
    "shared_init": (
        '__global__ void k(int* p) {\n'
        '  __shared__ int s = 3;\n'
        '  *p = s;\n'
        '}\n',
        "2:18", '__syncthreads()'),
    "throw": (
        '__global__ void k(int* p) {\n'
        '  if (*p) throw 3;\n'
        '}\n',
        "2:11", 'no exceptions'),
    "try": (
        '__global__ void k(int* p) {\n'
        '  try { *p = 1; } catch (...) {}\n'
        '}\n',
        "2:3", 'no exceptions'),
    "dyncast": (
        'struct B { __device__ virtual void f() {} };\n'
        'struct C : B {};\n'
        '__global__ void k(B* p, C** n) {\n'
        '  *n = dynamic_cast<C*>(p);\n'
        '}\n',
        "4:8", 'no run-time type information'),
    "thread_local": (
        '__device__ thread_local int t;\n'
        '__global__ void k(int* p) {\n'
        '  *p = t;\n'
        '}\n',
        "1:12", 'private to its thread'),
    "local_thread_local": (
        '__device__ int f() {\n'
        '  static thread_local int t = 3;\n'
        '  return ++t;\n'
        '}\n'
        '__global__ void k(int* p) { *p = f(); }\n',
        "3:12", 'private to its thread'),
    "asm": (
        '__global__ void k(int* p) {\n'
        '  int x;\n'
        '  asm("bogus.op.u32 %0, 3;" : "=r"(x));\n'
        '  *p = x;\n'
        '}\n',
        "3:3", 'docs/device-ir.md lists the PTX'),
    "variadic": (
        '__device__ int sum(int n, ...) {\n'
        '  return n;\n'
        '}\n'
        '__global__ void k(int* p) { *p = sum(2, 1, 2); }\n',
        "1:16", 'parameter pack'),
    "ref": (
        '__global__ void k(const int& r, int* p) {\n'
        '  *p = r;\n'
        '}\n',
        "1:1", 'pass a value'),
    "big_args": (
        'struct B { char c[5000]; };\n'
        '__global__ void k(B b, int* p) {\n'
        '  *p = b.c[3];\n'
        '}\n',
        "2:1", 'pass a pointer'),
    "big_shared": (
        '__global__ void k(int* p) {\n'
        '  __shared__ int s[20000];\n'
        '  s[threadIdx.x] = 1; *p = s[threadIdx.x ^ 1];\n'
        '}\n',
        "1:1", 'extern __shared__'),
    "bounds": (
        '__global__ __launch_bounds__(2048) void k(int* p) {\n'
        '  *p = 1;\n'
        '}\n',
        "1:1", '__launch_bounds__'),
    "ret": (
        '__global__ int k(int* p) {\n'
        '  return *p;\n'
        '}\n',
        "1:12", 'through a pointer'),
    "member_kernel": (
        'struct S {\n'
        '  __global__ void k(int* p) { *p = 1; }\n'
        '};\n',
        "2:3", 'static member'),
    "undef_dev": (
        '__device__ int other(int);\n'
        '__global__ void k(int* p) {\n'
        '  *p = other(3);\n'
        '}\n',
        "3:8", '-rdc=true'),
    "undef_var": (
        'extern __device__ int other;\n'
        '__global__ void k(int* p) {\n'
        '  *p = other;\n'
        '}\n',
        "3:8", '-fgpu-rdc'),
    "guide": (
        'template <class T> struct A { T a, b; };\n'
        'template <class T> A(T, T) -> A<T>;\n'
        '__global__ void k(int* p) {\n'
        '  A a{1, 2};\n'
        '  *p = a.a;\n'
        '}\n',
        "4:5", 'in front of the deduction guide'),
    "shared_extern_sized": (
        'extern __shared__ int s[10];\n'
        '__global__ void k(int* p) {\n'
        '  *p = s[1];\n'
        '}\n',
        "1:8", 'array of unknown size'),
    "shared_in_host": (
        'void f() {\n'
        '  __shared__ int s;\n'
        '  s = 1;\n'
        '}\n',
        "2:3", 'block of device threads'),
    "new_host_virtual": (
        'struct B { virtual int f() { return 1; } };\n'
        '__global__ void k(B* b, int* p) {\n'
        '  *p = b->f();\n'
        '}\n',
        "3:11", 'add __device__'),
}

# What is allowed comes first: names and addresses of device variables, and what the host has too.
HOST_USES = """\
__device__ int counter, table[4];
__managed__ int shared;
__device__ constexpr int limit = 4;
int copy(int value) {
  supaMemcpyToSymbol(counter, &value, sizeof value);
  supaMemcpyFromSymbol(&value, table, sizeof value);
  const void* address = &counter;
  value += shared + limit + (address != nullptr) + sizeof(counter);
  counter = value;
  return table[value];
}
"""


class HintsTest(BrccTest):
    def test_every_mistake(self):
        for name, (source, place, hint) in MISTAKES.items():
            with self.subTest(name):
                self.write("bad.su", source)
                result = self.brcc("-c", "bad.su", "-o", "bad.o", code=1)
                lines = result.stderr.splitlines()
                self.assertTrue(any(line.startswith(f"bad.su:{place}: error: ") for line in lines), result.stderr)
                hints = [line for line in lines if line.startswith(f"bad.su:{place}: note: hint: ")]
                self.assertTrue(any(hint in line for line in hints), result.stderr)
                self.assertFalse((self.dir / "bad.o").exists())

    def test_a_managed_variable_with_a_device_address(self):
        self.write("bad.su", "__device__ int d;\n__managed__ int* p = &d;\nint main() { return *p; }\n")
        self.assertIn("`p` cannot be known to the host", self.brcc("-c", "bad.su", code=1).stderr)

    def test_host_code_that_uses_a_device_variable_is_warned(self):
        self.write("odd.su", HOST_USES)
        lines = self.brcc("-c", "odd.su").stderr.splitlines()
        heads = [line.split(",")[0] for line in lines if ": warning: " in line]
        self.assertEqual(heads, [
            "odd.su:9:11: warning: host function `copy(int)` writes to the device variable `counter`",
            "odd.su:10:10: warning: host function `copy(int)` reads the device variable `table`"])
        self.assertIn("odd.su:9:11: note: hint: use supaMemcpyToSymbol, or make it __managed__", lines)
        self.assertIn("odd.su:10:10: note: hint: use supaMemcpyFromSymbol, or make it __managed__", lines)
        self.assertEqual(self.brcc("-c", "-w", "odd.su").stderr, "")
        self.assertEqual(self.brcc("-c", "-g", "odd.su").stderr.splitlines(), lines)

    def test_library_code_is_named_as_such_only_where_it_is(self):
        self.write("good.su", "#include <algorithm>\n__global__ void k(int* p) { std::sort(p, p + 9); }\n")
        self.assertEqual(self.brcc("-c", "good.su").stderr, "")


if __name__ == "__main__":
    unittest.main()
