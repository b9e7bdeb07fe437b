import unittest

from planted import PlantedTree


class Text(PlantedTree):
    check = "text.py"

    def test_each_rule(self):
        for content, what in [
            ("see /" "work/main/x\n", "a path of somebody's machine"),
            ("see /" "root/x\n", "a path of somebody's machine"),
            ("see /" "home/anna/x\n", "a path of somebody's machine"),
            ("// TO" "DO: later\n", "work left in the text"),
            ("// FIX" "ME\n", "work left in the text"),
            ("a\tb\n", "a tab"),
            ("a \n", "space at the end"),
            ("a\r\n", "a carriage return"),
            ("a", "no newline at the end"),
            ("a\n\n", "empty lines at the end"),
            (b"\xff\xfe\n", "not UTF-8"),
        ]:
            with self.subTest(what=what, content=content):
                self.assert_refused({"docs/a.md": content}, "docs/a.md", what)

    def test_what_is_fine(self):
        self.assert_accepted({
            "a.md": "Grüße, see docs/work/a.md, /usr/include and https://x.example/root/a\n",
            "empty.txt": "",
            "picture.bin": b"\0\1\2\t \n",
            "build/x.txt": "a\tb",
            "out/CMakeCache.txt": "a\tb",
        })


if __name__ == "__main__":
    unittest.main()
