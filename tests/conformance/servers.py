"""The two servers of a run, on free ports and with nothing in them."""

import contextlib
import pathlib
import socket
import subprocess
import tempfile
import time

STARTED_WITHIN_S = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(process, port, log):
    deadline = time.monotonic() + STARTED_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args[0]} does not answer at port {port}; it said:\n{log.read_text()}")


@contextlib.contextmanager
def running(command, port, log, folder):
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder)
    try:
        wait_for(process, port, log)
        yield
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def fresh_servers(mrgc, jar_folder):
    """Starts both and gives their ports, ours first; stops them at the end."""
    ours, theirs = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="mrgc-conformance-") as name:
        folder = pathlib.Path(name)
        serve = [mrgc.resolve(), "serve", "--data", folder / "store", "--regions", f"us-east-1={ours}", "--admin-port", "0"]
        local = ["java", "-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", "-inMemory",
                 "-port", str(theirs)]
        with (running(serve, ours, folder / "mrgc.log", folder),
              running(local, theirs, folder / "dynamodb-local.log", jar_folder)):
            yield ours, theirs
