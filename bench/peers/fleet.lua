-- Requests of the fleet for wrk. Arguments after "--": WORKLOAD INSTANCES PREPARED
-- WORKLOAD is get_item, heartbeat, routing_update or best_query. Instances are drawn at random for PREPARED requests, of
-- which each request is one, drawn at random.

local region = "us-east-1"
local now = 1800000000

local function id(number) return string.format("i-%017x", number) end

local function signed(operation, body)
  return wrk.format("POST", "/", {
    ["Host"] = "localhost",
    ["X-Amz-Target"] = "DynamoDB_20120810." .. operation,
    ["Content-Type"] = "application/x-amz-json-1.0",
    ["X-Amz-Date"] = "20260101T000000Z",
    ["Authorization"] = "AWS4-HMAC-SHA256 Credential=peers/20260101/us-east-1/dynamodb/aws4_request, " ..
      "SignedHeaders=host;x-amz-date;x-amz-target, Signature=0000000000000000000000000000000000000000000000000000000000000000",
  }, body)
end

local workloads = {
  get_item = function(instance)
    return signed("GetItem", string.format(
      [[{"TableName":"mrgc-gpu-instances","Key":{"instance_id":{"S":"%s"}}}]], id(instance)))
  end,
  heartbeat = function(instance)
    return signed("UpdateItem", string.format(
      [[{"TableName":"mrgc-gpu-instances","Key":{"instance_id":{"S":"%s"}},]] ..
      [["UpdateExpression":"SET last_heartbeat = :now, queue_depth = :depth",]] ..
      [["ConditionExpression":"#region = :home AND attribute_exists(instance_id)",]] ..
      [["ExpressionAttributeNames":{"#region":"region"},]] ..
      [["ExpressionAttributeValues":{":now":{"N":"%d"},":depth":{"N":"%d"},":home":{"S":"%s"}}}]],
      id(instance), now + math.random(0, 1000), math.random(0, 10), region))
  end,
  routing_update = function(instance)
    return signed("UpdateItem", string.format(
      [[{"TableName":"mrgc-routing-state","Key":{"instance_id":{"S":"%s"}},]] ..
      [["UpdateExpression":"SET routing_score = :score, queue_depth = :depth, avg_latency_ms = :latency, last_updated = :now",]] ..
      [["ConditionExpression":"#region = :home",]] ..
      [["ExpressionAttributeNames":{"#region":"region"},]] ..
      [["ExpressionAttributeValues":{":score":{"N":"%.2f"},":depth":{"N":"%d"},":latency":{"N":"%d"},]] ..
      [[":now":{"N":"%d"},":home":{"S":"%s"}}}]],
      id(instance), math.random() * 100, math.random(0, 10), math.random(1, 500), now, region))
  end,
  best_query = function()
    return signed("Query", string.format(
      [[{"TableName":"mrgc-routing-state","IndexName":"region-score-index","KeyConditionExpression":"#region = :region",]] ..
      [["ExpressionAttributeNames":{"#region":"region"},"ExpressionAttributeValues":{":region":{"S":"%s"}},]] ..
      [["ScanIndexForward":false,"Limit":10}]], region))
  end,
}

-- Made beforehand: making a request takes this driver longer than answering it takes a server, and with all on one
-- machine that would hide how fast the servers are.
local prepared = {}

function init(args)
  math.randomseed(os.time())
  local make, instances = workloads[args[1]], tonumber(args[2])
  for i = 1, tonumber(args[3]) do prepared[i] = make(math.random(0, instances - 1)) end
end

function request() return prepared[math.random(#prepared)] end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %.1f %.1f %.1f %d\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
