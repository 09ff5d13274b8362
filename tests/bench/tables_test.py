#!/usr/bin/python3
"""What scripts/bench makes of its results: the tables, the quotients and where the product is behind; and that it writes them into a
document only between the markers.
"""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts"))
from program import ROOT

COLUMNS = ("row rate rps p50 p99 cpu switches rate_cpu rate_switches rate_p50 rate_p99 slow_p50 slow_max errors held_done held_errors "
           "held_p50 held_p99 held_mb crowd_done crowd_errors crowd_p50 crowd_p99 crowd_mb crowd_connections").split()
DIRECT = "direct 1000 90000.4 700 900 - - - - 100 300 100 900 0 4000 0 100 300 - 20000 0 100 300 - 5000".split()
NGINX = "nginx 1000 60000 900 1200 15 0.1 60 2 200 600 300 900 0 4000 0 200 400 30 19999 0 200 500 66 5000".split()
OURS = "ours-logging 1000 9000 7000 9000 110 1.5 400 12.3 500 1300 900 3100 1 3999 0 900 3000 109 17500 12 281800 945800 336 5000".split()
WORKERD = "workerd 1000 3000 9000 99000 290 0.2 720 3 900 90000 1000 9000 0 3999 0 1200 52500 311 15847 0 411500 660500 680 4700".split()


def rendered(script, *rows, seconds=8):
    table = "\n".join("\t".join(row) for row in (COLUMNS, *rows)) + "\n"
    done = subprocess.run(["awk", "-F\t", "-v", "rate=1000", "-v", f"seconds={seconds}", "-f", os.path.join(ROOT, "bench", script)], input=table,
                          capture_output=True, text=True, check=True)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else line for line in done.stdout.splitlines()]


class Tables(unittest.TestCase):

    def test_a_line_for_each_row_in_both(self):
        lines = rendered("tables.awk", DIRECT, OURS, WORKERD)
        self.assertIn(["direct", "90,000", "700 / 900", "– / –", "– / –", "– / –", "100 / 900", "0"], lines)
        self.assertIn(["ours-logging", "9,000", "7,000 / 9,000", "110 / 400", "1.5 / 12.3", "400 / 1,000", "900 / 3,100", "1"], lines)
        self.assertIn(["ours-logging", "3,999 / 0", "0.9 / 3.0", "109", "17,500 / 12", "281.8 / 945.8", "336"], lines)
        self.assertIn("done of 20,000", " ".join(sum((line for line in lines if isinstance(line, list)), [])))

    def test_fewer_connections_are_told(self):
        self.assertIn("15,847 / 0 (4,700 connections)", sum((line for line in rendered("tables.awk", WORKERD) if isinstance(line, list)), []))

    def test_another_rate_is_told(self):
        keyed = ["keyed-sqlite", "400", *OURS[2:]]
        self.assertEqual(rendered("tables.awk", DIRECT, keyed)[3][0], "keyed-sqlite, at 400/s")

    def test_added_needs_the_direct_row(self):
        self.assertIn("– / –", rendered("tables.awk", OURS)[2])


class Ratios(unittest.TestCase):

    def test_worse_is_bold_and_listed(self):
        lines = rendered("ratios.awk", DIRECT, NGINX, OURS, WORKERD)
        cells = {line[0]: line[1:3] for line in lines if isinstance(line, list)}
        self.assertEqual(cells["req/s"], ["**0.15**", "3.00"])
        self.assertEqual(cells["CPU per request, saturated"], ["**7.33**", "0.38"])
        self.assertEqual(cells["added p50"], ["**4.00**", "0.50"])
        self.assertEqual(cells["5,000 in flight: done"], ["**0.88**", "1.10"])
        self.assertIn("- Worse than workerd: switches per request at 1000/s.", lines)

    def test_without_crowds_nothing_is_told_of_them(self):
        tables = rendered("tables.awk", DIRECT, NGINX, seconds=0) + rendered("ratios.awk", DIRECT, NGINX, OURS, seconds=0)
        self.assertNotIn("in flight", str(tables))

    def test_nothing_without_a_peer_or_without_ours(self):
        self.assertEqual(rendered("ratios.awk", DIRECT, OURS), [])
        self.assertEqual(rendered("ratios.awk", DIRECT, NGINX), [])


class Arguments(unittest.TestCase):

    def test_a_document_without_markers_is_refused_before_anything_is_measured(self):
        done = subprocess.run([os.path.join(ROOT, "scripts", "bench"), "--into", os.path.join(ROOT, "README.md")], capture_output=True,
                              text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("has no markers", done.stderr)


if __name__ == "__main__":
    unittest.main()
