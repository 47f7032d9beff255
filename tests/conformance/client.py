"""Sends requests of DynamoDB's protocol, as plain as they are, over one connection that is kept."""

import http.client
import json
import re
import socket
import time
from dataclasses import dataclass

HEADERS = {
    "Host": "127.0.0.1",
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=conformance/20260101/us-east-1/dynamodb/aws4_request, "
                     "SignedHeaders=host;x-amz-date, Signature=none",
    "X-Amz-Date": "20260101T000000Z",
}
OF_STREAMS = {"ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"}
IDLE_S = 10  # after which a connection is made anew: servers close those that idle
ACTIVE_WITHIN_S = 3
ENVELOPE = re.compile(r"^1 validation error detected: (?!Value ('|at |null))")
ENVELOPED = {"PutItem", "UpdateItem", "DeleteItem"}  # whose faults AWS tells in it; DynamoDB Local does not know it
GONE_WITHIN_S = 60


def without_envelope(operation, body):
    if operation not in ENVELOPED or "message" not in body:
        return body
    return {**body, "message": ENVELOPE.sub("", body["message"])}


class ServerGone(Exception):
    """A server closed the connection instead of answering."""


@dataclass
class Answer:
    status: int
    body: object  # the JSON; the text when it is none

    @property
    def succeeded(self):
        return self.status == 200

    @property
    def error(self):
        """The error's name, such as ValidationException; empty for a success."""
        if self.succeeded or not isinstance(self.body, dict):
            return ""
        return self.body.get("__type", "").split("#")[-1]

    @property
    def message(self):
        if self.succeeded or not isinstance(self.body, dict):
            return ""
        return self.body.get("message", self.body.get("Message", ""))

    @property
    def told(self):
        return "success" if self.succeeded else f"{self.error}: {self.message}"


class Client:
    def __init__(self, port):
        self.port = port
        self.socket = None
        self.used = 0
        self.operation = self.asked = ""

    def connect(self):
        if self.socket and time.monotonic() - self.used < IDLE_S:
            return
        if self.socket:
            self.socket.close()
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start(self, operation, body):
        """Sends a request, whose answer `finish` reads: so two servers can work at the same time."""
        api = "DynamoDBStreams" if operation in OF_STREAMS else "DynamoDB"
        text = json.dumps(body)
        self.operation, self.asked = operation, f"{operation} {text}"
        headers = {**HEADERS, "X-Amz-Target": f"{api}_20120810.{operation}", "Content-Length": len(text)}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.connect()
        # In one piece: http.client would send two, and wake the server twice.
        self.socket.sendall(f"POST / HTTP/1.1\r\n{head}\r\n{text}".encode())

    def finish(self):
        try:
            response = http.client.HTTPResponse(self.socket, method="POST")
            response.begin()
            text = response.read()
            self.used = time.monotonic()
            if response.will_close:
                self.socket.close()
                self.socket = None
        except (OSError, http.client.HTTPException) as error:
            raise ServerGone(f"the server at port {self.port} did not answer {self.asked}") from error
        try:
            return Answer(response.status, without_envelope(self.operation, json.loads(text) if text else {}))
        except ValueError:
            return Answer(response.status, text.decode(errors="replace"))

    def send(self, operation, body):
        self.start(operation, body)
        return self.finish()

    def is_settled(self, table):
        """Whether the table and its indexes become active in time, or the table goes."""
        deadline = time.monotonic() + ACTIVE_WITHIN_S
        while time.monotonic() < deadline:
            answer = self.send("DescribeTable", {"TableName": table})
            if not answer.succeeded:
                return True
            description = answer.body["Table"]
            indexes = description.get("GlobalSecondaryIndexes", [])
            states = [description["TableStatus"]] + [index.get("IndexStatus", "ACTIVE") for index in indexes]
            if all(state == "ACTIVE" for state in states):
                return True
            time.sleep(0.01)
        return False

    def drop(self, table):
        """Deletes the table and waits until it is gone."""
        deadline = time.monotonic() + GONE_WITHIN_S
        while self.send("DescribeTable", {"TableName": table}).succeeded:
            if time.monotonic() > deadline:
                raise TimeoutError(f"table {table} at port {self.port} cannot be deleted")
            self.send("DeleteTable", {"TableName": table})

    def all_pages(self, operation, body):
        """The items of all pages as if they were one page; the first page's answer if it is an error."""
        body = dict(body)
        items, count, scanned = [], 0, 0
        while True:
            answer = self.send(operation, body)
            if not answer.succeeded:
                return answer
            items += answer.body.get("Items", [])
            count += answer.body["Count"]
            scanned += answer.body["ScannedCount"]
            if "LastEvaluatedKey" not in answer.body:
                break
            if "Limit" in body and answer.body["ScannedCount"] != body["Limit"]:
                return Answer(200, {"WrongPage": f"{answer.body['ScannedCount']} items, limit {body['Limit']}"})
            body["ExclusiveStartKey"] = answer.body["LastEvaluatedKey"]
        return Answer(200, {"Items": items, "Count": count, "ScannedCount": scanned})

    def all_segments(self, body):
        """As `all_pages`, for a scan in segments; the error of the segment that the request names comes first."""
        first = self.all_pages("Scan", body)
        if not first.succeeded or "TotalSegments" not in body or "WrongPage" in first.body:
            return first
        total = {"Items": [], "Count": 0, "ScannedCount": 0}
        for segment in range(body["TotalSegments"]):
            part = first if segment == body["Segment"] else self.all_pages("Scan", {**body, "Segment": segment})
            if not part.succeeded or "WrongPage" in part.body:
                return part
            for member in total:
                total[member] += part.body[member]
        return Answer(200, total)
