"""Asks more of the servers about one request, without changing what the run works on: requests that write go to copies
of their tables, which hold what the tables hold under the keys in question."""

import json

from faults import Faults
from minimizer import renamed
from wordings import are_the_same

PREFIX = "copy-of-"
READS = {"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan", "DescribeTable", "ListTables",
         "DescribeTimeToLive"}
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}


def faults_of(answer):
    """What the answer tells, as texts; of a cancelled transaction its reasons as well."""
    reasons = answer.body.get("CancellationReasons", []) if isinstance(answer.body, dict) else []
    messages = [reason["Message"] for reason in reasons if "Message" in reason]
    # DynamoDB Local ends this one with a point when it returns an item with it.
    return [answer.told] + ["ValidationException: " + (message.rstrip(".") if "conditional request" in message else message)
                                for message in messages]


def agree(ours, theirs):
    """Whether both answers tell of the same fault."""
    if ours.succeeded or theirs.succeeded:
        return False
    return any(are_the_same(one, other) for one in faults_of(ours) for other in faults_of(theirs))


def parts_of(request):
    """What the request does to single items: pairs of the table's name and the item or key."""
    body = request.body
    if request.operation == "TransactWriteItems":
        parts = [part for action in body["TransactItems"] for part in action.values()]
    elif request.operation == "BatchWriteItem":
        return []
    else:
        parts = [body]
    return [(part["TableName"], part.get("Key", part.get("Item", {}))) for part in parts]


class Probe:
    def __init__(self, ours, theirs, tables):
        self.clients = (ours, theirs)
        self.tables = tables  # those of the run, by name
        self.copies = {}  # by the table's name: the request that made its copy

    def ours_finds(self, request, ours, theirs):
        """Whether our server finds fault with what the other one did, once it has no reason to find what it found."""
        send = self.sender(self.clients[0], request)
        return bool(send) and Faults(self.tables, agree).finds(send, request, theirs, swapped=False)

    def have_both_faults(self, request, ours, theirs):
        """Whether each finds fault with what the other one did, once it has no reason to find what it found."""
        return self.ours_finds(request, ours, theirs) and self.theirs_finds(request, ours, theirs)

    def theirs_finds(self, request, ours, theirs):
        """As `ours_finds`, the other way round."""
        send = self.sender(self.clients[1], request)
        return bool(send) and Faults(self.tables, agree).finds(send, request, ours, swapped=True)

    def ask(self, request):
        """Both answers to a request that is a little other than one of the run's."""
        senders = [self.sender(client, request) for client in self.clients]
        return [send(request.operation, request.body) for send in senders]

    def sender(self, client, request):
        """What sends requests like this one to the server; None when that could do harm."""
        if request.operation in READS:
            return client.send
        if request.operation == "CreateTable":
            return lambda operation, body: self.create(client, body)
        if request.operation not in WRITES:
            return None
        # What is asked of a table that is not there may next be asked of any that is.
        wanted = self.tables if "no-such-table" in json.dumps(request.body) else request.tables
        names = {name: self.copy_of(name) for name in wanted if name in self.tables}
        items = list(self.items_of(client, request, names))
        self.restore(client, items)

        def send(operation, body):
            answer = client.send(operation, renamed(body, names))
            if answer.succeeded:
                self.restore(client, items)
            return answer
        return send

    def create(self, client, body):
        answer = client.send("CreateTable", {**body, "TableName": PREFIX + body["TableName"]})
        if answer.succeeded:
            client.drop(PREFIX + body["TableName"])
        return answer

    def copy_of(self, name):
        request = {**self.tables[name].create_request(), "TableName": PREFIX + name}
        if self.copies.get(name) != request:
            for client in self.clients:
                client.drop(PREFIX + name)
                client.send("CreateTable", request)
                client.is_settled(PREFIX + name)
            self.copies[name] = request
        return PREFIX + name

    def items_of(self, client, request, names):
        """The copy's name, the key, and the item or None, for each item that the request is about."""
        for name, attributes in parts_of(request):
            if name not in names:
                continue
            key = {key: attributes[key] for key in self.tables[name].key_names() if key in attributes}
            answer = client.send("GetItem", {"TableName": name, "Key": key, "ConsistentRead": True})
            if answer.succeeded:
                yield names[name], key, answer.body.get("Item")

    @staticmethod
    def restore(client, items):
        for table, key, item in items:
            if item:
                client.send("PutItem", {"TableName": table, "Item": item})
            else:
                client.send("DeleteItem", {"TableName": table, "Key": key})

    def forget(self, name):
        """The run has no such table any more."""
        if self.copies.pop(name, None):
            for client in self.clients:
                client.drop(PREFIX + name)
