"""Random requests on tables: made, changed, described and deleted; some of them wrong, each in one of many ways."""

import copy

from request import Request
from tables import STREAM_VIEWS, key_schema, random_index, random_table
from values import Deck

MAX_TABLES = 5
MUCH = 10**12 + 1


def throughput(read, write):
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


def definitions(*names):
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


def index(name, keys, **more):
    schema = key_schema([(key, "S") for key in keys])
    return {"IndexName": name, "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}, **more}


def with_index(projection):
    """A table with one index of that projection."""
    return {"AttributeDefinitions": definitions("pk", "q"),
            "GlobalSecondaryIndexes": [index("gsi", ["q"], Projection=projection)]}


# What is wrong with a table whose only key is `pk`, but for what the members say.
SPOILED_TABLES = (
    {"AttributeDefinitions": definitions("pk", "pk")}, {"AttributeDefinitions": definitions("other")},
    {"AttributeDefinitions": definitions("pk", "unused")}, {"AttributeDefinitions": []},
    {"KeySchema": [{"AttributeName": "pk", "KeyType": "RANGE"}]},
    {"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "HASH"}],
     "AttributeDefinitions": definitions("pk", "sk")},
    {"KeySchema": key_schema([("pk", "S"), ("pk", "S")])},
    {"KeySchema": key_schema([("pk", "S"), ("sk", "S")])},
    {"AttributeDefinitions": definitions("pk", "q", "unused"), "GlobalSecondaryIndexes": [index("gsi", ["q"])]},
    {"GlobalSecondaryIndexes": [index("gsi", ["undefined"])]}, {"GlobalSecondaryIndexes": []},
    {"AttributeDefinitions": definitions("pk", "q"), "GlobalSecondaryIndexes": [index("gsi", ["q", "q"])]},
    {"AttributeDefinitions": definitions("pk", "q"), "GlobalSecondaryIndexes": [index(f"gsi{at}", ["q"]) for at in range(21)]},
    {"AttributeDefinitions": definitions("pk", "q"), "GlobalSecondaryIndexes": [index("gsi", ["q"]), index("gsi", ["q"])]},
    with_index({}), with_index({"ProjectionType": "INCLUDE"}), with_index({"ProjectionType": "ALL", "NonKeyAttributes": ["c"]}),
    with_index({"ProjectionType": "KEYS_ONLY", "NonKeyAttributes": ["c"]}),
    with_index({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["c", "c"]}),
    {"AttributeDefinitions": definitions("pk", "q"), "LocalSecondaryIndexes": [index("lsi", ["pk", "q"])]},
    {"KeySchema": key_schema([("pk", "S"), ("sk", "S")]), "AttributeDefinitions": definitions("pk", "sk", "q"),
     "LocalSecondaryIndexes": [index(f"lsi{at}", ["pk", "q"]) for at in range(6)]},
    {"KeySchema": key_schema([("pk", "S"), ("sk", "S")]), "AttributeDefinitions": definitions("pk", "sk"),
     "LocalSecondaryIndexes": [index("lsi", ["pk"])]},
    {"KeySchema": key_schema([("pk", "S"), ("sk", "S")]), "AttributeDefinitions": definitions("pk", "sk", "q"),
     "LocalSecondaryIndexes": [index("lsi", ["q", "sk"])]},
    {"KeySchema": key_schema([("pk", "S"), ("sk", "S")]), "AttributeDefinitions": definitions("pk", "sk"),
     "LocalSecondaryIndexes": []},
    {"BillingMode": "PROVISIONED"}, {"ProvisionedThroughput": throughput(1, 1)},
    {"BillingMode": "PROVISIONED", "ProvisionedThroughput": throughput(MUCH, 1)},
    {"BillingMode": "PROVISIONED", "ProvisionedThroughput": throughput(1, MUCH)},
    {"AttributeDefinitions": definitions("pk", "q"),
     "GlobalSecondaryIndexes": [index("gsi", ["q"], ProvisionedThroughput=throughput(1, 1))]},
    {"AttributeDefinitions": definitions("pk", "q"), "GlobalSecondaryIndexes": [index("gsi", ["q"])],
     "BillingMode": "PROVISIONED", "ProvisionedThroughput": throughput(1, 1)},
    {"StreamSpecification": {"StreamEnabled": True}},
    {"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}},
    {"StreamSpecification": {"StreamEnabled": False}},
)


def create_index(name, key, **more):
    return {"AttributeDefinitions": definitions(key), "GlobalSecondaryIndexUpdates": [{"Create": index(name, [key], **more)}]}


def update_index(name, units):
    return {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": name, "ProvisionedThroughput": throughput(units, 5)}}]}


# Changes of a table that are mostly refused; `gsi0` is an index that many have, `none` one that no table has.
SPOILED_CHANGES = (
    {}, {"GlobalSecondaryIndexUpdates": []}, {"GlobalSecondaryIndexUpdates": [{}]}, {"AttributeDefinitions": definitions("q")},
    {"ProvisionedThroughput": throughput(7, 8)}, {"ProvisionedThroughput": throughput(MUCH, 1)},
    {"ProvisionedThroughput": throughput(1, MUCH)}, {"BillingMode": "PROVISIONED"},
    {"StreamSpecification": {"StreamEnabled": True}},
    {"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}},
    {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "none"}}]}, update_index("none", 5), update_index("gsi0", 5),
    {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "gsi0"}}, {"Delete": {"IndexName": "gsi1"}}]},
    {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "gsi0"}}, {"Delete": {"IndexName": "gsi0"}}]},
    create_index("gsi0", "q", ProvisionedThroughput=throughput(5, 5)),
    create_index("gsi9", "q", Projection={}, ProvisionedThroughput=throughput(5, 5)),
    create_index("gsi9", "q", Projection={"ProjectionType": "INCLUDE"}, ProvisionedThroughput=throughput(5, 5)),
    create_index("gsi9", "q", Projection={"ProjectionType": "ALL", "NonKeyAttributes": ["c"]},
                 ProvisionedThroughput=throughput(5, 5)),
    {**create_index("gsi9", "q", ProvisionedThroughput=throughput(5, 5)), "AttributeDefinitions": definitions("other")},
)


