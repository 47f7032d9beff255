// The fleet's access patterns through the AWS SDK for JavaScript, version 3, and its document client.
//
//   node javascript_checks.mjs ENDPOINT MODULES
//
// MODULES is the folder of package.json whose node_modules hold the SDK. Uses tables of its own prefix, and deletes them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [endpoint, modules] = process.argv.slice(2);
if (!modules) {
  console.error("usage: node javascript_checks.mjs ENDPOINT MODULES");
  process.exit(2);
}
const load = createRequire(path.resolve(modules, "package.json"));
const sdk = load("@aws-sdk/client-dynamodb");
const lib = load("@aws-sdk/lib-dynamodb");
const streamsSdk = load("@aws-sdk/client-dynamodb-streams");

const settings = { endpoint, region: "us-east-1", credentials: { accessKeyId: "dummy", secretAccessKey: "dummy" } };
const client = new sdk.DynamoDBClient(settings);
const documents = lib.DynamoDBDocumentClient.from(client);
const streams = new streamsSdk.DynamoDBStreamsClient(settings);
const schema = JSON.parse(readFileSync(new URL("../../schema/tables.json", import.meta.url)));
const nameOf = (table) => `javascript-${table}`;
const now = Math.floor(Date.now() / 1000);
const waiting = { client, minDelay: 1, maxDelay: 1, maxWaitTime: 60 };

let passed = 0;
let failed = 0;

async function check(what, body) {
  try {
    await body();
    ++passed;
  } catch (error) {
    ++failed;
    console.error(`FAILED javascript: ${what}\n${error.stack}`);
  }
}

async function collect(pages, member) {
  const all = [];
  for await (const page of pages) all.push(...(page[member] ?? []));
  return all;
}

// --- Tables --------------------------------------------------------------------------------------------------------

function keysOf(part) {
  const keys = [{ AttributeName: part.partition_key, KeyType: "HASH" }];
  if (part.sort_key) keys.push({ AttributeName: part.sort_key, KeyType: "RANGE" });
  return keys;
}

function createRequest(table) {
  const types = new Map(table.attributes.map((attribute) => [attribute.name, attribute.type]));
  const names = new Set([table, ...table.indexes].flatMap(keysOf).map((key) => key.AttributeName));
  return {
    TableName: nameOf(table.name),
    KeySchema: keysOf(table),
    AttributeDefinitions: [...names].map((name) => ({ AttributeName: name, AttributeType: types.get(name) })),
    GlobalSecondaryIndexes: table.indexes.map((index) => ({
      IndexName: index.name,
      KeySchema: keysOf(index),
      Projection: { ProjectionType: index.projection, NonKeyAttributes: index.included },
    })),
    BillingMode: "PAY_PER_REQUEST",
    StreamSpecification:
      table.name === "gpu-instances" ? { StreamEnabled: true, StreamViewType: "NEW_IMAGE" } : undefined,
  };
}

async function makeTables() {
  for (const table of schema.tables) {
    const name = nameOf(table.name);
    await check(`creates ${name} and waits for it`, async () => {
      await client.send(new sdk.CreateTableCommand(createRequest(table)));
      const waited = await sdk.waitUntilTableExists(waiting, { TableName: name });
      assert.equal(waited.state, "SUCCESS");
      await client.send(
        new sdk.UpdateTimeToLiveCommand({
          TableName: name,
          TimeToLiveSpecification: { Enabled: true, AttributeName: "ttl" },
        }),
      );
    });
  }
  await check("lists the tables in pages", async () => {
    const names = await collect(sdk.paginateListTables({ client, pageSize: 2 }, {}), "TableNames");
    assert.deepEqual(
      names.filter((name) => name.startsWith("javascript-")),
      schema.tables.map((table) => nameOf(table.name)).sort(),
    );
  });
}

async function deleteTables() {
  for (const table of schema.tables) {
    await check(`deletes ${table.name} and waits until it is gone`, async () => {
      await client.send(new sdk.DeleteTableCommand({ TableName: nameOf(table.name) }));
      const waited = await sdk.waitUntilTableNotExists(waiting, { TableName: nameOf(table.name) });
      assert.equal(waited.state, "SUCCESS");
    });
  }
}

// --- Instances -----------------------------------------------------------------------------------------------------

const instances = nameOf("gpu-instances");

function instance(number, more = {}) {
  return {
    instance_id: `i-${String(number).padStart(4, "0")}`,
    region: ["us-east-1", "us-east-2"][number % 2],
    model_pool: "model-a",
    state: "launching",
    queue_depth: 0,
    launch_time: now + number,
    metadata: { ami_id: "ami-12345", tags: new Set(["a", "b"]), address: new Uint8Array([10, 66, 0, 255]) },
    ...more,
  };
}

