"""Whether two different refusals of one request only tell of two different faults that it has.

AWS documents no order of checks. So a request with several faults may be refused for any of them; but only for one that
it has. That is put to the test: what one server finds fault with is taken out of the request, part by part, until that
server finds fault with what the other one did. Then both know both faults, and only the order differs."""

import collections
import copy
import heapq
import json
import random
import re

from minimizer import renamed
from tables import random_key
from values import Values

MAX_TRIALS = 2000
MAX_PARTS = 50
PLACEHOLDER = re.compile(r"[#:]\w*")
EXPRESSIONS = ("KeyConditionExpression", "FilterExpression", "ConditionExpression", "UpdateExpression",
               "ProjectionExpression")
PLACEHOLDERS = ("ExpressionAttributeNames", "ExpressionAttributeValues")
MAPS = ("Expected", "AttributeUpdates", "KeyConditions", "QueryFilter", "ScanFilter", *PLACEHOLDERS, "Item")
REQUIRED = ("TableName", "Key", "Keys", "KeySchema", "AttributeDefinitions")
REQUIRED_OF = {"ConditionCheck": ("ConditionExpression",), "Update": ("UpdateExpression",)}
CLAUSE = re.compile(r"(?:^| )(SET|REMOVE|ADD|DELETE) ")
JOINER = re.compile(r", | AND | OR | and ")
STEPS = re.compile(r"(#?\w+)((?:\.[#\w]+|\[\d+\])+)")
USUAL = {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]}


def without(body, member):
    return {name: value for name, value in body.items() if name != member}


def used_placeholders(part):
    return {found for name in EXPRESSIONS for found in PLACEHOLDER.findall(part.get(name, ""))}


def without_orphans(before, after, removed):
    """`after` without the placeholders that only the removed text used."""
    orphans = set(PLACEHOLDER.findall(removed)) - used_placeholders(after)
    for member in PLACEHOLDERS:
        if member in after:
            left = {key: value for key, value in after[member].items() if key not in orphans}
            after = {**after, member: left} if left else without(after, member)
    return after


def split(text):
    """The parts of an expression between commas, AND and OR that are in no parentheses, and what joins them."""
    parts, joiners, depth, begin, at = [], [], 0, 0, 0
    while at < len(text):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        found = JOINER.match(text, at) if depth == 0 else None
        if found:
            parts.append(text[begin:at])
            joiners.append(found[0])
            begin = at = found.end()
        else:
            at += 1
    return parts + [text[begin:]], joiners


def joined(parts, joiners):
    return parts[0] + "".join(joiner + part for joiner, part in zip(joiners, parts[1:]))


def shorter_list(text):
    """The text without each of its parts, and each of its parts alone."""
    parts, joiners = split(text)
    if len(parts) > MAX_PARTS:  # which is the fault, or hides it
        yield joined(parts[:MAX_PARTS], joiners)
        return
    for at, part in enumerate(parts):
        if len(parts) > 1:
            yield part
            yield joined(parts[:at] + parts[at + 1:], joiners[:at] + joiners[at + 1:] if at else joiners[1:])
        if part.startswith("(") and part.endswith(")"):
            yield joined(parts[:at] + [part[1:-1]] + parts[at + 1:], joiners)
        if " = " in part:  # an action: another target, another value
            target, value = part.split(" = ", 1)
            yield joined(parts[:at] + [f"probe_attribute = {value}"] + parts[at + 1:], joiners)
            yield joined(parts[:at] + [f"{target} = :probe"] + parts[at + 1:], joiners)


def shorter_expressions(name, text):
    """The expression with less in it."""
    for found in STEPS.finditer(text):
        for instead in (found[1], "probe_attribute"):
            yield text[:found.start()] + instead + text[found.end():]
    if name != "UpdateExpression":
        yield from shorter_list(text)
        return
    pieces = CLAUSE.split(text)
    clauses = list(zip(pieces[1::2], pieces[2::2]))
    for at, (clause, actions) in enumerate(clauses):
        def with_clause(instead):
            return " ".join(f"{one} {what}" for one, what in clauses[:at] + instead + clauses[at + 1:])
        if len(clauses) > 1:
            yield with_clause([])
        yield from (f"{clause} {action}" for action in split(actions)[0] if action.strip() != text)
        for less in shorter_list(actions):
            yield with_clause([(clause, less)])


