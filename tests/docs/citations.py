#!/usr/bin/python3
"""Finds citations of sections of docs/fal-api.md that do not exist. In this tree every "§" names a section of that document, unless
an RFC is named right before it ("RFC 9112 §7.1").

Usage: citations.py; prints what it finds and exits with 1 where there is something.
"""

import os
import re
import subprocess
import sys

SOURCE_DIR = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT = "docs/fal-api.md"
ENDINGS = (".cc", ".h", ".proto", ".py", ".js", ".md", ".txt", ".yaml")


def sections(document):
    """The sections of the document: what its headings begin with."""
    return set(re.findall(r"^#+ §(\d+(?:\.\d+)*)", document, re.M))


def cited(text):
    """[(line, section)] of every citation. Lines of a comment are read as one."""
    found = []
    joined = re.sub(r"\n[ \t]*(?://|#|\*)?[ \t]*", lambda gap: " " * len(gap[0]), text)
    for match in re.finditer(r"(RFC \d+\s+)?§(\d+(?:\.\d+)*)", joined):
        if not match[1]:
            found.append((text.count("\n", 0, match.start()) + 1, match[2]))
    for match in re.finditer(r"fal-api(?:\.md)?\s+\(sections? ([\d., and]+)\)", joined):
        found += [(text.count("\n", 0, match.start()) + 1, section)
                  for section in re.findall(r"\d+(?:\.\d+)*", match[1])]
    return found


def files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=SOURCE_DIR, capture_output=True, text=True,
                            check=True).stdout.splitlines()
    return [path for path in listed
            if (path.endswith(ENDINGS) or path.startswith("scripts/")) and path != "tests/docs/citations_test.py"
            and os.path.isfile(os.path.join(SOURCE_DIR, path))]


def read(path):
    with open(os.path.join(SOURCE_DIR, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def findings():
    there = sections(read(DOCUMENT))
    return [f"{path}:{line}: {DOCUMENT} has no §{section}" for path in files()
            for line, section in cited(read(path)) if section not in there]


def main():
    said = findings()
    for line in said:
        print(line, file=sys.stderr)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
