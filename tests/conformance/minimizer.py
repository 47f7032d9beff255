"""Finds the least that must have happened before for a request to be answered differently again."""

from dataclasses import replace

from normal_form import normal_answer

PREFIX = "minimal-"
MAX_TRIALS = 60


def renamed(value, names):
    """The request with its tables' names replaced."""
    if isinstance(value, dict):
        return {names.get(key, key): names.get(member, member) if key == "TableName" else renamed(member, names)
                for key, member in value.items()}
    if isinstance(value, list):
        return [renamed(element, names) for element in value]
    return value


def kind_of(answer):
    return answer.status, answer.error, answer.message


class Minimizer:
    """Tries on fresh tables; `history` are the writes that the outcome's tables took before, as requests."""

    def __init__(self, runner, outcome, specs, history):
        self.runner = runner
        self.outcome = outcome
        self.specs = specs
        self.history = history
        self.trials = 0

    def setup(self):
        """The requests to send before, as pairs of operation and body; None when they could not be found."""
        writes = []
        if not self.differs(writes):
            writes = list(self.history)
            if not self.differs(writes):
                return None
            writes = self.shortened(writes)
        return [("CreateTable", spec) for spec in self.specs.values()] + writes

    def shortened(self, writes):
        """The writes without all that can go, in chunks that become smaller."""
        size = max(1, len(writes) // 2)
        while self.trials < MAX_TRIALS:
            at = 0
            while at < len(writes) and self.trials < MAX_TRIALS:
                rest = writes[:at] + writes[at + size:]
                if self.differs(rest):
                    writes = rest
                else:
                    at += size
            if size == 1:
                break
            size //= 2
        return writes

    def differs(self, writes):
        """Whether fresh tables answer as differently as before, once these writes were made."""
        self.trials += 1
        # The writes may be about other tables too, which must stay as they are.
        names = {name: PREFIX + name for name in self.runner.specs}
        for name, spec in self.specs.items():
            self.send_both("CreateTable", renamed(spec, names))
            for client in (self.runner.ours, self.runner.theirs):
                client.is_settled(names[name])
        for operation, body in writes:
            self.send_both(operation, renamed(body, names))
        request = replace(self.outcome.request, body=renamed(self.outcome.request.body, names))
        ours, theirs = self.runner.ask_both(request)
        for name in self.specs:
            self.send_both("DeleteTable", {"TableName": names[name]})
        return (kind_of(ours) == kind_of(self.outcome.ours) and kind_of(theirs) == kind_of(self.outcome.theirs)
                and normal_answer(request, ours) != normal_answer(request, theirs))

    def send_both(self, operation, body):
        for client in (self.runner.ours, self.runner.theirs):
            client.send(operation, body)
