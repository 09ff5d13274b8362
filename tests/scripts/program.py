"""Programs of this tree as processes, for the tests that are written in Python."""

import json
import os
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("FLUX_BIN_DIR", os.path.join(ROOT, "build", "dev", "bin"))


class Program:
    """One of the programs, and the addresses that it says it listens on."""

    def __init__(self, name, *flags, **settings):
        self.log = tempfile.TemporaryFile("w+")
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("FLUX_", "FAL_"))}
        self.process = subprocess.Popen([os.path.join(BIN, name), *flags], stdout=self.log, stderr=self.log,
                                        env={**environment, **settings})

    def address(self, name):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            self.log.seek(0)
            for line in self.log:
                try:
                    said = json.loads(line)
                except ValueError:
                    continue
                if said.get("event") == "listening" and said.get("name") == name:
                    return said["address"]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.log.seek(0)
        raise AssertionError("no address of " + name + ": " + self.log.read())

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()
