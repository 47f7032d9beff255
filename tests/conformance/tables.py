"""Random tables: what they are, how they are asked for, and the items and keys that suit them."""

from dataclasses import dataclass, field

from values import ATTRIBUTES, SCALARS

STREAM_VIEWS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
INDEX_KEYS = (("g_s", "S"), ("g_n", "N"), ("g_b", "B"), ("b", "S"), ("a", "N"))


@dataclass
class Index:
    name: str
    hash_key: tuple
    range_key: tuple | None
    projection: dict
    local: bool

    def keys(self):
        return [self.hash_key] + ([self.range_key] if self.range_key else [])

    def described(self, with_throughput):
        index = {"IndexName": self.name, "KeySchema": key_schema(self.keys()), "Projection": self.projection}
        if with_throughput and not self.local:
            index["ProvisionedThroughput"] = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
        return index


@dataclass
class Table:
    name: str
    hash_key: tuple
    range_key: tuple | None
    indexes: list = field(default_factory=list)
    on_demand: bool = True
    stream: str | None = None

    def keys(self):
        return [self.hash_key] + ([self.range_key] if self.range_key else [])

    def key_names(self):
        return [name for name, _ in self.keys()]

    def index_keys(self):
        """All key attributes of the indexes that are not the table's own, with their types."""
        found = {}
        for index in self.indexes:
            found.update(dict(index.keys()))
        return {name: kind for name, kind in found.items() if name not in self.key_names()}

    def create_request(self):
        attributes = dict(self.keys()) | self.index_keys()
        request = {
            "TableName": self.name,
            "KeySchema": key_schema(self.keys()),
            "AttributeDefinitions": [{"AttributeName": n, "AttributeType": t} for n, t in attributes.items()],
        }
        if self.on_demand:
            request["BillingMode"] = "PAY_PER_REQUEST"
        else:
            request["ProvisionedThroughput"] = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 8}
        for member, local in (("GlobalSecondaryIndexes", False), ("LocalSecondaryIndexes", True)):
            indexes = [index.described(not self.on_demand) for index in self.indexes if index.local == local]
            if indexes:
                request[member] = indexes
        if self.stream:
            request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": self.stream}
        return request


def key_schema(keys):
    roles = ("HASH", "RANGE")
    return [{"AttributeName": name, "KeyType": role} for (name, _), role in zip(keys, roles)]


def random_projection(values):
    kind = values.one_of(("ALL", "ALL", "KEYS_ONLY", "INCLUDE"))
    projection = {"ProjectionType": kind}
    if kind == "INCLUDE":
        projection["NonKeyAttributes"] = values.some_of(("c", "d", "m", "l"))
    return projection


def random_index(values, name, table_keys, local):
    types = dict(table_keys)
    candidates = [key for key in INDEX_KEYS if key[0] not in types]
    if local:
        return Index(name, table_keys[0], values.one_of(candidates), random_projection(values), True)
    hash_key = values.one_of(candidates + table_keys[1:])
    others = [key for key in candidates + table_keys if key[0] != hash_key[0]]
    range_key = values.one_of(others) if values.chance(0.6) else None
    return Index(name, hash_key, range_key, random_projection(values), False)


def random_table(values, name, with_local_indexes):
    keys = [("pk", values.one_of(SCALARS))]
    if values.chance(0.65):
        keys.append(("sk", values.one_of(SCALARS)))
    table = Table(name, keys[0], keys[1] if len(keys) > 1 else None, on_demand=values.chance(0.5))
    table.indexes = [random_index(values, f"gsi{i}", keys, False) for i in range(values.rng.randint(0, 3))]
    if with_local_indexes and table.range_key:
        table.indexes += [random_index(values, f"lsi{i}", keys, True) for i in range(values.rng.randint(0, 2))]
    if values.chance(0.4):
        table.stream = values.one_of(STREAM_VIEWS)
    return table


def random_key(values, table):
    return {name: values.key_value(kind) for name, kind in table.keys()}


def wrong_key(values, table):
    """A key that does not suit the table, in one of many ways."""
    key = random_key(values, table)
    names = list(key)
    way = values.rng.randrange(6)
    if way == 0:
        del key[values.one_of(names)]
    elif way == 1:
        key["extra"] = values.value()
    elif way == 2:
        key[values.one_of(names)] = values.value()
    elif way == 3:
        key[values.one_of(names)] = values.wrong_value()
    elif way == 4:
        name = values.one_of(names)
        lengths = (2049,) if table.indexes else (1024, 1025, 2048, 2049)
        key[name] = {"S": "x" * values.one_of(lengths)}
    else:
        key = {}
    return key


def random_item(values, table):
    item = random_key(values, table)
    for name, kind in table.index_keys().items():
        if values.chance(0.7):
            item[name] = values.key_value(kind)
    for name in values.some_of(ATTRIBUTES, least=0, most=6):
        if name not in item and name not in table.index_keys():
            item[name] = values.attribute(name)
    return item


def wrong_item(values, table):
    item = random_item(values, table)
    way = values.rng.randrange(5)
    if way == 0:
        item.update(wrong_key(values, table))
    elif way == 1:
        item[values.one_of(ATTRIBUTES)] = values.wrong_value()
    elif way == 2 and table.index_keys():
        item[values.one_of(list(table.index_keys()))] = values.value()
    elif way == 3:
        item[""] = {"S": "x"}
    else:
        del item[values.one_of(table.key_names())]
    return item
