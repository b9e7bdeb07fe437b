"""Measures grpcwire against the floor and stock stacks; see docs/performance.md."""

import argparse
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import check
import compile_time
import footprint
import instructions
import memory
import report
import shares
import timing
from contenders import Contenders
from programs import ROOT, Failed, allow_many_files, run, say

SKIPPED = 77
OUTPUT = ROOT / "build/bench"


def measurements(args, contenders):
    """What each name of --only measures: (key in the figures, function)."""
    how = timing.Clock(args.quick)
    counts = check.CAREFUL_COUNTS if args.quick else instructions.COUNTS
    return {
        "instructions": lambda: count_instructions(args, counts),
        "servers": lambda: timing.servers_on_one_core(contenders, how),
        "ping_pong": lambda: timing.servers_on_one_core(contenders, how, "streaming"),
        "clients": lambda: timing.clients_on_one_core(contenders, how),
        "tls": lambda: timing.over_tls(contenders, how),
        "throughput": lambda: timing.throughput(contenders, how),
        "threads": lambda: timing.threads(contenders, how),
        "scale": lambda: timing.scale(contenders, how),
        "open_loop": lambda: timing.open_loop(contenders, how),
        "streaming": lambda: timing.streaming(contenders, how),
        "memory": lambda: memory.measure(contenders),
        "footprint": lambda: footprint.measure(contenders, args.bin),
        "compile_time": lambda: compile_time.measure(args.bin, 2 if args.quick else 5),
    }


def count_instructions(args, counts):
    by_owner = {"server": {}, "client": {}}

    def keep(side, name, streams, profile):
        if streams == 1:
            by_owner[side][name] = shares.of_profile(profile)
    results = instructions.measure(args.bin, counts=counts, on_profile=keep)
    return {**results, "shares": by_owner}


NAMES = ("instructions", "servers", "clients", "ping_pong", "tls", "throughput", "threads",
         "scale", "open_loop", "streaming", "memory", "footprint", "compile_time")


def parse():
    parser = argparse.ArgumentParser(prog="tools/dev bench", description=__doc__)
    parser.add_argument("--bin", type=Path, help="folder of the programs",
                        default=os.environ.get("GRPCWIRE_BIN", ROOT / "build/release/bin"))
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", default=NAMES,
                        help="measure only these: " + ", ".join(NAMES))
    parser.add_argument("--json", type=Path, metavar="FILE", default=OUTPUT / "figures.json",
                        help="where the figures go (build/bench/figures.json); plots beside it")
    parser.add_argument("--docs", action="store_true",
                        help="write them into docs/performance.md as well")
    parser.add_argument("--from", type=Path, metavar="FILE", dest="source",
                        help="measure nothing, take the figures of such a file")
    parser.add_argument("--check", action="store_true",
                        help="only compare the instructions of calls with the committed ones")
    parser.add_argument("--accept", action="store_true", help="with --check: commit to them")
    parser.add_argument("--profile", type=int, nargs="?", const=40, metavar="N",
                        help="only the N costliest functions of a call (40), and who allocates")
    parser.add_argument("--contenders", nargs="+", choices=instructions.SERVERS, metavar="NAME",
                        help="with --profile, of the servers: " + ", ".join(instructions.SERVERS))
    parser.add_argument("--skip", metavar="REASON", help="do nothing but say why, for tests")
    args = parser.parse_args()
    if args.accept and not args.check:
        parser.error("--accept goes with --check")
    if args.docs and args.only is not NAMES:
        parser.error("--docs wants all figures of one run, so not --only")
    return args


def missing_program():
    """What counting instructions cannot do without."""
    for program, package in (("valgrind", "valgrind"), ("h2load", "nghttp2-client"),
                             ("nghttp", "nghttp2-client")):
        if not shutil.which(program):
            return f"{program} is not installed (Debian: {package})"
    return ""


def print_profiles(args):
    profiles = []

    def keep(side, name, streams, profile):
        profiles.append((f"{side} {name}, 1×{streams}", profile))
    results = instructions.measure(
        args.bin, servers=args.contenders or (instructions.FLOOR, instructions.OURS),
        on_profile=keep)
    for what, profile in profiles:
        instructions.print_profile(what, profile, args.profile)
    print()
    instructions.print_table(results)


def _version(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True,
                          text=True, check=False)
    return done.stdout.partition("-")[0].partition("+")[0] if done.returncode == 0 else "unknown"


def machine():
    cpu = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {"date": datetime.date.today().isoformat(),
            "cpu": cpu.group(1) if cpu else os.uname().machine,
            "cores": len(os.sched_getaffinity(0)),
            "load": round(os.getloadavg()[0], 1),  # of others, before anything is measured
            "compiler": run(["c++", "--version"]).splitlines()[0] + " -O2",
            "libraries": f"nghttp2 {_version('libnghttp2-14')}, protobuf "
                         f"{_version('libprotobuf-dev')}, gRPC C++ {_version('libgrpc++-dev')}"}


def measure(args):
    contenders = Contenders(args.bin)
    for name, why in contenders.missing.items():
        say(f"without {name}: {why}")
    data = {"machine": {**machine(), "quick": args.quick}, "missing": contenders.missing}
    for name, function in measurements(args, contenders).items():
        if name in args.only:
            data[name] = function()
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    return data


def main():
    args = parse()
    allow_many_files()
    missing = args.skip or missing_program()
    if missing and not args.source:
        print(f"skipped: {missing}")
        return SKIPPED
    if args.check:
        if args.accept:
            check.accept(args.bin)
            return 0
        return 0 if check.check(args.bin) else 1
    if args.profile:
        print_profiles(args)
        return 0
    data = json.loads(args.source.read_text()) if args.source else measure(args)
    print(report.whole(data))
    if args.docs:
        report.write_document(data)
    else:
        report.write_plots(data, args.json.parent)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"tools/dev bench: {failure}")
