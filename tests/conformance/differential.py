#!/usr/bin/env python3
"""Sends the same random requests to `mrgc serve` and to AWS's DynamoDB Local and compares the answers: status, error,
message, and body but for what AWS leaves open. Prints each kind of difference that no rule explains once, with the
least that makes it happen again, and a summary; exits with 1 when there was one. DynamoDB Local becomes slower with
every table it ever had, so a long run is made of pieces: each has fresh servers and the next seed."""

import argparse
import functools
import multiprocessing
import os
import pathlib
import random
import signal
import sys
import time

from report import Summary, difference
from request_generator import RequestGenerator
from runner import Runner
from servers import fresh_servers

PIECE = 50_000
PROGRESS = 10_000  # requests after which a long run says how far it is


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=5000, help="how many to send (%(default)s)")
    parser.add_argument("--seed", type=int, default=1,
                        help=f"the same seed makes the same requests; each {PIECE:,} have the next (%(default)s)")
    parser.add_argument("--mrgc", type=pathlib.Path, required=True, metavar="PROGRAM", help="whose `serve` to compare")
    parser.add_argument("--dynamodb-local", type=pathlib.Path, required=True, metavar="FOLDER", help="where its jar is")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="pieces at the same time (%(default)s)")
    parser.add_argument("--show", type=int, default=30, help="kinds of differences to print of a piece (%(default)s)")
    parser.add_argument("--messages", action="store_true",
                        help="list our error messages that no request got; fail when no test quotes one of them either")
    parser.add_argument("--no-local-indexes", action="store_true", help="make no local secondary indexes")
    return parser.parse_args()


def pieces(options):
    """Pairs of a seed and a number of requests."""
    starts = range(0, options.requests, PIECE)
    return [(options.seed + at, min(PIECE, options.requests - start)) for at, start in enumerate(starts)]


def stop_servers_when_killed():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def run_piece(options, piece):
    seed, requests = piece
    start = time.monotonic()
    summary = Summary()
    generator = RequestGenerator(random.Random(seed), not options.no_local_indexes)
    with fresh_servers(options.mrgc, options.dynamodb_local) as ports:
        runner = Runner(*ports)
        for number in range(1, requests + 1):
            outcome = runner.run(number, generator.next(), generator.tables)
            if summary.add(outcome) and len(summary.kinds) <= options.show:
                print(difference(outcome, seed, runner.setup_of(outcome)), flush=True)
            runner.settle(outcome, generator)
            if number % PROGRESS == 0:
                print(f"seed {seed}: {number} of {requests} requests, {time.monotonic() - start:.0f} s", file=sys.stderr)
    return summary


def main():
    options = arguments()
    stop_servers_when_killed()
    start = time.monotonic()
    work = pieces(options)
    total = Summary()
    with multiprocessing.Pool(min(options.jobs, len(work)), stop_servers_when_killed) as pool:
        for summary in pool.imap_unordered(functools.partial(run_piece, options), work):
            total.merge(summary)
    if options.messages:
        total.print_missing()
    total.print(time.monotonic() - start, options.seed, options.seed + len(work) - 1)
    return 1 if total.unexplained() or (options.messages and total.messages.nowhere()) else 0


if __name__ == "__main__":
    sys.exit(main())
