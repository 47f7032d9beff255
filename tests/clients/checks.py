"""Counts checks: each says what it is about when it fails, and does not stop the others."""

import contextlib
import sys
import traceback


class Checks:
    def __init__(self, client):
        self.client = client
        self.passed = 0
        self.failed = 0

    @contextlib.contextmanager
    def check(self, what):
        """The body fails by an exception, an assertion among them."""
        try:
            yield
        except Exception:  # pylint: disable=broad-except
            self.failed += 1
            print(f"FAILED {self.client}: {what}\n{traceback.format_exc()}", file=sys.stderr, flush=True)
        else:
            self.passed += 1

    def finish(self):
        """Prints the result in the form that scripts/clients adds up; returns the exit code."""
        print(f"{self.client}: {self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0


def equal(actual, expected):
    assert actual == expected, f"got {actual!r}, expected {expected!r}"


@contextlib.contextmanager
def raises(exception, message=""):
    """The body must raise that exception of the SDK with that text in its message."""
    try:
        yield
    except exception as error:
        assert message in str(error), f"'{message}' is not in '{error}'"
    else:
        raise AssertionError(f"no {exception.__name__}")
