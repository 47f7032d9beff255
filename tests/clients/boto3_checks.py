#!/usr/bin/env python3
"""The fleet's access patterns through boto3: ENDPOINT is where `mrgc serve` listens. Uses tables of its own prefix, and
deletes them at the end."""

import sys
import time
from decimal import Decimal

import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError, ParamValidationError

import fleet_schema
from checks import Checks, equal, raises

PREFIX = "boto3"
NOW = int(time.time())
EXPIRES_WITHIN_S = 90


def instance(number, **more):
    return {"instance_id": f"i-{number:04}", "region": ("us-east-1", "us-east-2")[number % 2], "model_pool": "model-a",
            "state": "launching", "queue_depth": 0, "last_heartbeat": NOW, "launch_time": NOW + number,
            "metadata": {"ami_id": "ami-12345", "gpus": [{"uuid": f"gpu-{number}"}]}, **more}


class Fleet:
    def __init__(self, endpoint):
        settings = {"endpoint_url": endpoint, "region_name": "us-east-1", "aws_access_key_id": "dummy",
                    "aws_secret_access_key": "dummy"}
        self.client = boto3.client("dynamodb", **settings)
        self.streams = boto3.client("dynamodbstreams", **settings)
        self.resource = boto3.resource("dynamodb", **settings)
        self.errors = self.client.exceptions
        self.checks = Checks("boto3")
        self.check = self.checks.check

    def table(self, name):
        return self.resource.Table(f"{PREFIX}-{name}")

    # --- Tables ---------------------------------------------------------------------------------------------------

    def make_tables(self):
        for table in fleet_schema.tables():
            request = fleet_schema.create_request(PREFIX, table)
            name = request["TableName"]
            with self.check(f"creates {name} and waits for it"):
                self.client.create_table(**request)
                self.client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
                described = self.client.describe_table(TableName=name)["Table"]
                equal(described["TableStatus"], "ACTIVE")
                equal({index["IndexName"] for index in described["GlobalSecondaryIndexes"]},
                      {index["name"] for index in table["indexes"]})
            with self.check(f"sets the TTL of {name}"):
                self.client.update_time_to_live(
                    TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
                equal(self.client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["AttributeName"], "ttl")
        with self.check("lists the tables in pages"):
            pages = self.client.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 2})
            names = [name for page in pages for name in page["TableNames"] if name.startswith(PREFIX)]
            equal(names, sorted(f"{PREFIX}-{table['name']}" for table in fleet_schema.tables()))
        with self.check("reads the tags"):
            arn = self.client.describe_table(TableName=f"{PREFIX}-metrics")["Table"]["TableArn"]
            self.client.tag_resource(ResourceArn=arn, Tags=[{"Key": "Environment", "Value": "test"}])
            self.client.untag_resource(ResourceArn=arn, TagKeys=["Project"])
            equal(self.client.list_tags_of_resource(ResourceArn=arn)["Tags"], [{"Key": "Environment", "Value": "test"}])

    def delete_tables(self):
        for table in fleet_schema.tables():
            name = f"{PREFIX}-{table['name']}"
            with self.check(f"deletes {name} and waits until it is gone"):
                self.client.delete_table(TableName=name)
                self.client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
                with raises(self.errors.ResourceNotFoundException):
                    self.client.describe_table(TableName=name)

    # --- Instances ------------------------------------------------------------------------------------------------

    def register_instances(self):
        table = self.table("gpu-instances")
        with self.check("registers an instance on launch, once"):
            fresh = Attr("instance_id").not_exists()
            table.put_item(Item=instance(0), ConditionExpression=fresh)
            with raises(self.errors.ConditionalCheckFailedException, "The conditional request failed"):
                table.put_item(Item=instance(0), ConditionExpression=fresh)
        with self.check("reads it back"):
            read = table.get_item(Key={"instance_id": "i-0000"}, ConsistentRead=True)
            equal(read["Item"], instance(0))
            assert "Item" not in table.get_item(Key={"instance_id": "i-none"})
        with self.check("reads a part of it"):
            read = table.get_item(Key={"instance_id": "i-0000"}, ProjectionExpression="metadata.gpus[0].#u, #s",
                                  ExpressionAttributeNames={"#u": "uuid", "#s": "state"})
            equal(read["Item"], {"state": "launching", "metadata": {"gpus": [{"uuid": "gpu-0"}]}})
        with self.check("writes many by the batch writer"):
            with table.batch_writer() as batch:
                for number in range(1, 40):
                    batch.put_item(Item=instance(number))
            with table.batch_writer() as batch:
                batch.delete_item(Key={"instance_id": "i-0039"})
            equal(table.scan(Select="COUNT")["Count"], 39)
        with self.check("reads many by a batch"):
            keys = [{"instance_id": f"i-{number:04}"} for number in (3, 5, 999)]
            answer = self.resource.batch_get_item(RequestItems={table.name: {"Keys": keys}})
            equal(sorted(item["instance_id"] for item in answer["Responses"][table.name]), ["i-0003", "i-0005"])
            equal(answer["UnprocessedKeys"], {})

    def live(self):
        table = self.table("gpu-instances")
        with self.check("takes a heartbeat"):
            answer = table.update_item(
                Key={"instance_id": "i-0000"}, UpdateExpression="SET last_heartbeat = :now ADD queue_depth :more",
                ExpressionAttributeValues={":now": NOW + 5, ":more": 3}, ReturnValues="UPDATED_NEW")
            equal(answer["Attributes"], {"last_heartbeat": Decimal(NOW + 5), "queue_depth": Decimal(3)})
        with self.check("changes the state only from the one that is expected"):
            change = {"Key": {"instance_id": "i-0000"}, "UpdateExpression": "SET #s = :to",
                      "ConditionExpression": "#s = :from", "ExpressionAttributeNames": {"#s": "state"},
                      "ExpressionAttributeValues": {":from": "launching", ":to": "available"}}
            equal(table.update_item(**change, ReturnValues="ALL_NEW")["Attributes"]["state"], "available")
            with raises(self.errors.ConditionalCheckFailedException):
                table.update_item(**change)
        for index, key, value, expected in (("region-index", "region", "us-east-1", 20),
                                            ("model-pool-index", "model_pool", "model-a", 39),
                                            ("state-index", "state", "available", 1)):
            with self.check(f"queries {index}"):
                found = table.query(IndexName=index, KeyConditionExpression=Key(key).eq(value))
                equal(found["Count"], expected)
                assert all(item[key] == value and "queue_depth" not in item for item in found["Items"])
        with self.check("filters what an index found"):
            found = table.query(IndexName="region-index", KeyConditionExpression=Key("region").eq("us-east-1"),
                                FilterExpression=Attr("state").eq("available") | Attr("launch_time").gte(NOW + 36))
            equal(sorted(item["instance_id"] for item in found["Items"]), ["i-0000", "i-0036", "i-0038"])

    def page(self):
        name = f"{PREFIX}-gpu-instances"
        with self.check("scans in pages, all items once"):
            pages = list(self.client.get_paginator("scan").paginate(TableName=name, PaginationConfig={"PageSize": 7}))
            ids = [item["instance_id"]["S"] for page in pages for item in page["Items"]]
            equal(sorted(ids), [f"i-{number:04}" for number in range(39)])
            assert len(pages) >= 6 and all(page["Count"] <= 7 for page in pages)
        with self.check("scans in segments, all items once"):
            ids = [item["instance_id"]["S"] for segment in range(3)
                   for item in self.client.scan(TableName=name, TotalSegments=3, Segment=segment)["Items"]]
            equal(sorted(ids), [f"i-{number:04}" for number in range(39)])
        with self.check("queries in pages, both ways"):
            def launched(forward):
                pages = self.client.get_paginator("query").paginate(
                    TableName=name, IndexName="region-index", KeyConditionExpression="#r = :r",
                    ExpressionAttributeNames={"#r": "region"}, ExpressionAttributeValues={":r": {"S": "us-east-2"}},
                    ScanIndexForward=forward, PaginationConfig={"PageSize": 4})
                return [item["instance_id"]["S"] for page in pages for item in page["Items"]]
            equal(len(launched(True)), 19)
            equal(launched(False), launched(True)[::-1])

    # --- Routing, scaling, cleanup, metrics -----------------------------------------------------------------------

    def route(self):
        table = self.table("routing-state")
        with self.check("finds the best instances of a region"):
            for number, score in enumerate(("85.5", "99.25", "7", "100", "85.25")):
                table.put_item(Item={"instance_id": f"i-{number}", "region": "us-east-1", "routing_score": Decimal(score),
                                     "health_status": "healthy", "last_updated": NOW, "ttl": NOW + 3600})
            best = table.query(IndexName="region-score-index", KeyConditionExpression=Key("region").eq("us-east-1"),
                               ScanIndexForward=False, Limit=3)
            equal([item["routing_score"] for item in best["Items"]], [Decimal("100"), Decimal("99.25"), Decimal("85.5")])
            assert best["LastEvaluatedKey"]["instance_id"] == "i-0"
        with self.check("a score that changes moves its instance"):
            table.update_item(Key={"instance_id": "i-2"}, UpdateExpression="SET routing_score = :s",
                              ExpressionAttributeValues={":s": Decimal("100.5")})
            best = table.query(IndexName="region-score-index", Limit=1, ScanIndexForward=False,
                               KeyConditionExpression=Key("region").eq("us-east-1") & Key("routing_score").gt(90))
            equal(best["Items"][0]["instance_id"], "i-2")

    def scale(self):
        table = self.table("autoscaling-state")
        with self.check("finds the recent capacity of a pool"):
            for age, capacity in ((600, 4), (240, 5), (30, 6)):
                table.put_item(Item={"model_pool": "model-a", "timestamp": NOW - age, "region": "us-east-1",
                                     "current_capacity": capacity, "ttl": NOW + 2592000})
            recent = table.query(KeyConditionExpression=Key("model_pool").eq("model-a") & Key("timestamp").gt(NOW - 300),
                                 ScanIndexForward=False, Limit=1)
            equal([item["current_capacity"] for item in recent["Items"]], [6])
        with self.check("finds the scaling history of a region"):
            history = table.query(
                IndexName="region-timestamp-index",
                KeyConditionExpression=Key("region").eq("us-east-1") & Key("timestamp").between(NOW - 700, NOW - 200))
            equal([item["current_capacity"] for item in history["Items"]], [4, 5])

    def clean_up(self):
        table = self.table("cleanup-validation")
        with self.check("records validations and finds the failed ones"):
            for number, status in enumerate(("passed", "failed", "passed", "failed")):
                table.put_item(Item={"instance_id": f"i-{number}", "validation_timestamp": NOW + number,
                                     "validation_status": status, "gpu_memory_wiped": True, "enclave_stopped": False,
                                     "integrity_check": "sha256:abc123", "ttl": NOW + 7776000})
            failed = table.query(IndexName="status-timestamp-index",
                                 KeyConditionExpression=Key("validation_status").eq("failed"))
            equal([(item["instance_id"], item["gpu_memory_wiped"], item["enclave_stopped"]) for item in failed["Items"]],
                  [("i-1", True, False), ("i-3", True, False)])

    def measure(self):
        table = self.table("metrics")
        with self.check("merges a metric's dimensions"):
            key = {"metric_name": "rps", "timestamp": NOW}
            table.put_item(Item={**key, "region": "us-east-1", "value": Decimal("45.2"), "unit": "Count/Second",
                                 "dimensions": {}})
            table.update_item(Key=key, UpdateExpression="SET dimensions.#p = :d", ExpressionAttributeNames={"#p": "model-a"},
                              ExpressionAttributeValues={":d": {"writer": Decimal("45.2")}})
            found = table.query(IndexName="region-timestamp-index", KeyConditionExpression=Key("region").eq("us-east-1"))
            equal(found["Items"][0]["dimensions"], {"model-a": {"writer": Decimal("45.2")}})

    # --- Transactions, streams, TTL, errors -----------------------------------------------------------------------

    def transact(self):
        instances, routing = f"{PREFIX}-gpu-instances", f"{PREFIX}-routing-state"

        def leave(token=None):
            actions = [
                {"Update": {"TableName": instances, "Key": {"instance_id": {"S": "i-0001"}},
                            "UpdateExpression": "SET #s = :d ADD queue_depth :one",
                            "ConditionExpression": "#s <> :t",
                            "ExpressionAttributeNames": {"#s": "state"},
                            "ExpressionAttributeValues": {":d": {"S": "draining"}, ":t": {"S": "terminated"},
                                                          ":one": {"N": "1"}}}},
                {"Delete": {"TableName": routing, "Key": {"instance_id": {"S": "i-1"}}}}]
            more = {"ClientRequestToken": token} if token else {}
            return self.client.transact_write_items(TransactItems=actions, **more)

        with self.check("a transaction is repeated without harm"):
            leave("boto3-token-1")
            leave("boto3-token-1")
            answer = self.client.transact_get_items(TransactItems=[
                {"Get": {"TableName": instances, "Key": {"instance_id": {"S": "i-0001"}}}},
                {"Get": {"TableName": routing, "Key": {"instance_id": {"S": "i-1"}}}}])
            equal(answer["Responses"][0]["Item"]["queue_depth"], {"N": "1"})
            equal(answer["Responses"][0]["Item"]["state"], {"S": "draining"})
            assert "Item" not in answer["Responses"][1]
        with self.check("a cancelled transaction changes nothing and says why"):
            try:
                self.client.transact_write_items(TransactItems=[
                    {"Put": {"TableName": routing, "Item": {"instance_id": {"S": "i-new"}}}},
                    {"ConditionCheck": {"TableName": instances, "Key": {"instance_id": {"S": "i-none"}},
                                        "ConditionExpression": "attribute_exists(instance_id)"}}])
                raise AssertionError("it was not cancelled")
            except self.errors.TransactionCanceledException as error:
                equal([reason["Code"] for reason in error.response["CancellationReasons"]],
                      ["None", "ConditionalCheckFailed"])
            assert "Item" not in self.client.get_item(TableName=routing, Key={"instance_id": {"S": "i-new"}})

    def read_stream(self):
        with self.check("reads the changes of an instance from the stream"):
            described = self.client.describe_table(TableName=f"{PREFIX}-gpu-instances")["Table"]
            arn = described["LatestStreamArn"]
            assert arn in [stream["StreamArn"] for stream in self.streams.list_streams()["Streams"]]
            records = []
            for shard in self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
                iterator = self.streams.get_shard_iterator(
                    StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
                while iterator:
                    page = self.streams.get_records(ShardIterator=iterator, Limit=10)
                    records += page["Records"]
                    iterator = page.get("NextShardIterator") if page["Records"] else None
            mine = [record for record in records if record["dynamodb"]["Keys"]["instance_id"]["S"] == "i-0000"]
            equal([record["eventName"] for record in mine], ["INSERT", "MODIFY", "MODIFY"])
            equal(mine[2]["dynamodb"]["OldImage"]["state"], {"S": "launching"})
            equal(mine[2]["dynamodb"]["NewImage"]["state"], {"S": "available"})
            equal(len([record for record in records if record["eventName"] == "REMOVE"]), 1)

    def expire(self):
        table = self.table("gpu-instances")
        with self.check("an instance goes when its time has come, no other"):
            table.put_item(Item=instance(70, ttl=NOW - 60))
            table.put_item(Item=instance(71, ttl=NOW + 86400))
            deadline = time.monotonic() + EXPIRES_WITHIN_S
            while "Item" in table.get_item(Key={"instance_id": "i-0070"}):
                assert time.monotonic() < deadline, "it is still there"
                time.sleep(0.5)
            assert "Item" in table.get_item(Key={"instance_id": "i-0071"})

    def err(self):
        table = self.table("gpu-instances")
        with self.check("ResourceNotFoundException"), raises(self.errors.ResourceNotFoundException,
                                                             "Requested resource not found"):
            self.resource.Table("no-such-table").get_item(Key={"id": "x"})
        with self.check("ResourceInUseException"), raises(self.errors.ResourceInUseException, "already exists"):
            self.client.create_table(**fleet_schema.create_request(PREFIX, fleet_schema.tables()[0]))
        with self.check("ValidationException: a reserved word, as in the specification's example"):
            with raises(ClientError, "Attribute name is a reserved keyword; reserved keyword: region"):
                self.client.query(TableName=table.name, IndexName="region-index", KeyConditionExpression="region = :region",
                                  ExpressionAttributeValues={":region": {"S": "us-east-1"}})
        with self.check("ValidationException: a key that does not suit"), raises(ClientError, "does not match the schema"):
            table.get_item(Key={"instance_id": 7})
        with self.check("the client checks parameters itself"), raises(ParamValidationError, "TableName"):
            self.client.get_item(Key={"instance_id": {"S": "x"}})

    def run(self):
        for part in (self.make_tables, self.register_instances, self.live, self.page, self.route, self.scale,
                     self.clean_up, self.measure, self.transact, self.read_stream, self.expire, self.err,
                     self.delete_tables):
            part()
        return self.checks.finish()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} ENDPOINT")
    sys.exit(Fleet(sys.argv[1]).run())
