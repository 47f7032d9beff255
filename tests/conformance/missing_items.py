"""Updates that only remove: AWS makes no item for them where there is none ("Causes nothing to happen": API Reference,
UpdateItem, `AttributeUpdates`, `DELETE`), and DynamoDB Local of 2020 makes one of the key alone."""

import re

CLAUSE = re.compile(r"(?:^|[\s,):])(SET|REMOVE|ADD|DELETE)\s", re.IGNORECASE)


def updates_of(request):
    if request.operation == "UpdateItem":
        return [request.body]
    if request.operation == "TransactWriteItems":
        return [action["Update"] for action in request.body.get("TransactItems", []) if "Update" in action]
    return []


def only_removes(update):
    older = update.get("AttributeUpdates")
    if older:
        return all(change.get("Action") == "DELETE" for change in older.values())
    clauses = {clause.upper() for clause in CLAUSE.findall(" " + update.get("UpdateExpression", ""))}
    return bool(clauses) and clauses <= {"REMOVE", "DELETE"}


def removals_of(request):
    return [update for update in updates_of(request) if only_removes(update)]


def left_over(ours, theirs, request):
    """The tables, and keys, where DynamoDB Local has an item now and we have none."""
    for update in removals_of(request):
        asked = {"TableName": update["TableName"], "Key": update["Key"], "ConsistentRead": True}
        own, other = ours.send("GetItem", asked), theirs.send("GetItem", asked)
        if own.succeeded and other.succeeded and "Item" not in own.body and "Item" in other.body:
            yield update["TableName"], update["Key"]
