"""What AWS would have answered, made of what DynamoDB Local of 2020 did: of successes, and of the reasons of cancelled
transactions. docs/compatibility.md has each with its reason and the page of AWS's documentation."""

import json
from decimal import Context, InvalidOperation

import missing_items
from normal_form import sorted_again
from wordings import are_the_same

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


def with_numbers(request, ours, theirs, tables):
    return sorted_again(request, plain_numbers(theirs))


def without_empty_items(request, ours, theirs, tables):
    if request.operation == "TransactGetItems":
        theirs["Responses"] = [{} if response == {"Item": {}} else response for response in theirs["Responses"]]
    return theirs


def without_unasked_capacity(request, ours, theirs, tables):
    if request.operation == "DeleteItem" and request.body.get("ReturnConsumedCapacity", "NONE") == "NONE":
        theirs.pop("ConsumedCapacity", None)
    return theirs


def with_least_capacity(request, ours, theirs, tables):
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


def parts_of(capacity):
    """What the table and each index took, by name; only the total when no more was asked for."""
    if "Table" not in capacity:
        return {"total": capacity["CapacityUnits"]}
    parts = {"Table": capacity["Table"]["CapacityUnits"]}
    for member in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        parts.update({name: part["CapacityUnits"] for name, part in capacity.get(member, {}).items()})
    return parts


def capacities_of(body):
    capacity = body.get("ConsumedCapacity", [])
    return capacity if isinstance(capacity, list) else [capacity]


def half_keyed(table):
    """The names of the indexes whose key has two parts."""
    return {index.name for index in table.indexes if index.range_key} if table else set()


def is_dearer(own, capacity, factor, writes, missing, table, free=0, made=0):
    """Whether every part of what DynamoDB Local took is what we took, or more by no more than it is known for: each
    write `factor` times, a unit before and after it for an index of whose key the item has one part only, and one for
    each of the `missing` items of a batch that may not be there; or less by the units of writes that may be `free`: in an
    index, such a write removes an entry and adds one; or more for the entries of items that it has `made` of removals."""
    one, other = parts_of(own), parts_of(capacity)
    indexes = half_keyed(table)
    for name in one.keys() | other.keys():
        if name == "total":
            surplus = 2 * writes * len(indexes) + missing + 2 * made * (len(table.indexes) if table else 0)
            less = free * (1 + 2 * (len(table.indexes) if table else 0))
        elif name == "Table":
            surplus, less = missing, free
        else:
            surplus, less = (2 * writes if name in indexes else 0) + 2 * made, 2 * free
        if not one.get(name, 0) - less <= other.get(name, 0) <= factor * (one.get(name, 0) + surplus):
            return False
    return True


def with_transaction_capacity(request, ours, theirs, tables):
    """DynamoDB Local does not say of reads that they were reads, and takes some writes of a transaction twice."""
    if request.operation == "TransactGetItems":
        for capacity in theirs.get("ConsumedCapacity", []):
            for part in [capacity["Table"]] if "Table" in capacity else []:
                part.setdefault("ReadCapacityUnits", part["CapacityUnits"])
    if request.operation != "TransactWriteItems":
        return theirs
    pairs = list(zip(capacities_of(ours), capacities_of(theirs)))
    actions = [next(iter(action.values()))["TableName"] for action in request.body["TransactItems"]]
    removals = [update["TableName"] for update in missing_items.removals_of(request)]

    def is_explained(own, capacity):
        name = own["TableName"]
        units = 2 * actions.count(name)
        return (name == capacity["TableName"] and own["CapacityUnits"] >= units and
                is_dearer(own, capacity, 2, units, 0, tables.get(name), units, removals.count(name)))

    if len(capacities_of(ours)) == len(capacities_of(theirs)) and pairs and all(is_explained(*pair) for pair in pairs):
        theirs["ConsumedCapacity"] = ours["ConsumedCapacity"]
    return theirs


def with_write_capacity(request, ours, theirs, tables):
    """DynamoDB Local takes a unit for an index of whose key the item has one part only, before and after the write; and
    in batches one more for deleting what is not there."""
    if request.operation not in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"):
        return theirs
    pairs = list(zip(capacities_of(ours), capacities_of(theirs)))
    for own, capacity in pairs:
        writes = request.body.get("RequestItems", {}).get(capacity["TableName"], [{}])
        deletions = sum("DeleteRequest" in write for write in writes)
        if not is_dearer(own, capacity, 1, len(writes), deletions, tables.get(own["TableName"])):
            return theirs
    if pairs and len(capacities_of(ours)) == len(capacities_of(theirs)):
        theirs["ConsumedCapacity"] = ours["ConsumedCapacity"]
    return theirs


