"""Every public header has an object file that shows that it compiles alone, and not in an older state.

    compiled.py [--amalgamated] SOURCE_FOLDER BUILD_FOLDER

That is the object of the source of the same name, whose first include it is, or of a source that
includes nothing else. With --amalgamated the former have no objects of their own.
"""

import re
import sys
from pathlib import Path

amalgamated = sys.argv[1] == "--amalgamated"
source, build = map(Path, sys.argv[-2:])
sys.path.insert(0, str(source / "tools/checks"))
import tree  # noqa: E402


def object_of(name):
    unit = name.replace("/", "_") + ".cpp"
    if (build / "tests/headers" / unit).exists():
        return build / "tests/headers/CMakeFiles/grpcwire_header_units.dir" / (unit + ".o")
    layer, rest = name.split("/", 1)
    if rest.startswith("io/"):  # built with rpc
        layer, rest = "rpc", "__/" + name
    return build / layer / f"CMakeFiles/grpcwire_{layer}.dir" / rest.replace(".hpp", ".cpp.o")


def why_not(name):
    text = (source / name).read_text()
    if "\n#pragma once\n" not in "\n" + text:
        return "has no #pragma once"
    compiled = object_of(name)
    own = (source / name).with_suffix(".cpp")
    has_own_unit = "header_units" in str(compiled)
    if not (own.exists() if amalgamated and not has_own_unit else compiled.exists()):
        return "was not compiled alone"
    if not has_own_unit:
        first = re.search(r"^#include (.*)$", own.read_text(), re.MULTILINE)
        if not first or first.group(1) != f'"{Path(name).name}"':
            return f'has to be the first include of {own.name}, as "{Path(name).name}"'
        if amalgamated:
            return None
    if compiled.stat().st_mtime < (source / name).stat().st_mtime:
        return "has changed since it was compiled; build again"
    return None


public = [name for name in tree.files(source, {".hpp"})
          if name.split("/")[0] in ("codec", "transport", "rpc")
          and not tree.PRIVATE_HEADER.search(name)]
failures = [f"{name}: {why}" for name in public if (why := why_not(name))]
tree.report("headers", failures, len(public))
