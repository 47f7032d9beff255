"""Where DynamoDB Local of 2020 is not what AWS is today: differences that are meant. docs/compatibility.md has each
with its reason and the page of AWS's documentation."""

import json
import re
from dataclasses import dataclass
from decimal import Context, InvalidOperation
from typing import Callable

from normal_form import sorted_again


@dataclass
class Excuse:
    """A difference in errors: `ours` and `theirs` are patterns of "Error: message", or "success"."""
    id: str
    ours: str
    theirs: str
    applies: Callable = lambda request: True

    def excuses(self, request, ours, theirs):
        return (re.search(self.ours, told(ours)) and re.search(self.theirs, told(theirs)) and self.applies(request))


@dataclass
class Rewriting:
    """A difference in successful answers: `rewrite` makes of DynamoDB Local's body what AWS would answer."""
    id: str
    rewrite: Callable  # of the request, our body and theirs


def told(answer):
    return "success" if answer.succeeded else f"{answer.error}: {answer.message}"


# --- Rewritings -------------------------------------------------------------------------------------------------------


DIGITS = Context(prec=60)


def plain_number(text):
    try:
        number = DIGITS.create_decimal(text).normalize(DIGITS)
    except InvalidOperation:
        return text
    return "0" if number == 0 else f"{number:f}"


def plain_numbers(value):
    if isinstance(value, list):
        return [plain_numbers(element) for element in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and isinstance(value.get("N"), str):
        return {"N": plain_number(value["N"])}
    if len(value) == 1 and isinstance(value.get("NS"), list):
        return {"NS": sorted(plain_number(element) for element in value["NS"])}
    return {name: plain_numbers(member) for name, member in value.items()}


def with_numbers(request, ours, theirs):
    return sorted_again(request, plain_numbers(theirs))


def without_unasked_capacity(request, ours, theirs):
    if request.operation == "DeleteItem" and request.body.get("ReturnConsumedCapacity", "NONE") == "NONE":
        theirs.pop("ConsumedCapacity", None)
    return theirs


def with_least_capacity(request, ours, theirs):
    if request.operation == "BatchGetItem":
        return with_missing_keys(request, theirs)
    if request.operation not in ("Query", "Scan") or theirs.get("ScannedCount") != 0:
        return theirs
    units = 1.0 if request.body.get("ConsistentRead") else 0.5
    capacity = theirs.get("ConsumedCapacity")
    if capacity and capacity["CapacityUnits"] == 0:
        capacity["CapacityUnits"] = units
        if "Table" in capacity:
            index = request.body.get("IndexName")
            part = capacity["Table"]
            if index:
                part = next(member for member in capacity.values() if isinstance(member, dict) and index in member)[index]
            part["CapacityUnits"] = units
    return theirs


def with_missing_keys(request, theirs):
    for capacity in theirs.get("ConsumedCapacity", []):
        wanted = request.body["RequestItems"][capacity["TableName"]]
        missing = len(wanted["Keys"]) - len(theirs["Responses"].get(capacity["TableName"], []))
        units = missing * (1.0 if wanted.get("ConsistentRead") else 0.5)
        for part in (capacity, capacity.get("Table")):
            if part:
                part["CapacityUnits"] += units
    return theirs


def with_transaction_capacity(request, ours, theirs):
    """DynamoDB Local takes sometimes twice, sometimes four times what a write takes, and misses units by kind."""
    if request.operation not in ("TransactGetItems", "TransactWriteItems"):
        return theirs
    tables = [capacity["TableName"] for capacity in theirs.get("ConsumedCapacity", [])]
    if tables == [capacity["TableName"] for capacity in ours.get("ConsumedCapacity", [])] and tables:
        theirs["ConsumedCapacity"] = ours["ConsumedCapacity"]
    return theirs


def capacities_of(body):
    capacity = body.get("ConsumedCapacity", [])
    return capacity if isinstance(capacity, list) else [capacity]


def with_write_capacity(request, ours, theirs):
    """DynamoDB Local takes a unit for an index of whose key the item has one part only, before and after the write; and
    in batches one more for deleting what is not there."""
    if request.operation not in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"):
        return theirs
    pairs = list(zip(capacities_of(ours), capacities_of(theirs)))
    writes = request.body.get("RequestItems", {})
    for own, capacity in pairs:
        most = 2 * len(writes.get(capacity["TableName"], "1"))
        if not 0 <= capacity["CapacityUnits"] - own["CapacityUnits"] <= most:
            return theirs
    if pairs and len(capacities_of(ours)) == len(capacities_of(theirs)):
        theirs["ConsumedCapacity"] = ours["ConsumedCapacity"]
    return theirs


def with_reason_wording(request, ours, theirs):
    for own, reason in zip(ours.get("CancellationReasons", []), theirs.get("CancellationReasons", [])):
        if reason.get("Message") == "The conditional request failed.":
            reason["Message"] = "The conditional request failed"
        elif any(re.search(local, reason.get("Message", "")) and re.search(aws, own.get("Message", ""))
                 for local, aws in WORDINGS):
            reason["Message"] = own["Message"]
    return theirs


def with_filtered_locally(request, ours, theirs):
    """DynamoDB Local sometimes evaluates a filter on the whole item where the index holds a part of it."""
    if "IndexName" in request.body and ours.get("Items") == theirs.get("Items"):
        # It fetches the key of a local index from the table.
        own, capacity = ours.get("ConsumedCapacity"), theirs.get("ConsumedCapacity")
        if own and capacity and capacity["CapacityUnits"] > own["CapacityUnits"]:
            theirs["ConsumedCapacity"] = own
    has_filter = "FilterExpression" in request.body or "ScanFilter" in request.body or "QueryFilter" in request.body
    if "IndexName" in request.body and has_filter and ours.get("ScannedCount") == theirs.get("ScannedCount") is not None:
        return ours
    return theirs


def is_part(part, whole):
    """Whether a value is another one without some members or elements."""
    if part == whole:
        return True
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and is_part(member, whole[name]) for name, member in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) <= len(whole) and all(any(is_part(element, other) for other in whole) for element in part)
    return False


