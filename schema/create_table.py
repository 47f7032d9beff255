"""The fleet's tables (tables.json) as the parameters of DynamoDB's CreateTable, for tests and benchmarks in Python."""

import json
import pathlib

SCHEMA = pathlib.Path(__file__).resolve().parent / "tables.json"


def tables():
    return json.loads(SCHEMA.read_text())["tables"]


def keys_of(part):
    names = [part["partition_key"]] + ([part["sort_key"]] if "sort_key" in part else [])
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"))]


def index_of(index):
    projection = {"ProjectionType": index["projection"]}
    if "included" in index:
        projection["NonKeyAttributes"] = index["included"]
    return {"IndexName": index["name"], "KeySchema": keys_of(index), "Projection": projection}


def create_request(prefix, table):
    types = {attribute["name"]: attribute["type"] for attribute in table["attributes"]}
    names = {key["AttributeName"] for part in [table] + table["indexes"] for key in keys_of(part)}
    return {
        "TableName": f"{prefix}-{table['name']}",
        "KeySchema": keys_of(table),
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": types[name]} for name in sorted(names)],
        "GlobalSecondaryIndexes": [index_of(index) for index in table["indexes"]],
        "BillingMode": "PAY_PER_REQUEST",
    }