class TableRequests:
    """Makes them for a `RequestGenerator`, whose tables they are about."""

    def __init__(self, generator):
        self.generator = generator
        self.values = generator.values
        self.rng = generator.rng
        self.made = 0
        self.spoiled_tables = Deck(SPOILED_TABLES)
        self.spoiled_changes = Deck(SPOILED_CHANGES)

    def table(self):
        return self.generator.table()

    def request(self, operation, table, **members):
        return Request(operation, {"TableName": self.generator.named(table), **members}, [table.name])

    def new_name(self):
        self.made += 1
        return f"table-{self.made}"

    def create_table(self):
        tables = self.generator.tables
        if tables and self.values.chance(0.05):
            table = self.table()
            return Request("CreateTable", table.create_request(), [table.name])
        if tables and self.values.chance(0.5):
            return self.spoiled_table()
        if len(tables) >= MAX_TABLES:
            return self.delete_table()
        table = random_table(self.values, self.new_name(), self.generator.with_local_indexes)
        return Request("CreateTable", table.create_request(), [table.name])

    def spoiled_table(self):
        spoiled = copy.deepcopy(self.spoiled_tables.draw(self.rng))
        if self.values.chance(0.1):  # two faults
            spoiled.update(copy.deepcopy(self.spoiled_tables.draw(self.rng)))
        name = self.new_name()
        body = {"TableName": name, "KeySchema": key_schema([("pk", "S")]), "AttributeDefinitions": definitions("pk"),
                "BillingMode": "PAY_PER_REQUEST", **spoiled}
        return Request("CreateTable", body, [name])

    def update_table(self):
        table = self.table()
        if self.values.chance(0.45):  # no second fault: no change can be tried without harm
            body = {"TableName": table.name, **copy.deepcopy(self.spoiled_changes.draw(self.rng))}
            for change in body.get("GlobalSecondaryIndexUpdates", []) if table.on_demand else []:
                change.get("Create", {}).pop("ProvisionedThroughput", None)  # DynamoDB Local would take it
            return Request("UpdateTable", body, [table.name])
        return self.request("UpdateTable", table, **self.change(table))

    def change(self, table):
        way = self.rng.randrange(7)
        if way <= 1:
            added = random_index(self.values, f"gsi{self.rng.randrange(5)}", table.keys(), False)
            types = dict(added.keys())
            return {"AttributeDefinitions": [{"AttributeName": n, "AttributeType": t} for n, t in types.items()],
                    "GlobalSecondaryIndexUpdates": [{"Create": added.described(not table.on_demand)}]}
        if way == 2:
            return {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": f"gsi{self.rng.randrange(4)}"}}]}
        if way == 3:
            return {"ProvisionedThroughput": throughput(self.values.one_of((7, 8, 9)), 8)}
        if way == 4:
            mode = self.values.one_of(("PAY_PER_REQUEST", "PROVISIONED"))
            return {"BillingMode": mode, **({"ProvisionedThroughput": throughput(7, 8)} if mode == "PROVISIONED" else {})}
        if way == 5:
            return {"StreamSpecification": self.values.one_of((
                {"StreamEnabled": True, "StreamViewType": self.values.one_of(STREAM_VIEWS)},
                {"StreamEnabled": False}))}
        return update_index(f"gsi{self.rng.randrange(3)}", self.rng.randint(4, 6))

    def describe_table(self):
        return self.request("DescribeTable", self.table())

    def delete_table(self):
        if len(self.generator.tables) <= 2:
            return self.describe_table()
        return self.request("DeleteTable", self.table())

    def list_tables(self):
        body = {}
        if self.values.chance(0.5):
            body["Limit"] = self.rng.randint(1, 5)
        if self.values.chance(0.3):
            body["ExclusiveStartTableName"] = self.table().name
        return Request("ListTables", body)

    def describe_limits(self):
        return Request("DescribeLimits", {})

    def update_time_to_live(self):
        specification = {"AttributeName": self.values.one_of(("expires", "ttl")), "Enabled": self.values.chance(0.7)}
        return self.request("UpdateTimeToLive", self.table(), TimeToLiveSpecification=specification)

    def describe_time_to_live(self):
        return self.request("DescribeTimeToLive", self.table())