def with_updated_part(request, ours, theirs):
    """DynamoDB Local returns whole attributes where AWS returns the parts of them that the paths lead to."""
    returned = request.body.get("ReturnValues", "") if request.operation == "UpdateItem" else ""
    if returned.startswith("UPDATED_") and is_part(ours.get("Attributes", {}), theirs.get("Attributes", {})):
        return {**theirs, "Attributes": ours["Attributes"]} if "Attributes" in ours else without(theirs, "Attributes")
    return theirs


def without(body, member):
    return {name: value for name, value in body.items() if name != member}


def with_last_key(request, ours, theirs):
    """Where a table has no sort key, DynamoDB Local knows that nothing can come after the first item."""
    if request.operation == "Query" and theirs.get("ScannedCount") == request.body.get("Limit") == 1:
        if "LastEvaluatedKey" in ours:
            theirs.setdefault("LastEvaluatedKey", ours["LastEvaluatedKey"])
    return theirs


def as_described_today(request, ours, theirs):
    """Tables change at once there, and some members are newer."""
    description = theirs.get("TableDescription", theirs.get("Table"))
    own = ours.get("TableDescription", ours.get("Table"))
    if not description or not own:
        return theirs
    own_indexes = {index["IndexName"]: index for index in own.get("GlobalSecondaryIndexes", [])}
    for part in [description] + description.get("GlobalSecondaryIndexes", []):
        part.get("ProvisionedThroughput", {}).setdefault("NumberOfDecreasesToday", 0)
        if request.operation not in ("CreateTable", "UpdateTable"):
            continue
        if request.body.get("GlobalSecondaryIndexUpdates"):  # whether the definitions of one that goes stay until then
            description["AttributeDefinitions"] = own["AttributeDefinitions"]
        now = own if part is description else own_indexes.get(part["IndexName"], {})
        for member, instead in (("TableStatus", "ACTIVE"), ("IndexStatus", "ACTIVE"), ("Backfilling", False)):
            if part.get(member) == instead and member in now:
                part[member] = now[member]
        if request.operation == "UpdateTable" and part.get("IndexStatus") == "DELETING":
            description["TableStatus"] = "UPDATING"
    if request.operation == "DeleteTable" and description["TableStatus"] == "ACTIVE":
        description["TableStatus"] = "DELETING"
    if "BillingModeSummary" in description:  # it was switched, and the indexes keep or lose what they had
        for index in description.get("GlobalSecondaryIndexes", []):
            if index["IndexName"] in own_indexes:
                index["ProvisionedThroughput"] = own_indexes[index["IndexName"]]["ProvisionedThroughput"]
    if description.get("BillingModeSummary") == {"BillingMode": "PROVISIONED"} and "BillingModeSummary" not in own:
        del description["BillingModeSummary"]
    description.setdefault("DeletionProtectionEnabled", False)
    return theirs


