"""Sends requests of DynamoDB's protocol, as plain as they are, over one connection that is kept."""

import http.client
import json
import time
from dataclasses import dataclass

HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=conformance/20260101/us-east-1/dynamodb/aws4_request, "
                     "SignedHeaders=host;x-amz-date, Signature=none",
    "X-Amz-Date": "20260101T000000Z",
}
ACTIVE_WITHIN_S = 3
GONE_WITHIN_S = 60


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


class Client:
    def __init__(self, port):
        self.port = port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.asked = ""

    def start(self, operation, body):
        """Sends a request, whose answer `finish` reads: so two servers can work at the same time."""
        headers = {**HEADERS, "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        self.asked = f"{operation} {json.dumps(body)}"
        self.connection.request("POST", "/", json.dumps(body).encode(), headers)

    def finish(self):
        try:
            response = self.connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise ServerGone(f"the server at port {self.port} did not answer {self.asked}") from error
        try:
            return Answer(response.status, json.loads(text) if text else {})
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
