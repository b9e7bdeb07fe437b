"""No source file over 400 lines, no function over 100.

    sizes.py [ROOT]

Functions are found by counting braces, without a compiler: a brace outside of any function whose
head has parentheses (or nothing, after a list of member initialisers) opens a function.
"""

import argparse
import re
from pathlib import Path

import tree

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 100
FOLDERS = re.compile(r"(codec|transport|rpc|tools|interop|examples)/")

_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum)\b")


def _without_directives(code):
    """Preprocessor lines become empty lines."""
    lines, continued = [], False
    for line in code.split("\n"):
        directive = continued or line.lstrip().startswith("#")
        continued = directive and line.endswith("\\")
        lines.append("" if directive else line)
    return "\n".join(lines)


def _without_brackets(head):
    """`template <class T> void f(struct x y)` becomes `template  void f()`."""
    head = re.sub(r"\[\[.*?\]\]", " ", head, flags=re.DOTALL)
    for _ in range(20):
        shorter = re.sub(r"\((?:[^()]+)\)", "()", head)
        if shorter == head:
            break
        head = shorter
    match = re.match(r"\s*template\s*<", head)
    while match:
        depth, at = 1, match.end()
        while at < len(head) and depth:
            depth += {"<": 1, ">": -1}.get(head[at], 0)
            at += 1
        head = head[at:]
        match = re.match(r"\s*template\s*<", head)
    return head


def _kind(head, after_brace):
    """What a brace outside of functions opens: 'scope', 'function' or 'value'."""
    bare = _without_brackets(head).strip()
    if re.match(r'extern\s*""$', bare):
        return "scope"
    found = _SCOPE.search(bare)
    if found and "=" not in bare[:found.start()] and not re.search(r"\w\s*\(\)\s*(const\s*)?$", bare):
        return "scope"
    if "(" in bare and not re.search(r"=\s*$", bare):
        return "function"
    if not bare and after_brace:
        return "function"
    return "value"


def functions(text):
    """(first line, number of lines, head) of each outermost function body."""
    code = _without_directives(tree.code_only(text))
    stack, found, head_start, after_brace, line = [], [], 0, False, 1
    for at, letter in enumerate(code):
        if letter == "\n":
            line += 1
        elif letter == "{":
            head = code[head_start:at]
            inside = any(kind != "scope" for kind, _, _ in stack)
            kind = "inner" if inside else _kind(head, after_brace)
            stack.append((kind, line, " ".join(head.split())))
            head_start, after_brace = at + 1, False
        elif letter == "}":
            if stack:
                kind, first, head = stack.pop()
                if kind == "function":
                    found.append((first, line - first + 1, head))
            head_start, after_brace = at + 1, True
        elif letter == ";":
            head_start, after_brace = at + 1, False
    if stack:
        raise ValueError(f"the brace in line {stack[-1][1]} has no end")
    return found


def check_file(name, text):
    failures = []
    lines = text.count("\n")
    if lines > FILE_LINES_MAX:
        failures.append(f"{name}: {lines} lines; {FILE_LINES_MAX} are allowed: split it by subject")
    try:
        for first, length, head in functions(text):
            if length > FUNCTION_LINES_MAX:
                failures.append(f"{name}:{first}: a function of {length} lines; "
                                f"{FUNCTION_LINES_MAX} are allowed: {head[-60:]}")
    except ValueError as problem:
        failures.append(f"{name}: cannot count braces: {problem}")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", default=Path(__file__).parents[2], type=Path)
    root = parser.parse_args().root
    failures, checked = [], 0
    for name in tree.files(root, {".cpp", ".hpp"}):
        if FOLDERS.match(name):
            checked += 1
            failures += check_file(name, (root / name).read_text())
    tree.report("sizes", failures, checked)


if __name__ == "__main__":
    main()
