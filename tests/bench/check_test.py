"""What `tools/dev bench --check` takes for worse, without measuring anything."""

import contextlib
import io
import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[2] / "tools/bench"))
import check  # noqa: E402  (the folder has to be known first)


def measured(ours):
    """Instructions of a floor of 1,000 and of a grpcwire with so many."""
    figures = {"floor": {s: {"instructions": 1000} for s in ("1", "100")},
               "grpcwire": {s: {"instructions": ours} for s in ("1", "100")}}
    return {"server": figures, "client": figures}


class Check(unittest.TestCase):
    committed = {f"{side} 1×{s}": 1.5 for side in ("server", "client") for s in (1, 100)}

    def outcome(self, *runs):
        """What check() says when measurements give these, one after the other."""
        file = mock.Mock()
        file.read_text.return_value = check.json.dumps({"ratios": self.committed})
        text = io.StringIO()
        with mock.patch.object(check, "EXPECTED", file), contextlib.redirect_stdout(text), \
                contextlib.redirect_stderr(io.StringIO()), \
                mock.patch.object(check.instructions, "measure", side_effect=map(measured, runs)):
            return check.check("bin"), text.getvalue()

    def test_the_same_is_fine_and_so_is_less(self):
        self.assertTrue(self.outcome(1500)[0])
        self.assertTrue(self.outcome(1000)[0])

    def test_four_per_cent_more_are_within_what_measurements_differ(self):
        self.assertTrue(self.outcome(1560)[0])

    def test_six_per_cent_more_are_worse_when_the_careful_run_says_so_too(self):
        good, text = self.outcome(1590, 1590)
        self.assertFalse(good)
        self.assertIn("WORSE", text)
        self.assertIn("+6.0 %", text)
        self.assertTrue(self.outcome(1590, 1560)[0])

    def test_a_figure_that_nothing_is_committed_for_does_not_pass(self):
        self.committed = {}
        good, text = self.outcome(1000, 1000)
        self.assertFalse(good)
        self.assertIn("nothing is committed", text)


if __name__ == "__main__":
    unittest.main()
