"""What the checks share: which files there are, C++ text without comments and strings, reporting."""

import os
import re
import sys
from pathlib import Path

SKIPPED_FOLDERS = {".git", "build", "__pycache__", ".cache", ".vscode", ".idea"}

# Headers that users do not include: they may name what the public ones hide.
PRIVATE_HEADER = re.compile(r"(^|/)detail/|_internal\.hpp$|(^|/)nghttp2_[^/]*\.hpp$")


def files(root, suffixes=None):
    """Paths below root, relative, with forward slashes, sorted. Build folders are left out."""
    found = []
    for folder, names, leaves in os.walk(root):
        names[:] = [n for n in names if n not in SKIPPED_FOLDERS
                    and not os.path.exists(os.path.join(folder, n, "CMakeCache.txt"))]
        for leaf in leaves:
            path = Path(folder, leaf)
            if path.is_file() and (suffixes is None or path.suffix in suffixes):
                found.append(path.relative_to(root).as_posix())
    return sorted(found)


_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/'
    r'|R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'",
    re.DOTALL)


def code_only(text):
    """The text with comments and the insides of literals removed; line numbers stay the same."""
    def blank(match):
        found = match.group(0)
        lines = "\n" * found.count("\n")
        return (" " if found.startswith("/") else '""') + lines
    # #include "x" would lose its name; it is read from the raw text by includes().
    return _TOKEN.sub(blank, text)


_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.MULTILINE)


def includes(text):
    """(line, name) of each #include that is not in a block comment."""
    bare = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.DOTALL)
    return [(bare.count("\n", 0, m.start(1)) + 1, m.group(1)) for m in _INCLUDE.finditer(bare)]


def report(name, failures, checked):
    """Prints the outcome and ends the program."""
    for failure in failures:
        print(failure)
    if not checked:
        sys.exit(f"{name}: found nothing to check")
    print(f"{name}: {checked} files, {len(failures)} failures")
    sys.exit(1 if failures else 0)
