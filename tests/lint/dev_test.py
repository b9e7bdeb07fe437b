"""tools/dev with stand-ins for dpkg-query, apt-get, id and sudo: what it would do to a machine."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

PROJECT = Path(__file__).parents[2]

STAND_INS = {
    # Knows the packages in the file `installed`.
    "dpkg-query": 'shift 3\nfor p in "$@"; do\n'
                  '  if grep -qx "$p" "$PLACE/installed"; then echo "$p installed"; fi\ndone\n'
                  'exit 1\n',
    "apt-get": 'echo "apt-get $*" >>"$PLACE/log"\n'
               'case "$*" in *install*) [ ! -e "$PLACE/broken" ] ;; esac\n',
    "id": 'cat "$PLACE/uid"\n',
    "sleep": "exit 0\n",
}


class Dev(unittest.TestCase):
    def setUp(self):
        self.place = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.place)
        (self.place / "bin").mkdir()
        for name, body in STAND_INS.items():
            self.stand_in(name, body)
        # A PATH without sudo, with the few programs that the script uses.
        for name in ("bash", "env", "cat", "grep", "sort", "sed", "dirname", "readlink"):
            (self.place / "bin" / name).symlink_to(shutil.which(name))
        self.machine(uid=0, installed="")

    def stand_in(self, name, body):
        path = self.place / "bin" / name
        path.write_text("#!/bin/sh\n" + body)
        path.chmod(0o755)

    def machine(self, uid, installed):
        (self.place / "uid").write_text(f"{uid}\n")
        (self.place / "installed").write_text("\n".join(installed.split()) + "\n")

    def dev(self, *arguments, script=PROJECT / "tools/dev"):
        return subprocess.run(
            [script, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL,
            env={"PATH": str(self.place / "bin"), "PLACE": str(self.place),
                 "LANG": os.environ.get("LANG", "C.UTF-8")})

    def apt_calls(self):
        log = self.place / "log"
        return log.read_text().splitlines() if log.exists() else []

    def test_nothing_happens_when_all_packages_are_there(self):
        self.machine(uid=1000, installed="clang-format-14 clang-tidy-14")
        done = self.dev("setup", "lint")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(self.apt_calls(), [])

    def test_only_missing_packages_are_installed(self):
        self.machine(uid=0, installed="clang-tidy-14")
        done = self.dev("setup", "lint")
        self.assertEqual(done.returncode, 0, done.stderr)
        update, install = self.apt_calls()
        self.assertTrue(update.endswith("update"), update)
        self.assertTrue(install.endswith(" clang-format-14"), install)

    def test_a_failing_installation_is_tried_twice_and_then_explained(self):
        (self.place / "broken").touch()
        done = self.dev("setup", "coverage")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(len(self.apt_calls()), 4)
        self.assertIn("apt-get install -y --no-install-recommends gcovr", done.stderr)

    def test_without_root_and_sudo_the_exact_line_is_printed(self):
        self.machine(uid=1000, installed="")
        done = self.dev("setup", "lint")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(
            "apt-get install -y --no-install-recommends clang-format-14 clang-tidy-14", done.stderr)
        self.assertEqual(self.apt_calls(), [])

    def test_without_root_sudo_is_used_and_never_asks_without_a_terminal(self):
        self.stand_in("sudo", 'echo "sudo $1" >>"$PLACE/log"; shift; exec "$@"\n')
        self.machine(uid=1000, installed="")
        self.assertEqual(self.dev("setup", "coverage").returncode, 0)
        self.assertEqual([call for call in self.apt_calls() if "sudo" in call], ["sudo -n"] * 2)

    def test_unknown_names_are_refused(self):
        for arguments in [("fly",), ("setup", "fly"), ("demo", "fly"), ("clean", "../x"), ("Test",),
                          ("fuzz", "fly"), ("sim", "1x")]:
            with self.subTest(arguments=arguments):
                done = self.dev(*arguments)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("tools/dev: ", done.stderr)

    def test_help_has_a_line_for_each_command(self):
        for arguments in [(), ("help",), ("--help",)]:
            done = self.dev(*arguments)
            self.assertEqual(done.returncode, 0)
            for command in ("setup", "build", "test", "demo", "asan", "lint", "ci"):
                self.assertIn(f"\n  {command} ", done.stdout)

    def test_a_missing_program_is_named(self):
        # A tree that has only tools/dev.
        script = self.place / "tree/tools/dev"
        script.parent.mkdir(parents=True)
        shutil.copy(PROJECT / "tools/dev", script)
        for command, path in [("bench", "tools/bench/run"), ("interop", "interop/run")]:
            with self.subTest(command=command):
                done = self.dev(command, script=script)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(path, done.stderr)

    def test_fuzz_lists_its_targets(self):
        targets = {source.stem for source in (PROJECT / "tests/fuzz/targets").glob("*.cpp")}
        self.assertEqual(set(self.dev("fuzz", "list").stdout.split()), targets)

    def test_a_demonstration_runs_with_its_arguments(self):
        script = self.place / "tree/tools/dev"
        demo = self.place / "tree/tools/demos/hello"
        demo.parent.mkdir(parents=True)
        shutil.copy(PROJECT / "tools/dev", script)
        demo.write_text('#!/bin/sh\n# demo: says it\necho "$0 in $GRPCWIRE_BIN with $*"\nexit 7\n')
        demo.chmod(0o755)
        done = self.dev("demo", "hello", "a", "b", script=script)
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertIn("tools/demos/hello in", done.stdout)
        self.assertIn("build/release/bin with a b", done.stdout)
        self.assertEqual(len(self.apt_calls()), 2)
        self.assertIn("hello", self.dev("demo", "list", script=script).stdout)
        self.assertIn("says it", self.dev("demo", "list", script=script).stdout)


if __name__ == "__main__":
    unittest.main()
