"""Plain rules for every text file: spaces, ends, no machine's own paths, nothing left to do.

    text.py [ROOT]
"""

import argparse
import re
from pathlib import Path

import tree

# Folders of bytes that are kept as they were found or written by a program.
BYTES = re.compile(r"tests/(fuzz/corpus|golden)/|.*\.(png|svg|html|pcapng|bin|pem|key|crt)$")

# Written in two parts, so that this file passes its own check.
RULES = [
    ("a path of somebody's machine", re.compile(r"(?<![\w.~$}*/-])/(?:" r"work|root|home/\w+)/")),
    ("work left in the text", re.compile(r"\b(?:TO" r"DO|FIX" r"ME)\b")),
    ("a tab", re.compile(r"\t")),
    ("space at the end of the line", re.compile(r"[ \t]+$")),
    ("a carriage return", re.compile(r"\r")),
]


def check_bytes(name, data):
    if b"\0" in data or not data:
        return []
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return [f"{name}: not UTF-8"]
    failures = []
    for number, line in enumerate(text.split("\n"), 1):
        for what, pattern in RULES:
            if pattern.search(line):
                failures.append(f"{name}:{number}: {what}")
    if not text.endswith("\n"):
        failures.append(f"{name}: no newline at the end of the file")
    elif text.endswith("\n\n"):
        failures.append(f"{name}: empty lines at the end of the file")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", default=Path(__file__).parents[2], type=Path)
    root = parser.parse_args().root
    failures, checked = [], 0
    for name in tree.files(root):
        if not BYTES.match(name):
            checked += 1
            failures += check_bytes(name, (root / name).read_bytes())
    tree.report("text", failures, checked)


if __name__ == "__main__":
    main()
