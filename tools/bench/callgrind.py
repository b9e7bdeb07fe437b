"""Reads what callgrind writes: the cost of each function, alone and with what it calls.

Costs of two runs can be subtracted, which leaves the cost of what the longer one did more.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Profile:
    """By function: (object file, name). Inclusive costs count recursion more than once."""
    total: float = 0
    exclusive: dict = field(default_factory=lambda: defaultdict(float))
    inclusive: dict = field(default_factory=lambda: defaultdict(float))
    calls: dict = field(default_factory=lambda: defaultdict(float))
    edges: dict = field(default_factory=lambda: defaultdict(float))  # (caller, called): calls

    def per_call(self, shorter, calls):
        """The slope: what one of the `calls` that this run has more than `shorter` costs."""
        slope = Profile((self.total - shorter.total) / calls)
        for name in ("exclusive", "inclusive", "calls", "edges"):
            mine, other, to = getattr(self, name), getattr(shorter, name), getattr(slope, name)
            for key in mine.keys() | other.keys():
                to[key] = (mine.get(key, 0) - other.get(key, 0)) / calls
        return slope

    def by_object(self):
        sums = defaultdict(float)
        for (obj, _), cost in self.exclusive.items():
            sums[obj] += cost
        return sums

    def callers(self, pattern, library):
        """Who calls functions named so, and how often, not counting calls from within `library`."""
        wanted, inside = re.compile(pattern), re.compile(library)
        sums = defaultdict(float)
        for (caller, (_, name)), count in self.edges.items():
            if wanted.fullmatch(name) and not inside.match(caller[0]):
                sums[caller] += count
        return sums

    def calls_from_outside(self, pattern, library):
        """How often functions named so are called, not counting calls from within `library`."""
        return sum(self.callers(pattern, library).values())


class _Names:
    """callgrind writes `(4) text` once and `(4)` from then on."""

    def __init__(self):
        self.known = {}

    def resolve(self, text):
        match = re.match(r"\((\d+)\)(?: (.*))?$", text)
        if not match:
            return text
        if match.group(2) is not None:
            self.known[match.group(1)] = match.group(2)
        return self.known[match.group(1)]


def read(path):
    """The profile in this file."""
    profile = Profile()
    objects, functions = _Names(), _Names()
    obj = called_obj = here = called = ""
    count = None  # set: the next line of numbers is the cost of a call
    with Path(path).open() as lines:
        for line in lines:
            key, equals, value = line.rstrip("\n").partition("=")
            if line[:1].isdigit() or line[:1] in "+-*":
                cost = int((line.split() + ["0"])[1])
                if count is None:
                    profile.exclusive[here] += cost
                    profile.inclusive[here] += cost
                    profile.total += cost
                else:
                    profile.inclusive[here] += cost
                    profile.calls[called] += count
                    profile.edges[here, called] += count
                    count = None
            elif not equals:
                continue
            elif key == "ob":
                obj = called_obj = Path(objects.resolve(value)).name
            elif key == "fn":
                here = (obj, functions.resolve(value))
                called_obj = obj
            elif key == "cob":
                called_obj = Path(objects.resolve(value)).name
            elif key == "cfn":
                called = (called_obj, functions.resolve(value))
                called_obj = obj
            elif key == "calls":
                count = int(value.split()[0])
    return profile