def reductions_of_part(part, table, required=REQUIRED):
    """Smaller forms of a request about one item or of one table, each without one of its parts."""
    if "Segment" in part:
        yield without(without(part, "Segment"), "TotalSegments")
    for name in EXPRESSIONS:
        if name in part:
            text = part[name]
            if name not in required:
                yield without_orphans(part, without(part, name), text)
            for shorter in shorter_expressions(name, text):
                less = without_orphans(part, {**part, name: shorter}, text)
                if ":probe" in shorter:
                    values = less.get("ExpressionAttributeValues", {})
                    less = {**less, "ExpressionAttributeValues": {**values, ":probe": {"S": "x"}}}
                yield less
    needed = used_placeholders(part)
    for name in MAPS:
        for key in part.get(name, ()):
            if name not in PLACEHOLDERS or key not in needed:
                left = without(part[name], key)
                yield {**part, name: left} if left else without(part, name)
        if name in part and name != "Item" and not (name in PLACEHOLDERS and needed & part[name].keys()):
            yield without(part, name)
    for name in part:
        if name not in EXPRESSIONS and name not in MAPS and name not in required:
            yield without(part, name)
    for name in ("KeyConditions", "QueryFilter", "ScanFilter", "Expected"):
        for key, condition in part.get(name, {}).items():
            yield {**part, name: {**part[name], key: USUAL}}
            for operands in other_operands(condition.get("AttributeValueList", [])):
                yield {**part, name: {**part[name], key: {**condition, "AttributeValueList": operands}}}
    attributes = part.get("AttributesToGet", [])
    yield from ({**part, "AttributesToGet": attributes[:at] + attributes[at + 1:]} for at in range(len(attributes))
                if len(attributes) > 1)
    for name in PLACEHOLDERS:  # another meaning for those that are needed
        for key in needed & part.get(name, {}).keys():
            yield {**part, name: {**part[name], key: "probe_attribute" if key.startswith("#") else {"S": "x"}}}
    if "ConditionExpression" in part:
        yield without_orphans(part, {**part, "ConditionExpression": "attribute_not_exists(never)"},
                              part["ConditionExpression"])
    if "UpdateExpression" in part:
        yield without_orphans(part, {**part, "UpdateExpression": "REMOVE never"}, part["UpdateExpression"])
    if table:
        yield from repaired_keys(part, table)


def other_operands(operands):
    for at, operand in enumerate(operands):
        yield [operand]
        yield operands[:at] + [{"S": "x"}] + operands[at + 1:]


def repaired_keys(part, table):
    """The request with a key, or one attribute of it, that suits the table."""
    good = random_key(Values(random.Random(1)), table)
    if "Key" in part:
        for name in good:
            yield {**part, "Key": {**part["Key"], name: good[name]}}
        yield {**part, "Key": good}
    if "Item" in part:
        index_keys = table.index_keys()
        yield {**part, "Item": {**{k: v for k, v in part["Item"].items() if k not in index_keys}, **good}}
        yield {**part, "Item": good}
        for name in good:
            yield {**part, "Item": {**part["Item"], name: good[name]}}
    if "Keys" in part:
        yield {**part, "Keys": [good]}
    for at in range(len(part.get("Keys", ()))):
        left = part["Keys"][:at] + part["Keys"][at + 1:]
        if left:
            yield {**part, "Keys": left}


def repaired_key_conditions(part, table):
    """A query whose condition suits the keys."""
    index = next((index for index in table.indexes if index.name == part.get("IndexName")), table)
    (name, kind), good = index.hash_key, Values(random.Random(1))
    value = good.key_value(kind)
    usual = {name: {"ComparisonOperator": "EQ", "AttributeValueList": [value]}}

    def suited(condition, key_type):
        operands = [good.key_value(key_type) for _ in condition.get("AttributeValueList", [])]
        return {**condition, **({"AttributeValueList": operands} if operands else {})}

    if "KeyConditionExpression" not in part:
        yield {**part, "KeyConditions": usual}
    if "KeyConditions" in part:
        for condition in part["KeyConditions"].values():
            yield {**part, "KeyConditions": {name: condition}}
            yield {**part, "KeyConditions": {name: {**condition, "ComparisonOperator": "EQ"}}}
            yield {**part, "KeyConditions": {name: suited(condition, kind)}}
        for condition in part["KeyConditions"].values() if index.range_key else ():
            yield {**part, "KeyConditions": {**usual, index.range_key[0]: suited(condition, index.range_key[1])}}
        return
    repaired = {**part, "KeyConditionExpression": f"{name} = :probe",
                "ExpressionAttributeValues": {**part.get("ExpressionAttributeValues", {}), ":probe": value}}
    yield repaired
    yield without_orphans(part, repaired, part.get("KeyConditionExpression", ""))


