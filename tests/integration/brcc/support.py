"""What the brcc tests share: a scratch folder, sources, and running commands. BRCC and CXX come from the environment."""
import os
import pathlib
import subprocess
import tempfile
import unittest

BRCC = os.environ["BRCC"]
CXX = os.environ.get("CXX", "c++")
TREE = pathlib.Path(BRCC).resolve().parent.parent

KERNEL = """\
#include <supa_runtime.h>
#include <cstdio>
#ifndef FACTOR
#define FACTOR 2
#endif
__global__ void scale(int n, int* x) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) x[i] *= FACTOR;
}
int run() {
  int host[100], *device = nullptr;
  for (int i = 0; i < 100; ++i) host[i] = i;
  if (supaMalloc(&device, sizeof host) != supaSuccess) return -1;
  supaMemcpy(device, host, sizeof host, supaMemcpyHostToDevice);
  scale<<<4, 32>>>(100, device);
  if (supaMemcpy(host, device, sizeof host, supaMemcpyDeviceToHost) != supaSuccess) return -2;
  supaFree(device);
  return host[99];
}
"""
MAIN = KERNEL + """\
int main() {
  std::printf("%d\\n", run());
}
"""


class BrccTest(unittest.TestCase):
    """Each test runs in a fresh folder."""

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.dir = pathlib.Path(self._folder.name) / "work"
        self.temporaries = pathlib.Path(self._folder.name) / "tmp"
        self.dir.mkdir()
        self.temporaries.mkdir()
        self.addCleanup(self._folder.cleanup)

    def write(self, name, text):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def run_command(self, *command, code=0, env=None):
        environment = {**os.environ, "TMPDIR": str(self.temporaries),
                       "OPENSUPA_CACHE_DIR": str(self.temporaries / "cache"), **(env or {})}
        result = subprocess.run([str(c) for c in command], cwd=self.dir, env=environment, capture_output=True,
                                text=True, timeout=200)
        if code is not None:
            self.assertEqual(result.returncode, code, f"{command}\n{result.stdout}\n{result.stderr}")
        return result

    def brcc(self, *arguments, code=0, env=None):
        return self.run_command(BRCC, *arguments, code=code, env=env)

    def output(self, *command, env=None):
        return self.run_command(*command, env=env).stdout

    def leftovers(self):
        return [p for p in self.temporaries.iterdir() if p.name != "cache"]
