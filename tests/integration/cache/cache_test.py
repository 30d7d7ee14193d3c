"""Programs with an empty, shared, full, read-only, damaged and foreign kernel cache, and supa-cache.

Usage: cache_test.py BRCC SUPA_CACHE"""
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

BRCC, SUPA_CACHE = sys.argv.pop(1), sys.argv.pop(1)
PROGRAM = """
#include <cstdio>
__global__ void twice(int* values) { values[threadIdx.x] = 2 * values[threadIdx.x] + FACTOR; }
int main() {
  int host[64], *device = nullptr;
  for (int i = 0; i < 64; ++i) host[i] = i;
  supaMalloc(&device, sizeof(host));
  supaMemcpy(device, host, sizeof(host), supaMemcpyHostToDevice);
  twice<<<1, 64>>>(device);
  supaMemcpy(host, device, sizeof(host), supaMemcpyDeviceToHost);
  std::puts(supaGetErrorName(supaGetLastError()));
  std::printf("%d\\n", host[63]);
}
"""
RIGHT = "supaSuccess\n126\n"


def environment(folder, **variables):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("OPENSUPA_") or k == "OPENSUPA_ENGINE"}
    return {**kept, "OPENSUPA_CACHE_DIR": str(folder), "OPENSUPA_LOG": "info", **variables}


class CacheTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = pathlib.Path(tempfile.mkdtemp(prefix="opensupa_cache_test_"))
        source = cls.scratch / "twice.su"
        source.write_text(PROGRAM)
        cls.portable, cls.native = cls.scratch / "portable", cls.scratch / "native"
        flags = ["-O2", "-DFACTOR=0", str(source), "-o"]
        subprocess.run([BRCC, "--supa-native=none", *flags, cls.portable], check=True)
        subprocess.run([BRCC, *flags, cls.native], check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.scratch)

    def setUp(self):
        self.folder = self.scratch / self.id().rsplit(".", 1)[-1]

    def files(self):
        return sorted(p for p in self.folder.rglob("*") if p.is_file())

    def run_program(self, program=None, preexec=None, **variables):
        result = subprocess.run([program or self.portable], capture_output=True, text=True, timeout=100,
                                env=environment(self.folder, **variables), preexec_fn=preexec)
        self.assertEqual(result.stdout, RIGHT, result.stderr)
        self.assertEqual(result.returncode, 0)
        return result.stderr

    def tool(self, *arguments, code=0):
        result = subprocess.run([SUPA_CACHE, *arguments], capture_output=True, text=True, timeout=100,
                                env=environment(self.folder))
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result.stdout

    def test_given_native_code_then_nothing_is_compiled_and_no_llvm_is_loaded(self):
        log = self.run_program(self.native, LD_DEBUG="files")
        self.assertIn("libopensupa.so", log)
        self.assertNotIn("libLLVM", log)
        self.assertEqual(self.files(), [])

    def test_given_options_of_the_code_generator_then_native_code_is_passed_over(self):
        self.assertIn("compile of", self.run_program(self.native, OPENSUPA_JIT_OPT_LEVEL="1"))

    def test_given_second_run_then_nothing_is_compiled_and_no_llvm_is_loaded(self):
        self.assertIn("libLLVM", self.run_program(LD_DEBUG="files"))
        self.assertNotIn("libLLVM", self.run_program(LD_DEBUG="files"))
        self.assertEqual(len(self.files()), 1)

    def test_given_64_processes_on_an_empty_cache_then_one_compiles(self):
        started = [subprocess.Popen([self.portable], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                    env=environment(self.folder)) for _ in range(64)]
        compiled = 0
        for process in started:
            out, log = process.communicate(timeout=200)
            self.assertEqual((process.returncode, out), (0, RIGHT), log)
            compiled += log.count("compile of")
        self.assertEqual(compiled, 1)
        self.assertEqual(len(self.files()), 1, "files are left over")

    def test_given_full_folder_then_the_program_runs_and_says_so(self):
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))  # noqa: E731
        result = subprocess.run([self.portable], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=environment(self.folder), preexec_fn=limit)
        self.assertEqual(result.stdout, RIGHT, result.stderr)
        self.assertIn("not kept for the next run", result.stderr)
        self.assertEqual(self.files(), [])

    def test_given_folder_that_cannot_be_made_then_the_program_runs_and_says_so(self):
        self.folder.write_text("a file is in the way")
        self.assertIn("not kept for the next run", self.run_program())

    def test_given_read_only_cache_then_it_is_used_and_nothing_is_written(self):
        self.run_program()
        for folder in (self.files()[0].parent, self.folder):
            folder.chmod(0o500)
        self.assertNotIn("compile of", self.run_program())
        for folder in (self.folder, self.files()[0].parent):
            folder.chmod(0o700)

    def test_given_damaged_entry_then_it_is_reported_and_made_again(self):
        self.run_program()
        entry = self.files()[0]
        good = entry.read_bytes()
        for bad in (good[:-1], b"", good[:100] + b"x" + good[101:]):
            entry.write_bytes(bad)
            log = self.run_program()
            self.assertIn("passed over", log)
            self.assertIn("compile of", log)
            self.assertNotIn("compile of", self.run_program())

    def test_given_code_for_another_processor_under_this_name_then_it_is_not_run(self):
        self.run_program(OPENSUPA_HOST_LEVEL="x86-64-v2")
        self.run_program(OPENSUPA_HOST_LEVEL="x86-64-v3")
        first, second = self.files()
        one, two = first.read_bytes(), second.read_bytes()
        first.write_bytes(two)
        second.write_bytes(one)
        for level in ("x86-64-v2", "x86-64-v3"):
            self.assertIn("compile of", self.run_program(OPENSUPA_HOST_LEVEL=level))
        self.assertEqual(len(self.files()), 2)

    def test_tool_warms_lists_verifies_packs_and_clears(self):
        self.assertIn("1 entries made", self.tool("warm", str(self.portable)))
        self.assertIn("1 were there", self.tool("warm", str(self.portable)))
        self.assertIn("1 images bring native code", self.tool("warm", str(self.native)))
        self.assertNotIn("compile of", self.run_program())
        self.tool("warm", str(self.portable), "--target", "x86-64-v2/reference", "--target", "x86-64-v2/fast")
        entries = json.loads(self.tool("--json", "list"))["entries"]
        self.assertEqual(len(entries), 3)
        self.assertTrue(all(e["source"].endswith("twice.su") and e["problem"] == "" for e in entries))
        pack = self.scratch / "all.pack"
        self.assertIn("3 entries packed", self.tool("pack", "-o", str(pack)))
        self.assertIn("3 entries removed", self.tool("clear"))
        self.assertEqual(list(self.folder.iterdir()), [])
        self.assertIn("3 entries made", self.tool("warm", str(pack)))
        self.assertNotIn("compile of", self.run_program())
        self.files()[0].write_bytes(b"nonsense")
        self.tool("list", code=1)
        self.tool("verify", code=1)
        self.assertIn("1 bad, 1 removed", self.tool("verify", "--remove"))
        self.assertIn("2 entries checked, 0 bad", self.tool("verify"))
        self.tool("warm", str(self.scratch / "twice.su"), code=1)
        self.tool("polish", code=2)


if __name__ == "__main__":
    unittest.main()
