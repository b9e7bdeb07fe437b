"""Where programs are that come from elsewhere, and those of this build."""

import os
import shutil
import sys

SKIPPED = 77  # what CTest takes for "skipped"
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PEERS = os.path.join(ROOT, "build", "peers", "bin")


def peer(name):
    """A program that interop/peers/setup puts there, or that is in PATH; ends this one without."""
    found = shutil.which(name, path=PEERS) or shutil.which(name)
    if found is None:
        print(f"skipped: {name} is not there; run interop/peers/setup, or put it into PATH")
        sys.exit(SKIPPED)
    return found


def bin_folder():
    """Of the build that is tested, unless --bin says which."""
    return os.environ.get("GRPCWIRE_BIN") or os.path.join(ROOT, "build", "release", "bin")


def ours(folder, name):
    program = os.path.join(folder, name)
    if not os.access(program, os.X_OK):
        sys.exit(f"{program} is not there; build it first: tools/dev build")
    return program
