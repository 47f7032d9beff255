"""Random requests on streams, in symbols that `streams.py` replaces."""

from request import Request

NO_SHARD = "shardId-00000000000000000000-00000000"
OTHER_ARNS = ("arn:aws:dynamodb:us-east-1:000000000000:table/none/stream/2020-01-01T00:00:00.000",
              "arn:aws:dynamodb:us-east-1:000000000000:table/none/stream/not-a-time-not-a-time-x")
ITERATOR_TYPES = ("TRIM_HORIZON", "TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")


class StreamRequests:
    """Makes them for a `RequestGenerator`, whose tables they are about."""

    def __init__(self, generator):
        self.generator = generator
        self.values = generator.values

    def table(self):
        """Mostly one with a stream."""
        with_stream = [table for table in self.generator.tables.values() if table.stream]
        if with_stream and self.values.chance(0.9):
            return self.values.one_of(with_stream)
        return self.generator.table()

    def list_streams(self):
        table = self.table()
        return Request("ListStreams", {"TableName": self.generator.named(table)}, [table.name])

    def describe_stream(self):
        table = self.table()
        stream = self.values.one_of(OTHER_ARNS) if self.values.chance(0.2) else "newest"
        return Request("DescribeStream", {"StreamArn": stream}, [table.name])

    def iterator(self):
        """One with a fault at most."""
        kind = self.values.one_of(ITERATOR_TYPES)
        body = {"StreamArn": "newest", "ShardId": "first", "ShardIteratorType": kind}
        if kind.endswith("SEQUENCE_NUMBER"):
            if self.values.chance(0.8):
                body["SequenceNumber"] = ["record", self.values.rng.randrange(100)]
        elif self.values.chance(0.25):
            body.update(self.values.one_of((
                {"StreamArn": OTHER_ARNS[0], "ShardId": NO_SHARD}, {"StreamArn": OTHER_ARNS[1], "ShardId": NO_SHARD},
                {"ShardId": NO_SHARD}, {"SequenceNumber": ["record", 0]})))
        return body

    def get_shard_iterator(self):
        table = self.table()
        return Request("GetShardIterator", self.iterator(), [table.name]) if table.stream else self.list_streams()

    def get_records(self):
        table = self.table()
        if self.values.chance(0.05):
            return Request("GetRecords", {"ShardIterator": "no iterator"}, [table.name])
        if not table.stream:
            return self.list_streams()
        body = {"Iterator": self.iterator()}
        if self.values.chance(0.5):
            body["Limit"] = self.values.one_of((25, 100, 1000))
        return Request("GetRecords", body, [table.name])
