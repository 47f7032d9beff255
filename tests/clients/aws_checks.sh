#!/usr/bin/env bash
# The fleet's access patterns through the `aws` command.
#
#   aws_checks.sh ENDPOINT
#
# Uses tables of its own prefix, and deletes them at the end. The last line says how many checks passed and failed.
set -uo pipefail
endpoint="${1:?usage: aws_checks.sh ENDPOINT}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
export AWS_ACCESS_KEY_ID=dummy AWS_SECRET_ACCESS_KEY=dummy AWS_DEFAULT_REGION=us-east-1 AWS_PAGER="" AWS_MAX_ATTEMPTS=2
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# dynamodb ARGUMENT...: the command's answer, as text when --query chooses a part of it.
dynamodb() { aws dynamodb "$@" --endpoint-url "$endpoint"; }

# check WHAT EXPECTED COMMAND...: the command must print EXPECTED; or fail, with EXPECTED after "error:" on stderr.
check() {
  local what="$1" expected="$2" output status=0
  shift 2
  output="$("$@" 2>"$work/stderr")" || status=$?
  if [[ "$expected" == error:* ]]; then
    if ((status != 0)) && grep -qF -- "${expected#error:}" "$work/stderr"; then
      passed=$((passed + 1))
      return
    fi
  elif ((status == 0)) && [[ "$output" == "$expected" ]]; then
    passed=$((passed + 1))
    return
  fi
  failed=$((failed + 1))
  {
    echo "FAILED aws: $what"
    echo "  expected: $expected"
    echo "  got ($status): $output"
    cat "$work/stderr"
  } >&2
}

# The five tables, one request a file.
python3 -B - "$here" "$work" <<'PYTHON' || exit 2
import json, sys
sys.path.insert(0, sys.argv[1])
import fleet_schema
for table in fleet_schema.tables():
    with open(f"{sys.argv[2]}/{table['name']}.json", "w") as file:
        json.dump(fleet_schema.create_request("aws", table), file)
PYTHON

tables=(autoscaling-state cleanup-validation gpu-instances metrics routing-state)
for table in "${tables[@]}"; do
  check "creates aws-$table" "aws-$table" dynamodb create-table --cli-input-json "file://$work/$table.json" \
    --query TableDescription.TableName --output text
  check "waits for aws-$table" "" dynamodb wait table-exists --table-name "aws-$table"
  check "sets the TTL of aws-$table" "ttl" dynamodb update-time-to-live --table-name "aws-$table" \
    --time-to-live-specification Enabled=true,AttributeName=ttl --query TimeToLiveSpecification.AttributeName --output text
done
# Of several pages, each is a line.
check "lists the tables, in pages" "$(printf 'aws-%s\taws-%s\naws-%s\taws-%s\naws-%s' "${tables[@]}")" \
  dynamodb list-tables --page-size 2 --query "TableNames[?starts_with(@, 'aws-')]" --output text

# --- Instances: put, get, update, the indexes ---

# put ID REGION [MEMBER...]: an instance's item; more members as JSON.
put() {
  dynamodb put-item --table-name aws-gpu-instances --item \
    "{\"instance_id\":{\"S\":\"$1\"},\"region\":{\"S\":\"$2\"},\"model_pool\":{\"S\":\"model-a\"},\"state\":{\"S\":\"launching\"}}" \
    --condition-expression 'attribute_not_exists(instance_id)'
}
check "registers an instance" "" put i-1 us-east-1
check "registers another" "" put i-2 us-east-2
check "registers none twice" "error:ConditionalCheckFailedException" put i-1 us-east-1
check "reads it" "us-east-1" dynamodb get-item --table-name aws-gpu-instances --key '{"instance_id":{"S":"i-1"}}' \
  --consistent-read --query Item.region.S --output text
# change_state FROM TO: as the state manager does.
change_state() {
  dynamodb update-item --table-name aws-gpu-instances --key '{"instance_id":{"S":"i-1"}}' \
    --update-expression 'SET #s = :to ADD queue_depth :one' --condition-expression '#s = :from' \
    --expression-attribute-names '{"#s":"state"}' --return-values UPDATED_NEW \
    --expression-attribute-values "{\":from\":{\"S\":\"$1\"},\":to\":{\"S\":\"$2\"},\":one\":{\"N\":\"1\"}}" \
    --query 'Attributes.[state.S, queue_depth.N]' --output text
}
check "changes its state" $'available\t1' change_state launching available
check "changes its state only from the one that is expected" "error:ConditionalCheckFailedException" \
  change_state launching available
# query TABLE INDEX KEY VALUE MEMBER: the values of one member of what an index holds.
query() {
  dynamodb query --table-name "aws-$1" --index-name "$2" --key-condition-expression '#k = :v' \
    --expression-attribute-names "{\"#k\":\"$3\"}" --expression-attribute-values "{\":v\":{\"S\":\"$4\"}}" \
    --no-scan-index-forward --query "Items[].$5" --output text
}
check "queries region-index" "i-2" query gpu-instances region-index region us-east-2 instance_id.S
check "queries state-index" "i-1" query gpu-instances state-index state available instance_id.S
check "queries model-pool-index" "model-a	model-a" query gpu-instances model-pool-index model_pool model-a model_pool.S
check "scans in pages" "2" dynamodb scan --table-name aws-gpu-instances --page-size 1 --query 'length(Items)'
check "deletes an item" "i-2" dynamodb delete-item --table-name aws-gpu-instances --key '{"instance_id":{"S":"i-2"}}' \
  --return-values ALL_OLD --query Attributes.instance_id.S --output text

