"""brcc: what it says about wrong input, and that nothing is left behind."""
import os
import signal
import subprocess
import time
import unittest

from support import BRCC, KERNEL, BrccTest


class DiagnosticsTest(BrccTest):
    def rejected(self, text, *parts, name="bad.su", options=()):
        self.write(name, text)
        result = self.brcc("-c", name, "-o", "bad.o", *options, code=1)
        for part in parts:
            self.assertIn(part, result.stderr)
        self.assertFalse((self.dir / "bad.o").exists())
        self.assertEqual(self.leftovers(), [])
        return result.stderr

    def test_device_error_has_line_and_caret_and_comes_once(self):
        text = self.rejected("int host();\n__global__ void k(int* p) { *p = host(); }\n", "bad.su:2:", "^", "host")
        self.assertEqual(text.count("error:"), 1, text)
        self.assertEqual(text.count("bad.su:2:34: error: "), 1, text)

    def test_host_error_has_line(self):
        self.rejected("int main() { return undeclared; }\n", "bad.su:1:", "undeclared")

    def test_warning_of_both_halves_comes_once(self):
        self.write("a.su", "__global__ void k(int* p) { int unused = 1; *p = 2; }\n")
        result = self.brcc("-c", "a.su", "-Wall")
        self.assertEqual(result.stderr.count("unused variable"), 1, result.stderr)

    def test_werror_fails(self):
        self.rejected("__global__ void k(int* p) { int unused = 1; *p = 2; }\n", "unused variable",
                      options=("-Wall", "-Werror"))

    def test_kernel_must_return_void(self):
        self.rejected("__global__ int k() { return 1; }\n", "bad.su:1:", "void")

    def test_unsupported_assembly_names_its_place(self):
        self.rejected('__global__ void k() { asm volatile("bogus.op %%r1;"); }\n', "bad.su", "bogus.op")

    def test_unknown_option(self):
        self.write("a.su", KERNEL)
        self.assertIn("--supa-gpu-arch", self.brcc("-c", "a.su", "--supa-gpu-arhc=br104", code=1).stderr)

    def test_no_input_and_missing_input(self):
        self.assertIn("no input", self.brcc(code=1).stderr)
        self.assertIn("missing.su", self.brcc("-c", "missing.su", code=1).stderr)

    def test_unwritable_output(self):
        self.write("a.su", KERNEL)
        result = self.brcc("-c", "a.su", "-o", "no/such/folder/a.o", code=1)
        self.assertIn("no/such/folder", result.stderr)
        self.assertEqual(self.leftovers(), [])

    def test_undefined_device_function_needs_rdc(self):
        self.rejected("__device__ int other();\n__global__ void k(int* p) { *p = other(); }\n", "other")

    def test_missing_clang_is_named(self):
        self.write("a.su", KERNEL)
        result = self.brcc("-c", "a.su", code=1, env={"OPENSUPA_CLANG": "/nowhere/clang"})
        self.assertIn("/nowhere/clang", result.stderr)

    def test_missing_response_file(self):
        self.assertIn("none.rsp", self.brcc("@none.rsp", code=1).stderr)

    def test_link_error_is_reported(self):
        self.write("a.cpp", "int missing();\nint main() { return missing(); }\n")
        self.assertIn("missing", self.brcc("a.cpp", "-o", "a", code=1).stderr)
        self.assertFalse((self.dir / "a").exists())

    def test_interrupt_removes_temporaries(self):
        # Enough templates that the frontend is still at work when the signal comes.
        self.write("slow.su", "template <int N> struct A { static constexpr int v = A<N - 1>::v + A<N - 2>::v % 7; };\n"
                   "template <> struct A<0> { static constexpr int v = 0; };\n"
                   "template <> struct A<1> { static constexpr int v = 1; };\n"
                   + "\n".join(f"int f{i}() {{ return A<{700 + i}>::v; }}" for i in range(200)) + "\n" + KERNEL)
        process = subprocess.Popen([BRCC, "-c", "slow.su"], cwd=self.dir, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(self.temporaries)})
        while process.poll() is None and not self.leftovers():
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=60)
        self.assertNotEqual(code, None)
        self.assertEqual(self.leftovers(), [])


if __name__ == "__main__":
    unittest.main()
