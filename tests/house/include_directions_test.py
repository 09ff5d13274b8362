"""The include check finds what it is for: wrong directions, folders without a row, rows without a folder, a broken table."""

import os
import tempfile
import unittest

import include_directions

TABLE = """# Architecture

## What may include what

| room | may include |
|---|---|
| `base` | |
| `service/wire` | `base` |
| `service` | `base` `service/wire` |
| `gateway` | `base` `proto` |
| `sim/json.h` | |
| `sim` | `sim/json.h` |

## Something else

| `gateway` | `service` |
"""
TREE = {"base/log.h": "", "service/main.cc": '#include "service/wire/curl.h"\n#include "base/log.h"\n',
        "service/wire/curl.h": "#include <vector>\n", "sim/json.h": "", "sim/main.cc": '#include "sim/json.h"\n',
        "gateway/main.cc": '#include "flux/v1/models.pb.h"\n#include "gateway/config.h"\n', "gateway/config.h": ""}


class IncludeDirectionsTest(unittest.TestCase):
    def findings(self, changes, table=TABLE):
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**TREE, **changes}.items():
                if text is not None:
                    os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                    with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                        file.write(text)
            return include_directions.findings(root, include_directions.allowed(table))

    def test_a_tree_that_keeps_to_the_table_is_well(self):
        self.assertEqual(self.findings({}), [])

    def test_a_wrong_direction_is_told_with_its_place(self):
        self.assertEqual(self.findings({"service/wire/curl.h": '#include <vector>\n  # include "service/config.h"\n'}),
                         ["service/wire/curl.h:2: service/wire may not include service (service/config.h)"])

    def test_angle_brackets_hide_nothing(self):
        self.assertEqual(len(self.findings({"gateway/main.cc": "#include <service/wire/curl.h>\n"})), 1)

    def test_the_contract_is_a_room_too(self):
        self.assertEqual(len(self.findings({"service/wire/curl.h": '#include "flux/v1/models.pb.h"\n'})), 1)

    def test_a_file_with_a_row_is_a_room(self):
        self.assertEqual(len(self.findings({"sim/json.h": '#include "sim/server.h"\n'})), 1)

    def test_a_folder_without_a_row_is_told(self):
        self.assertEqual(self.findings({"service/jobs/jobs.cc": ""}),
                         ["service/jobs/jobs.cc: its folder has no row in ARCHITECTURE.md"])
        self.assertEqual(len(self.findings({"service/main.cc": '#include "service/jobs/jobs.h"\n'})), 1)

    def test_a_row_without_a_folder_is_told(self):
        self.assertEqual(self.findings({"service/wire/curl.h": None, "service/main.cc": ""}),
                         ["ARCHITECTURE.md: the room service/wire is not in the tree"])

    def test_a_broken_table_is_told(self):
        for table in ("# Architecture\n", include_directions.HEADING + "\n\nwords\n",
                      TABLE.replace("| `base` | |", "| `base` | |\n| `base` | `sim` |"),
                      TABLE.replace("| `base` | |", "| `base` | `nowhere` |")):
            with self.assertRaises(ValueError):
                include_directions.allowed(table)


if __name__ == "__main__":
    unittest.main()
