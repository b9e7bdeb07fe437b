"""Measures grpcwire against the floor and stock stacks; see docs/performance.md."""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

import check
import instructions
from programs import ROOT, Failed, allow_many_files

SKIPPED = 77


def parse():
    parser = argparse.ArgumentParser(prog="tools/dev bench", description=__doc__)
    parser.add_argument("--bin", type=Path, help="folder of the programs",
                        default=os.environ.get("GRPCWIRE_BIN", ROOT / "build/release/bin"))
    parser.add_argument("--check", action="store_true",
                        help="only compare the instructions of calls with the committed ones")
    parser.add_argument("--accept", action="store_true", help="with --check: commit to them")
    parser.add_argument("--profile", type=int, nargs="?", const=40, metavar="N",
                        help="print the N costliest functions of a call as well (40)")
    parser.add_argument("--contenders", nargs="+", choices=instructions.SERVERS, metavar="NAME",
                        help="with --profile, of the servers: " + ", ".join(instructions.SERVERS))
    parser.add_argument("--skip", metavar="REASON", help="do nothing but say why, for tests")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    args = parser.parse_args()
    if args.accept and not args.check:
        parser.error("--accept goes with --check")
    return args


def missing_program():
    """What --check cannot do without."""
    for program, package in (("valgrind", "valgrind"), ("h2load", "nghttp2-client"),
                             ("nghttp", "nghttp2-client")):
        if not shutil.which(program):
            return f"{program} is not installed (Debian: {package})"
    return ""


def print_profiles(args):
    def on_profile(side, name, streams, profile):
        profiles.append((f"{side} {name}, 1×{streams}", profile))
    profiles = []
    results = instructions.measure(
        args.bin, servers=args.contenders or (instructions.FLOOR, instructions.OURS),
        on_profile=on_profile)
    for what, profile in profiles if args.profile else ():
        instructions.print_profile(what, profile, args.profile)
    print()
    instructions.print_table(results)
    if args.json:
        args.json.write_text(json.dumps(results, indent=2) + "\n")


def main():
    args = parse()
    allow_many_files()
    missing = args.skip or missing_program()
    if missing:
        print(f"skipped: {missing}")
        return SKIPPED
    if args.check:
        if args.accept:
            check.accept(args.bin)
            return 0
        return 0 if check.check(args.bin) else 1
    print_profiles(args)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"tools/dev bench: {failure}")
