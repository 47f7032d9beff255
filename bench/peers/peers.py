#!/usr/bin/env python3
"""Compares mrgc's server with the alternatives that people use, under the same load in turns; see scripts/bench_peers."""

import argparse
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "schema"))
import create_table  # pylint: disable=wrong-import-position

WORKLOADS = ["get_item", "heartbeat", "routing_update", "best_query"]
TITLES = {
    "get_item": "GetItem of an instance",
    "heartbeat": "heartbeat (conditional UpdateItem)",
    "routing_update": "routing update (moves in the index)",
    "best_query": "router's query (best 10 of a region)",
}
# What must be reached, as a multiple of the best alternative, by connections.
FLOORS = {
    "get_item": {16: 4, 128: 4},
    "heartbeat": {16: 5, 128: 8},
    "routing_update": {16: 2, 128: 3},
    "best_query": {16: 6, 128: 6},
}
TRANSPORT_FLOOR = 0.55
# What a larger fleet must keep of the figures of the smaller one.
LARGE_FLOORS = {"get_item": 0.85, "heartbeat": 0.7, "routing_update": 0.7, "best_query": 0.85}
LARGE = "mrgc, large"
NGINX, SYNC_LIMIT = "nginx", "sync limit"
WRITES = ("heartbeat", "routing_update")
# What our log takes for a heartbeat: the item and its change record. (A routing update takes 1,100.)
SYNCED_BYTES = 700
STARTS = 5


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def call(port, operation, body, connection=None):
    """One request; returns the answer's JSON. Raises on anything but 200."""
    own = connection is None
    connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        "X-Amz-Target": "DynamoDB_20120810." + operation,
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Date": "20260101T000000Z",
        "Authorization": "AWS4-HMAC-SHA256 Credential=peers/20260101/us-east-1/dynamodb/aws4_request, "
        "SignedHeaders=host, Signature=" + "0" * 64,
    }
    connection.request("POST", "/", body if isinstance(body, (bytes, str)) else json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read()
    if own:
        connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{operation}: {answer.status} {text[:300]!r}")
    return json.loads(text)


class Peer:
    """A server that runs in a process of its own while it is measured."""

    def __init__(self, name, command, folder, instances=0):
        self.name = name
        self.instances = instances
        self.port = free_port()
        self.folder = folder
        self.log = open(os.path.join(folder, name.replace(" ", "-") + ".log"), "wb")
        start = time.monotonic()
        self.process = subprocess.Popen(command(self.port, folder), stdout=self.log, stderr=self.log, cwd=folder)
        try:
            self.await_first_answer()
        except BaseException:
            self.stop()
            raise
        self.start_ms = (time.monotonic() - start) * 1000
        self.idle_mb = self.memory_mb()

    def await_first_answer(self):
        deadline = time.monotonic() + 60
        while True:
            try:
                call(self.port, "ListTables", {})
                return
            except (OSError, http.client.HTTPException):
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError(f"{self.name} did not start; see {self.log.name}")
                time.sleep(0.002)

    def memory_mb(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        return 0

    def busy_seconds(self):
        """Processor time that it has used."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            user, system = stat.read().rsplit(")", 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def settle(self):
        """Waits until it has done what a load left it to do, two minutes at most."""
        for _ in range(120):
            before = self.busy_seconds()
            time.sleep(1)
            if self.busy_seconds() - before < 0.05:
                return

    @contextlib.contextmanager
    def turn(self):
        """Lets it run meanwhile; at other times it is stopped, so that nothing that it does takes time from others."""
        self.process.send_signal(signal.SIGCONT)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGSTOP)

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def ours(port, folder):
    return [str(ROOT / "build/release/bin/mrgc"), "serve", "--data", os.path.join(folder, "data"), "--regions",
            f"us-east-1={port}", "--admin-port", "0"]


def dynamodb_local(jar_folder):
    return lambda port, folder: ["java", f"-Djava.library.path={jar_folder}/DynamoDBLocal_lib", "-jar",
                                 str(jar_folder / "DynamoDBLocal.jar"), "-inMemory", "-port", str(port)]


def dynalite(packages):
    return lambda port, folder: ["node", str(packages / "node_modules/dynalite/cli.js"), "--port", str(port),
                                 "--createTableMs", "0"]


def dynoxide(packages):
    return lambda port, folder: [str(packages / "node_modules/@dynoxide/linux-x64/dynoxide"), "--port", str(port)]


def instance(number):
    return {
        "instance_id": {"S": f"i-{number:017x}"},
        "region": {"S": "us-east-1"},
        "model_pool": {"S": f"model-{number % 20}"},
        "state": {"S": "available"},
        "queue_depth": {"N": str(number % 11)},
        "last_heartbeat": {"N": "1800000000"},
        "launch_time": {"N": str(1799900000 + number % 100000)},
        "ip_address": {"S": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"},
        "subnet_id": {"S": f"subnet-{number % 24:017x}"},
        "availability_zone": {"S": "us-east-1" + "abcdef"[number % 6]},
        "boot_id": {"S": f"{number * 0x9E3779B97F4A7C15 % 2**128:032x}"},
    }


def routing(number):
    return {
        "instance_id": {"S": f"i-{number:017x}"},
        "region": {"S": "us-east-1"},
        "routing_score": {"N": f"{number * 7919 % 10000 / 100:.2f}"},
        "queue_depth": {"N": str(number % 11)},
        "avg_latency_ms": {"N": str(number % 500)},
        "health_status": {"S": "healthy"},
        "last_updated": {"N": "1800000000"},
        "subnet_cidr": {"S": f"10.{number % 24}.0.0/16"},
        "model_pool": {"S": f"model-{number % 20}"},
        "ttl": {"N": "4000000000"},
    }


def load_part(port, part, parts, instances):
    """Writes every `parts`-th batch. Runs in a process of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    for start in range(part * 12, instances, parts * 12):
        numbers = range(start, min(start + 12, instances))
        body = json.dumps({"RequestItems": {
            "mrgc-gpu-instances": [{"PutRequest": {"Item": instance(n)}} for n in numbers],
            "mrgc-routing-state": [{"PutRequest": {"Item": routing(n)}} for n in numbers],
        }})
        answer = call(port, "BatchWriteItem", body, connection)
        if any(answer.get("UnprocessedItems", {}).values()):
            raise RuntimeError("a batch was not taken whole")


def load(peer):
    for table in create_table.tables():
        if table["name"] in ("gpu-instances", "routing-state"):
            call(peer.port, "CreateTable", create_table.create_request("mrgc", table))
    time.sleep(0.2)
    parts = 2 if peer.instances >= 100000 else 1
    with concurrent.futures.ProcessPoolExecutor(parts) as pool:
        for done in [pool.submit(load_part, peer.port, part, parts, peer.instances) for part in range(parts)]:
            done.result()


def drive(peer, workload, connections, options):
    """Requests a second, P50 and P99 in milliseconds."""
    output = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{options.seconds}s", "--timeout", "30s", "-s", str(HERE / "fleet.lua"),
         f"http://127.0.0.1:{peer.port}/", "--", workload, str(peer.instances), str(prepared_requests(options))],
        check=True, capture_output=True, text=True).stdout
    rate, p50_us, p99_us, errors = next(l for l in output.splitlines() if l.startswith("RESULT")).split()[1:]
    if int(errors) > 0:
        raise RuntimeError(f"{workload}: {errors} requests failed:\n{output}")
    return float(rate), float(p50_us) / 1000, float(p99_us) / 1000


