"""Programs in unusual surroundings: no device, no compiler, caches that cannot be used, several processes."""
import os
import shutil
import subprocess
import unittest

from support import MAIN, BrccTest

REPORT = """\
#include <supa_runtime.h>
#include <cstdio>
__global__ void store(int* p) { *p = 9; }
int main() {
  int count = -1, *p = nullptr, value = 0;
  std::printf("count %s %d\\n", supaGetErrorName(supaGetDeviceCount(&count)), count);
  std::printf("malloc %s\\n", supaGetErrorName(supaMalloc(&p, 4)));
  store<<<1, 1>>>(p);
  std::printf("launch %s\\n", supaGetErrorName(supaGetLastError()));
  std::printf("copy %s\\n", supaGetErrorName(supaMemcpy(&value, p, 4, supaMemcpyDeviceToHost)));
  std::printf("value %d\\n", value);
}
"""


class SurroundingsTest(BrccTest):
    def build(self, text, name="a", native="none"):
        """Without native code, so that kernels are compiled when the program runs."""
        self.write(f"{name}.su", text)
        self.brcc(f"{name}.su", "-o", name, f"--supa-native={native}")

    def report(self, **env):
        result = self.run_command("./a", env=env)
        return dict(line.split(" ", 1) for line in result.stdout.splitlines()), result.stderr

    def test_no_device_is_an_error_of_every_call_and_nothing_else(self):
        self.build(REPORT)
        for devices in ("", "emu:NOSUCH", "nobackend:X"):
            said, _ = self.report(OPENSUPA_DEVICES=devices)
            self.assertEqual(said["count"], "supaErrorNoDevice 0")
            self.assertEqual(said["malloc"], "supaErrorNoDevice")
            self.assertEqual(said["launch"], "supaErrorNoDevice")
            self.assertEqual(said["copy"], "supaErrorNoDevice")

    def test_visible_devices_select_and_order(self):
        self.build(REPORT)
        said, _ = self.report(OPENSUPA_DEVICES="emu:BR106M*3", SUPA_VISIBLE_DEVICES="2,0")
        self.assertEqual(said["count"], "supaSuccess 2")
        self.assertEqual(said["value"], "9")
        said, _ = self.report(SUPA_VISIBLE_DEVICES="")
        self.assertEqual(said["count"], "supaErrorNoDevice 0")
        said, _ = self.report(OPENSUPA_DEVICES="emu:BR106M*2", CUDA_VISIBLE_DEVICES="1")
        self.assertEqual(said["count"], "supaSuccess 1")

    def test_every_model_runs(self):
        self.build(REPORT)
        for model in ("BR104", "BR106B", "BR106M", "BR110", "BR166", "BR20x"):
            said, _ = self.report(OPENSUPA_DEVICES=f"emu:{model}")
            self.assertEqual(said["value"], "9", model)

    def test_no_compiler_and_cold_cache_is_an_error_of_the_launch(self):
        self.build(REPORT)
        said, _ = self.report(OPENSUPA_COMPILER_LIBRARY="/nowhere/libsupacc.so")
        self.assertEqual(said["launch"], "supaErrorJitCompilerNotFound")
        self.report()  # fills the cache
        said, _ = self.report(OPENSUPA_COMPILER_LIBRARY="/nowhere/libsupacc.so")
        self.assertIn(said["launch"], ("supaSuccess", "supaErrorJitCompilerNotFound"))

    def test_native_code_in_the_program_needs_no_compiler(self):
        self.build(REPORT, native="x86-64-v2,x86-64-v3,x86-64-v4")
        said, _ = self.report(OPENSUPA_COMPILER_LIBRARY="/nowhere/libsupacc.so")
        self.assertEqual(said["value"], "9")

    def test_unusable_cache_costs_a_warning_at_most(self):
        self.build(REPORT)
        for cache in ("/dev/null/cache", "/proc/nothing/here"):
            said, errors = self.report(OPENSUPA_CACHE_DIR=cache, OPENSUPA_LOG="warning")
            self.assertEqual(said["value"], "9")
            self.assertLessEqual(errors.count("cache"), 2, errors)
        said, _ = self.report(OPENSUPA_CACHE_DISABLE="1")
        self.assertEqual(said["value"], "9")

    def test_damaged_cache_files_are_replaced(self):
        self.build(REPORT)
        self.report()
        cache = self.temporaries / "cache"
        files = [p for p in cache.rglob("*") if p.is_file()]
        self.assertTrue(files)
        for damage in (b"", b"junk", None):
            for path in files:
                data = path.read_bytes() if path.exists() else b"x" * 100
                path.write_bytes(data[:len(data) // 2] if damage is None else damage)
            said, _ = self.report()
            self.assertEqual(said["value"], "9")

    def test_many_processes_share_a_cold_cache(self):
        self.build(MAIN)
        shutil.rmtree(self.temporaries / "cache", ignore_errors=True)
        env = {**os.environ, "OPENSUPA_CACHE_DIR": str(self.temporaries / "cache")}
        processes = [subprocess.Popen(["./a"], cwd=self.dir, env=env, stdout=subprocess.PIPE) for _ in range(12)]
        for process in processes:
            self.assertEqual(process.communicate(timeout=100)[0], b"198\n")

    def test_launch_blocking(self):
        self.build(REPORT)
        said, _ = self.report(SUPA_LAUNCH_BLOCKING="1")
        self.assertEqual(said["value"], "9")

    def test_forked_child_that_leaves_at_once_does_no_harm(self):
        self.build("#include <supa_runtime.h>\n#include <sys/wait.h>\n#include <unistd.h>\n#include <cstdio>\n" +
                   MAIN.split("int main")[0] +
                   "int main() {\n  int first = run();\n  if (fork() == 0) return 0;\n  int status = -1;\n  wait(&status);\n"
                   "  std::printf(\"%d %d %d\\n\", first, status, run());\n}\n")
        self.assertEqual(self.output("./a"), "198 0 198\n")

    def test_exit_with_work_pending(self):
        self.build(MAIN.split("int main")[0] + "__global__ void busy(int* p) { for (int i = 0; i < 2000000; ++i) *p += i; }\n"
                   "int main() { int* d; supaMalloc(&d, 4); for (int i = 0; i < 50; ++i) busy<<<1, 1>>>(d); return 0; }\n")
        self.run_command("./a")

    def test_fault_text_tells_the_story(self):
        self.build("#include <supa_runtime.h>\n#include <cstdio>\n__global__ void wild(int* p) { p[1 << 20] = 1; }\n"
                   "int main() { int* p; supaMalloc(&p, 1 << 20); wild<<<2, 32>>>(p);\n"
                   "  std::puts(supaGetErrorName(supaDeviceSynchronize())); }\n")
        result = self.run_command("./a")
        self.assertEqual(result.stdout, "supaErrorIllegalAddress\n")
        for part in ("wild(int*)", "wrote to", "thread", "past the end", "1048576"):
            self.assertIn(part, result.stderr)

    def test_trace_prints_every_call_with_its_result(self):
        self.build(REPORT)
        said, trace = self.report(OPENSUPA_TRACE_API="1")
        self.assertEqual(said["value"], "9")
        self.assertRegex(trace, r"opensupa: trace: \[0\] supaGetDeviceCount\(0x[0-9a-f]+\) = supaSuccess\n")
        self.assertRegex(trace, r"supaMalloc\(0x[0-9a-f]+, 4\) = supaSuccess\n")
        self.assertRegex(trace, r"supaLaunchKernel\(0x[0-9a-f]+, \(1,1,1\), \(1,1,1\), 0x[0-9a-f]+, 0, null\) = supaSuccess\n")

    def test_recording_of_the_port(self):
        self.build(MAIN)
        self.run_command("./a", env={"OPENSUPA_RECORD": str(self.dir / "run.port")})
        self.assertGreater((self.dir / "run.port").stat().st_size, 500)


if __name__ == "__main__":
    unittest.main()
