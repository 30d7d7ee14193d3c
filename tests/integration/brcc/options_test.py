"""brcc: what each option writes. Nothing here runs a kernel."""
import subprocess
import unittest

from support import BRCC, KERNEL, MAIN, BrccTest


class OptionsTest(BrccTest):
    def symbols(self, path):
        return subprocess.run(["nm", str(self.dir / path)], capture_output=True, text=True, check=True).stdout

    def sections(self, path):
        return subprocess.run(["readelf", "-SW", str(self.dir / path)], capture_output=True, text=True,
                              check=True).stdout

    def test_c_writes_object_with_embedded_fat_binary(self):
        self.write("a.su", MAIN)
        self.brcc("-c", "a.su")
        self.assertRegex(self.sections("a.o"), r"\.supa_fatbin .* 65536\n")
        self.assertIn(".supaFatBinSegment", self.sections("a.o"))
        symbols = self.symbols("a.o")
        for name in ("__supa_fatbin_wrapper", "__supa_gpubin_handle", "__supa_module_ctor", "__supa_module_dtor",
                     "__supaRegisterFatBinary", "__device_stub__scale"):
            self.assertIn(name, symbols)
        self.assertNotIn("__cuda", symbols)
        self.assertEqual(self.leftovers(), [])

    def test_o_names_the_output_and_several_inputs_give_several_objects(self):
        self.write("a.su", KERNEL)
        self.write("b.cpp", "int b() { return 1; }\n")
        self.brcc("-c", "a.su", "-o", "sub.o")
        self.assertTrue((self.dir / "sub.o").exists())
        self.brcc("-c", "a.su", "b.cpp")
        self.assertTrue((self.dir / "a.o").exists() and (self.dir / "b.o").exists())
        self.brcc("-c", "a.su", "b.cpp", "-o", "both.o", code=1)

    def test_include_options(self):
        self.write("inc/one.h", "#define ONE 1\n")
        self.write("sys/two.h", "#define TWO 2\n")
        self.write("pre.h", "#define THREE 3\n")
        self.write("a.su", '#include "one.h"\n#include <two.h>\nstatic_assert(ONE + TWO + THREE == 6);\n')
        self.brcc("-c", "a.su", "-Iinc", "-isystem", "sys", "-include", "pre.h")
        self.brcc("-c", "a.su", "-I", "inc", "-isystemsys", "-include", "pre.h")
        self.brcc("-c", "a.su", "-isystem", "sys", "-include", "pre.h", code=1)

    def test_define_and_undefine(self):
        self.write("a.su", "#if defined(GONE) || VALUE != 7\n#error\n#endif\n")
        self.brcc("-c", "a.su", "-DVALUE=7", "-DGONE", "-UGONE")
        self.brcc("-c", "a.su", "-D", "VALUE=7", "-D", "GONE", code=1)

    def test_std_selects_the_language_for_both_halves(self):
        self.write("a.su", "static_assert(__cplusplus == 202002L);\n__global__ void k() {}\n")
        self.brcc("-c", "a.su", "-std=c++20")
        self.brcc("-c", "a.su", "-std=c++17", code=1)

    def test_optimization_levels_and_debug_information(self):
        self.write("a.su", MAIN)
        for level in ("-O0", "-O1", "-O2", "-O3"):
            self.brcc("-c", "a.su", level)
        self.assertNotIn(".debug_info", self.sections("a.o"))
        self.brcc("-c", "a.su", "-g", "-O0")
        self.assertIn(".debug_info", self.sections("a.o"))

    def test_preprocess_assembly_and_ir(self):
        self.write("a.su", KERNEL)
        self.assertIn("x[i] *= 2", self.brcc("-E", "a.su").stdout)
        self.brcc("-E", "a.su", "-o", "a.ii")
        self.assertIn("x[i] *= 2", (self.dir / "a.ii").read_text())
        self.brcc("-S", "a.su")
        self.assertIn(".supa_fatbin", (self.dir / "a.s").read_text())
        self.brcc("-S", "-emit-llvm", "--supa-device-only", "a.su", "-o", "device.ll")
        device = (self.dir / "device.ll").read_text()
        self.assertIn("__su_tid_x", device)
        self.assertIn("supa.device_ir", device)
        self.brcc("-S", "-emit-llvm", "--supa-host-only", "a.su", "-o", "host.ll")
        self.assertIn("x86_64", (self.dir / "host.ll").read_text())
        self.brcc("-c", "-emit-llvm", "--supa-device-only", "a.su", "-o", "device.bc")
        self.assertEqual((self.dir / "device.bc").read_bytes()[:2], b"BC")

    def test_halves_alone(self):
        self.write("a.su", KERNEL)
        self.brcc("--supa-host-only", "-c", "a.su", "-o", "host.o")
        self.assertIn("__device_stub__scale", self.symbols("host.o"))
        self.brcc("--supa-device-only", "-c", "a.su", "-o", "a.supafb")
        self.assertEqual((self.dir / "a.supafb").read_bytes()[:8], b"SUPAFATB")

    def test_dependencies(self):
        self.write("one.h", "#define ONE 1\n")
        self.write("a.su", '#include "one.h"\n#include <cstdio>\n' + KERNEL)
        rule = self.brcc("-MM", "a.su").stdout
        self.assertIn("a.o:", rule)
        self.assertIn("one.h", rule)
        self.assertNotIn("cstdio", rule)
        self.assertIn("cstdio", self.brcc("-M", "--supa-host-only", "a.su").stdout)
        self.brcc("-c", "a.su", "-MD", "-MF", "deps", "-MT", "target")
        text = (self.dir / "deps").read_text()
        self.assertIn("target:", text)
        self.assertIn("cstdio", text)
        self.brcc("-c", "a.su", "-MMD", "-o", "x.o")
        self.assertIn("one.h", (self.dir / "x.d").read_text())

    def test_language_of_inputs(self):
        self.write("a.cpp", KERNEL)
        self.brcc("-c", "a.cpp", code=1)
        self.brcc("-x", "supa", "-c", "a.cpp", "-o", "a.o")
        self.assertIn(".supa_fatbin", self.sections("a.o"))
        self.write("plain.c", "int f(void) { int class = 1; return class; }\n")
        self.brcc("-c", "plain.c")
        self.write("b.cu", "#ifndef __CUDACC__\n#error\n#endif\n__global__ void k() {}\nint f() { return cudaSuccess; }\n")
        self.brcc("-c", "b.cu")
        self.write("c.su", "#if !defined(__SUPACC__) || !defined(__SUPA__)\n#error\n#endif\n"
                   "#if defined(__CUDA_ARCH__) != defined(__SUPA_ARCH__)\n#error\n#endif\n")
        self.brcc("-c", "c.su")

    def test_architectures(self):
        self.write("a.su", "#ifndef __BR110_ARCH__\n#error\n#endif\n")
        self.brcc("-c", "a.su", "--supa-gpu-arch=br110")
        self.brcc("-c", "a.su", "--supa-gpu-arch=br104", code=1)
        self.write("b.su", KERNEL)
        for arch in ("br100", "br104", "br106", "br110", "br166", "arch_20", "generic", "br106,br166"):
            self.brcc("-c", "b.su", f"--supa-gpu-arch={arch}")
        self.brcc("-c", "b.su", "--supa-gpu-arch=br104", "--supa-gpu-arch=arch_20")
        self.assertIn("br999", self.brcc("-c", "b.su", "--supa-gpu-arch=br999", code=1).stderr)

    def test_accepted_spellings(self):
        self.write("a.su", KERNEL)
        note = self.brcc("-c", "a.su", "-mllvm", "-br-preallocate-tensor-regs=0").stderr
        self.assertIn("note", note)
        self.assertIn("-br-preallocate-tensor-regs=0", note)
        self.brcc("-c", "a.su", "-use-mira=true", "-fno-supa-prec-div", "-nosupawrapperinc", "-nogpuinc")
        self.write("b.cu", KERNEL.replace("supa", "cuda").replace("cuda_runtime", "cuda_runtime"))
        self.brcc("-c", "b.cu", "-arch=sm_80", "-gencode", "arch=compute_80,code=sm_80", "-Xcompiler", "-Wall,-fPIC",
                  "--use_fast_math", "-lineinfo", "--expt-relaxed-constexpr", "--extended-lambda")

    def test_commands_are_shown(self):
        self.write("a.su", KERNEL)
        shown = self.brcc("-###", "-c", "a.su").stderr
        for part in ("--cuda-device-only", "--cuda-host-only", "-supacc-finalize", "-supacc-embed"):
            self.assertIn(part, shown)
        self.assertFalse((self.dir / "a.o").exists())
        self.assertIn("-supacc-finalize", self.brcc("-v", "-c", "a.su").stderr)
        self.assertTrue((self.dir / "a.o").exists())

    def test_save_temps_keeps_named_intermediates(self):
        self.write("a.su", KERNEL)
        before = {"a.su", "a.o"}
        self.brcc("-c", "a.su", "--save-temps")
        kept = {p.name for p in self.dir.iterdir()} - before
        self.assertTrue(any(name.endswith(".supafb") for name in kept), kept)
        self.assertTrue(all("a" in name for name in kept), kept)

    def test_response_file(self):
        self.write("a.su", MAIN)
        self.write("args.rsp", '-c "a.su"\n-DFACTOR=3 -o from_file.o\n')
        self.brcc("@args.rsp")
        self.assertTrue((self.dir / "from_file.o").exists())

    def test_version_and_help(self):
        version = self.brcc("--version").stdout
        self.assertIn("OpenSUPA", version)
        self.assertIn("clang version 19", version)
        text = self.brcc("--help").stdout
        for option in ("--supa-gpu-arch", "--supa-link", "-fgpu-rdc", "-ccbin"):
            self.assertIn(option, text)

    def test_supa_path_selects_the_tree(self):
        self.write("a.su", KERNEL)
        self.brcc("-c", "a.su", f"--supa-path={self.dir}/nowhere", code=1)

    def test_path_with_a_space(self):
        self.write("with space/a b.su", KERNEL)
        self.brcc("-c", "with space/a b.su", "-o", "with space/a b.o")
        self.assertTrue((self.dir / "with space" / "a b.o").exists())

    def test_brcc_reached_through_a_link(self):
        self.write("a.su", KERNEL)
        (self.dir / "tool").symlink_to(BRCC)
        self.run_command(self.dir / "tool", "-c", "a.su")


if __name__ == "__main__":
    unittest.main()
