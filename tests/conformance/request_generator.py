"""Random requests: mostly right, some slightly wrong, over a handful of tables that come and go."""

import time

from expressions import Expressions
from odd_expressions import OddExpressions
from older_parameters import OlderParameters
from request import Request
from stream_requests import StreamRequests
from table_requests import TableRequests
from tables import random_item, random_key, wrong_item, wrong_key
from values import ATTRIBUTES, Values

WRONG = 0.12  # how often a request is made wrong on purpose, in each of its parts that can be

WEIGHTS = {
    "PutItem": 18, "GetItem": 9, "UpdateItem": 20, "DeleteItem": 7, "Query": 16, "Scan": 7, "BatchGetItem": 3,
    "BatchWriteItem": 4, "TransactGetItems": 3, "TransactWriteItems": 6, "CreateTable": 1.6, "UpdateTable": 1.2,
    "DescribeTable": 1, "DeleteTable": 0.7, "ListTables": 0.6, "UpdateTimeToLive": 0.5, "DescribeTimeToLive": 0.4,
    "DescribeLimits": 0.1, "ListStreams": 0.3, "DescribeStream": 0.3, "GetShardIterator": 0.4, "GetRecords": 0.5,
}


class RequestGenerator:
    """Makes requests from a seed. `tables` are those that both servers have."""

    def __init__(self, rng, with_local_indexes):
        self.values = Values(rng)
        self.rng = rng
        self.with_local_indexes = with_local_indexes
        self.tables = {}
        self.odd = OddExpressions(rng)
        self.of_tables = TableRequests(self)
        self.of_streams = StreamRequests(self)
        self.started = time.time_ns()
        self.taken_token = None  # of the last transaction that both servers made

    def next(self):
        if not self.tables:
            return self.of_tables.create_table()
        operation = self.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        maker = {"PutItem": self.put_item, "GetItem": self.get_item, "UpdateItem": self.update_item,
                 "DeleteItem": self.delete_item, "Query": self.query, "Scan": self.scan,
                 "BatchGetItem": self.batch_get, "BatchWriteItem": self.batch_write,
                 "TransactGetItems": self.transact_get, "TransactWriteItems": self.transact_write,
                 "CreateTable": self.of_tables.create_table, "UpdateTable": self.of_tables.update_table,
                 "DescribeTable": self.of_tables.describe_table, "DeleteTable": self.of_tables.delete_table,
                 "ListTables": self.of_tables.list_tables, "DescribeLimits": self.of_tables.describe_limits,
                 "UpdateTimeToLive": self.of_tables.update_time_to_live,
                 "DescribeTimeToLive": self.of_tables.describe_time_to_live,
                 "ListStreams": self.of_streams.list_streams, "DescribeStream": self.of_streams.describe_stream,
                 "GetShardIterator": self.of_streams.get_shard_iterator,
                 "GetRecords": self.of_streams.get_records}[operation]
        return maker()

    # --- Parts ----------------------------------------------------------------------------------------------------

    def wrong(self):
        return self.values.chance(WRONG)

    def table(self, writes=False):
        """Any table. DynamoDB Local takes other texts of a number for another value, and lets indexes pay for that: so
        numbers are written as usual where they go to a table with indexes."""
        table = self.values.one_of(list(self.tables.values()))
        self.values.odd_numbers = not writes or not table.indexes
        return table

    def named(self, table):
        """The table's name; now and then that of a table that is not there."""
        if self.values.chance(0.005):
            return "no-such-table"
        return table.name

    def key(self, table):
        return wrong_key(self.values, table) if self.wrong() else random_key(self.values, table)

    def item(self, table):
        return wrong_item(self.values, table) if self.wrong() else random_item(self.values, table)

    def capacity(self, body, item_collections=False):
        if self.values.chance(0.3):
            body["ReturnConsumedCapacity"] = self.values.one_of(("TOTAL", "INDEXES", "NONE"))
        if item_collections and self.values.chance(0.05):
            body["ReturnItemCollectionMetrics"] = self.values.one_of(("SIZE", "NONE"))

    def expression(self, expressions, role, make):
        """What `make` returns, or something wrong instead; `role`: one that `OddExpressions` knows."""
        if not self.wrong():
            return make()
        if self.values.chance(0.45):
            return self.odd.draw(role, expressions)
        text = make()
        if self.values.chance(0.1):
            self.odd.spoil_names(expressions)
        return expressions.spoil(text)

    def request(self, operation, body, table, **more):
        return Request(operation, body, [table.name], **more)

    # --- Items ----------------------------------------------------------------------------------------------------

    def condition_of_write(self, body, table, expressions):
        if self.values.chance(0.25):
            body["ConditionExpression"] = self.expression(expressions, "condition", expressions.condition)
        body.update(expressions.placeholders())

    def write_options(self, body, all_return_values):
        if self.values.chance(0.4):
            choices = ["NONE", "ALL_OLD"]
            if all_return_values or self.values.chance(0.03):
                choices += ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"]
            body["ReturnValues"] = self.values.one_of(choices)
        self.capacity(body, item_collections=True)

    def put_item(self):
        table = self.table(writes=True)
        body = {"TableName": self.named(table), "Item": self.item(table)}
        if self.values.chance(0.12):
            body.update(OlderParameters(self.values, table).expected())
        else:
            self.condition_of_write(body, table, Expressions(self.values, table))
        self.write_options(body, all_return_values=False)
        return self.request("PutItem", self.mixed(body), table)

    def delete_item(self):
        table = self.table(writes=True)
        body = {"TableName": self.named(table), "Key": self.key(table)}
        if self.values.chance(0.15):
            body.update(OlderParameters(self.values, table).expected())
        else:
            self.condition_of_write(body, table, Expressions(self.values, table))
        self.write_options(body, all_return_values=False)
        return self.request("DeleteItem", self.mixed(body), table)

    def update_item(self):
        table = self.table(writes=True)
        body = {"TableName": self.named(table), "Key": self.key(table)}
        if self.values.chance(0.2):
            older = OlderParameters(self.values, table)
            body.update(older.updates())
            if self.values.chance(0.3):
                body.update(older.expected())
        else:
            expressions = Expressions(self.values, table)
            if self.values.chance(0.97):
                body["UpdateExpression"] = self.expression(expressions, "update", expressions.update)
            self.condition_of_write(body, table, expressions)
        self.write_options(body, all_return_values=True)
        return self.request("UpdateItem", self.mixed(body), table)

    def mixed(self, body):
        """Now and then adds a parameter that does not go with the others."""
        if not self.values.chance(0.02):
            return body
        extra = self.values.one_of((
            {"Expected": {"a": {"Exists": False}}}, {"ConditionExpression": "attribute_exists(a)"},
            {"ConditionalOperator": "AND"}, {"AttributesToGet": ["a"]}, {"ProjectionExpression": "a"},
            {"ExpressionAttributeNames": {}}, {"ExpressionAttributeValues": {}}, {"ConditionExpression": ""},
            {"ExpressionAttributeNames": {"#a": "a"}}, {"ExpressionAttributeValues": {":a": {"S": "x"}}},
            {"FilterExpression": ""}, {"ProjectionExpression": ""}, {"UpdateExpression": ""}, {"Expected": {}},
            {"AttributeUpdates": {}}, {"ScanFilter": {}}, {"QueryFilter": {}}, {"KeyConditions": {}}))
        return {**body, **extra}

    def projection(self, body, table, expressions, attributes=None):
        if self.values.chance(0.3):
            body["ProjectionExpression"] = self.expression(
                expressions, "projection", lambda: expressions.projection(attributes))

    def get_item(self):
        table = self.table()
        body = {"TableName": self.named(table), "Key": self.key(table)}
        self.add_read_options(body, table)
        self.capacity(body)
        return self.request("GetItem", self.mixed(body), table)

    def add_read_options(self, body, table):
        if self.values.chance(0.3):
            body["ConsistentRead"] = self.values.chance(0.6)
        if self.values.chance(0.1):
            body.update(OlderParameters(self.values, table).attributes_to_get())
            return
        expressions = Expressions(self.values, table)
        self.projection(body, table, expressions)
        if expressions.names:
            body["ExpressionAttributeNames"] = expressions.names

    # --- Pages ----------------------------------------------------------------------------------------------------

    def query(self):
        table = self.table()
        index = self.values.one_of(table.indexes) if table.indexes and self.values.chance(0.5) else None
        keys = index.keys() if index else table.keys()
        body = {"TableName": self.named(table)}
        expressions = Expressions(self.values, table)
        older = OlderParameters(self.values, table)
        if self.values.chance(0.2):
            body.update(older.key_conditions(keys))
            if self.values.chance(0.3):
                body.update(older.filter("QueryFilter", exclude=[name for name, _ in keys]))
            if self.values.chance(0.2):
                body.update(older.attributes_to_get())
        else:
            if self.values.chance(0.98):
                body["KeyConditionExpression"] = self.expression(
                    expressions, "key condition", lambda: expressions.key_condition(keys))
            self.page_expressions(body, table, index, expressions, exclude=[name for name, _ in keys])
        if self.values.chance(0.3):
            body["ScanIndexForward"] = self.values.chance(0.3)
        self.page_options(body, table, index)
        sort_keys = [name for name, _ in keys[1:]] if index else None
        walk = "Limit" in body and "ExclusiveStartKey" not in body and index is not None
        return self.request("Query", self.mixed(body), table, walk=walk, sort_keys=sort_keys)

    def scan(self):
        table = self.table()
        index = self.values.one_of(table.indexes) if table.indexes and self.values.chance(0.3) else None
        body = {"TableName": self.named(table)}
        if self.values.chance(0.2):
            older = OlderParameters(self.values, table)
            body.update(older.filter("ScanFilter"))
            if self.values.chance(0.2):
                body.update(older.attributes_to_get())
        else:
            self.page_expressions(body, table, index, Expressions(self.values, table))
        self.page_options(body, table, index)
        if self.values.chance(0.2):
            if "ExclusiveStartKey" in body:  # in which segment it lies, each server finds for itself: no other faults
                body = {"TableName": body["TableName"], "ExclusiveStartKey": body["ExclusiveStartKey"]}
            body["TotalSegments"] = self.values.one_of((1, 2, 3, 4, 7))
            body["Segment"] = self.rng.randrange(body["TotalSegments"])
            if self.values.chance(0.1):
                way = self.rng.randrange(3)
                if way == 0:
                    del body["Segment"]
                elif way == 1:
                    del body["TotalSegments"]
                else:
                    body["Segment"] += body["TotalSegments"]
        walk = "Limit" in body and "ExclusiveStartKey" not in body or "TotalSegments" in body
        return self.request("Scan", self.mixed(body), table, walk=walk)

    def page_expressions(self, body, table, index, expressions, exclude=()):
        if self.values.chance(0.3):
            usable = [name for name in list(ATTRIBUTES) + list(table.index_keys()) if name not in exclude]
            attributes = usable if self.values.chance(0.95) else None
            body["FilterExpression"] = self.expression(
                expressions, "condition", lambda: expressions.condition(attributes=attributes))
        projected = None
        if index and (index.local or self.values.chance(0.8)):
            projected = list(dict(table.keys() + index.keys())) + index.projection.get("NonKeyAttributes", [])
        self.projection(body, table, expressions, projected)
        body.update(expressions.placeholders())

    def page_options(self, body, table, index):
        if index:
            body["IndexName"] = index.name
        elif self.values.chance(0.02):
            body["IndexName"] = "no-such-index"
        if self.values.chance(0.2):
            body["Limit"] = self.values.one_of((1, 2, 3, 5, 100))
        if self.values.chance(0.1):
            choices = ["COUNT", "COUNT", "ALL_ATTRIBUTES", "SPECIFIC_ATTRIBUTES"]
            body["Select"] = self.values.one_of(choices + ["ALL_PROJECTED_ATTRIBUTES"])
        if self.values.chance(0.2):
            body["ConsistentRead"] = self.values.chance(0.5) if not index or self.values.chance(0.1) else False
        if self.values.chance(0.08):
            body["ExclusiveStartKey"] = self.start_key(table, index)
        self.capacity(body)

    def start_key(self, table, index):
        key = self.key(table)
        if index and self.values.chance(0.9):
            for name, kind in index.keys():
                key.setdefault(name, self.values.key_value(kind))
        return key

    # --- Batches and transactions ---------------------------------------------------------------------------------

    def some_tables(self, writes=False):
        tables = self.values.some_of(list(self.tables.values()), most=2)
        self.values.odd_numbers = not writes or not any(table.indexes for table in tables)
        return tables

    def distinct_keys(self, table, most):
        """Random keys; a duplicate only now and then."""
        keys, seen = [], set()
        for _ in range(self.rng.randint(1, most)):
            key = random_key(self.values, table)
            identity = repr([float(value["N"]) if "N" in value else value for value in key.values()])
            if identity not in seen:
                keys.append(key)
                seen.add(identity)
        if self.values.chance(0.02):  # with the very same text: DynamoDB Local takes 1e1 and 10 for two keys
            keys.append(keys[0])
        if self.values.chance(0.06):
            keys.append(wrong_key(self.values, table))
        return keys

    def batch_get(self):
        tables = self.some_tables()
        items = {}
        for table in tables:
            part = {"Keys": self.distinct_keys(table, 6)}
            self.add_read_options(part, table)
            items[self.named(table)] = part
        body = {"RequestItems": items}
        self.capacity(body)
        return Request("BatchGetItem", body, [table.name for table in tables])

    def batch_write(self):
        tables = self.some_tables(writes=True)
        items = {}
        for table in tables:
            writes = []
            for key in self.distinct_keys(table, 6):
                if self.values.chance(0.4):
                    writes.append({"DeleteRequest": {"Key": key}})
                else:
                    item = wrong_item(self.values, table) if self.values.chance(0.04) else random_item(self.values, table)
                    writes.append({"PutRequest": {"Item": {**item, **key}}})
            if self.values.chance(0.02):
                writes.append({})
            items[self.named(table)] = writes
        body = {"RequestItems": items}
        self.capacity(body, item_collections=True)
        return Request("BatchWriteItem", body, [table.name for table in tables])

    def transact_get(self):
        gets = []
        tables = self.some_tables()
        for table in tables:
            for key in self.distinct_keys(table, 3):
                get = {"TableName": self.named(table), "Key": key}
                expressions = Expressions(self.values, table)
                if self.values.chance(0.3):
                    text = expressions.projection()
                    get["ProjectionExpression"] = expressions.spoil(text) if self.values.chance(0.05) else text
                if expressions.names:
                    get["ExpressionAttributeNames"] = expressions.names
                gets.append({"Get": get})
        body = {"TransactItems": gets}
        self.capacity(body)
        return Request("TransactGetItems", body, [table.name for table in tables])

    def transact_write(self):
        actions = []
        tables = self.some_tables(writes=True)
        for table in tables:
            for key in self.distinct_keys(table, 3):
                actions.append(self.transact_action(table, key))
        if self.values.chance(0.03):
            actions.append(self.values.one_of(actions))
        if self.values.chance(0.01):
            actions.append({kind: part for action in actions for kind, part in action.items()})
        body = {"TransactItems": actions}
        if self.values.chance(0.1):
            body["ClientRequestToken"] = self.token()
        self.capacity(body, item_collections=True)
        return Request("TransactWriteItems", body, [table.name for table in tables])

    def token(self):
        """A new one, or one that another transaction took. Servers remember them for minutes: a run must not send those
        of the one before."""
        if self.taken_token and self.values.chance(0.2):
            return self.taken_token
        return f"{self.started % 10**12}-{self.rng.randrange(10**9)}"

    def transact_action(self, table, key):
        expressions = Expressions(self.values, table)
        spoiled = self.values.chance(0.04)
        kind = self.values.one_of(("Put", "Put", "Update", "Update", "Delete", "ConditionCheck"))
        action = {"TableName": self.named(table)}
        if kind == "Put":
            action["Item"] = {**random_item(self.values, table), **key}
        else:
            action["Key"] = key
        if kind == "Update":
            text = expressions.update()
            action["UpdateExpression"] = expressions.spoil(text) if spoiled else text
        if kind == "ConditionCheck" or self.values.chance(0.2):
            text = self.likely_condition(expressions, table)
            action["ConditionExpression"] = expressions.spoil(text) if spoiled and kind != "Update" else text
        action.update(expressions.placeholders())
        if self.values.chance(0.2):
            action["ReturnValuesOnConditionCheckFailure"] = self.values.one_of(("ALL_OLD", "NONE"))
        return {kind: action}

    def likely_condition(self, expressions, table):
        """A condition that mostly holds: a transaction with several others would hardly ever succeed."""
        if self.values.chance(0.7):
            return f"attribute_not_exists({expressions.name('never')})"
        return expressions.condition()