def prepared_requests(options):
    """Of a large fleet more are asked for than a processor's caches hold; of the small one beside it as many, or what
    more of them cost the driver would count against the large one's server."""
    return min(max(20000, max(options.instances, options.large or 0) // 5), 200000)


class Nginx(Peer):
    """The transport's limit: nginx with a constant answer of the size of ours."""

    def __init__(self, folder, size, instances):
        self.size = size
        super().__init__(NGINX, self.command, folder, instances)

    def command(self, port, folder):
        config = os.path.join(folder, "nginx.conf")
        with open(config, "w") as out:
            out.write(f"""daemon off; worker_processes auto; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {folder}/body;
  fastcgi_temp_path {folder}/f; proxy_temp_path {folder}/p; scgi_temp_path {folder}/s; uwsgi_temp_path {folder}/u;
  server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ default_type application/x-amz-json-1.0;
    return 200 '{{"x":"{"x" * self.size}"}}'; }} }} }}
""")
        return ["nginx", "-c", config, "-p", folder]


class SyncLimit(Peer):
    """The least that a durable write costs here under the same load; see sync_limit.cpp."""

    def __init__(self, folder, instances):
        super().__init__(SYNC_LIMIT, self.command, folder, instances)

    def command(self, port, folder):
        return [str(ROOT / "build/release/bin/sync_limit"), str(port), os.path.join(folder, "log"), str(SYNCED_BYTES)]


def answer_size(peer, workload):
    body = {"get_item": ("GetItem", {"TableName": "mrgc-gpu-instances", "Key": {"instance_id": {"S": f"i-{0:017x}"}}}),
            "best_query": ("Query", {"TableName": "mrgc-routing-state", "IndexName": "region-score-index", "Limit": 10,
                                     "KeyConditionExpression": "#region = :region", "ScanIndexForward": False,
                                     "ExpressionAttributeNames": {"#region": "region"},
                                     "ExpressionAttributeValues": {":region": {"S": "us-east-1"}}})}
    if workload not in body:
        return 2
    return len(json.dumps(call(peer.port, *body[workload]), separators=(",", ":")))


def measure(peers, options, folder):
    """{workload: {connections: {peer: [(rate, p50, p99), ...]}}}, the peers in turns."""
    results = {w: {c: {} for c in options.connections} for w in options.workloads}
    for workload in options.workloads:
        with peers[0].turn():
            size = answer_size(peers[0], workload)
        limits = []
        try:
            limits.append(Nginx(tempfile.mkdtemp(dir=folder), size, options.instances))
            if workload in WRITES:
                limits.append(SyncLimit(tempfile.mkdtemp(dir=folder), options.instances))
            for connections in options.connections:
                for peer in peers:
                    with peer.turn():
                        peer.settle()
                for _ in range(options.rounds):
                    for peer in peers + limits:
                        with peer.turn():
                            figures = drive(peer, workload, connections, options)
                        results[workload][connections].setdefault(peer.name, []).append(figures)
                        print(f"  {workload} {connections}: {peer.name} {figures[0]:.0f}/s", file=sys.stderr)
        finally:
            for limit in limits:
                limit.stop()
    return results


def median(runs, position):
    return statistics.median(run[position] for run in runs)


def ratio(runs, others):
    """Of the rates of two servers: the median of the rounds' ratios, since a round's turns follow each other closely
    and the machine changes more from round to round."""
    return statistics.median(run[0] / other[0] for run, other in zip(runs, others, strict=True))


def report(results, peers, options):
    large = f" (large: {options.large:,})" if options.large else ""
    print(f"\n{options.instances:,} instances{large}, {options.rounds} rounds of {options.seconds} s in turns, medians\n")
    print("| workload | connections | server | requests/s | P50 ms | P99 ms | of ours |")
    print("|---|---:|---|---:|---:|---:|---:|")
    verdicts = []
    for workload, by_connections in results.items():
        for connections, by_peer in by_connections.items():
            ours_runs = by_peer["mrgc"]
            for name, runs in by_peer.items():
                print(f"| {TITLES[workload]} | {connections} | {name} | {median(runs, 0):,.0f} | {median(runs, 1):.2f} | "
                      f"{median(runs, 2):.2f} | {ratio(runs, ours_runs):.2f} |")
            others = [runs for name, runs in by_peer.items() if name not in ("mrgc", LARGE, NGINX, SYNC_LIMIT)]
            limit = ratio(ours_runs, by_peer[NGINX])
            if others:
                best = min(ratio(ours_runs, runs) for runs in others)
                floor = FLOORS[workload].get(connections, 0)
                verdicts.append((f"{TITLES[workload]}, {connections} connections", f"{best:.1f} x the best alternative",
                                 f">= {floor} x", best >= floor))
            if workload == "get_item":
                verdicts.append((f"{TITLES[workload]}, {connections} connections", f"{limit:.2f} of nginx",
                                 f">= {TRANSPORT_FLOOR}", limit >= TRANSPORT_FLOOR))
            if LARGE in by_peer:
                kept = ratio(by_peer[LARGE], ours_runs)
                floor = LARGE_FLOORS[workload]
                verdicts.append((f"{TITLES[workload]}, {connections} connections", f"{kept:.2f} of it when large",
                                 f">= {floor}", kept >= floor))
            if connections == 16:
                p99 = median(by_peer["mrgc"], 2)
                beside = f" (sync limit: {median(by_peer[SYNC_LIMIT], 2):.2f} ms)" if workload in WRITES else ""
                verdicts.append((f"{TITLES[workload]}, P99", f"{p99:.2f} ms{beside}", "< 2 ms", p99 < 2))
    print("\n| server | start-up to the first answer, ms | memory idle, MB | memory loaded, MB |\n|---|---:|---:|---:|")
    for peer in peers:
        print(f"| {peer.name} | {peer.start_ms:.0f} | {peer.idle_mb:.0f} | {peer.memory_mb():.0f} |")
    verdicts.append(("start-up to the first answer", f"{peers[0].start_ms:.0f} ms", "< 50 ms", peers[0].start_ms < 50))
    verdicts.append(("memory idle", f"{peers[0].idle_mb:.0f} MB", "< 40 MB", peers[0].idle_mb < 40))
    print("\n| what | measured | target | met |\n|---|---:|---:|---|")
    for what, value, target, met in verdicts:
        print(f"| {what} | {value} | {target} | {'yes' if met else '**no**'} |")


def measure_starts(candidates, folder):
    """{name: median of the times to the first answer on an empty folder}, in turns."""
    times = {name: [] for name, _ in candidates}
    for _ in range(STARTS):
        for name, command in candidates:
            peer = Peer(name, command, tempfile.mkdtemp(dir=folder))
            peer.stop()
            times[name].append(peer.start_ms)
    return {name: statistics.median(runs) for name, runs in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=1000, help="size of the fleet (1000)")
    parser.add_argument("--large", type=int, metavar="INSTANCES",
                        help="give a second server of ours turns, too, with so many instances, and compare it with ours")
    parser.add_argument("--seconds", type=int, default=5, help="of each run (5)")
    parser.add_argument("--rounds", type=int, default=3, help="in which all have a turn (3)")
    parser.add_argument("--connections", type=int, nargs="+", default=[16, 128])
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=WORKLOADS)
    parser.add_argument("--only-ours", action="store_true", help="leave the alternatives out")
    parser.add_argument("--packages", type=pathlib.Path, default=ROOT / "build/peers", help="where they are installed")
    parser.add_argument("--dynamodb-local", type=pathlib.Path, help="the folder of its jar",
                        default=ROOT / "build/dynamodb-local/package/aws_dynamodb_local")
    options = parser.parse_args()

    folder = tempfile.mkdtemp(prefix="peers-", dir=ROOT / "build")
    candidates = [("mrgc", ours)]
    if not options.only_ours:
        candidates += [("DynamoDB Local", dynamodb_local(options.dynamodb_local)), ("dynalite", dynalite(options.packages)),
                       ("dynoxide", dynoxide(options.packages))]
    peers = []
    try:
        print(f"starting each {STARTS} times", file=sys.stderr)
        start_ms = measure_starts(candidates, folder)
        fleets = [(name, command, options.instances) for name, command in candidates]
        if options.large:
            fleets.append((LARGE, ours, options.large))
        for name, command, instances in fleets:
            print(f"loading {name}", file=sys.stderr)
            peer = Peer(name, command, tempfile.mkdtemp(dir=folder), instances)
            peer.start_ms = start_ms.get(name, peer.start_ms)
            peers.append(peer)
            with peer.turn():
                load(peer)
        report(measure(peers, options, folder), peers, options)
    finally:
        for peer in peers:
            peer.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