async function register() {
  // A command of the document client can be sent once: it translates its own input.
  const put = () =>
    new lib.PutCommand({
      TableName: instances,
      Item: instance(0),
      ConditionExpression: "attribute_not_exists(instance_id)",
    });
  await check("registers an instance once", async () => {
    await documents.send(put());
    await assert.rejects(documents.send(put()), (error) => {
      assert(error instanceof sdk.ConditionalCheckFailedException, error);
      assert.equal(error.message, "The conditional request failed");
      return true;
    });
  });
  await check("reads it back", async () => {
    const read = await documents.send(
      new lib.GetCommand({ TableName: instances, Key: { instance_id: "i-0000" }, ConsistentRead: true }),
    );
    assert.deepEqual(read.Item, instance(0));
  });
  await check("writes and reads batches", async () => {
    for (const first of [1, 21]) {
      const puts = Array.from({ length: 20 }, (_, at) => ({ PutRequest: { Item: instance(first + at) } }));
      const written = await documents.send(new lib.BatchWriteCommand({ RequestItems: { [instances]: puts } }));
      assert.deepEqual(written.UnprocessedItems, {});
    }
    const keys = ["i-0007", "i-0040", "i-none"].map((id) => ({ instance_id: id }));
    const read = await documents.send(new lib.BatchGetCommand({ RequestItems: { [instances]: { Keys: keys } } }));
    assert.deepEqual(read.Responses[instances].map((item) => item.instance_id).sort(), ["i-0007", "i-0040"]);
  });
}

