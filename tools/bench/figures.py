"""The table: each figure with what it must reach and what it aims at, from one run's measurements."""

from dataclasses import dataclass, field

from contenders import CPP, FLOOR, GO, OURS
from timing import DIRECTIONS, SIZES

WORDS = {"missed": 0, "must": 1, "aim": 2}


@dataclass
class Cell:
    """One number. `at_least`: larger is better. Without limits it is only told."""
    label: str
    value: float
    must: float | None = None
    aim: float | None = None
    at_least: bool = False
    form: str = "{:.2f}"

    def within(self, limit):
        return self.value >= limit if self.at_least else self.value <= limit

    def verdict(self):
        """"aim", "must" or "missed"; "" without limits."""
        if self.must is None:
            return ""
        if not self.within(self.must):
            return "missed"
        return "aim" if self.aim is None or self.within(self.aim) else "must"

    def text(self):
        number = self.form.format(self.value)
        return f"{self.label} {number}" if self.label else number


@dataclass
class Row:
    figure: str
    must: str
    aim: str
    cells: list = field(default_factory=list)
    missing: str = ""  # why there is no number, or not every one

    def verdict(self):
        verdicts = [cell.verdict() for cell in self.cells if cell.verdict()]
        if not verdicts or self.missing:
            return "missed" if "missed" in verdicts else "not measured"
        return min(verdicts, key=WORDS.get)


def _row(figure, must, aim, make):
    """The row with the cells of make(); what it lacks is said instead of a number."""
    row = Row(figure, must, aim)
    try:
        row.cells = make()
    except KeyError as lacking:
        row.missing = f"{lacking.args[0]} was not measured"
    return row


def _instructions(data, side, must, aim):
    of = data["instructions"][side]
    return [Cell(f"1×{s}", of[OURS][s]["instructions"] / of[FLOOR][s]["instructions"], must, aim)
            for s in ("100", "1")]


def _against_stock(data):
    of = data["servers"]
    mine = of[OURS]["100"]["server_us"]
    best = min(of[name]["100"]["server_us"] for name in CPP)
    return [Cell(f"{name} 1/", other / mine, 5, 7, at_least=True, form="{:.1f}")
            for name, other in (("gRPC C++", best), (GO, of[GO]["100"]["server_us"]))]


def _one_by_one(data, figure, must, aim):
    of = data["servers"]
    return [Cell("", of[OURS]["1"][figure] / of[FLOOR]["1"][figure], must, aim)]


def stream_ratios(data):
    """{"from_server 64 KiB": (against the best stock stack, against the floor)}"""
    of = data["streaming"]
    stock = [name for name in (*CPP, GO) if name in of]
    if not stock:
        raise KeyError("any stock stack")
    ratios = {}
    for key in (f"{direction} {size}" for direction in DIRECTIONS for size in SIZES):
        mine = of[OURS][key]["gb_per_second"]
        best = max(of[name][key]["gb_per_second"] for name in stock)
        ratios[key] = (mine / best, mine / of[FLOOR][key]["gb_per_second"])
    return ratios


def _streams_against_stock(data):
    ratios = {key: pair[0] for key, pair in stream_ratios(data).items()}
    cells = [Cell(_short(key), ratio, 1.0, at_least=True) for key, ratio in ratios.items()]
    mean = sum(ratios.values()) / len(ratios)
    return [*cells, Cell("mean", mean, 1.2, 1.4, at_least=True)]


def _streams_against_floor(data):
    return [Cell(_short(key), pair[1], 0.8, 1.0, at_least=True)
            for key, pair in stream_ratios(data).items()]


def _short(key):
    direction, _, size = key.partition(" ")
    return f"{'to client' if direction == 'from_server' else 'from client'} {size}"


def _kilobytes(label, value, must, aim):
    return Cell(label, value / 1000, must, aim, form="{:.1f} KB")


def _allocations(data):
    return [Cell(side, data["instructions"][side][OURS]["1"]["allocations"], must, 2, form="{:.1f}")
            for side, must in (("server", 6), ("client", 8))]


def _hello(data):
    hello = data["footprint"]["static hello server"]
    return [Cell("", hello["bytes"] / 1e6, 2, form="{:.2f} MB"),
            Cell("threads", hello["threads"], 1, form="{:.0f}"),
            Cell("resident", hello["resident_bytes"] / 2**20, 4, form="{:.1f} MiB")]


def _compile(data):
    seconds = data["compile_time"]["seconds"]
    return [Cell("", seconds["grpcwire"] / seconds["gRPC C++"], 1, 0.7)]


def table(data):
    """The rows of issue 8, in its order."""
    memory = data.get("memory", {})
    return [
        _row("server, instructions per unary call ÷ floor", "≤ 1.5", "≤ 1.25",
             lambda: _instructions(data, "server", 1.5, 1.25)),
        _row("client, the same ÷ client floor", "≤ 1.6", "≤ 1.3",
             lambda: _instructions(data, "client", 1.6, 1.3)),
        _row("server CPU per call, 1×100 on one core, against the best of gRPC C++ · Go",
             "≤ 1/5", "≤ 1/7", lambda: _against_stock(data)),
        _row("server CPU per call, 1×1 on one core ÷ floor", "≤ 1.25", "≤ 1.1",
             lambda: _one_by_one(data, "server_us", 1.25, 1.1)),
        _row("p50 of a ping-pong unary call on one core ÷ floor", "≤ 1.15", "≤ 1.05",
             lambda: _one_by_one(data, "p50", 1.15, 1.05)),
        _row("streaming bytes/s ÷ the best stock stack", "≥ 1.0 each, 1.2 mean", "1.4 mean",
             lambda: _streams_against_stock(data)),
        _row("streaming bytes/s ÷ floor", "≥ 0.8", "≥ 1.0", lambda: _streams_against_floor(data)),
        _row("memory per idle connection · per idle bidi call", "≤ 16 KB · ≤ 3 KB",
             "≤ 10 KB · ≤ 1 KB",
             lambda: [_kilobytes("", memory["connection"][OURS], 16, 10),
                      _kilobytes("", memory["stream"][OURS], 3, 1)]),
        _row("memory per idle TLS connection", "≤ 40 KB", "≤ 25 KB",
             lambda: [_kilobytes("", memory["tls_connection"][OURS], 40, 25)]),
        _row("heap allocations per unary call, server · client", "≤ 6 · ≤ 8", "0–2",
             lambda: _allocations(data)),
        _row("static stripped hello server (lite) · threads · resident",
             "< 2 MB · 1 · < 4 MiB", "", lambda: _hello(data)),
        _row("compile time of a stub's user ÷ the same with grpcpp", "< 1", "< 0.7",
             lambda: _compile(data)),
    ]
