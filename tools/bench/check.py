"""The check that no call has become dearer: instruction ratios against the committed ones."""

import json
from pathlib import Path

import instructions
from programs import say

EXPECTED = Path(__file__).with_name("expected.json")
TOLERANCE = 0.05
COUNTS = (300, 1500)  # enough for a slope that repeats to a per cent
CAREFUL_COUNTS = (500, 4000)


def worse(measured, expected):
    """The ratios that are more than the tolerance above what they should be."""
    return [name for name, ratio in measured.items()
            if name not in expected or ratio > expected[name] * (1 + TOLERANCE)]


def check(bin_folder):
    """Prints how each ratio stands. True when none is worse."""
    expected = json.loads(EXPECTED.read_text())["ratios"]
    measured = instructions.ratios(instructions.measure(bin_folder, counts=COUNTS))
    if worse(measured, expected):
        say("That is worse than committed; once more, with more calls.")
        measured = instructions.ratios(instructions.measure(bin_folder, counts=CAREFUL_COUNTS))
    bad = worse(measured, expected)
    for name, ratio in measured.items():
        known = expected.get(name)
        if known is None:
            verdict = "nothing is committed for it"
        else:
            verdict = f"committed {known:.3f}, {100 * (ratio / known - 1):+.1f} %"
        print(f"{name:12} instructions ÷ floor {ratio:6.3f}   {verdict}"
              f"{'   WORSE' if name in bad else ''}", flush=True)
    if bad:
        print(f"More than {TOLERANCE:.0%} worse. If that is the price of something: "
              "tools/dev bench --check --accept")
    return not bad


def accept(bin_folder):
    """Commits to what is measured now."""
    measured = instructions.measure(bin_folder, counts=CAREFUL_COUNTS)
    ratios = {name: round(ratio, 3) for name, ratio in instructions.ratios(measured).items()}
    EXPECTED.write_text(json.dumps({"ratios": ratios}, indent=2, ensure_ascii=False) + "\n")
    for name, ratio in ratios.items():
        print(f"{name:12} instructions ÷ floor {ratio:6.3f}")
