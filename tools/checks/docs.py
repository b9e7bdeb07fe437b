"""What is named exists: in documents commands of tools/dev, presets and files that are linked to, in
tools/dev programs of the tree.

    docs.py [ROOT]
"""

import argparse
import json
import re
from pathlib import Path

import tree

_PROGRAM = re.compile(r"\bdispatch [a-z]+ ([\w./]+)")
_COMMAND = re.compile(r"tools/dev +([a-z]+)")
_PRESET = re.compile(r"--preset[ =]([a-z]+)")
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_CODE = re.compile(r"```(.*?)```|`([^`\n]+)`", re.DOTALL)


def commands(root):
    """The commands that tools/dev really has: those it documents and defines."""
    script = (root / "tools/dev").read_text()
    documented = set(re.findall(r"^#: ([a-z]+)", script, re.MULTILINE))
    defined = set(re.findall(r"^cmd_([a-z]+)\(\)", script, re.MULTILINE))
    return documented, defined


def check_document(root, name, text, known, presets):
    failures = []
    for code in _CODE.finditer(text):
        for found in _COMMAND.findall(code.group(0)):
            if found not in known:
                failures.append(f"{name}: names `tools/dev {found}`, which does not exist")
        for found in _PRESET.findall(code.group(0)):
            if found not in presets:
                failures.append(f"{name}: names the preset `{found}`, which does not exist")
    for link in _LINK.findall(_CODE.sub("", text)):
        if "://" not in link and not link.startswith("mailto:"):
            if not ((root / name).parent / link).exists():
                failures.append(f"{name}: links to {link}, which does not exist")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", default=Path(__file__).parents[2], type=Path)
    root = parser.parse_args().root
    documented, defined = commands(root)
    failures = [f"tools/dev: `{name}` is not both documented and defined"
                for name in sorted(documented ^ defined)]
    failures += [f"tools/dev: hands over to {program}, which does not exist"
                 for program in _PROGRAM.findall((root / "tools/dev").read_text())
                 if not (root / program).exists()]
    presets = {preset["name"] for preset
               in json.loads((root / "CMakePresets.json").read_text())["configurePresets"]
               if not preset.get("hidden")}
    documents = tree.files(root, {".md"})
    for name in documents:
        text = (root / name).read_text()
        failures += check_document(root, name, text, documented & defined, presets)
    if "README.md" not in documents:
        failures.append("README.md is missing")
    for command in ("demo", "test"):
        if f"tools/dev {command}" not in "\n".join(
                (root / "README.md").read_text().splitlines()[:40]):
            failures.append(f"README.md: its first 40 lines do not name `tools/dev {command}`")
    tree.report("docs", failures, len(documents))


if __name__ == "__main__":
    main()