def repaired_tables(body):
    """The table with all its keys defined; with local indexes that have the table's partition key."""
    indexes = body.get("GlobalSecondaryIndexes", []) + body.get("LocalSecondaryIndexes", [])
    keys = {key["AttributeName"] for part in [body] + indexes for key in part["KeySchema"]}
    known = {part["AttributeName"] for part in body["AttributeDefinitions"]}
    more = [{"AttributeName": name, "AttributeType": "S"} for name in sorted(keys - known)]
    used = list({part["AttributeName"]: part for part in body["AttributeDefinitions"] if part["AttributeName"] in keys}.values())
    yield {**body, "AttributeDefinitions": used + more}
    yield {**body, "BillingMode": "PAY_PER_REQUEST"}
    roles = [{**key, "KeyType": role} for key, role in zip(body["KeySchema"], ("HASH", "RANGE"))]
    yield {**body, "KeySchema": roles}
    yield {**body, "KeySchema": body["KeySchema"][:1]}
    units = {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}
    yield {**body, **units}
    for member in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if len(body.get(member, ())) > 1:
            yield from ({**body, member: [index]} for index in (body[member][0], body[member][-1]))
    if "GlobalSecondaryIndexes" in body:
        yield {**body, "GlobalSecondaryIndexes": [{**index, "KeySchema": index["KeySchema"][:1]}
                                                  for index in body["GlobalSecondaryIndexes"]]}
        for projection in ({}, {"Projection": {"ProjectionType": "ALL"}}):
            yield {**body, "GlobalSecondaryIndexes": [{**index, **units, **projection} for index in body["GlobalSecondaryIndexes"]]}
    if "LocalSecondaryIndexes" in body:
        local = [{**index, "KeySchema": body["KeySchema"][:1] + index["KeySchema"][1:]}
                 for index in body["LocalSecondaryIndexes"]]
        yield {**body, "LocalSecondaryIndexes": local}
        undefined = [{**index, "KeySchema": body["KeySchema"][:1] + [{"AttributeName": "undefined", "KeyType": "RANGE"}]}
                     for index in body["LocalSecondaryIndexes"]]
        yield {**body, "LocalSecondaryIndexes": undefined}


def shorter_batches(writes, table):
    """Writes of a batch without one of them, one alone, and with one whose item lacks an attribute, or has a key that
    suits the table."""
    for at, write in enumerate(writes):
        if len(writes) > 1:
            yield [write]
            yield writes[:at] + writes[at + 1:]
        for kind, part in write.items():
            keys = table.key_names() if table else ()
            less = [{"Item": without(part["Item"], name)} for name in part.get("Item", ()) if name not in keys]
            yield from (writes[:at] + [{kind: other}] + writes[at + 1:]
                        for other in less + (list(repaired_keys(part, table)) if table else []))


def reductions(operation, body, tables):
    """Requests that are a little less than `body`."""
    text = json.dumps(body)
    others = [table for table in tables.values() if f'"{table.name}"' not in text] or list(tables.values())
    any_table = next((table for table in others if table.range_key), next(iter(others), None))
    if "no-such-table" in text and any_table:
        yield renamed(body, {"no-such-table": any_table.name})
    if operation.startswith("Transact"):
        actions = body["TransactItems"]
        for at, action in enumerate(actions) if len(actions) > 1 else ():
            yield {**body, "TransactItems": [action]}
            yield {**body, "TransactItems": actions[:at] + actions[at + 1:]}
        for at, action in enumerate(actions):
            for kind, part in action.items():
                required = REQUIRED + REQUIRED_OF.get(kind, ())
                for smaller in reductions_of_part(part, tables.get(part["TableName"], any_table), required):
                    yield {**body, "TransactItems": actions[:at] + [{kind: smaller}] + actions[at + 1:]}
        yield from (without(body, name) for name in body if name != "TransactItems")
    elif operation.startswith("Batch"):
        wanted = body["RequestItems"]
        for name, part in wanted.items():
            if len(wanted) > 1:
                yield {**body, "RequestItems": without(wanted, name)}
            table = tables.get(name, any_table)
            smaller_parts = reductions_of_part(part, table) if isinstance(part, dict) else shorter_batches(part, table)
            for smaller in smaller_parts:
                yield {**body, "RequestItems": {**wanted, name: smaller}}
    else:
        table = tables.get(body["TableName"], any_table)
        if operation == "Query" and table:
            yield from repaired_key_conditions(body, table)
        if operation == "CreateTable":
            yield from repaired_tables(body)
        yield from reductions_of_part(body, table)


class Faults:
    """`agree(ours, theirs)` says whether two answers tell of the same fault, `send(operation, body)` what a server
    answers without harm to the tables of the run."""

    def __init__(self, tables, agree):
        self.tables = tables
        self.agree = agree

    def finds(self, send, request, wanted, swapped):
        """Whether the server answers `wanted` to something less than the request."""
        # A token that was taken would be a fault of each smaller request.
        whole = request.body if "Idempotent" in wanted.told else without(request.body, "ClientRequestToken")
        first, smallest, seen, trials = collections.deque([whole]), [], set(), 0
        while first or smallest:
            # In turn one of the least reduced, and one of the smallest, which soon ends at single faults.
            body = first.popleft() if first and (trials % 2 == 0 or not smallest) else heapq.heappop(smallest)[2]
            for smaller in reductions(request.operation, body, self.tables):
                text = json.dumps(smaller, sort_keys=True)
                if text in seen:
                    continue
                seen.add(text)
                trials += 1
                if trials > MAX_TRIALS:
                    return False
                answer = send(request.operation, copy.deepcopy(smaller))
                if self.agree(*((wanted, answer) if swapped else (answer, wanted))):
                    return True
                if not answer.succeeded and "Member must not be null" not in answer.told:  # what is required is needed
                    first.append(smaller)
                    heapq.heappush(smallest, (len(text), trials, smaller))
        return False
