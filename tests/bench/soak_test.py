#!/usr/bin/python3
"""scripts/soak in its short form, with the programs of this build; and that it tells what grows. Pictures are small here, and what a
sanitizer keeps of freed memory is little: that the programs' own memory stays flat, the long form says of a release build.
"""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts"))
from program import BIN, ROOT


def verdict(samples, seconds):
    lines = "".join("\t".join(map(str, sample)) + "\n" for sample in samples)
    done = subprocess.run(["awk", "-F\t", "-v", f"seconds={seconds}", "-f", os.path.join(ROOT, "bench", "soak.awk")], input=lines,
                          capture_output=True, text=True)
    return done.returncode, done.stdout


class Short(unittest.TestCase):

    def test_nothing_grows(self):
        done = subprocess.run([os.path.join(ROOT, "scripts", "soak"), "15"], capture_output=True, text=True, timeout=100,
                              env={**os.environ, "BENCH_BIN": BIN, "BENCH_PIN": "0", "BYTES": "100000", "RATE": "20",
                                   "ASAN_OPTIONS": "quarantine_size_mb=1"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(" answered, 0 errors", done.stdout)
        self.assertIn("| gateway |", done.stdout)
        self.assertIn("| service |", done.stdout)

    def test_how_long_must_be_a_number(self):
        done = subprocess.run([os.path.join(ROOT, "scripts", "soak"), "long"], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 2)


class Verdict(unittest.TestCase):
    STEADY = [("gateway", second, 100_000 + second % 7, 40 + second % 3, 12) for second in range(100)]

    def test_steady_is_fine(self):
        self.assertEqual(verdict(self.STEADY, 100)[0], 0)

    def test_what_grows_is_told(self):
        for column, grown, where in ((2, 400, "RSS"), (3, 1, "descriptors"), (4, 0.05, "threads")):
            samples = [tuple(value + int(grown * sample[1]) if i == column else value for i, value in enumerate(sample))
                       for sample in self.STEADY]
            code, told = verdict(samples, 100)
            self.assertEqual((code, told.count("**grew**")), (1, 1), where + told)

    def test_what_grows_while_caches_fill_is_not(self):
        samples = [(name, second, kb if second >= 20 else 10, *rest) for name, second, kb, *rest in self.STEADY]
        self.assertEqual(verdict(samples, 100)[0], 0)

    def test_no_samples_are_no_success(self):
        self.assertEqual(verdict([], 100)[0], 1)
        self.assertEqual(verdict(self.STEADY[:50], 100)[0], 1)


if __name__ == "__main__":
    unittest.main()
