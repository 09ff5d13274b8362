#!/usr/bin/python3
"""How often the programs' threads go to sleep for one request is bounded: each time is a hand-over from thread to thread, or a wait
for the other side. Callers come one at a time, which is when nothing can be merged. What else the machine does changes the count, so
the least of several runs is what counts.
"""

import json
import os
import pathlib
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts"))
from program import BIN, Program

# Of both programs together; 3.4 to 3.9 were counted on 2026-11-26, and up to 5.4 beside other work. Before the loops asked gRPC
# themselves it was 11.
MOST = 8.0
RUNS = 5
BODY = '{"prompt":"A beautiful sunset over mountains"}'


def switches(program):
    count = 0
    for status in pathlib.Path(f"/proc/{program.process.pid}/task").glob("*/status"):
        try:
            lines = status.read_text().splitlines()
        except OSError:  # a thread that has ended meanwhile
            continue
        count += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches:"))
    return count


class Request(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.running = []
        fal = cls.start("bench-fake-fal").address("fal")
        cls.service = cls.start("flux-service", "--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0", "--fal-url=http://" + fal,
                                FAL_KEY="bench:bench")
        cls.gateway = cls.start("flux-gateway", "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--rate-limit-per-minute=0",
                                "--service=" + cls.service.address("grpc"))
        cls.port = cls.gateway.address("http").rsplit(":", 1)[1]
        ready = "http://" + cls.gateway.address("admin") + "/readyz"
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(ready, timeout=5).close()
                break
            except urllib.error.URLError:
                time.sleep(0.05)
        cls.load(1)

    @classmethod
    def start(cls, name, *flags, **settings):
        cls.running.append(Program(name, *flags, **settings))
        return cls.running[-1]

    @classmethod
    def tearDownClass(cls):
        for program in reversed(cls.running):
            program.stop()

    @classmethod
    def load(cls, seconds):
        done = subprocess.run([os.path.join(BIN, "bench-load"), "--port", cls.port, "--path", "/api/v1/flux/text-to-image/dev",
                               "--body", BODY, "--expect", "https://v3.fal.media/files/", "--connections", "1",
                               "--duration", str(seconds)], capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)

    def test_is_handed_over_no_more_often_than_it_was(self):
        counted = [self.counted() for _ in range(RUNS)]
        print("switches for a request:", ", ".join(f"{each:.1f}" for each in counted), file=sys.stderr)
        self.assertLessEqual(min(counted), MOST)

    def counted(self):
        before = switches(self.service) + switches(self.gateway)
        told = self.load(1)
        self.assertEqual(told["errors"], 0)
        self.assertGreater(told["completed"], 20)
        return (switches(self.service) + switches(self.gateway) - before) / told["completed"]


if __name__ == "__main__":
    unittest.main()
