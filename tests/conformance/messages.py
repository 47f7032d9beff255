"""The error messages that our sources can give, as patterns: so that a run can tell which of them it never got, and which
of those no test quotes either."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("item", "expression", "store", "protocol", "engine", "server")
CALL = re.compile(r"\b(?:invalid|fail|mismatch|complain|invalid_parameters|invalid_condition|serialization_error)\(")
LITERALS = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*')
# What the engine tells itself: to read again with the disk, or to leave an index that should not have gone.
INTERNAL = ("many entries", "not in memory", "an index was deleted too early")
PART = re.compile(r'"((?:[^"\\]|\\.)*)"')
# Side by side, or with a variable between them.
JOINED = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*(?:\+\s*[\w.:()]+\s*\+\s*)?"(?:[^"\\]|\\.)*")*')
QUOTE = re.compile(r'R"(\w*)\((.*?)\)\1"|' + JOINED.pattern, re.DOTALL)


def pattern_of(template):
    """The pattern of what fmt makes of the template."""
    template = template.replace("{{", "\0").replace("}}", "\1")
    parts = [re.escape(part).replace("\0", r"\{").replace("\1", r"\}") for part in re.split(r"\{[^}]*\}", template)]
    return re.compile(".*".join(parts), re.DOTALL)


def joined(literals):
    """The text of string literals that stand side by side."""
    return "".join(PART.findall(literals)).replace('\\"', '"').replace("\\n", "\n")


def templates_of(text):
    for call in CALL.finditer(text):
        end = text.find(";\n", call.end())
        for found in LITERALS.finditer(text, call.end(), end):
            template = joined(found[0])
            if " " in template and len(template) >= 12 and template not in INTERNAL:
                yield template


def all_messages():
    """Pairs of a template and its pattern, each once."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / "src" / folder).glob("*.cpp")):
            for template in templates_of(path.read_text()):
                found.setdefault(template, pattern_of(template))
    return found


def quotes():
    """The texts that stand in tests."""
    texts = []
    for folder in ("unit", "integration"):
        for path in sorted((ROOT / "tests" / folder).rglob("*.cpp")):
            texts += [found[2] or joined(found[0]) for found in QUOTE.finditer(path.read_text())]
    return texts


class Messages:
    """Which of them were given."""

    def __init__(self):
        self.missing = all_messages()
        self.total = len(self.missing)

    def saw(self, answer):
        if answer.succeeded or not isinstance(answer.body, dict):
            return
        texts = [answer.message] + [reason.get("Message", "") for reason in answer.body.get("CancellationReasons", [])]
        hit = [template for template, pattern in self.missing.items() if any(pattern.search(text) for text in texts)]
        for template in hit:
            del self.missing[template]

    def merge(self, other):
        self.missing = {template: self.missing[template] for template in self.missing if template in other.missing}

    def nowhere(self):
        """Those that no request got, and that no test quotes."""
        quoted = quotes()
        return [template for template, pattern in sorted(self.missing.items())
                if not any(pattern.search(text) for text in quoted)]
