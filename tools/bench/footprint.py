"""How large a program becomes: the static hello server, and what the shared ones link."""

import shutil
from pathlib import Path

from contenders import CPP, GO, OURS
from programs import Server, run, say


def shared_libraries(program):
    """Lines of ldd; 0 for a static program."""
    try:
        output = run(["ldd", program])
    except Exception:  # noqa: BLE001 (ldd fails for programs that are not dynamic)
        return 0
    return len(output.splitlines())


def running(command):
    with Server(command) as server:
        return {"resident_bytes": server.settled_resident_bytes(), "threads": server.threads()}


def measure(contenders, bin_folder):
    say("size of programs")
    results = {}
    static = Path(bin_folder, "bench_hello_static")
    if static.exists():
        results["static hello server"] = {"bytes": static.stat().st_size,
                                          "libraries": shared_libraries(static),
                                          **running([static, "127.0.0.1:0"])}
    for name in (OURS, CPP[2], GO):
        if name in contenders.servers and shutil.which("ldd"):
            program = contenders.servers[name][0]
            results[f"{name} benchmark server"] = {
                "bytes": Path(program).stat().st_size, "libraries": shared_libraries(program),
                **running(contenders.servers[name])}
    return results
