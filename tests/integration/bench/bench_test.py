#!/usr/bin/env python3
"""What supa-bench writes: the JSON file, the comparison and the chart, and how it refuses. Usage: bench_test.py PROGRAM"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

PROGRAM = sys.argv.pop(1)


def run(*arguments):
    return subprocess.run([PROGRAM, "--quick", "--no-opencl", "--workers", "2", *arguments],
                          capture_output=True, text=True)


class BenchTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.json = pathlib.Path(self.folder.name) / "now.json"

    def test_json_has_a_line_for_each_kernel_and_the_machine(self):
        self.assertEqual(run("--kernels", "saxpy,launch", "--json", self.json).returncode, 0)
        document = json.loads(self.json.read_text())
        self.assertEqual(document["machine"]["workers"], 2)
        lines = {line["kernel"]: line for line in document["results"]}
        saxpy = lines["saxpy"]
        self.assertEqual(saxpy["unit"], "GB/s")
        self.assertGreater(saxpy["ms"], 0)
        self.assertAlmostEqual(saxpy["ratio"], saxpy["native_ms"] / saxpy["ms"], places=6)
        self.assertIsNone(saxpy["opencl_ms"])
        self.assertNotIn("problem", saxpy)
        self.assertIsNone(lines["launch_finish"]["ratio"])

    def test_comparison_shows_the_speed_up(self):
        run("--kernels", "saxpy", "--json", self.json)
        document = json.loads(self.json.read_text())
        document["results"][0]["ms"] *= 1e6
        self.json.write_text(json.dumps(document))
        result = run("--kernels", "saxpy", "--compare", self.json)
        self.assertEqual(result.returncode, 0, result.stderr)
        line = [text for text in result.stdout.splitlines() if "geometric mean of the speed-up" in text]
        self.assertEqual(len(line), 1)
        self.assertGreater(float(line[0].split()[-1].rstrip("x")), 100)

    def test_chart_is_well_formed_and_names_the_kernels(self):
        chart = pathlib.Path(self.folder.name) / "chart.svg"
        self.assertEqual(run("--kernels", "saxpy,scan", "--svg", chart).returncode, 0)
        texts = [node.text for node in xml.etree.ElementTree.parse(chart).iter() if node.text]
        self.assertIn("saxpy", texts)
        self.assertIn("scan", texts)

    def test_markdown_has_a_row_for_each_kernel(self):
        table = pathlib.Path(self.folder.name) / "table.md"
        self.assertEqual(run("--kernels", "saxpy,scan", "--markdown", table).returncode, 0)
        rows = [line.split("|") for line in table.read_text().splitlines() if line.startswith("| ")]
        self.assertEqual([row[1].strip() for row in rows], ["kernel", "saxpy", "scan"])
        self.assertEqual({len(row) for row in rows}, {9})

    def test_unknown_kernel_is_refused_by_name(self):
        result = run("--kernels", "saxpy,nothing")
        self.assertEqual(result.returncode, 2)
        self.assertIn("'nothing'", result.stderr)

    def test_unreadable_comparison_is_refused(self):
        self.json.write_text("[]")
        result = run("--kernels", "saxpy", "--compare", self.json)
        self.assertEqual(result.returncode, 2)
        self.assertIn(str(self.json), result.stderr)


if __name__ == "__main__":
    unittest.main()
