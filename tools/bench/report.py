"""Tables in Markdown from the figures of a run, and docs/performance.md between its markers."""

import re
from pathlib import Path

import plots
from contenders import CPP, FLOOR, GO, OURS, PYTHON
from figures import table
from programs import ROOT
from timing import DIRECTIONS, SIZES

DOCUMENT = ROOT / "docs/performance.md"
PLOTS = ROOT / "docs/performance"
BEGIN = "<!-- From here on written by tools/dev bench --docs. -->"
END = "<!-- Up to here written by tools/dev bench --docs. -->"
VERDICTS = {"aim": "hit, and the aim", "must": "hit", "missed": "**missed**",
            "not measured": "not measured"}


def markdown(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def main_table(data):
    rows = []
    for row in table(data):
        cells = [f"**{cell.text()}**" if cell.verdict() == "missed" else cell.text()
                 for cell in row.cells]
        measured = " · ".join(cells).replace("1/ ", "1/") or row.missing
        rows.append((row.figure, measured, row.must, row.aim or "–", VERDICTS[row.verdict()]))
    return markdown(("figure", "measured", "must", "aim", ""), rows)


def _named(name):
    return f"**{name}**" if name in (FLOOR, OURS) else name


def _against(value, floor, digits=2):
    return f"{value:,.{digits}f} ({value / floor:.2f})"


def instructions_table(data):
    rows = []
    for side in ("server", "client"):
        names = data["instructions"][side]
        for name, by in names.items():
            row = [side, _named(name)]
            for streams in ("1", "100"):
                floor = names[FLOOR][streams]["instructions"]
                row += [_against(by[streams]["instructions"], floor, 0),
                        f"{by[streams]['allocations']:.1f}"]
            rows.append(row)
    return markdown(("", "", "instructions 1×1 (÷ floor)", "allocations",
                     "instructions 1×100 (÷ floor)", "allocations"), rows)


def shares_table(data, side):
    """Who spends how much of a call, and how much more than in the floor; dearest first."""
    ours, floor = (data["instructions"]["shares"][side][name] for name in (OURS, FLOOR))
    total = sum(ours.values())
    rows = []
    for whose in sorted(ours.keys() | floor.keys(), key=lambda of: -ours.get(of, 0)):
        mine, least = ours.get(whose, 0), floor.get(whose, 0)
        if max(mine, least) >= 0.005 * total:
            rows.append((whose, f"{mine:,}", f"{mine / total:.1%}", f"{least:,}",
                         f"{mine - least:+,}"))
    return markdown((side, "instructions 1×1", "share", "floor", "above the floor"), rows)


def calls_table(data, part, whose, figure):
    of = data[part]
    floor = of[FLOOR]
    rows = []
    for name, by in of.items():
        rows.append((_named(name), _against(by["1"][figure], floor["1"][figure]),
                     _against(by["1"]["p50"], floor["1"]["p50"], 1), f"{by['1']['p99']:,.0f}",
                     f"{by['1']['p99.9']:,.0f}",
                     _against(by["100"][figure], floor["100"][figure]),
                     f"{by['100']['calls_per_second']:,.0f}"))
    return markdown((whose, "CPU µs 1×1", "p50 µs 1×1", "p99", "p99.9", "CPU µs 1×100",
                     "calls/s 1×100"), rows)


def throughput_table(data):
    keys = ("1×100", "8×100")
    return markdown(("server", *(f"calls/s {key}" for key in keys)),
                    [(_named(name), *(f"{by[key]['calls_per_second']:,.0f}" for key in keys))
                     for name, by in data["throughput"].items()])


def tls_table(data):
    of = data["tls"]
    ours = of[OURS]
    return markdown(("server", "CPU µs 1×1 (÷ ours)", "p50 µs 1×1", "CPU µs 1×100", "calls/s 1×100"),
                    [(_named(name), _against(by["1"]["server_us"], ours["1"]["server_us"]),
                      f"{by['1']['p50']:,.1f}",
                      _against(by["100"]["server_us"], ours["100"]["server_us"]),
                      f"{by['100']['calls_per_second']:,.0f}") for name, by in of.items()])


def threads_table(data):
    return markdown(("server", "calls/s", "CPU µs of a call, server", "client"),
                    [(_named(name), f"{by['calls_per_second']:,.0f}", f"{by['server_us']:.2f}",
                      f"{by['client_us']:.2f}") for name, by in data["threads"].items()])


def scale_table(data):
    of = data["scale"]
    floor = of[FLOOR]
    return markdown(("connections × calls", _named(FLOOR), f"{_named(OURS)} (÷ floor)"),
                    [(key, f"{by['server_us']:.2f}",
                      _against(of[OURS][key]["server_us"], by["server_us"]))
                     for key, by in floor.items()])


def open_loop_table(data):
    return markdown(("server", "p50 µs", "p99", "p99.9"),
                    [(_named(name), *(f"{by[key]:,.0f}" for key in ("p50", "p99", "p99.9")))
                     for name, by in data["open_loop"]["servers"].items()])


def streaming_table(data):
    of = data["streaming"]
    keys = list(of[FLOOR])
    head = [key.replace("from_server", "to client,").replace("from_client", "from client,")
            .replace("both_ways", "both ways,") for key in keys]
    return markdown(("server", *head),
                    [(_named(name), *(f"{by[key]['gb_per_second']:.2f} · "
                                      f"{by[key]['server_us']:,.1f}" for key in keys))
                     for name, by in of.items()])


def memory_table(data):
    memory = data["memory"]
    rows = []
    for name in memory["connection"]:
        def of(part):
            value = memory[part].get(name)
            return "–" if value is None else f"{value:,.0f}"
        rows.append((_named(name), f"{memory['idle'][name]['bytes'] / 2**20:.1f} MiB",
                     memory["idle"][name]["threads"], of("connection"), of("stream"),
                     of("tls_connection"), of("waiting_call")))
    return markdown(("", "idle server", "threads", "B per connection", "B per bidi call",
                     "B per TLS connection", "B per waiting call, client"), rows)


def footprint_table(data):
    return markdown(("program", "file", "lines of ldd", "resident", "threads"),
                    [(name, f"{of['bytes'] / 1e6:.2f} MB", of["libraries"],
                      f"{of['resident_bytes'] / 2**20:.1f} MiB", of["threads"])
                     for name, of in data["footprint"].items()])


def compile_table(data):
    return markdown(("stub of", "seconds of CPU"),
                    [(_named(name), f"{seconds:.2f}")
                     for name, seconds in data["compile_time"]["seconds"].items()])


def sections(data):
    """(heading, text) of all that this run has measured."""
    if "instructions" in data:
        yield "Instructions and allocations of a unary call", instructions_table(data)
        yield ("Who spends the instructions of a unary call",
               shares_table(data, "server") + "\n\n" + shares_table(data, "client"))
    if "servers" in data:
        yield ("Unary calls on one core: servers, with the floor's client as the load",
               calls_table(data, "servers", "servers", "server_us"))
    if "clients" in data:
        yield ("Unary calls on one core: clients, against the floor's server",
               calls_table(data, "clients", "clients", "client_us"))
    if "ping_pong" in data:
        yield ("A message there and back on a stream that stays, one core: servers, with the "
               "floor's client as the load", calls_table(data, "ping_pong", "servers", "server_us"))
    if "tls" in data:
        yield ("Unary calls over TLS on one core: servers, with grpcwire's client as the load",
               tls_table(data))
    if "throughput" in data:
        yield "Unary calls, client and server free on all cores", throughput_table(data)
    if "threads" in data:
        yield ("Threads: unary calls, 8×100, on all cores, with a client that costs next to nothing",
               threads_table(data))
    if "scale" in data:
        yield ("CPU µs of a call on the server for more and more calls at a time, one core, with a "
               "client that costs next to nothing", scale_table(data))
    if "open_loop" in data:
        yield (f"Latency at {data['open_loop']['rate']:,} calls a second, from the intended start",
               open_loop_table(data))
    if "streaming" in data:
        yield ("Streams of large messages: GB/s · CPU µs of the server for each message",
               streaming_table(data))
    if "memory" in data:
        yield "Memory", memory_table(data)
    if "footprint" in data:
        yield "Programs", footprint_table(data)
    if "compile_time" in data:
        yield "Compile time of a file that makes a call through a stub", compile_table(data)


def _circumstances(machine):
    """What makes times worse than they look."""
    load = f"; load before the run {machine['load']}" if "load" in machine else ""
    return load + ("; with --quick" if machine.get("quick") else "")


def whole(data, with_plots=()):
    machine = data["machine"]
    parts = [f"Measured on {machine['date']}: {machine['cpu']}, {machine['cores']} cores, "
             f"{machine['compiler']}, {machine['libraries']}{_circumstances(machine)}.",
             main_table(data)]
    parts += [f"![{title}](performance/{file})" for title, file in with_plots]
    for heading, text in sections(data):
        parts += [f"### {heading}", text]
    if data.get("missing"):
        parts.append("Not measured: " + "; ".join(f"{name} ({why})"
                                                  for name, why in data["missing"].items()) + ".")
    return "\n\n".join(parts)


def drawings(data):
    """(title, file name, SVG)"""
    order = (FLOOR, OURS, *CPP, GO, PYTHON)

    def of(part, pick):
        return {name: pick(data[part][name]) for name in order if name in data.get(part, {})}
    if "servers" in data:
        yield ("CPU of a unary call on the server, 1×100 on one core", "unary.svg",
               plots.bars("CPU of a unary call on the server, µs (1×100, one core)",
                          of("servers", lambda by: by["100"]["server_us"]), "{:.1f}", OURS))
    if "streaming" in data:
        keys = [f"{direction} {size}" for direction in DIRECTIONS for size in SIZES]
        yield ("Bytes in a second of one stream", "streaming.svg",
               plots.grouped_bars("One stream of large messages, GB/s",
                                  {key.replace("from_server", "to client")
                                   .replace("from_client", "from client"):
                                   of("streaming", lambda by, k=key: by[k]["gb_per_second"])
                                   for key in keys}, "{:.1f}", OURS))
    if "memory" in data:
        names = [name for name in order if name in data["memory"]["connection"]]
        yield ("Memory of what is idle", "memory.svg",
               plots.grouped_bars("Memory on the server, KB", {
                   part: {name: data["memory"][key][name] / 1000 for name in names
                          if name in data["memory"][key]}
                   for part, key in (("idle connection", "connection"),
                                     ("idle bidi call", "stream"),
                                     ("idle TLS connection", "tls_connection"))}, "{:.1f}", OURS))


def write_plots(data, folder):
    """Returns (title, file name) of each."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    written = []
    for title, name, svg in drawings(data):
        Path(folder, name).write_text(svg)
        written.append((title, name))
    return written


def write_document(data):
    """Only what is between the markers changes."""
    text = DOCUMENT.read_text()
    found = re.search(re.escape(BEGIN) + ".*?" + re.escape(END), text, re.DOTALL)
    if not found:
        raise SystemExit(f"{DOCUMENT}: the lines\n{BEGIN}\n{END}\nare missing")
    inside = f"{BEGIN}\n\n{whole(data, write_plots(data, PLOTS))}\n\n{END}"
    DOCUMENT.write_text(text[:found.start()] + inside + text[found.end():])
