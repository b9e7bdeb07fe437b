import unittest

from planted import PlantedTree

TREE = {
    "tools/dev": "#: demo  show\ncmd_demo() { :; }\n#: test  run\ncmd_test() { :; }\n",
    "CMakePresets.json": '{"configurePresets": [{"name": "base", "hidden": true}, {"name": "dev"}]}',
    "README.md": "`tools/dev demo`\n\n```\ntools/dev test\ncmake --preset dev\n```\n[x](a.md)\n",
    "a.md": "text\n",
}


class Docs(PlantedTree):
    check = "docs.py"

    def test_a_true_tree_passes(self):
        self.assert_accepted(TREE)

    def test_breaches(self):
        for name, text, what in [
            ("a.md", "`tools/dev fly`\n", "`tools/dev fly`"),
            ("a.md", "```\ntools/dev fly\n```\n", "`tools/dev fly`"),
            ("a.md", "`cmake --preset base`\n", "preset `base`"),
            ("a.md", "[x](b/c.md#part)\n", "b/c.md"),
            ("README.md", "`tools/dev demo`\n", "do not name `tools/dev test`"),
            ("tools/dev", TREE["tools/dev"] + "#: fly  high\n", "`fly` is not both"),
            ("tools/dev", TREE["tools/dev"] + "cmd_fly() { :; }\n", "`fly` is not both"),
            ("tools/dev", TREE["tools/dev"] + "dispatch demo tools/fly build\n", "tools/fly"),
        ]:
            with self.subTest(name=name, text=text):
                self.assert_refused({**TREE, name: text}, what)


if __name__ == "__main__":
    unittest.main()
