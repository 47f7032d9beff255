"""Sends each request to both servers and keeps the generator's tables in step with theirs."""

import base64
from dataclasses import dataclass

import missing_items
import streams
from client import OF_STREAMS, Client
from minimizer import Minimizer
from normal_form import normal_answer
from probe import Probe
from rules import rules_for
from tables import Index, Table

CHANGES_ITEMS = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
CHANGES_TABLES = {"CreateTable", "UpdateTable", "DeleteTable", "UpdateTimeToLive"}
MAX_KEY_BYTES = (2048, 1024)  # of a partition key, of a sort key


@dataclass
class Outcome:
    number: int
    request: object
    ours: object
    theirs: object
    differs: bool
    rules: list  # ids of those that explain it
    bodies: tuple  # ours and theirs, without what they may differ in


class Runner:
    def __init__(self, ours_port, theirs_port):
        self.ours = Client(ours_port)
        self.theirs = Client(theirs_port)
        self.probe = Probe(self.ours, self.theirs, {})
        self.specs = {}  # by table: the request that created it
        self.history = {}  # by table: what changed it since, as pairs of operation and body

    def ask_both(self, request):
        if request.operation in OF_STREAMS:
            return streams.ask(self.ours, request), streams.ask(self.theirs, request)
        if not request.walk:
            for client in (self.ours, self.theirs):
                client.start(request.operation, request.body)
            return self.ours.finish(), self.theirs.finish()
        if request.operation == "Scan":
            return self.ours.all_segments(request.body), self.theirs.all_segments(request.body)
        return (self.ours.all_pages(request.operation, request.body),
                self.theirs.all_pages(request.operation, request.body))

    def run(self, number, request, tables):
        ours, theirs = self.ask_both(request)
        normal_ours, normal_theirs = normal_answer(request, ours), normal_answer(request, theirs)
        differs = ours.status != theirs.status or normal_ours != normal_theirs
        rules = []
        if differs:
            self.probe.tables = tables
            rules, normal_theirs = rules_for(request, ours, theirs, normal_ours, normal_theirs, self.probe)
        return Outcome(number, request, ours, theirs, differs, rules, (normal_ours, normal_theirs))

    def setup_of(self, outcome):
        """The least requests to send before so that this one is answered differently again; None: not found."""
        tables = [name for name in outcome.request.tables if name in self.specs]
        history = max((self.history[name] for name in tables), key=len, default=[])
        specs = {name: self.specs[name] for name in tables}
        return Minimizer(self, outcome, specs, history).setup()

    def settle(self, outcome, generator):
        """Brings the generator's tables up to date; drops those that differ from now on."""
        request = outcome.request
        if request.operation in CHANGES_TABLES:
            return self.settle_table(outcome, generator)
        succeeded = outcome.ours.succeeded or outcome.theirs.succeeded
        if outcome.differs and not outcome.rules and succeeded:
            return self.drop(request.tables, generator)
        if outcome.ours.succeeded != outcome.theirs.succeeded and request.operation in CHANGES_ITEMS:
            return self.drop(request.tables, generator)
        if outcome.ours.succeeded and outcome.theirs.succeeded:
            self.settle_removals(request, generator)
            generator.taken_token = request.body.get("ClientRequestToken", generator.taken_token)
        if succeeded and request.operation in CHANGES_ITEMS:
            for name in request.tables:
                self.history[name].append((request.operation, request.body))

    def settle_removals(self, request, generator):
        """Takes away what removals have made in DynamoDB Local alone; a stream tells of it, so its table goes."""
        for name, key in list(missing_items.left_over(self.ours, self.theirs, request)):
            self.theirs.send("DeleteItem", {"TableName": name, "Key": key})
            if name in generator.tables and generator.tables[name].stream:
                self.drop([name], generator)

    def settle_table(self, outcome, generator):
        request = outcome.request
        name = request.body["TableName"]
        if outcome.ours.succeeded != outcome.theirs.succeeded:
            return self.drop([name], generator)
        if not outcome.ours.succeeded:
            return
        # DynamoDB Local sometimes never ends making an index.
        if not all(client.is_settled(name) for client in (self.ours, self.theirs)):
            return self.drop([name], generator)
        if request.operation == "DeleteTable":
            generator.tables.pop(name, None)
            self.probe.forget(name)
        elif request.operation == "CreateTable":
            generator.tables[name] = table_of(request.body)
            self.specs[name] = request.body
            self.history[name] = []
        else:
            self.history[name].append((request.operation, request.body))
            update_table(generator.tables[name], request.body)
            if self.has_foreign_entries(generator.tables[name], request.body):
                self.drop([name], generator)

    def has_foreign_entries(self, table, change):
        """Whether DynamoDB Local has put items into a new index whose keys are of another type than the index's, or too
        long for it."""
        created = {part["Create"]["IndexName"] for part in change.get("GlobalSecondaryIndexUpdates", []) if "Create" in part}
        for index in [index for index in table.indexes if index.name in created]:
            answer = self.theirs.all_pages("Scan", {"TableName": table.name, "IndexName": index.name})
            if not all(can_be_indexed(item, index) for item in answer.body.get("Items", [])):
                return True
        return False

    def drop(self, tables, generator):
        for name in tables:
            for client in (self.ours, self.theirs):
                client.drop(name)
            generator.tables.pop(name, None)
            self.probe.forget(name)


def can_be_indexed(item, index):
    return all(kind in item[name] and size_bytes(kind, item[name][kind]) <= max_bytes
               for (name, kind), max_bytes in zip(index.keys(), MAX_KEY_BYTES))


def size_bytes(kind, value):
    return len(base64.b64decode(value) if kind == "B" else value.encode())


def index_of(body, types, local):
    keys = [(key["AttributeName"], types[key["AttributeName"]]) for key in body["KeySchema"]]
    return Index(body["IndexName"], keys[0], keys[1] if len(keys) > 1 else None, body["Projection"], local)


def table_of(body):
    """The table that a CreateTable request made."""
    types = {part["AttributeName"]: part["AttributeType"] for part in body["AttributeDefinitions"]}
    keys = [(key["AttributeName"], types[key["AttributeName"]]) for key in body["KeySchema"]]
    table = Table(body["TableName"], keys[0], keys[1] if len(keys) > 1 else None)
    table.on_demand = body.get("BillingMode") == "PAY_PER_REQUEST"
    table.stream = body.get("StreamSpecification", {}).get("StreamViewType")
    for member, local in (("GlobalSecondaryIndexes", False), ("LocalSecondaryIndexes", True)):
        table.indexes += [index_of(index, types, local) for index in body.get(member, [])]
    return table


def update_table(table, body):
    types = {part["AttributeName"]: part["AttributeType"] for part in body.get("AttributeDefinitions", [])}
    for change in body.get("GlobalSecondaryIndexUpdates", []):
        if "Create" in change:
            table.indexes.append(index_of(change["Create"], types, False))
        if "Delete" in change:
            table.indexes = [index for index in table.indexes if index.name != change["Delete"]["IndexName"]]
    if "StreamSpecification" in body:
        table.stream = body["StreamSpecification"].get("StreamViewType")
    if "BillingMode" in body:
        table.on_demand = body["BillingMode"] == "PAY_PER_REQUEST"
