"""What a run found, for people."""

import json
import re
from collections import Counter

from messages import Messages

PLACEHOLDER = re.compile(r'"[^"]*"|[:#]\w+|\d+|\{.*?\}|\[.*?\]|\b[a-z_]{1,10}\b')


def shown(value):
    return json.dumps(value, ensure_ascii=False)


def parts_that_differ(ours, theirs, path=""):
    """The smallest parts of two bodies that differ, as lines."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        names = list(ours) + [name for name in theirs if name not in ours]
        pairs = [(f"{path}.{name}", ours.get(name), theirs.get(name)) for name in names]
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = [(f"{path}[{at}]", *pair) for at, pair in enumerate(zip(ours, theirs))]
    else:
        return [f"{path or 'body'}: ours {shown(ours)}, theirs {shown(theirs)}"]
    return [line for name, one, other in pairs if one != other for line in parts_that_differ(one, other, name)]


def kind_of(outcome):
    """Differences of one kind are printed once."""
    texts = [f"{answer.error} {PLACEHOLDER.sub('_', answer.message)}" for answer in (outcome.ours, outcome.theirs)]
    return outcome.request.operation if texts == [" ", " "] else "", *texts


def difference(outcome, seed, setup):
    """As text. `setup`: the requests that make fresh servers answer the same; None when they could not be found."""
    lines = [f"\n--- seed {seed}, request {outcome.number}" + (" (all pages)" if outcome.request.walk else "")]
    if setup is None:
        lines.append("    depends on what came before: repeat the run with the same seed")
    lines += [f"before  {operation} {shown(body)}" for operation, body in setup or []]
    lines += [f"request {outcome.request.operation} {shown(outcome.request.body)}",
              f"ours    {outcome.ours.status} {shown(outcome.ours.body)}",
              f"theirs  {outcome.theirs.status} {shown(outcome.theirs.body)}"]
    if outcome.ours.succeeded == outcome.theirs.succeeded:
        lines += [f"differ  {line}" for line in parts_that_differ(*outcome.bodies)[:5]]
    return "\n".join(lines)


class Summary:
    def __init__(self):
        self.requests = Counter()
        self.successes = Counter()
        self.errors = Counter()
        self.differences = Counter()
        self.kinds = Counter()
        self.rules = Counter()
        self.messages = Messages()

    def add(self, outcome):
        """Returns whether it is the first difference of its kind."""
        operation = outcome.request.operation
        self.requests[operation] += 1
        self.successes[operation] += outcome.theirs.succeeded
        if not outcome.theirs.succeeded:
            self.errors[outcome.theirs.error] += 1
        self.rules.update(outcome.rules)
        self.messages.saw(outcome.ours)
        if outcome.rules or not outcome.differs:
            return False
        self.differences[operation] += 1
        self.kinds[kind_of(outcome)] += 1
        return self.kinds[kind_of(outcome)] == 1

    def merge(self, other):
        for counter in ("requests", "successes", "errors", "differences", "kinds", "rules"):
            getattr(self, counter).update(getattr(other, counter))
        self.messages.merge(other.messages)

    def unexplained(self):
        return sum(self.differences.values())

    def print_missing(self):
        print("\nerror messages of ours that no request got, with a * where no test quotes them either:")
        nowhere = self.messages.nowhere()
        for template in sorted(self.messages.missing):
            print(f"{'*' if template in nowhere else ' '} {template}")

    def print(self, seconds, first_seed, last_seed):
        print(f"\n{'operation':<20} {'requests':>8} {'succeed':>8} {'differ':>8}")
        for operation, count in sorted(self.requests.items()):
            print(f"{operation:<20} {count:>8} {self.successes[operation]:>8} {self.differences[operation]:>8}")
        total = sum(self.requests.values())
        succeeded = sum(self.successes.values())
        print(f"{'all':<20} {total:>8} {succeeded:>8} {self.unexplained():>8}")
        print("\nerrors: " + ", ".join(f"{error} {count}" for error, count in self.errors.most_common()))
        print("rules:  " + (", ".join(f"{rule} {count}" for rule, count in self.rules.most_common()) or "none"))
        messages = self.messages
        print(f"messages: {messages.total - len(messages.missing)} of our {messages.total} error messages were given, "
              f"{len(messages.nowhere())} neither given nor quoted by a test")
        seeds = f"seed {first_seed}" if first_seed == last_seed else f"seeds {first_seed} to {last_seed}"
        print(f"{total} requests of {seeds} in {seconds:.1f} s, {succeeded * 100 // max(total, 1)} % succeed; "
              f"{self.unexplained()} unexplained differences of {len(self.kinds)} kinds")
