"""Answers without what AWS leaves open: identities, times, and the order of what has none."""

import json
import re

IDENTITIES = {"TableArn", "TableId", "IndexArn", "LatestStreamArn", "LatestStreamLabel"}
TIMES = {"CreationDateTime", "LastIncreaseDateTime", "LastDecreaseDateTime", "LastUpdateToPayPerRequestDateTime"}
# "DynamoDB updates this value approximately every six hours": DescribeTable.
APPROXIMATE = {"TableSizeBytes", "ItemCount", "IndexSizeBytes"}
IGNORED = IDENTITIES | TIMES | APPROXIMATE

SETS = ("SS", "NS", "BS")
UNORDERED = {"AttributeDefinitions": "AttributeName", "GlobalSecondaryIndexes": "IndexName",
             "LocalSecondaryIndexes": "IndexName"}


def text_of(value):
    return json.dumps(value, sort_keys=True)


def is_set(value):
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in SETS


def normal(value):
    if isinstance(value, list):
        return [normal(element) for element in value]
    if not isinstance(value, dict):
        return value
    if is_set(value):
        ((kind, elements),) = value.items()
        return {kind: sorted(elements)} if isinstance(elements, list) else value
    members = {}
    for name, member in value.items():
        if name in IGNORED and not isinstance(member, dict):
            continue
        member = normal(member)
        if name in UNORDERED and isinstance(member, list):
            member = sorted(member, key=lambda element: element.get(UNORDERED[name], ""))
        members[name] = member
    return members


def in_groups(items, sort_keys):
    """The items with each run of equal sort keys in one order."""
    groups = []
    for item in items:
        keys = [item.get(name) for name in sort_keys]
        if not groups or groups[-1][0] != keys:
            groups.append((keys, []))
        groups[-1][1].append(item)
    return [item for _, group in groups for item in sorted(group, key=text_of)]


def sorted_again(request, body):
    """The body with the items of scans and batches, which have no order, in one."""
    if request.operation == "Scan" and "Items" in body:
        body["Items"] = sorted(body["Items"], key=text_of)
    if request.operation == "BatchGetItem" and "Responses" in body:
        body["Responses"] = {name: sorted(items, key=text_of) for name, items in body["Responses"].items()}
    return body


def with_sorted_names(message):
    """The names of what an index does not hold are told in any order."""
    return re.sub(r"(?<=(?:es not project|er attributes:) \[)[^\]]*", lambda found: ", ".join(sorted(found[0].split(", "))),
                  message)


def normal_answer(request, answer):
    """The part of the answer's body that must be equal on both servers."""
    body = normal(answer.body)
    if not isinstance(body, dict):
        return body
    body.pop("ItemCollectionMetrics", None)  # estimates, of which DynamoDB Local gives none
    if not answer.succeeded:  # clients read both spellings
        body = {"message" if name == "Message" else name: body[name] for name in body}
        body["message"] = with_sorted_names(body.get("message", ""))
        return body
    if "ExclusiveStartKey" in request.body and (request.operation == "Scan" or request.sort_keys is not None):
        return {}  # which items of a table or an index lie behind a key that was made up is not told
    if request.operation == "Query" and "Items" in body and request.sort_keys is not None:
        sorted_alike = all(all(name in item for name in request.sort_keys) for item in body["Items"])
        if sorted_alike:
            body["Items"] = in_groups(body["Items"], request.sort_keys)
        else:  # the projection left the sort key out
            body["Items"] = sorted(body["Items"], key=text_of)
    if isinstance(body.get("ConsumedCapacity"), list):
        body["ConsumedCapacity"].sort(key=lambda capacity: capacity["TableName"])
    return sorted_again(request, body)