# --- Wordings ---------------------------------------------------------------------------------------------------------

# The same error in other words: DynamoDB Local's, then ours, as patterns.
KEY_MISMATCH = r"The provided key element does not match the schema|The provided starting key is invalid"
WORDINGS = (
    (r"Sets cannot be empty", r"set  may not be empty|Binary sets should not be empty"),
    (r"(Hash|Range) Key not specified in Attribute Definitions", r"Some index key attributes? (are|have) no"),
    (r"Indexes must have a projection specified", r"Unknown ProjectionType: null"),
    (r"Type mismatch for attribute to update$|Invalid attribute value type$", KEY_MISMATCH + r"|Type mismatch for (Index )?[kK]ey"),
    (r"Local Secondary indices are not allowed on hash tables", r"Table KeySchema does not have a range key"),
    (r"Update global secondary index action is null", r"One of GlobalSecondaryIndexUpdate"),
    (r"ComparisonOperator \w+ is not valid for", r"inside AttributeValueList must be of same type"),
    (r"The requested throughput value equals the current value", r"^success"),
    (r"Local secondary indices must have a range key", r"does not have a range key for index|are not defined in Attribute"),
    (r"Local Secondary indices must have the same hash key", r"same leading hash key|are not defined in AttributeDef"),
    (r"No provisioned throughput specified for the ", r"ReadCapacityUnits and WriteCapacityUnits must both|ProvisionedTh"),
    (r"Two keys can not have the same name", r"have the same name|Some index key attribute have no definition"),
    (r"Stream ViewType must not be null or empty", r"StreamViewType must be specified when StreamEnabled is true"),
    (r"Conditions can be of length 1 or 2 only", r"Attempted conditional constraint is not an indexable operation"),
    (r"Invalid attribute type name found; type: ", r"Invalid attribute type name found; type: "),
    (r"GSI list is empty/invalid", r"List of GlobalSecondaryIndexes is empty"),
    (r"Nothing to update", r"At least one of ProvisionedThroughput, BillingMode"),
    (r"Local Secondary Index range key not specified|Global Secondary Index .* key not specified",
     r"Some index key attributes are not defined"),
    (r"^ValidationException: The requested throughput value equals the current value", r"throughput for the table will not"),
    (r"Key Schema too big", r"at 'keySchema' failed to satisfy constraint"),
    (r"Cannot have two attributes with the same name", r"Duplicate value in attribute name: "),
    (r"Table has no stream to disable$", r"Table has no stream to disable: "),
    (r"Updates on index keys must be of the same data type", r"Type mismatch for Index Key .+ Expected: "),
    (r"The number of attributes in key schema must match", r"Number of attributes in KeySchema does not exactly match"),
    (r"Sets cannot be empty for key", r"set  may not be empty for key|Binary sets should not be empty for key"),
    (r"is not defined; attribute (name|value): ", r"is not defined; attribute (name|value): "),
    (r"Query key condition not supported", r"Attempted conditional constraint is not an indexable operation"),
    (r"(ADD|DELETE) action .*is not supported for the type ", r"(ADD|DELETE) action .*is not supported for the type "),
    (r"Invalid StreamViewType: Stream StreamEnabled was false", r"StreamViewType must not be specified when StreamEn"),
    (r"^ValidationException: (Supplied AttributeValue|One or more)", r"The provided starting key is invalid: "),
    (r"^ValidationException: Sets cannot be empty", r"set  may not be empty|Binary sets should not be empty"),
    (r"One or more parameter values were invalid: Size limit exceeded", r"has exceeded the maximum size limit of"),
    (r"The number of attributes in key schema must match", r"Some AttributeDefinitions are not used"),
    (r"Two document paths overlap with each other", r"Two document paths overlap with each other"),
    (r"Consistent read cannot be true when scaning a GSI", r"Consistent reads are not supported on global"),
    (r"If segment is specified, total segment must also", r"The TotalSegments parameter is required but was not"),
    (r"Exclusive Start Key must have same size as table's key schema", r"The provided starting key is invalid"),
    (r"TimeToLive is active on a different AttributeName$", r"TimeToLive is active on a different AttributeName: "),
    (r"Table already has an enabled stream$", r"Table already has an enabled stream: "),
    (r"The BETWEEN operator requires", r"The BETWEEN operator requires"),
    (r"One of the required keys was not given a value", rf"Missing the key .+ in the item|{KEY_MISMATCH}"),
    (r"The number of conditions on the keys is invalid", KEY_MISMATCH),
    (r"Type mismatch for Index Key$", r"Type mismatch for Index Key .+ Expected: "),
    (r"^ValidationException: This attribute is part of the key$", r"Cannot update attribute .+ part of the key"),
    (r"Hash primary key values must be under 2048 bytes", r"Size of hashkey has exceeded|Aggregated size of all range"),
    (r"A value provided cannot be converted into a number", r"The parameter cannot be converted to a numeric value"),
    (r"DynamoDB only supports precision up to 38 digits", r"Attempting to store more than 38 significant digits"),
    (r"Input collection .*contains duplicates", r"Input collection .*contains duplicates"),
    (r"Return values set to invalid value", r"ReturnValues can only be ALL_OLD or NONE"),
    (r"Value '\d+' at 'segment'", r"The Segment parameter is zero-based"),
    (r"If total segments is specfied", r"The Segment parameter is required but was not present"),
    (r"Exclusive start key must lie within the segment", r"ExclusiveStartKey with correct Segment"),
    (r"starting key does not match the range key predicate", r"starting key is outside query boundaries"),
    (r"Consistent read cannot be true when querying a GSI", r"Consistent reads are not supported on global"),
    (r"Query condition missed key schema element$", r"Query condition missed key schema element: "),
    (r"Cannot create preexisting table", r"Table already exists: "),
    (r"If Projection type INCLUDE is specified", r"ProjectionType is INCLUDE, but NonKeyAttributes is not"),
    (r"No attributes should be specified to be projected", r"ProjectionType is \w+, but NonKeyAttributes is specified"),
    (r"No Hash Key specified in schema", r"The first KeySchemaElement is not a HASH key type"),
    (r"Too many hash keys specified", r"Both the Hash Key and the Range Key element"),
    (r"Hash Key not specified in Attribute Definitions", r"Some index key attributes? (are|have) no"),
    (r"Two global secondary indicies have the same name", r"Duplicate index name: "),
    (r"Only one global secondary index update per index", r"Only one global secondary index update per index"),
    (r"Invalid global secondary index name", r"^ResourceNotFoundException"),
)


