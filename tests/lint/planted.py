"""Runs a check over a small tree made for the purpose."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROJECT = Path(__file__).parents[2]


class PlantedTree(unittest.TestCase):
    check = None  # the file name below tools/checks

    def run_check(self, files, *arguments):
        """(exit code, output) of the check over a tree of these files: {name: text or bytes}."""
        with tempfile.TemporaryDirectory() as folder:
            for name, content in files.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
            done = subprocess.run(
                [sys.executable, "-B", PROJECT / "tools/checks" / self.check, folder,
                 *(argument.format(root=folder) for argument in arguments)],
                capture_output=True, text=True)
            return done.returncode, done.stdout + done.stderr

    def assert_refused(self, files, *words, arguments=()):
        code, output = self.run_check(files, *arguments)
        self.assertEqual(code, 1, output)
        for word in words:
            self.assertIn(word, output)

    def assert_accepted(self, files, arguments=()):
        code, output = self.run_check(files, *arguments)
        self.assertEqual(code, 0, output)