async function live() {
  const change = () =>
    new lib.UpdateCommand({
      TableName: instances,
      Key: { instance_id: "i-0000" },
      UpdateExpression: "SET #s = :to, heartbeats = list_append(if_not_exists(heartbeats, :none), :beat)",
      ConditionExpression: "#s = :from",
      ExpressionAttributeNames: { "#s": "state" },
      ExpressionAttributeValues: { ":from": "launching", ":to": "available", ":none": [], ":beat": [now] },
      ReturnValues: "ALL_NEW",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
  await check("changes the state only from the one that is expected", async () => {
    const { Attributes } = await documents.send(change());
    assert.equal(Attributes.state, "available");
    assert.deepEqual(Attributes.heartbeats, [now]);
    await assert.rejects(documents.send(change()), (error) => {
      assert(error instanceof sdk.ConditionalCheckFailedException, error);
      assert.equal(error.Item.state.S ?? error.Item.state, "available");
      return true;
    });
  });
  for (const [index, key, value, expected] of [
    ["region-index", "region", "us-east-1", 21],
    ["model-pool-index", "model_pool", "model-a", 41],
    ["state-index", "state", "available", 1],
  ]) {
    await check(`queries ${index} in pages`, async () => {
      const query = {
        TableName: instances,
        IndexName: index,
        KeyConditionExpression: "#k = :v",
        ExpressionAttributeNames: { "#k": key },
        ExpressionAttributeValues: { ":v": value },
      };
      const found = await collect(lib.paginateQuery({ client: documents, pageSize: 5 }, query), "Items");
      assert.equal(new Set(found.map((item) => item.instance_id)).size, expected);
      assert.equal(found.length, expected);
    });
  }
  await check("scans in pages, all items once", async () => {
    const found = await collect(lib.paginateScan({ client: documents, pageSize: 6 }, { TableName: instances }), "Items");
    assert.deepEqual(found.map((item) => item.instance_id).sort(), [...Array(41).keys()].map((n) => instance(n).instance_id));
  });
}

// --- Routing, scaling, cleanup, metrics ----------------------------------------------------------------------------

async function route() {
  await check("finds the best instances of a region", async () => {
    for (const [at, score] of [85.5, 99.25, 7, 100].entries()) {
      const Item = { instance_id: `i-${at}`, region: "us-east-1", routing_score: score, ttl: now + 3600 };
      await documents.send(new lib.PutCommand({ TableName: nameOf("routing-state"), Item }));
    }
    const best = await documents.send(
      new lib.QueryCommand({
        TableName: nameOf("routing-state"),
        IndexName: "region-score-index",
        KeyConditionExpression: "#r = :r AND routing_score > :least",
        ExpressionAttributeNames: { "#r": "region" },
        ExpressionAttributeValues: { ":r": "us-east-1", ":least": 50 },
        ScanIndexForward: false,
        Limit: 2,
      }),
    );
    assert.deepEqual(best.Items.map((item) => item.routing_score), [100, 99.25]);
    assert.equal(best.LastEvaluatedKey.instance_id, "i-1");
  });
}

async function scaleCleanAndMeasure() {
  for (const [table, index, key, sort, attributes] of [
    ["autoscaling-state", "region-timestamp-index", "region", "timestamp", { model_pool: "model-a", region: "x" }],
    ["cleanup-validation", "status-timestamp-index", "validation_status", "validation_timestamp",
      { instance_id: "i-1", validation_status: "x", gpu_memory_wiped: true }],
    ["metrics", "region-timestamp-index", "region", "timestamp", { metric_name: "rps", region: "x", value: 45.2 }],
  ]) {
    await check(`finds what is recent by ${index} of ${table}`, async () => {
      for (const age of [600, 200, 30]) {
        const Item = { ...attributes, [sort]: now - age, ttl: now + 2592000 };
        await documents.send(new lib.PutCommand({ TableName: nameOf(table), Item }));
      }
      const found = await documents.send(
        new lib.QueryCommand({
          TableName: nameOf(table),
          IndexName: index,
          KeyConditionExpression: "#k = :k AND #t BETWEEN :from AND :to",
          ExpressionAttributeNames: { "#k": key, "#t": sort },
          ExpressionAttributeValues: { ":k": "x", ":from": now - 300, ":to": now },
        }),
      );
      assert.deepEqual(found.Items.map((item) => item[sort]), [now - 200, now - 30]);
    });
  }
}

// --- Transactions, streams, errors ---------------------------------------------------------------------------------

async function transact() {
  const write = (id, condition) =>
    documents.send(
      new lib.TransactWriteCommand({
        TransactItems: [
          { Put: { TableName: nameOf("routing-state"), Item: { instance_id: id } } },
          { ConditionCheck: { TableName: instances, Key: { instance_id: "i-0001" }, ConditionExpression: condition } },
        ],
      }),
    );
  const read = async (id) => {
    const Get = { TableName: nameOf("routing-state"), Key: { instance_id: id } };
    return (await documents.send(new lib.TransactGetCommand({ TransactItems: [{ Get }] }))).Responses[0].Item;
  };
  await check("a transaction writes all", async () => {
    await write("i-all", "attribute_exists(instance_id)");
    assert.deepEqual(await read("i-all"), { instance_id: "i-all" });
  });
  await check("a cancelled transaction changes nothing and says why", async () => {
    await assert.rejects(write("i-none", "attribute_not_exists(instance_id)"), (error) => {
      assert(error instanceof sdk.TransactionCanceledException, error);
      assert.deepEqual(error.CancellationReasons.map((reason) => reason.Code), ["None", "ConditionalCheckFailed"]);
      return true;
    });
    assert.equal(await read("i-none"), undefined);
  });
}

async function readStream() {
  await check("reads the changes from the stream", async () => {
    const { Streams } = await streams.send(new streamsSdk.ListStreamsCommand({ TableName: instances }));
    const StreamArn = Streams[0].StreamArn;
    const { StreamDescription } = await streams.send(new streamsSdk.DescribeStreamCommand({ StreamArn }));
    const ShardId = StreamDescription.Shards[0].ShardId;
    const { ShardIterator } = await streams.send(
      new streamsSdk.GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
    );
    const { Records } = await streams.send(new streamsSdk.GetRecordsCommand({ ShardIterator }));
    const mine = Records.filter((record) => record.dynamodb.Keys.instance_id.S === "i-0000");
    assert.deepEqual(mine.map((record) => record.eventName), ["INSERT", "MODIFY"]);
    assert.equal(mine[1].dynamodb.NewImage.state.S, "available");
    assert.equal(mine[1].dynamodb.OldImage, undefined);
  });
}

async function fail() {
  const Key = { instance_id: { S: "x" } };
  await check("ResourceNotFoundException", async () => {
    await assert.rejects(client.send(new sdk.GetItemCommand({ TableName: "no-such-table", Key })), sdk.ResourceNotFoundException);
  });
  await check("ResourceInUseException", async () => {
    await assert.rejects(client.send(new sdk.CreateTableCommand(createRequest(schema.tables[0]))), sdk.ResourceInUseException);
  });
  await check("ValidationException", async () => {
    const update = new sdk.UpdateItemCommand({ TableName: instances, Key, UpdateExpression: "SET state = a" });
    await assert.rejects(client.send(update), {
      name: "ValidationException",
      message: "1 validation error detected: Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: state",
    });
  });
}

for (const part of [makeTables, register, live, route, scaleCleanAndMeasure, transact, readStream, fail, deleteTables]) await part();
console.log(`javascript: ${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