def with_reason_wording(request, ours, theirs, tables):
    for own, reason in zip(ours.get("CancellationReasons", []), theirs.get("CancellationReasons", [])):
        if reason.get("Message") == "The conditional request failed.":
            reason["Message"] = "The conditional request failed"
        elif "Message" in own and "Message" in reason and are_the_same(
                f"ValidationException: {own['Message']}", f"ValidationException: {reason['Message']}"):
            reason["Message"] = own["Message"]
    return theirs


def with_local_keys(request, ours, theirs, tables):
    """DynamoDB Local takes units for fetching the table's key of what a local index holds, and none for fetching all."""
    table = tables.get(request.body.get("TableName"))
    index = next((index for index in table.indexes if index.name == request.body.get("IndexName")), None) if table else None
    own, capacity = ours.get("ConsumedCapacity"), theirs.get("ConsumedCapacity")
    if index and index.local and own and capacity and ours.get("Items") == theirs.get("Items"):
        surplus = capacity["CapacityUnits"] - own["CapacityUnits"]
        fetched = theirs["ScannedCount"] * (1.0 if request.body.get("ConsistentRead") else 0.5)
        if 0 <= surplus <= fetched or surplus == -fetched and index.projection["ProjectionType"] != "ALL":
            theirs["ConsumedCapacity"] = own
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


def with_updated_part(request, ours, theirs, tables):
    """DynamoDB Local returns whole attributes where AWS returns the parts of them that the paths lead to."""
    returned = request.body.get("ReturnValues", "") if request.operation == "UpdateItem" else ""
    if returned.startswith("UPDATED_") and is_part(ours.get("Attributes", {}), theirs.get("Attributes", {})):
        return {**theirs, "Attributes": ours["Attributes"]} if "Attributes" in ours else without(theirs, "Attributes")
    return theirs


def without(body, member):
    return {name: value for name, value in body.items() if name != member}


def is_bound(request, value):
    """Whether a value is one that the query compares with."""
    conditions = [request.body.get("ExpressionAttributeValues"), request.body.get("KeyConditions")]
    return json.dumps(plain_numbers(value), sort_keys=True) in json.dumps(plain_numbers(conditions), sort_keys=True)


def with_last_key(request, ours, theirs, tables):
    """DynamoDB Local knows that nothing can follow an item whose sort key is the bound of the condition on it, or which
    has none."""
    if request.operation != "Query" or "LastEvaluatedKey" not in ours or "LastEvaluatedKey" in theirs:
        return theirs
    if theirs.get("ScannedCount") != request.body.get("Limit") or ours["ScannedCount"] != theirs["ScannedCount"]:
        return theirs
    table = tables[request.body["TableName"]]
    index = next((index for index in table.indexes if index.name == request.body.get("IndexName")), table)
    last = ours["LastEvaluatedKey"]
    if not index.range_key or is_bound(request, last[index.range_key[0]]):
        theirs["LastEvaluatedKey"] = last
    return theirs


def without_made_item(request, ours, theirs, tables):
    """An update that only removes makes an item of the key there, which takes entries of indexes too."""
    if request.operation != "UpdateItem" or not missing_items.removals_of(request) or "Attributes" in ours:
        return theirs
    key = plain_numbers(request.body["Key"])
    if theirs.get("Attributes", key) == key:
        theirs.pop("Attributes", None)
        units = theirs.get("ConsumedCapacity", {})
        units.pop("GlobalSecondaryIndexes", None)
        units.pop("LocalSecondaryIndexes", None)
        if "ConsumedCapacity" in ours and ours["ConsumedCapacity"]["CapacityUnits"] == 1:
            for part in (units, units.get("Table", {})):  # of a key that is longer than a unit
                part.update(CapacityUnits=1.0)
    return theirs


def as_described_today(request, ours, theirs, tables):
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
    if request.operation == "DeleteTable":
        for member in ("AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
            description.pop(member, None)
    if "BillingModeSummary" in description:  # it was switched, and the indexes keep or lose what they had
        for index in description.get("GlobalSecondaryIndexes", []):
            if index["IndexName"] in own_indexes:
                index["ProvisionedThroughput"] = own_indexes[index["IndexName"]]["ProvisionedThroughput"]
    if description.get("BillingModeSummary") == {"BillingMode": "PROVISIONED"} and "BillingModeSummary" not in own:
        del description["BillingModeSummary"]
    description.setdefault("DeletionProtectionEnabled", False)
    if "BillingModeSummary" in description and "TableThroughputModeSummary" in own:
        summary = dict(description["BillingModeSummary"])
        summary["TableThroughputMode"] = summary.pop("BillingMode")
        description["TableThroughputModeSummary"] = summary
    return theirs