def is_other_wording(ours, theirs):
    return any(re.search(local, told(theirs)) and re.search(aws, told(ours)) for local, aws in WORDINGS)


# What can only be told from the item. AWS looks at it after all else was checked.
FROM_ITEM = (r"The document path provided in the update expression is invalid for update|An operand in the update "
             r"expression has an incorrect data type|refers to an attribute that does not exist in the item")

# What DynamoDB Local finds wrong with a key or an item before it parses the expressions; AWS parses first.
KEY_FIRST = (r"^(ValidationException|TransactionCanceledException): (Type mismatch for Index Key|Invalid attribute value type|Type mismatch for "
             r"attribute to update|One of the required keys was not given a value|Empty attribute name|The number of "
             r"conditions on the keys is invalid|A value provided cannot be converted into a number|Hash primary key "
             r"values must be under 2048 bytes.*)$|^TransactionCanceledException: .*ValidationError")

RULES = [
    Rewriting("number-text", with_numbers),
    Rewriting("unasked-capacity", without_unasked_capacity),
    Rewriting("least-capacity", with_least_capacity),
    Rewriting("transaction-capacity", with_transaction_capacity),
    Rewriting("write-capacity", with_write_capacity),
    Rewriting("updated-part", with_updated_part),
    Rewriting("last-key", with_last_key),
    Rewriting("wording", with_reason_wording),
    Rewriting("table-description", as_described_today),
    Excuse("empty-values", "", r"may not contain an empty string|may not have a empty string|null or empty binary"),
    Excuse("no-such-table", r"^ResourceNotFound|^ValidationException",
           r"^ResourceNotFoundException: Cannot do operations on a non-existent table$|^ValidationException",
           lambda request: "no-such-table" in json.dumps(request.body)),
    Excuse("key-first", r"^ValidationException|^TransactionCanceled.*ValidationError", KEY_FIRST),
    Excuse("item-first", r"^ValidationException", FROM_ITEM,
           lambda request: request.operation in ("UpdateItem", "TransactWriteItems")),
    Excuse("item-first", r"^ValidationException", r"The conditional request failed|\[.*ConditionalCheckFailed"),
    Excuse("paths-first", r"^ValidationException", r"Key attributes must be scalars; "),
    Excuse("start-key-first", r"^ValidationException", r"The provided starting key |must have same size as table's key"),
    Excuse("parameters-first", r"Either the KeyConditions or KeyConditionExpression|(Total)?Segments? parameter is |Cannot "
           r"specify the AttributesToGet|Duplicate value in attribute name|can only be specified when using expressions",
           r"^ValidationException"),
    Excuse("paths-first", r"Key attributes must be scalars; ", r"Cannot specify the ProjectionExpression when choosing"),
    # Not as on AWS yet: a key condition is parsed when its index is known.
    Excuse("index-before-keys", r"Consistent reads are not supported on|does not have the specified index",
           r"Invalid KeyConditionExpression: |Value provided in ExpressionAttribute"),
    Excuse("batch-parameters", r"^(ValidationException|success)", r"Can not use both expression and non-expression parameters",
           lambda request: request.operation == "BatchGetItem"),
    Excuse("transaction-validation", r"^TransactionCanceledException: .*ValidationError", r"^ValidationException"),
    Excuse("unprojected", r"econdary index .+ (does not project \[|projection type is not ALL)", r"^success$"),
    Excuse("internal-failure", "", r"^InternalFailure: "),
    Excuse("parameters-first", r"^ValidationException", r"The table does not have the specified index|Consistent read "
           r"cannot be true when|Query key condition not supported|Return values set to invalid|Conditions can be of "
           r"length 1 or 2 only|Query condition missed key schema element|Condition parameter type does not match"),
    Excuse("parameters-first", r"The provided starting key is invalid", r"Either the KeyConditions or KeyConditionExpress"),
    Excuse("parameters-first", r"ConditionalOperator can only be used when|The parameter cannot be converted|may not be empty",
           r"^ValidationException"),
    Excuse("parameters-first", r"Number (over|under)flow|significant digits|contains duplicates", r"^ValidationException"),
    # Not as on AWS yet: a key condition's types are checked before it is known whether all values are used.
    Excuse("index-before-keys", r"Condition parameter type does not match", r"Value provided in ExpressionAttribute"),
    # AWS looks at AttributeUpdates before Expected.
    Excuse("first-of-several", r"action .*is not supported|Only DELETE action is allowed", r"^ValidationException"),
    Excuse("first-of-several", r"Invalid UpdateExpression: ", r"Invalid UpdateExpression: "),
    Excuse("older-parameters", r"ComparisonOperator (NOT_)?CONTAINS is not valid for (BOOL|NULL) ", r"^(success|Condition)"),
    # Which of several wrong actions is told of.
    Excuse("first-of-several", r"^ValidationException", r"^ValidationException",
           lambda request: request.operation.startswith("Transact") and len(request.body["TransactItems"]) > 1),
    Excuse("unprojected", "", r"does not project one or more filter attributes"),
    Rewriting("unprojected", with_filtered_locally),
    Excuse("older-parameters", r"Duplicate value in attribute name: ", r"^success$"),
    Excuse("lenient-tables", r"BillingMode is PAY_PER_REQUEST|AttributeDefinitions are not used|ProvisionedThroughput must be",
           r"^success$"),
    Excuse("index-key-types", r"Type mismatch for Index Key|maximum size limit of \d+ bytes\. IndexName", r"^success$"),
    Excuse("index-key-types", r"Type mismatch for Index Key", r"An operand in the update expression has an incorrect data"),
    Excuse("index-key-types", r"^TransactionCanceledException: .*ValidationError", r"^success$"),
]


def rules_for(request, ours, theirs, normal_ours, normal_theirs):
    """The ids of the rules that explain the difference, none when it is not explained; and what is left of the normal
    form of their answer once the rules have rewritten it."""
    for rule in RULES:
        if isinstance(rule, Excuse) and rule.excuses(request, ours, theirs):
            return [rule.id], normal_theirs
    if is_other_wording(ours, theirs):
        return ["wording"], normal_theirs
    if told(ours) != told(theirs):
        return [], normal_theirs
    used = []
    for rule in RULES:
        if isinstance(rule, Rewriting):
            before = json.dumps(normal_theirs, sort_keys=True)
            normal_theirs = rule.rewrite(request, normal_ours, normal_theirs)
            if json.dumps(normal_theirs, sort_keys=True) != before:
                used.append(rule.id)
    return (used if normal_ours == normal_theirs else []), normal_theirs
