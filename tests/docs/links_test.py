"""Every relative link of a document leads to a file that exists, and to a heading that the file has."""

import os
import re
import subprocess
import unittest

SOURCE_DIR = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def read(path):
    with open(os.path.join(SOURCE_DIR, path), encoding="utf-8") as file:
        return re.sub(r"^```.*?^```", "", file.read(), flags=re.M | re.S)


def anchors(text):
    """What GitHub makes of the headings."""
    made = set()
    for heading in re.findall(r"^#+ (.*)$", text, re.M):
        name = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
        number = 0
        while (name if not number else f"{name}-{number}") in made:
            number += 1
        made.add(name if not number else f"{name}-{number}")
    return made


def documents():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=SOURCE_DIR, capture_output=True,
                            text=True, check=True)
    return [path for path in listed.stdout.splitlines() if os.path.exists(os.path.join(SOURCE_DIR, path))]


class LinksTest(unittest.TestCase):
    def test_links_lead_somewhere(self):
        for path in documents():
            for target in re.findall(r"\]\(([^)\s]+)\)", read(path)):
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, anchor = target.partition("#")
                found = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
                with self.subTest(f"{path}: {target}"):
                    self.assertTrue(os.path.exists(os.path.join(SOURCE_DIR, found)))
                    if anchor:
                        self.assertIn(anchor, anchors(read(found)))

    def test_every_document_can_be_found_from_readme(self):
        reached, waiting = set(), ["README.md"]
        while waiting:
            path = waiting.pop()
            if path in reached or not path.endswith(".md"):
                continue
            reached.add(path)
            waiting += [os.path.normpath(os.path.join(os.path.dirname(path), target.partition("#")[0]))
                        for target in re.findall(r"\]\(([^)\s]+)\)", read(path))
                        if not re.match(r"[a-z]+:|#", target)]
        self.assertEqual(set(documents()) - reached, set())

    def test_readme_is_short(self):
        with open(os.path.join(SOURCE_DIR, "README.md"), encoding="utf-8") as file:
            self.assertLessEqual(len(file.readlines()), 200)


if __name__ == "__main__":
    unittest.main()
