"""Requests on streams. What they name (streams, shards, iterators, sequence numbers) is each server's own: so they are
made with symbols, which are replaced for each server by what it answers, and taken out of its answers again."""

import json
import re

from client import Answer
from rewritings import plain_numbers

NO_STREAM = "arn:aws:dynamodb:us-east-1:000000000000:table/none/stream/2020-01-01T00:00:00.000"
ARN = re.compile(r"arn:aws:dynamodb:[\w-]+:\d+:table/([^/]+)/stream/[-\d:T.]+")
OWN = {"StreamArn": "a stream", "StreamLabel": "a label", "ShardId": "a shard", "ShardIterator": "an iterator",
       "NextShardIterator": "an iterator", "eventID": "an event", "awsRegion": "a region", "SequenceNumber": "a number",
       "StartingSequenceNumber": "a number", "EndingSequenceNumber": "a number"}
TIMES = {"ApproximateCreationDateTime", "CreationRequestDateTime"}
MAX_PAGES = 400


def without_own(value):
    """The answer with nothing in it that is the server's own."""
    if isinstance(value, list):
        return [without_own(element) for element in value]
    if isinstance(value, dict):
        return {name: OWN.get(name, None) if name in OWN else without_own(member) for name, member in value.items()
                if name not in TIMES}
    return ARN.sub(r"stream of \1", value) if isinstance(value, str) else value


def key_of(record):
    return json.dumps(plain_numbers(record["dynamodb"]["Keys"]), sort_keys=True)


class StreamReader:
    """Asks one server. A request's body may hold these symbols: "StreamArn": "newest" (of the request's table),
    "ShardId": "first", "SequenceNumber": ["record", n], and of GetRecords instead of the iterator what it is asked for
    with, as "Iterator"."""

    def __init__(self, client, table):
        self.client = client
        self.table = table

    def ask(self, operation, body):
        answer = self.records(body) if "Iterator" in body else self.client.send(operation, self.resolved(body))
        return Answer(answer.status, without_own(answer.body))

    def resolved(self, body):
        body = dict(body)
        if body.get("StreamArn") == "newest":
            body["StreamArn"] = self.newest()
        if body.get("ShardId") == "first":
            body["ShardId"] = self.first_shard(body["StreamArn"])
        if isinstance(body.get("SequenceNumber"), list):
            numbers = [record["dynamodb"]["SequenceNumber"] for record in self.all_records(body)]
            at = body["SequenceNumber"][1]
            if numbers:
                body["SequenceNumber"] = numbers[at % len(numbers)]
            else:
                del body["SequenceNumber"]
        return body

    def newest(self):
        answer = self.client.send("DescribeTable", {"TableName": self.table})
        return answer.body.get("Table", {}).get("LatestStreamArn", NO_STREAM) if answer.succeeded else NO_STREAM

    def first_shard(self, arn):
        answer = self.client.send("DescribeStream", {"StreamArn": arn})
        return answer.body["StreamDescription"]["Shards"][0]["ShardId"] if answer.succeeded else "shardId-00000000000000000000-00000000"

    def all_records(self, body):
        start = {"StreamArn": body["StreamArn"], "ShardId": body["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        answer = self.pages(self.client.send("GetShardIterator", start), None)
        return answer.body.get("Records", []) if answer.succeeded else []

    def pages(self, answer, limit):
        """All that an iterator leads to; the first error instead."""
        records, member = [], "ShardIterator"
        for _ in range(MAX_PAGES):
            if not answer.succeeded or not answer.body.get(member):
                break
            body = {"ShardIterator": answer.body[member], **({"Limit": limit} if limit else {})}
            answer, member = self.client.send("GetRecords", body), "NextShardIterator"
            page = answer.body.get("Records", [])
            if limit and len(page) > limit:
                return Answer(200, {"WrongPage": f"{len(page)} records, limit {limit}"})
            records += page
            if not page:
                break
        return Answer(200, {"Records": records}) if answer.succeeded else answer

    def records(self, body):
        """The records in an order that is the same on all servers: only those of one item have one."""
        wanted = self.resolved(body["Iterator"])
        answer = self.pages(self.client.send("GetShardIterator", wanted), body.get("Limit"))
        if not answer.succeeded or "WrongPage" in answer.body:
            return answer
        if "SequenceNumber" in wanted:  # batches are recorded in any order, so there which they are is compared with all
            numbers = [record["dynamodb"]["SequenceNumber"] for record in answer.body["Records"]]
            all_numbers = [record["dynamodb"]["SequenceNumber"] for record in self.all_records(wanted)]
            return Answer(200, {"Count": len(numbers), "AreTheLast": numbers == all_numbers[len(all_numbers) - len(numbers):]})
        return Answer(200, {"Records": sorted(answer.body["Records"], key=key_of)})


def ask(client, request):
    return StreamReader(client, request.tables[0] if request.tables else None).ask(request.operation, request.body)
