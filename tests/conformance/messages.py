"""The error messages that our sources can give, as patterns: so that a run can tell which of them it never got."""

import pathlib
import re

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "src"
FOLDERS = ("item", "expression", "store", "protocol", "engine", "server")
CALL = re.compile(r"\b(?:invalid|fail|mismatch|complain|invalid_parameters|invalid_condition|serialization_error)\(")
LITERALS = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*')
PART = re.compile(r'"((?:[^"\\]|\\.)*)"')


def pattern_of(template):
    """The pattern of what fmt makes of the template."""
    template = template.replace("{{", "\0").replace("}}", "\1")
    parts = [re.escape(part).replace("\0", r"\{").replace("\1", r"\}") for part in re.split(r"\{[^}]*\}", template)]
    return re.compile(".*".join(parts), re.DOTALL)


def templates_of(text):
    for call in CALL.finditer(text):
        end = text.find(";\n", call.end())
        for found in LITERALS.finditer(text, call.end(), end):
            template = "".join(PART.findall(found[0])).replace('\\"', '"')
            if " " in template and len(template) >= 12:
                yield template


def all_messages():
    """Pairs of a template and its pattern, each once."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((SOURCES / folder).glob("*.cpp")):
            for template in templates_of(path.read_text()):
                found.setdefault(template, pattern_of(template))
    return found


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
