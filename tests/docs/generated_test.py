"""The generated parts of docs/ are what the programs say today, and scripts/docs notices when they are not."""

import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import tempfile
import unittest

SOURCE_DIR = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPT = os.path.join(SOURCE_DIR, "scripts/docs")


def load():
    loader = importlib.machinery.SourceFileLoader("flux_docs", SCRIPT)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("flux_docs", loader))
    loader.exec_module(module)
    return module


docs = load()


def run(*arguments):
    return subprocess.run([SCRIPT, "--bin", os.environ["FLUX_BIN_DIR"], *arguments], capture_output=True, text=True,
                          check=False)


class DocumentsTest(unittest.TestCase):
    def test_they_are_up_to_date(self):
        checked = run("--check")
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_a_stale_one_is_told_and_mended(self):
        with tempfile.TemporaryDirectory() as directory:
            copy = os.path.join(directory, "docs")
            shutil.copytree(os.path.join(SOURCE_DIR, "docs"), copy)
            path = os.path.join(copy, "settings.md")
            with open(path, encoding="utf-8") as file:
                right = file.read()
            wrong = right.replace("| `127.0.0.1:8080` |", "| `127.0.0.1:80` |")
            self.assertNotEqual(wrong, right)
            with open(path, "w", encoding="utf-8") as file:
                file.write(wrong)
            checked = run("--check", "--docs", copy)
            self.assertEqual(checked.returncode, 1, checked.stderr)
            self.assertIn("settings.md is stale", checked.stderr)
            self.assertEqual(run("--docs", copy).returncode, 0)
            with open(path, encoding="utf-8") as file:
                self.assertEqual(file.read(), right)

    def test_lost_marks_are_told(self):
        with self.assertRaisesRegex(docs.Wrong, "marks"):
            docs.put("words", "errors", "part")
        with self.assertRaisesRegex(docs.Wrong, "marks"):
            docs.put("<!-- generated: errors -->", "errors", "part")

    def test_programs_that_are_not_there_are_told(self):
        missing = subprocess.run([SCRIPT, "--check", "--bin", "/nonexistent"], capture_output=True, text=True, check=False)
        self.assertNotEqual(missing.returncode, 0)


class HelpTest(unittest.TestCase):
    def test_a_setting_has_flag_environment_default_and_words(self):
        settings, secrets = docs.parse_help(
            "  --a-b=true   Words (and more) [env A_B] (default x,*.y)\n  --check-config  Check\n"
            "\nSecrets:\n  KEY, or a file named by KEY_FILE: The key\n")
        self.assertEqual(settings, [("--a-b", "A_B", "x,*.y", "Words (and more)")])
        self.assertEqual(secrets, [("KEY", "KEY_FILE", "The key")])

    def test_what_cannot_be_read_is_told(self):
        for text in ("", "  --flag  words without a name\n"):
            with self.assertRaises(docs.Wrong):
                docs.parse_help(text)


class ReasonsTest(unittest.TestCase):
    ROW = 'ReasonRow{Reason::kA, "A", kGrpcNotFound, 404, false, true, kNo,\n  "Says "\n "it."},\n'

    def test_a_row_is_read(self):
        self.assertEqual(docs.parse_reasons(self.ROW), [("A", "404", "NOT_FOUND", "no", True, False, "Says it.")])

    def test_a_row_that_cannot_be_read_is_told(self):
        for text in ("", self.ROW + "ReasonRow{Reason::kB, kB_NAME},", self.ROW.replace("404", "kNotFound")):
            with self.assertRaises(docs.Wrong):
                docs.parse_reasons(text)


class RoutesTest(unittest.TestCase):
    def test_every_route_has_a_series(self):
        name = "flux_gateway_request_duration_seconds_count"
        self.assertEqual(docs.parse_routes(f'{name}{{route="/b/{{model}}"}} 0\n{name}{{route="/a"}} 2\n'
                                           f'{name}{{route="other"}} 1\n'), ["/a", "/b/{model}"])

    def test_no_routes_are_told(self):
        with self.assertRaises(docs.Wrong):
            docs.parse_routes("")


class FieldsTest(unittest.TestCase):
    def test_what_several_models_take_must_be_explained(self):
        models = [{"name": name, "parameters": [{"name": "raw"}, {"name": f"only_{name}"}]} for name in "abc"]
        self.assertEqual(docs.undocumented("| `seed` |", models), ["raw"])
        self.assertEqual(docs.undocumented("| `raw` |", models), [])


if __name__ == "__main__":
    unittest.main()
