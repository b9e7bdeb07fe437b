"""How long a file of a user compiles that includes a generated stub, with ours and with gRPC C++."""

import json
import os
import resource
import shlex
import statistics
import subprocess
import tempfile
from pathlib import Path

from programs import Failed, run, say

# A call each, so that what is included is used.
OURS = """#include <grpcwire/rpc/channel.hpp>
#include "grpc/testing/benchmark_service.grpcwire.hpp"
int call(const char* target) {
  grpcwire::channel channel{target};
  grpc::testing::BenchmarkService::stub stub{channel};
  const auto [status, response] =
      stub.UnaryCall(grpc::testing::SimpleRequest(), {}, grpcwire::blocking);
  return status.ok() ? response.payload().type() : -1;
}
"""
THEIRS = """#include <grpcpp/grpcpp.h>
#include "grpc/testing/benchmark_service.grpc.pb.h"
int call(const char* target) {
  const auto channel = grpc::CreateChannel(target, grpc::InsecureChannelCredentials());
  const auto stub = grpc::testing::BenchmarkService::NewStub(channel);
  grpc::ClientContext context;
  grpc::testing::SimpleResponse response;
  const auto status = stub->UnaryCall(&context, grpc::testing::SimpleRequest(), &response);
  return status.ok() ? response.payload().type() : -1;
}
"""


def compiler_flags(build, source):
    """The compiler and the flags that the build uses for this file."""
    commands = json.loads((build / "compile_commands.json").read_text())
    for entry in commands:
        if entry["file"].endswith(source):
            words = shlex.split(entry["command"])
            while not words[0].endswith(("g++", "c++", "clang++", "clang++-14")):
                words.pop(0)  # ccache and its launcher
            end = words.index("-o")
            return [word for word in words[:end] if not word.startswith(("-M", "-W"))
                    and not word.endswith(".d") and ".dir/" not in word]
    raise Failed(f"compile_commands.json does not know {source}")


def seconds_of(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command)} failed:\n{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(bin_folder, rounds):
    """{"grpcwire": seconds of CPU, "gRPC C++": …}"""
    build = Path(bin_folder).parent
    sources = {"grpcwire": (OURS, "tools/bench/client_load.cpp")}
    if (build / "interop/peers/cpp/generated/grpc/testing/benchmark_service.grpc.pb.h").exists():
        sources["gRPC C++"] = (THEIRS, "interop/peers/cpp/bench/sync_service.cpp")
    samples = {name: [] for name in sources}
    with tempfile.TemporaryDirectory() as folder:
        commands = {}
        for name, (text, like) in sources.items():
            file = Path(folder, f"{len(commands)}.cpp")
            file.write_text(text)
            commands[name] = [*compiler_flags(build, like), "-c", str(file), "-o", os.devnull]
        for turn in range(rounds):
            say(f"compile time: {turn + 1} of {rounds}")
            for name, command in commands.items():
                samples[name].append(seconds_of(command))
    return {"compiler": run([*next(iter(commands.values()))[:1], "--version"]).splitlines()[0],
            "seconds": {name: statistics.median(of) for name, of in samples.items()}}
