"""Every public header has an object file made from it alone, and not from an older state of it.

    compiled.py SOURCE_FOLDER BUILD_FOLDER
"""

import sys
from pathlib import Path

source, build = Path(sys.argv[1]), Path(sys.argv[2])
sys.path.insert(0, str(source / "tools/checks"))
import tree  # noqa: E402

public = [name for name in tree.files(source, {".hpp"})
          if name.split("/")[0] in ("codec", "transport", "rpc")
          and not tree.PRIVATE_HEADER.search(name)]
failures = []
for name in public:
    objects = list(build.rglob(name.replace("/", "_") + ".cpp.o"))
    if not objects:
        failures.append(f"{name}: was not compiled alone")
    elif objects[0].stat().st_mtime < (source / name).stat().st_mtime:
        failures.append(f"{name}: has changed since it was compiled; build again")
tree.report("headers", failures, len(public))
