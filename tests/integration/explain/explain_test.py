#!/usr/bin/env python3
"""supa-explain names, by source line, what is contiguous, what is gathered and why a kernel is no vectors."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

EXPLAIN = sys.argv.pop()
SOURCE = """\
__global__ void copy(const int* in, int* out) {
  out[threadIdx.x] = in[threadIdx.x];
}
__global__ void look_up(const int* index, const int* in, int* out) {
  int i = index[threadIdx.x];
  out[threadIdx.x] = in[i];
}
__global__ void parted(int* out, int n) {
  if (threadIdx.x < n) __syncthreads();
  out[threadIdx.x] = n;
}
"""


class ExplainTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.source = pathlib.Path(self.folder.name) / "kernels.cu"
        self.source.write_text(SOURCE)

    def run_tool(self, *arguments):
        return subprocess.run([EXPLAIN, *arguments], capture_output=True, text=True)

    def kernel(self, name):
        result = self.run_tool(str(self.source), name, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)[0]["kernels"][0]

    def hows(self, kernel, line):
        return {fact["how"] for fact in kernel["facts"] if fact["line"] == line}

    def test_neighbours_are_contiguous(self):
        kernel = self.kernel("copy")
        self.assertTrue(kernel["vectorized"])
        self.assertGreaterEqual(kernel["threads"], 16)
        self.assertFalse([fact for fact in kernel["facts"] if fact["slow"]])
        self.assertTrue(any("contiguous" in how for how in self.hows(kernel, 2)))

    def test_a_look_up_is_gathered_for_a_reason(self):
        slow = [fact for fact in self.kernel("look_up")["facts"] if fact["slow"]]
        self.assertEqual([(fact["line"], fact["how"]) for fact in slow], [(6, "gathered")])
        self.assertIn("load", slow[0]["why"])

    def test_a_kernel_that_is_no_vectors_says_why_and_where(self):
        kernel = self.kernel("parted")
        self.assertFalse(kernel["vectorized"])
        self.assertIn("barrier", kernel["reason"])
        self.assertEqual(kernel["reason_line"], 9)

    def test_an_unknown_kernel_is_an_error(self):
        self.assertEqual(self.run_tool(str(self.source), "nothing").returncode, 1)
        self.assertEqual(self.run_tool().returncode, 2)


if __name__ == "__main__":
    unittest.main()