# --- The other tables ---

# batch TABLE ITEM...: puts items by one batch; prints how many were left.
batch() {
  local table="$1" requests="" item
  shift
  for item in "$@"; do requests+="${requests:+,}{\"PutRequest\":{\"Item\":$item}}"; done
  dynamodb batch-write-item --request-items "{\"aws-$table\":[$requests]}" --query 'length(UnprocessedItems)'
}
check "writes scores" 0 batch routing-state \
  '{"instance_id":{"S":"i-1"},"region":{"S":"us-east-1"},"routing_score":{"N":"85.50"}}' \
  '{"instance_id":{"S":"i-2"},"region":{"S":"us-east-1"},"routing_score":{"N":"1e2"}}'
check "queries region-score-index, best first" $'100\t85.5' query routing-state region-score-index region us-east-1 routing_score.N
check "writes decisions" 0 batch autoscaling-state '{"model_pool":{"S":"model-a"},"timestamp":{"N":"60"},"region":{"S":"us-east-1"}}' \
  '{"model_pool":{"S":"model-a"},"timestamp":{"N":"120"},"region":{"S":"us-east-1"}}'
check "finds the latest decision" 120 dynamodb query --table-name aws-autoscaling-state --no-scan-index-forward --max-items 1 \
  --key-condition-expression 'model_pool = :p AND #t > :t' --expression-attribute-names '{"#t":"timestamp"}' \
  --expression-attribute-values '{":p":{"S":"model-a"},":t":{"N":"60"}}' --query 'Items[0].timestamp.N' --output text
check "queries the history of a region" $'120\t60' query autoscaling-state region-timestamp-index region us-east-1 timestamp.N
check "records a failed validation" 0 batch cleanup-validation \
  '{"instance_id":{"S":"i-1"},"validation_timestamp":{"N":"7"},"validation_status":{"S":"failed"},"gpu_memory_wiped":{"BOOL":true}}'
check "finds failed validations" True query cleanup-validation status-timestamp-index validation_status failed gpu_memory_wiped.BOOL
check "writes a metric" 0 batch metrics '{"metric_name":{"S":"rps"},"timestamp":{"N":"60"},"region":{"S":"us-east-1"},"value":{"N":"45.2"}}'
check "queries the metrics of a region" 45.2 query metrics region-timestamp-index region us-east-1 value.N
check "reads a batch" 2 dynamodb batch-get-item --query 'length(Responses."aws-routing-state")' --request-items \
  '{"aws-routing-state":{"Keys":[{"instance_id":{"S":"i-1"}},{"instance_id":{"S":"i-2"}},{"instance_id":{"S":"i-3"}}]}}'

# --- Transactions, streams, errors ---

# transact CONDITION: writes a score if the condition holds for instance i-1.
transact() {
  dynamodb transact-write-items --transact-items "[
    {\"Put\":{\"TableName\":\"aws-routing-state\",\"Item\":{\"instance_id\":{\"S\":\"i-9\"}}}},
    {\"ConditionCheck\":{\"TableName\":\"aws-gpu-instances\",\"Key\":{\"instance_id\":{\"S\":\"i-1\"}},\"ConditionExpression\":\"$1\"}}]"
}
check "cancels a transaction" "error:[None, ConditionalCheckFailed]" transact 'attribute_not_exists(instance_id)'
check "writes a transaction" "" transact 'attribute_exists(instance_id)'
check "reads a transaction" "i-9" dynamodb transact-get-items --query 'Responses[0].Item.instance_id.S' --output text \
  --transact-items '[{"Get":{"TableName":"aws-routing-state","Key":{"instance_id":{"S":"i-9"}}}}]'
# read_stream: what happened to the instances, in order.
read_stream() {
  local arn shard iterator
  streams() { aws dynamodbstreams "$@" --endpoint-url "$endpoint" --output text; }
  arn="$(streams list-streams --table-name aws-gpu-instances --query 'Streams[0].StreamArn')"
  shard="$(streams describe-stream --stream-arn "$arn" --query 'StreamDescription.Shards[0].ShardId')"
  iterator="$(streams get-shard-iterator --stream-arn "$arn" --shard-id "$shard" --shard-iterator-type TRIM_HORIZON \
    --query ShardIterator)"
  streams get-records --shard-iterator "$iterator" --query 'Records[].eventName'
}
check "reads the stream" $'INSERT\tINSERT\tMODIFY\tREMOVE' read_stream
check "ResourceNotFoundException" "error:ResourceNotFoundException" dynamodb describe-table --table-name no-such-table
check "ResourceInUseException" "error:ResourceInUseException" dynamodb create-table --cli-input-json "file://$work/metrics.json"
check "ValidationException" "error:Attribute name is a reserved keyword; reserved keyword: region" dynamodb query \
  --table-name aws-gpu-instances --index-name region-index --key-condition-expression 'region = :r' \
  --expression-attribute-values '{":r":{"S":"us-east-1"}}'

for table in "${tables[@]}"; do
  check "deletes aws-$table" "DELETING" dynamodb delete-table --table-name "aws-$table" \
    --query TableDescription.TableStatus --output text
  check "waits until aws-$table is gone" "" dynamodb wait table-not-exists --table-name "aws-$table"
done

echo "aws: $passed passed, $failed failed"
((failed == 0 && passed > 0))
