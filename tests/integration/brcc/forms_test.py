"""brcc: less common forms of options, CUDA makefile spellings, and what happens around a compilation."""
import pathlib
import re
import signal
import subprocess
import time
import unittest

from support import BRCC, CXX, KERNEL, MAIN, TREE, BrccTest

PTX_LIKE = ("-ptx", "--cubin")
DEVICE_LIBRARY = "__device__ int twice(int x) { return 2 * x; }\n"
DEVICE_USER = """\
#include <cstdio>
extern __device__ int twice(int x);
__global__ void k(int* x) { *x = twice(*x); }
int main() {
  int host = 21, *device;
  supaMalloc(&device, sizeof host);
  supaMemcpy(device, &host, sizeof host, supaMemcpyHostToDevice);
  k<<<1, 1>>>(device);
  supaMemcpy(&host, device, sizeof host, supaMemcpyDeviceToHost);
  std::printf("%d\\n", host);
}
"""


class FormsTest(BrccTest):
    def commands(self, *arguments):
        """The steps that -### prints, each a list of words."""
        lines = self.brcc("-###", *arguments).stderr.splitlines()
        return [re.findall(r'"((?:[^"\\]|\\.)*)"', line) for line in lines if line.startswith(' "')]

    def test_language_none_returns_to_suffixes(self):
        self.write("a.txt", KERNEL)
        self.write("b.cpp", "int b() { return __cplusplus; }\n")
        steps = self.commands("-c", "-x", "supa", "a.txt", "-x", "none", "b.cpp")
        self.assertEqual(len(steps), 6)
        self.assertIn("c++", steps[5])

    def test_standard_input_can_be_preprocessed(self):
        result = subprocess.run([BRCC, "-E", "-x", "supa", "-"], input="int marker;\n", capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("int marker;", result.stdout)
        result = subprocess.run([BRCC, "-c", "-x", "supa", "-"], input="", capture_output=True, text=True)
        self.assertEqual(result.returncode, 1)
        self.assertIn("standard input", result.stderr)

    def test_output_to_standard_output(self):
        self.write("a.su", KERNEL)
        self.assertIn("supa.device_ir", self.brcc("-S", "-emit-llvm", "--supa-device-only", "a.su", "-o", "-").stdout)

    def test_preprocessing_the_device_half(self):
        self.write("a.su", "#ifdef __SUPA_ARCH__\nint device_half;\n#else\nint host_half;\n#endif\n")
        host = self.brcc("-E", "a.su").stdout
        device = self.brcc("-E", "--supa-device-only", "a.su").stdout
        self.assertIn("host_half", host)
        self.assertNotIn("device_half", host)
        self.assertIn("device_half", device)
        self.assertNotIn("host_half", device)

    def test_syntax_only_checks_both_halves_and_writes_nothing(self):
        self.write("a.su", KERNEL)
        before = set(self.dir.iterdir())
        self.brcc("-fsyntax-only", "a.su")
        self.assertEqual(set(self.dir.iterdir()), before)
        self.write("bad.su", "#ifdef __SUPA_ARCH__\nbroken\n#endif\n")
        self.brcc("-fsyntax-only", "bad.su", code=1)
        self.brcc("-fsyntax-only", "--supa-host-only", "bad.su")

    def test_dependency_forms(self):
        self.write("one.h", "")
        self.write("a.su", '#include "one.h"\nint main() {}\n')
        self.brcc("-M", "a.su", "-MF", "rule", "-MT", "t1", "-MT", "t2", "-MP")
        rule = (self.dir / "rule").read_text()
        self.assertTrue(rule.startswith("t1 t2:"), rule)
        self.assertRegex(rule, r"(?m)^one\.h:$")
        self.brcc("-MM", "-MQ", "a$b", "a.su", "-o", "quoted")
        self.assertTrue((self.dir / "quoted").read_text().startswith("a$$b:"))
        self.brcc("-MMD", "a.su", "-o", "program")
        self.assertIn("program: a.su one.h", (self.dir / "program.d").read_text().replace("\\\n ", ""))

    def test_no_temporary_name_in_the_dependency_rule(self):
        self.write("a.su", "int main() {}\n")
        self.brcc("-MD", "-c", "a.su")
        self.assertNotIn(str(self.temporaries), (self.dir / "a.d").read_text())

    def test_builds_repeat_to_the_byte(self):
        self.write("a.su", KERNEL + "static __device__ int counter;\n__global__ void c() { ++counter; }\n")
        for options in ((), ("-fgpu-rdc",), ("-g",)):
            self.brcc("-c", "a.su", *options, "-o", "one.o")
            self.brcc("-c", "a.su", *options, "-o", "two.o")
            self.assertEqual((self.dir / "one.o").read_bytes(), (self.dir / "two.o").read_bytes(), options)

    def test_save_temps_beside_the_output(self):
        self.write("a.su", KERNEL)
        (self.dir / "out").mkdir()
        self.brcc("-c", "a.su", "-o", "out/a.o", "--save-temps=obj")
        names = {p.name for p in (self.dir / "out").iterdir()}
        self.assertEqual(names, {"a.o", "a.supafb", "a-device.bc", "a-host.bc", "a-host-supa.bc"})

    def test_warnings_can_be_silenced(self):
        self.write("a.su", "__global__ void k() { int unused; }\n")
        self.assertIn("unused", self.brcc("-Wall", "-c", "a.su").stderr)
        self.assertEqual(self.brcc("-Wall", "-w", "-c", "a.su").stderr, "")
        self.assertEqual(self.brcc("-Wall", "-Wno-unused-variable", "-c", "a.su").stderr, "")

    def test_clang_options_pass_through(self):
        self.write("a.su", "int f() { int x = __SSE4_2__; return x; }\n")
        self.brcc("-c", "a.su", "-msse4.2", "-fno-exceptions", "-mllvm", "-vectorize-slp=false", "-Xclang",
                  "-fno-validate-pch")
        result = self.brcc("-c", "a.su", "-fno-such-feature", code=1)
        self.assertIn("brcc: error: unknown argument: '-fno-such-feature'", result.stderr)
        self.assertEqual(result.stderr.count("unknown argument"), 1)

    def test_host_only_features_leave_the_device_alone(self):
        self.write("a.su", MAIN)
        self.brcc("a.su", "-fcf-protection", "-fstack-protector-all", "-pthread", "-fvisibility=hidden",
                  "-fsanitize=undefined", "-o", "a")
        self.assertEqual(self.output("./a"), "198\n")

    def test_coverage_files_stand_beside_the_object(self):
        self.write("a.su", MAIN)
        self.brcc("--coverage", "-c", "a.su", "-o", "out.o")
        self.brcc("--coverage", "out.o", "-o", "a")
        self.assertEqual(self.output("./a"), "198\n")
        self.assertTrue((self.dir / "out.gcno").exists())
        self.assertTrue((self.dir / "out.gcda").exists())
        self.assertEqual(self.leftovers(), [])

    def test_nvcc_spellings_of_relocatable_code(self):
        self.write("one.cu", DEVICE_LIBRARY)
        self.write("two.cu", DEVICE_USER.replace("supa", "cuda"))
        self.brcc("-dc", "one.cu", "two.cu")
        self.brcc("-rdc=true", "-arch=sm_80", "one.o", "two.o", "-o", "a", "-lcudadevrt")
        self.assertEqual(self.output("./a"), "42\n")
        self.brcc("-rdc=true", "-fno-gpu-rdc", "-c", "two.cu", code=1)

    def test_linking_checks_the_device_code(self):
        self.write("two.su", DEVICE_USER)
        for link in ((), ("--supa-link",)):
            result = self.brcc("-fgpu-rdc", *link, "two.su", "-o", "a", code=1)
            self.assertIn("twice(int)", result.stderr)
            self.assertFalse((self.dir / "a").exists())

    def test_device_link_takes_archives_and_fat_binaries(self):
        self.write("one.su", DEVICE_LIBRARY)
        self.write("two.su", DEVICE_USER)
        self.brcc("-fgpu-rdc", "-c", "one.su", "-o", "a long name for a member.o")
        self.run_command("ar", "rcs", "lib one.a", "a long name for a member.o")
        self.brcc("-fgpu-rdc", "--supa-device-only", "-c", "two.su")
        self.brcc("--supa-link", "--supa-device-only", "lib one.a", "two.supafb", "-o", "all.supafb")
        self.assertEqual((self.dir / "all.supafb").read_bytes()[:8], b"SUPAFATB")
        self.write("plain.cpp", "int x;\n")
        self.brcc("-c", "plain.cpp")
        result = self.brcc("--supa-link", "--supa-device-only", "plain.o", code=1)
        self.assertIn("has device code", result.stderr)

    def test_makefile_spellings_are_accepted_in_silence(self):
        self.write("a.cu", MAIN.replace("supa", "cuda"))
        result = self.brcc(
            "-O3", "-Xptxas", "-v", "--ptxas-options=-v", "-maxrregcount=64", "-m64", "-ftz=true", "-prec-div=false",
            "-prec-sqrt=false", "--gpu-architecture=sm_70", "-gencode=arch=compute_80,code=sm_80", "--std=c++17",
            "-Xcompiler", "-O3,-fopenmp-simd", "--compiler-options=-Wall", "--define-macro", "FACTOR=3",
            "--default-stream", "per-thread", "-cudart", "shared", "-lcudart_static", "-lcuda", "-t", "2",
            "-Wno-deprecated-gpu-targets", "-diag-suppress", "177", "a.cu", "-o", "a")
        self.assertEqual(result.stderr, "")
        self.assertEqual(self.output("./a"), "297\n")

    def test_what_has_no_meaning_here_is_refused(self):
        self.write("a.cu", KERNEL)
        for option in PTX_LIKE:
            result = self.brcc(option, "a.cu", code=1)
            self.assertIn(f"'{option}' is not supported: there is no PTX", result.stderr)

    def test_no_runtime_library_when_told_so(self):
        self.write("a.cpp", "int main() {}\n")
        self.brcc("--cudart=none", "a.cpp", "-o", "a")
        self.assertNotIn("supart", self.output("readelf", "-d", "a"))

    def test_host_compiler_named_by_its_folder(self):
        self.write("a.su", MAIN)
        folder = pathlib.Path(self.output("which", "g++").strip()).parent
        self.brcc("-ccbin", folder, "a.su", "-o", "a")
        self.assertEqual(self.output("./a"), "198\n")
        result = self.brcc("-ccbin", "/nowhere/g++", "a.su", code=1)
        self.assertIn("'/nowhere/g++' given with -ccbin does not exist", result.stderr)

    def test_c_host_compiler_links_cxx(self):
        self.write("a.su", MAIN)
        self.brcc("-ccbin", "gcc", "a.su", "-o", "a")
        self.assertEqual(self.output("./a"), "198\n")

    def test_supa_path_takes_another_tree(self):
        (self.dir / "other tree").mkdir()
        for name in ("include", "lib"):
            (self.dir / "other tree" / name).symlink_to(TREE / name)
        self.write("a.su", MAIN)
        self.brcc("--supa-path=other tree", "a.su", "-o", "a")
        self.assertEqual(self.output("./a"), "198\n")
        self.assertIn(str(self.dir / "other tree"), self.output("readelf", "-d", "a"))

    def test_questions_go_to_clang(self):
        self.assertIn("x86_64", self.brcc("-dumpmachine").stdout)
        self.assertIn("include", self.brcc("-print-resource-dir").stdout + "/include")
        self.assertIn("clang version 19", self.brcc("-v").stderr)

    def test_a_crash_of_clang_has_an_exit_code_of_its_own(self):
        script = self.write("crash", "#!/bin/sh\nkill -SEGV $$\n")
        script.chmod(0o755)
        self.write("a.su", KERNEL)
        result = self.brcc("-c", "a.su", code=254, env={"OPENSUPA_CLANG": str(script)})
        self.assertIn("due to signal 11", result.stderr)
        self.assertEqual(self.leftovers(), [])

    def test_signals_end_the_command_and_leave_nothing(self):
        script = self.write("slow", "#!/bin/sh\ntouch started\nexec sleep 100\n")
        script.chmod(0o755)
        self.write("a.su", KERNEL)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            (self.dir / "started").unlink(missing_ok=True)
            process = subprocess.Popen([BRCC, "-c", "a.su"], cwd=self.dir, stderr=subprocess.PIPE,
                                       env={"PATH": "/usr/bin:/bin", "OPENSUPA_CLANG": str(script),
                                            "TMPDIR": str(self.temporaries)})
            while process.poll() is None and not (self.dir / "started").exists():
                time.sleep(0.005)
            process.send_signal(number)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, -number)
            self.assertEqual(self.leftovers(), [])

    def test_no_folder_for_temporary_files(self):
        self.write("a.su", KERNEL)
        missing = self.dir / "gone"
        result = self.brcc("-c", "a.su", env={"TMPDIR": str(missing)}, code=None)
        # The system's default folder is used instead, as clang does.
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_missing_compiler_library_is_named(self):
        self.write("a.su", KERNEL)
        result = self.brcc("-c", "a.su", code=1, env={"OPENSUPA_COMPILER_LIBRARY": "/nowhere/libsupacc.so"})
        self.assertIn("/nowhere/libsupacc.so", result.stderr)
        self.write("b.cpp", "int b;\n")
        self.brcc("-c", "b.cpp", env={"OPENSUPA_COMPILER_LIBRARY": "/nowhere/libsupacc.so"})

    def test_launcher_mode_leaves_other_files_to_the_compiler(self):
        self.write("a.cpp", "#ifdef __clang__\n#error\n#endif\n" if "clang" not in CXX else "int a;\n")
        self.brcc("--supa-launch", "--", CXX, "-c", "a.cpp", "-o", "a.o")
        self.write("k.su", KERNEL)
        self.brcc("--supa-launch", "-DFACTOR=5", "--", CXX, "-x", "c++", "-c", "k.su", "-o", "k.o")
        self.assertIn(".supa_fatbin", self.output("readelf", "-SW", "k.o"))
        self.assertIn("usage: brcc --supa-launch", self.brcc("--supa-launch", CXX, code=1).stderr)


if __name__ == "__main__":
    unittest.main()
