"""The shape of files: how long they and their functions are, what stands at their top, what they are called."""
import re

FILE_LINES = 400
FUNCTION_LINES = 70
VAGUE_NAMES = ("util", "utils", "common", "helper", "helpers", "manager", "misc")

_TEMPLATE_ARGUMENTS = re.compile(r"<[^<>{};]*>")
_CONTAINER = re.compile(r"\b(namespace|class|struct|union|enum)\b|\bextern\s*(\"\")?\s*$")
_ENDS_AS_FUNCTION = re.compile(r"\)\s*(const|noexcept|override|final|mutable|&|->[^()]*|try|\s)*$")
_HEAD_NOISE = re.compile(r"(?:\s|(?:public|private|protected)\s*:)*")
_DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.MULTILINE)


def _is_container(head):
    while (shorter := _TEMPLATE_ARGUMENTS.sub("", head)) != head:
        head = shorter
    return bool(_CONTAINER.search(head)) and not _ENDS_AS_FUNCTION.search(head)


def functions(source):
    """(first line, number of lines) of each outermost function body.  A heuristic: braces that follow a ')' outside
    any parenthesis, not inside another function."""
    code = _DIRECTIVE.sub(lambda m: "\n" * m[0].count("\n"), source.code)
    stack = []  # what each open brace is: "container", "function" or "other"
    head_start = 0
    parentheses = 0
    body_start = None
    for i, c in enumerate(code):
        if c in "([":
            parentheses += 1
        elif c in ")]":
            parentheses -= 1
        elif c == "{":
            head = code[head_start:i]
            inside_function = "function" in stack
            # A brace that touches the name before it initialises something: member_{1}, Type{}.
            touches = i > 0 and (code[i - 1].isalnum() or code[i - 1] in "_>")
            if inside_function or parentheses > 0 or touches:
                stack.append("other")
            elif _is_container(head):
                stack.append("container")
            elif ")" in head and not head.rstrip().endswith("="):
                stack.append("function")
                body_start = i
            else:
                stack.append("other")
            if stack[-1] == "container":
                head_start = i + 1
        elif c == "}":
            kind = stack.pop() if stack else "other"
            if kind == "function":
                first = _HEAD_NOISE.match(code, head_start).end()
                yield source.line_of(code, first), code.count("\n", body_start, i) + 1
            if kind in ("function", "container"):
                head_start = i + 1
        elif c == ";" and parentheses == 0 and "function" not in stack:
            head_start = i + 1


def _opening_comment(source):
    return source.text.lstrip().startswith(("//", "/*"))


def _has_guard(source):
    if re.search(r"^[ \t]*#[ \t]*pragma[ \t]+once\b", source.uncommented, re.MULTILINE):
        return True
    guard = re.search(r"^\s*#[ \t]*ifndef[ \t]+(\w+)\s*\n[ \t]*#[ \t]*define[ \t]+(\w+)", source.uncommented)
    return source.suffix == ".h" and guard is not None and guard[1] == guard[2]


def check(sources):
    for source in sources:
        for part in source.path.split("/"):
            if part.split(".")[0].split("_")[-1] in VAGUE_NAMES:
                yield source.path, 1, f"'{part}' says nothing: name it after what it does"
        if source.suffix not in (".cpp", ".hpp", ".h", ".c", ".py", ".sh"):
            continue
        lines = source.text.count("\n")
        if lines > FILE_LINES:
            yield source.path, FILE_LINES + 1, f"{lines} lines; a file has at most {FILE_LINES}: split it by meaning"
        if not source.is_cpp():
            continue
        for line, length in functions(source):
            if length > FUNCTION_LINES:
                yield source.path, line, f"a function of {length} lines; at most {FUNCTION_LINES}: name its steps"
        if source.is_header():
            if not _has_guard(source):
                yield source.path, 1, "no #pragma once"
            if not _opening_comment(source):
                yield source.path, 1, "no first comment that says what the file is and what it may not know"
            if source.suffix == ".h" and not source.within("sdk"):
                yield source.path, 1, f".h is for the C headers of the SDK: call it {source.stem}.hpp"
