#!/usr/bin/python3
"""What the programs do with one request themselves takes a bounded number of instructions. valgrind counts them, so neither the
clock nor whatever else runs on the machine has a say. What gRPC, curl and the kernel do is not in it; see switches_test.py.
"""

import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts"))
from program import BIN

# Instructions for a request by the version of Debian, which decides the compiler and the libraries; 12 counted on 2026-11-26. Who
# makes a request cheaper writes the new count here; who makes it dearer says why it is worth it.
COUNTED = {"12": 141_000}
MOST = 1.2  # times that
FEW, MANY = 50, 250  # requests; the difference leaves out what the start of the program takes


def debian():
    with open("/etc/os-release", encoding="utf-8") as file:
        return dict(line.rstrip().split("=", 1) for line in file if "=" in line).get("VERSION_ID", "").strip('"')


def instructions(*arguments):
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                           os.path.join(BIN, "request-work"), *map(str, arguments)],
                          capture_output=True, text=True, timeout=100)
    counted = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not counted:
        raise AssertionError(f"valgrind and request-work ended with {done.returncode}: {done.stderr}")
    return int(counted.group(1))


class Request(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.each = (instructions(MANY) - instructions(FEW)) / (MANY - FEW)

    def test_takes_no_more_than_it_did(self):
        counted = COUNTED.get(debian())
        print(f"a request takes {self.each:,.0f} instructions", file=sys.stderr)
        if counted is None:
            self.skipTest("nothing was counted on this version of Debian")
        self.assertLessEqual(self.each, MOST * counted)
        # A bound that is far above what there is would let the next third pass.
        self.assertGreaterEqual(self.each, 0.8 * counted, "a request has become cheaper: lower COUNTED")

    def test_that_does_a_third_more_is_found_out(self):
        dearer = (instructions(MANY, 3) - instructions(FEW, 3)) / (MANY - FEW)
        self.assertGreater(dearer, MOST * self.each)


if __name__ == "__main__":
    unittest.main()
