"""supa-doctor: text, JSON and exit codes with good, absent, wrong and mixed devices. Usage: doctor_test.py DOCTOR"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

DOCTOR = sys.argv.pop(1)


def doctor(*arguments, **variables):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENSUPA_")}
    environment.update(variables)
    return subprocess.run([DOCTOR, *arguments], capture_output=True, text=True, env=environment, timeout=100)


class DoctorTest(unittest.TestCase):
    def test_given_default_then_one_device_passes(self):
        result = doctor("--json")
        report = json.loads(result.stdout)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertTrue(report["healthy"])
        self.assertEqual([d["model"] for d in report["devices"]], ["BR106M"])
        self.assertEqual(report["devices"][0]["self_test"]["verdict"], "pass")

    def test_given_three_cards_then_all_are_listed_in_order(self):
        report = json.loads(doctor("--json", "--no-self-test", OPENSUPA_DEVICES="emu:BR106M*2,emu:BR166").stdout)
        self.assertEqual([d["model"] for d in report["devices"]], ["BR106M", "BR106M", "BR166"])
        self.assertEqual([d["ordinal"] for d in report["devices"]], [0, 1, 2])

    def test_given_unknown_model_then_it_is_rejected_with_a_reason(self):
        result = doctor("--json", "--no-self-test", OPENSUPA_DEVICES="emu:BR106M,emu:BR999")
        report = json.loads(result.stdout)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(len(report["devices"]), 1)
        self.assertIn("BR999", report["rejected"][0]["spec"])
        self.assertIn("BR106M", report["rejected"][0]["reason"])  # names the models there are

    def test_given_unknown_backend_then_it_is_rejected(self):
        report = json.loads(doctor("--json", OPENSUPA_DEVICES="quantum:Q1").stdout)
        self.assertEqual(report["devices"], [])
        self.assertIn("quantum", report["rejected"][0]["reason"])

    def test_given_no_devices_then_it_says_so_and_is_healthy(self):
        result = doctor(OPENSUPA_DEVICES="")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("Devices: none", result.stdout)

    def test_given_null_backend_then_copies_pass_and_kernels_are_not_run(self):
        report = json.loads(doctor("--json", OPENSUPA_DEVICES="null:NULL0").stdout)
        self.assertEqual(report["devices"][0]["self_test"]["verdict"], "no-kernels", report)

    def test_given_no_compiler_library_then_that_is_a_problem(self):
        with tempfile.TemporaryDirectory() as cache:
            result = doctor("--json", OPENSUPA_COMPILER_LIBRARY="/nowhere/libsupacc.so", OPENSUPA_CACHE_DIR=cache)
        report = json.loads(result.stdout)
        self.assertEqual(result.returncode, 1)
        self.assertIn("/nowhere/libsupacc.so", " ".join(report["problems"]))

    def test_given_cache_below_a_file_then_that_is_a_problem(self):
        result = doctor("--json", "--no-self-test", OPENSUPA_CACHE_DIR="/dev/null/cache")
        self.assertEqual(result.returncode, 1)
        self.assertIn("/dev/null/cache", " ".join(json.loads(result.stdout)["problems"]))

    def test_options_lists_every_variable(self):
        text = doctor("--options").stdout
        for name in ("OPENSUPA_DEVICES", "SUPA_VISIBLE_DEVICES", "OPENSUPA_CACHE_DIR"):
            self.assertIn(name, text)

    def test_given_bad_flag_then_exit_code_is_not_zero(self):
        self.assertNotEqual(doctor("--no-such-flag").returncode, 0)


unittest.main()
