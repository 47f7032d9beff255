#!/usr/bin/env python3
"""Sends the same random requests to `mrgc serve` and to AWS's DynamoDB Local and compares the answers: status, error,
message, and body but for what AWS leaves open. Prints each kind of difference that no rule explains once, with the
least that makes it happen again, and a summary; exits with 1 when there was one. Deletes all tables of both servers."""

import argparse
import random
import sys
import time

from report import Summary, print_difference
from request_generator import RequestGenerator
from runner import Runner

PROGRESS = 10_000  # requests after which a long run says how far it is


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=5000, help="how many to send (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same requests (%(default)s)")
    parser.add_argument("--ours", type=int, required=True, metavar="PORT", help="where mrgc serves")
    parser.add_argument("--theirs", type=int, required=True, metavar="PORT", help="where DynamoDB Local serves")
    parser.add_argument("--show", type=int, default=30, help="kinds of differences to print (%(default)s)")
    parser.add_argument("--messages", action="store_true",
                        help="list our error messages that no request got; fail when no test quotes one of them either")
    parser.add_argument("--no-local-indexes", action="store_true", help="make no local secondary indexes")
    return parser.parse_args()


def main():
    options = arguments()
    start = time.monotonic()
    generator = RequestGenerator(random.Random(options.seed), not options.no_local_indexes)
    runner = Runner(options.ours, options.theirs)
    runner.drop_all()
    summary = Summary()
    for number in range(1, options.requests + 1):
        outcome = runner.run(number, generator.next(), generator.tables)
        if summary.add(outcome) and len(summary.kinds) <= options.show:
            print_difference(outcome, runner.setup_of(outcome))
        runner.settle(outcome, generator)
        if number % PROGRESS == 0:
            print(f"{number} of {options.requests} requests, {time.monotonic() - start:.0f} s", file=sys.stderr)
    runner.drop_all()
    if options.messages:
        summary.print_missing()
    summary.print(time.monotonic() - start, options.seed)
    return 1 if summary.unexplained() or (options.messages and summary.messages.nowhere()) else 0


if __name__ == "__main__":
    sys.exit(main())
