"""Every source says in its first comment what it is for. The test reads them all."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("base", "bench", "gateway", "service", "sim", "tests", "proto")


def without_comment(root, names):
    """Those of the files whose first line is no comment."""
    return [name for name in names if not (root / name).read_text(encoding="utf-8").startswith("//")]


def sources(root):
    """C++ sources and contracts below the folders, as paths relative to `root`."""
    found = []
    for folder in FOLDERS:
        for suffix in ("*.cc", "*.h", "*.proto"):
            found += [path.relative_to(root).as_posix() for path in (root / folder).rglob(suffix)]
    return sorted(name for name in found if "node_modules" not in name)


if __name__ == "__main__":
    names = sources(ROOT)
    if len(names) < 100:
        sys.exit(f"only {len(names)} sources were found")
    silent = without_comment(ROOT, names)
    for name in silent:
        print(f"{name}: its first line is no comment that says what the file is for")
    sys.exit(1 if silent else 0)
