#!/usr/bin/python3
"""Reads every #include "…" of base, service, gateway and sim, and says which of them goes in a direction that the table "What may
include what" of ARCHITECTURE.md does not allow. Also says which folder the table does not know, and which row of it has nothing
in the tree. Exits with 1 where there is something to say.

Usage: include_directions.py [SOURCE_DIR]
"""

import os
import re
import sys

TREES = ("base", "service", "gateway", "sim")
HEADING = "## What may include what"


def allowed(document):
    """{room: the rooms that it may include}, from the table under HEADING."""
    if HEADING not in document:
        raise ValueError(f"ARCHITECTURE.md has no heading \"{HEADING}\"")
    section = document.split(HEADING, 1)[1].split("\n## ", 1)[0]
    rows = {}
    for room, may in re.findall(r"^\| `([^`]+)` \|(.*)\|$", section, re.M):
        if room in rows:
            raise ValueError(f"ARCHITECTURE.md names {room} twice")
        rows[room] = set(re.findall(r"`([^`]+)`", may))
    if not rows:
        raise ValueError("ARCHITECTURE.md has no table of rooms")
    for room, may in rows.items():
        for name in may - set(rows) - {"proto"}:
            raise ValueError(f"ARCHITECTURE.md lets {room} include {name}, which is no room of its table")
    return rows


def room_of(path, rows):
    """The room of a file: the file itself or its folder where the table names it. None where it names neither."""
    if path.startswith(("flux/v1/", "google/rpc/")):
        return "proto"
    if path in rows:
        return path
    folder = os.path.dirname(path)
    return folder if folder in rows else None


def sources(root):
    for tree in TREES:
        for directory, _, names in os.walk(os.path.join(root, tree)):
            for name in sorted(names):
                if name.endswith((".cc", ".h")):
                    yield os.path.relpath(os.path.join(directory, name), root)


def findings(root, rows):
    """What is wrong, one line each, with the place to look at."""
    said, seen = [], set()
    for path in sources(root):
        room = room_of(path, rows)
        seen.add(room)
        if room is None:
            said.append(f"{path}: its folder has no row in ARCHITECTURE.md")
            continue
        with open(os.path.join(root, path), encoding="utf-8") as file:
            lines = file.readlines()
        for number, line in enumerate(lines, 1):
            include = re.match(r'\s*#\s*include\s+["<]([^">]+)[">]', line)
            if not include or not include[1].startswith((*(tree + "/" for tree in TREES), "flux/v1/", "google/rpc/")):
                continue
            other = room_of(include[1], rows)
            if other is None:
                said.append(f"{path}:{number}: {include[1]} is in no room of ARCHITECTURE.md")
            elif other != room and other not in rows[room]:
                said.append(f"{path}:{number}: {room} may not include {other} ({include[1]})")
    said += [f"ARCHITECTURE.md: the room {room} is not in the tree" for room in rows if room not in seen]
    return said


def main(root):
    try:
        with open(os.path.join(root, "ARCHITECTURE.md"), encoding="utf-8") as file:
            said = findings(root, allowed(file.read()))
    except ValueError as error:
        said = [str(error)]
    for line in said:
        print(line, file=sys.stderr)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1
                  else os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))))
