"""Random requests: mostly right, some slightly wrong, over a handful of tables that come and go."""

import copy
import time
from dataclasses import dataclass, field

from expressions import Expressions
from older_parameters import OlderParameters
from tables import random_index, random_item, random_key, random_table, wrong_item, wrong_key
from values import ATTRIBUTES, Values

MAX_TABLES = 5
WRONG = 0.12  # how often a request is made wrong on purpose, in each of its parts that can be

WEIGHTS = {
    "PutItem": 18, "GetItem": 9, "UpdateItem": 20, "DeleteItem": 7, "Query": 16, "Scan": 7, "BatchGetItem": 3,
    "BatchWriteItem": 4, "TransactGetItems": 3, "TransactWriteItems": 6, "CreateTable": 1.2, "UpdateTable": 0.8,
    "DescribeTable": 1, "DeleteTable": 0.7, "ListTables": 0.6, "UpdateTimeToLive": 0.5, "DescribeTimeToLive": 0.4,
}


@dataclass
class Request:
    operation: str
    body: dict
    tables: list = field(default_factory=list)  # names of the tables that it is about
    walk: bool = False  # whether all pages are read: which item is on which page is no promise
    sort_keys: list | None = None  # of an index query: the attributes that order the items


class RequestGenerator:
    """Makes requests from a seed. `tables` are those that both servers have."""

    def __init__(self, rng, with_local_indexes):
        self.values = Values(rng)
        self.rng = rng
        self.with_local_indexes = with_local_indexes
        self.tables = {}
        self.made = 0
        self.started = time.time_ns()

    def next(self):
        if not self.tables:
            return self.create_table()
        operation = self.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        maker = {"PutItem": self.put_item, "GetItem": self.get_item, "UpdateItem": self.update_item,
                 "DeleteItem": self.delete_item, "Query": self.query, "Scan": self.scan,
                 "BatchGetItem": self.batch_get, "BatchWriteItem": self.batch_write,
                 "TransactGetItems": self.transact_get, "TransactWriteItems": self.transact_write,
                 "CreateTable": self.create_table, "UpdateTable": self.update_table,
                 "DescribeTable": self.describe_table, "DeleteTable": self.delete_table,
                 "ListTables": self.list_tables, "UpdateTimeToLive": self.update_time_to_live,
                 "DescribeTimeToLive": self.describe_time_to_live}[operation]
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

    def expression(self, expressions, text):
        return expressions.spoil(text) if self.wrong() else text

    def request(self, operation, body, table, **more):
        return Request(operation, body, [table.name], **more)

    # --- Items ----------------------------------------------------------------------------------------------------

    def condition_of_write(self, body, table, expressions):
        if self.values.chance(0.25):
            body["ConditionExpression"] = self.expression(expressions, expressions.condition())
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
                body["UpdateExpression"] = self.expression(expressions, expressions.update())
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
            body["ProjectionExpression"] = self.expression(expressions, expressions.projection(attributes))

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
                body["KeyConditionExpression"] = self.expression(expressions, expressions.key_condition(keys))
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
            body["FilterExpression"] = self.expression(expressions, expressions.condition(attributes=attributes))
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
            # Only with the very same text: DynamoDB Local takes 1e1 and 10 for two keys.
            identity = repr([float(value["N"]) if "N" in value else value for value in key.values()])
            if identity not in seen or self.values.chance(0.02):
                keys.append(key)
                seen.add(identity)
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
        body = {"TransactItems": actions}
        if self.values.chance(0.1):
            # Servers remember tokens for minutes: a run must not send those of the one before.
            body["ClientRequestToken"] = f"{self.started}-{self.rng.randrange(10**9)}"
        self.capacity(body, item_collections=True)
        return Request("TransactWriteItems", body, [table.name for table in tables])

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

    # --- Tables ---------------------------------------------------------------------------------------------------

    def create_table(self):
        if self.tables and self.values.chance(0.1):
            table = self.table()
            return self.request("CreateTable", table.create_request(), table)
        if len(self.tables) >= MAX_TABLES and not self.values.chance(0.4):
            return self.delete_table()
        self.made += 1
        table = random_table(self.values, f"table-{self.made}", self.with_local_indexes)
        body = table.create_request()
        if self.tables and self.values.chance(0.5):
            body = self.spoiled_table(copy.deepcopy(body))
            return self.request("CreateTable", body, table)
        if len(self.tables) >= MAX_TABLES:
            return self.delete_table()
        return self.request("CreateTable", body, table)

    def spoiled_table(self, body):
        way = self.rng.randrange(14)
        definitions = body["AttributeDefinitions"]
        indexes = body.get("GlobalSecondaryIndexes", [])
        if way == 0:
            del definitions[self.rng.randrange(len(definitions))]
        elif way == 1:
            definitions.append({"AttributeName": "unused", "AttributeType": "S"})
        elif way == 2:
            body["KeySchema"][0]["KeyType"] = "RANGE"
        elif way == 3:
            body["KeySchema"].append({"AttributeName": definitions[0]["AttributeName"], "KeyType": "RANGE"})
        elif way == 4:
            body["BillingMode"] = self.values.one_of(("PROVISIONED", "PAY_PER_REQUEST"))
            body.setdefault("ProvisionedThroughput", {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
        elif way == 5:
            body.pop("ProvisionedThroughput", None)
            body.pop("BillingMode", None)
        elif way == 6 and indexes:
            indexes.append(indexes[0])
        elif way == 7 and indexes:
            indexes[0]["Projection"] = self.values.one_of((
                {"ProjectionType": "INCLUDE"}, {"ProjectionType": "ALL", "NonKeyAttributes": ["c"]}, {},
                {"ProjectionType": "KEYS_ONLY", "NonKeyAttributes": ["c"]},
                {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["c", "c"]}))
        elif way == 8 and indexes:
            indexes[0]["KeySchema"] = indexes[0]["KeySchema"][:1] * 2
        elif way == 9:
            body["LocalSecondaryIndexes"] = [random_index(self.values, "lsi", [("pk", "S"), ("sk", "S")],
                                                          False).described(False)]
        elif way == 10:
            body["GlobalSecondaryIndexes"] = []
        elif way == 11 and indexes:
            indexes[0].pop("ProvisionedThroughput", None)
        elif way == 12 and indexes:
            indexes[0]["ProvisionedThroughput"] = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
        else:
            body["StreamSpecification"] = self.values.one_of((
                {"StreamEnabled": True}, {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"},
                {"StreamEnabled": False}))
        return body

    def update_table(self):
        table = self.table()
        body = {"TableName": self.named(table)}
        way = self.rng.randrange(9)
        if way <= 1:
            index = random_index(self.values, f"gsi{self.rng.randrange(5)}", table.keys(), False)
            types = dict(index.keys())
            body["AttributeDefinitions"] = [{"AttributeName": n, "AttributeType": t} for n, t in types.items()]
            body["GlobalSecondaryIndexUpdates"] = [{"Create": index.described(not table.on_demand)}]
        elif way == 2:
            body["GlobalSecondaryIndexUpdates"] = [{"Delete": {"IndexName": f"gsi{self.rng.randrange(4)}"}}]
        elif way == 3:
            units = self.values.one_of((7, 8, 9))
            body["ProvisionedThroughput"] = {"ReadCapacityUnits": units, "WriteCapacityUnits": 8}
        elif way == 4:
            body["BillingMode"] = self.values.one_of(("PAY_PER_REQUEST", "PROVISIONED"))
            if body["BillingMode"] == "PROVISIONED" and self.values.chance(0.7):
                body["ProvisionedThroughput"] = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 8}
        elif way == 5:
            body["StreamSpecification"] = self.values.one_of((
                {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}, {"StreamEnabled": False}))
        elif way == 6:
            throughput = {"ReadCapacityUnits": self.rng.randint(4, 6), "WriteCapacityUnits": 5}
            body["GlobalSecondaryIndexUpdates"] = [
                {"Update": {"IndexName": f"gsi{self.rng.randrange(3)}", "ProvisionedThroughput": throughput}}]
        elif way == 7:
            body["GlobalSecondaryIndexUpdates"] = self.values.one_of((
                [], [{}], [{"Delete": {"IndexName": "gsi0"}}, {"Delete": {"IndexName": "gsi1"}}],
                [{"Delete": {"IndexName": "gsi0"}}, {"Delete": {"IndexName": "gsi0"}}]))
        return self.request("UpdateTable", body, table)

    def describe_table(self):
        table = self.table()
        return self.request("DescribeTable", {"TableName": self.named(table)}, table)

    def delete_table(self):
        if len(self.tables) <= 2:
            return self.describe_table()
        table = self.table()
        return self.request("DeleteTable", {"TableName": self.named(table)}, table)

    def list_tables(self):
        body = {}
        if self.values.chance(0.5):
            body["Limit"] = self.rng.randint(1, 5)
        if self.values.chance(0.3):
            body["ExclusiveStartTableName"] = self.table().name
        return Request("ListTables", body)

    def update_time_to_live(self):
        table = self.table()
        specification = {"AttributeName": self.values.one_of(("expires", "ttl")), "Enabled": self.values.chance(0.7)}
        return self.request("UpdateTimeToLive",
                            {"TableName": self.named(table), "TimeToLiveSpecification": specification}, table)

    def describe_time_to_live(self):
        table = self.table()
        return self.request("DescribeTimeToLive", {"TableName": self.named(table)}, table)
