"""Where DynamoDB Local of 2020 is not what AWS is today: differences that are meant. docs/compatibility.md has each
with its reason and the page of AWS's documentation."""

import copy
import json
import re
from dataclasses import dataclass
from typing import Callable

import missing_items
import rewritings
from probe import faults_of
from wordings import are_the_same


@dataclass
class Excuse:
    """A difference in errors: `ours` and `theirs` are patterns of the whole "Error: message", or "success"."""
    id: str
    ours: str
    theirs: str
    applies: Callable = lambda request, ours, theirs, probe: True

    def excuses(self, request, ours, theirs, probe):
        return (re.fullmatch(self.ours, ours.told, re.DOTALL) and re.fullmatch(self.theirs, theirs.told, re.DOTALL) and
                self.applies(request, ours, theirs, probe))


@dataclass
class Rewriting:
    """A difference in successful answers: `rewrite` makes of DynamoDB Local's body what AWS would answer."""
    id: str
    rewrite: Callable  # of the request, our body, theirs, and the tables by name


# --- What an excuse asks beside the messages --------------------------------------------------------------------------


def is_other_wording(request, ours, theirs, probe):
    return are_the_same(ours.told, theirs.told)


def have_both_faults(request, ours, theirs, probe):
    return probe.have_both_faults(request, ours, theirs)


def ours_has_their_fault(request, ours, theirs, probe):
    """For transactions, whose faults may be in any of several actions: what we say of an expression, single requests
    hold; here it is enough that we know their fault as well."""
    return request.operation == "TransactWriteItems" and probe.ours_finds(request, ours, theirs)


def theirs_has_our_fault(request, ours, theirs, probe):
    return probe.theirs_finds(request, ours, theirs)


def updates_a_key(request, ours, theirs, probe):
    """Whether an action of the transaction sets the key attribute that we name, and we know their fault as well."""
    attribute = re.search(r"Cannot update attribute (\S+)\.", ours.message)[1]
    updates = [action["Update"] for action in request.body.get("TransactItems", []) if "Update" in action]
    return (any(attribute in probe.tables[update["TableName"]].key_names() and names_attribute(update, attribute)
                for update in updates if update["TableName"] in probe.tables) and
            ours_has_their_fault(request, ours, theirs, probe))


def adds_to_that_key(request, ours, theirs, probe):
    """Whether the update adds to the key of an index that we name: a value of a wrong type is both servers' fault."""
    attribute = re.search(r"Index Key (\S+)", ours.message)[1]
    return (request.operation == "UpdateItem" and "ADD" in request.body.get("UpdateExpression", "") and
            names_attribute(request.body, attribute))


def has_one_item_twice(request, ours, theirs, probe):
    """Whether two actions of the transaction are about one item, and we know their fault as well."""
    return any(repetitions(request, probe)) and ours_has_their_fault(request, ours, theirs, probe)


def fails_the_second_time(request, ours, theirs, probe):
    """Whether a condition fails in an action about an item that an earlier action is about, and no other does."""
    codes = [reason["Code"] for reason in theirs.body["CancellationReasons"]]
    repeated = repetitions(request, probe)
    return (set(codes) == {"None", "ConditionalCheckFailed"} and
            all(again for code, again in zip(codes, repeated) if code != "None"))


def repetitions(request, probe):
    """Of each action of the transaction, whether it is about an item that an earlier one is about."""
    parts = [part for action in request.body.get("TransactItems", []) for part in action.values()]
    keys = []
    for part in parts:
        table, attributes = probe.tables.get(part["TableName"]), part.get("Key", part.get("Item", {}))
        keys.append((part["TableName"], [rewritings.plain_numbers(attributes.get(name)) for name in table.key_names()])
                    if table else (part["TableName"], attributes))
    return [key in keys[:at] for at, key in enumerate(keys)]


def repeats_a_number(request, ours, theirs, probe):
    """Whether two actions are about one item whose key has a number that is not in its plain form."""
    parts = [part for action in request.body.get("TransactItems", []) for part in action.values()]
    odd = [rewritings.plain_numbers(key) != key for key in (part.get("Key", part.get("Item")) for part in parts)]
    return any(again and is_odd for again, is_odd in zip(repetitions(request, probe), odd))


def names_attribute(update, attribute):
    names = [attribute] + [placeholder for placeholder, name in update.get("ExpressionAttributeNames", {}).items()
                           if name == attribute]
    return any(re.search(rf"(?<![\w#:]){re.escape(name)}\b", update["UpdateExpression"]) for name in names)


def filled(value):
    """The request without empty strings and binaries."""
    if isinstance(value, dict):
        if value in ({"S": ""}, {"B": ""}):
            return {"S": "x"} if "S" in value else {"B": "eA=="}
        return {name: filled(member) for name, member in value.items()}
    return [filled(element) for element in value] if isinstance(value, list) else value


def agree_once_filled(request, ours, theirs, probe):
    """Whether both answer alike when the empty values are not empty, or for faults that both know."""
    body = filled(request.body)
    if body == request.body:
        return False
    changed = copy.copy(request)
    changed.body = body
    one, other = probe.ask(changed)
    if other.error == "InternalFailure":  # it fails over something else; then what we say must have nothing to do with it
        return not ours.succeeded and one.told == ours.told
    # Where ours has changed the item, a condition may not hold any more.
    return (other.succeeded and (ours.succeeded or one.succeeded) or are_the_same(one.told, other.told) or
            any(rule.id not in ("empty-values", "internal-failure") and rule.excuses(changed, one, other, probe)
                for rule in EXCUSES))


def agree_without_removals(request, ours, theirs, probe):
    """Whether DynamoDB Local may have refused the path of a removal, and both answer the rest alike. What is wrong with
    the removals themselves we may tell."""
    removals = missing_items.removals_of(request)
    if not removals or request.operation == "UpdateItem":
        return bool(removals) and ours.succeeded
    if "Invalid UpdateExpression" in ours.message or any(repetitions(request, probe)):
        return True
    rest = [action for action in request.body["TransactItems"] if action.get("Update") not in removals]
    if not rest:
        return ours.succeeded
    changed = copy.copy(request)
    changed.body = {**{name: value for name, value in request.body.items() if name != "ClientRequestToken"},
                    "TransactItems": rest}
    one, other = probe.ask(changed)
    return ours.error == one.error and (one.told == other.told or any(
        rule.excuses(changed, one, other, probe) for rule in EXCUSES))


def starts_on_a_bound(request, ours, theirs, probe):
    """Whether the query goes on behind an item on the bound of its condition, where we find nothing more."""
    table = probe.tables.get(request.body.get("TableName"))
    index = next((index for index in table.indexes if index.name == request.body.get("IndexName")), table) if table else None
    return (request.operation == "Query" and index and index.range_key and ours.body.get("ScannedCount") == 0 and
            rewritings.is_bound(request, request.body["ExclusiveStartKey"][index.range_key[0]]))


def is_reason(request, ours, theirs, probe):
    """Whether it is one of our reasons for cancelling what DynamoDB Local tells as an error of the whole."""
    return any(are_the_same(fault, theirs.told) for fault in faults_of(ours))


def is_their_reason(request, ours, theirs, probe):
    return any(are_the_same(ours.told, fault) for fault in faults_of(theirs))


def has_nothing_else(request, ours, theirs, probe):
    """Whether DynamoDB Local, which does not know our fault, is content, or has one that we find as well."""
    return theirs.succeeded or probe.ours_finds(request, ours, theirs)


def is_lenient_table(request, ours, theirs, probe):
    """Whether DynamoDB Local, which does not know our fault, is content, or finds one that we find as well; for the
    throughput that an index of an on-demand table has there, that it would not change."""
    if request.operation == "UpdateTable":
        return theirs.succeeded or ("PAY_PER_REQUEST" in ours.message and
                                    theirs.message == "The requested throughput value equals the current value")
    return request.operation == "CreateTable" and has_nothing_else(request, ours, theirs, probe)


def defines_them_already(request, ours, theirs, probe):
    """Whether the new index has keys that are known as keys of the table or of another index."""
    table = probe.tables.get(request.body["TableName"])
    known = dict(table.keys() + [key for index in table.indexes for key in index.keys()]) if table else {}
    return request.operation == "UpdateTable" and set(re.fullmatch(UNDEFINED, ours.told)[1].split(", ")) <= known.keys()


def lacks_no_throughput(request, ours, theirs, probe):
    """Whether the change itself gives throughput to each index that it makes: so what DynamoDB Local misses is that of an
    index that was there before, which it says before anything else."""
    changes = request.body.get("GlobalSecondaryIndexUpdates", [])
    return request.operation == "UpdateTable" and all(
        "ProvisionedThroughput" in change["Create"] for change in changes if "Create" in change)


def is_unprojected(request, ours, theirs, probe):
    """Whether the index does not hold what we say that it does not."""
    table = probe.tables.get(request.body["TableName"])
    index = next((index for index in table.indexes if index.name == request.body.get("IndexName")), None)
    if not index or index.projection["ProjectionType"] == "ALL":
        return False
    held = dict(table.keys() + index.keys()).keys() | set(index.projection.get("NonKeyAttributes", []))
    named = re.search(r"\[(.*)\]$", ours.message)
    return ((not named or not held & set(named[1].split(", "))) and has_nothing_else(request, ours, theirs, probe))


def checks_a_condition(request, ours, theirs, probe):
    return (request.operation == "TransactWriteItems" and
            any("ConditionCheck" in action for action in request.body["TransactItems"]) and
            has_nothing_else(request, ours, theirs, probe))


UNPROJECTED = (r"ValidationException: One or more parameter values were invalid: (Global secondary index \S+ does not project "
               r"\[.*\]|Secondary index \S+ does not project one or more filter attributes: \[.*\]|Select type "
               r"ALL_ATTRIBUTES is not supported for global secondary index \S+ because its projection type is not ALL)")
UNDEFINED = (r"ValidationException: One or more parameter values were invalid: Some index key attributes are not defined in "
             r"AttributeDefinitions\. Keys: \[(.*)\], .*")
LENIENT = (r"ValidationException: One or more parameter values were invalid: (Neither ReadCapacityUnits nor WriteCapacityUnits "
           r"can be specified when BillingMode is PAY_PER_REQUEST|ProvisionedThroughput should not be specified for index: "
           r"\S+ when BillingMode is PAY_PER_REQUEST|Some AttributeDefinitions are not used\. .*|ProvisionedThroughput must "
           r"be specified .*|ProvisionedThroughput is not specified for index: \S+)|ValidationException: Given value \d+ for \w+ is out of bounds")
EMPTY = (r"ValidationException: .*One or more parameter values were invalid: An AttributeValue may not contain (an empty "
         r"string|a null or empty binary type\.).*|ValidationException: .*may not have a empty string.*")
CANCELLED = r"TransactionCanceledException: .*ValidationError.*"
# Of an update that does not suit the item.
UNSUITED = (r"(The document path provided in the update expression is invalid for update|The provided expression refers to an "
            r"attribute that does not exist in the item|An operand in the update expression has an incorrect data type|"
            r"DynamoDB only supports precision up to 38 digits)")
INDEX_KEY = r"The update expression attempted to update the secondary index key (to unsupported type|beyond allowed size limits)"

EXCUSES = [
    Excuse("wording", r".*", r".*", is_other_wording),
    Excuse("internal-failure", r"(?!Internal).*", r"InternalFailure: .*"),
    Excuse("transaction-validation", CANCELLED, r"ValidationException: .*", is_reason),
    Excuse("transaction-validation", r"ValidationException: (Key attributes must be scalars; .*|.* Cannot update attribute .*|"
           r"The provided key element does not match the schema)", CANCELLED, is_their_reason),
    Excuse("order", r"(?!Internal|success).*", r"(?!Internal|success).*", have_both_faults),
    Excuse("order", r"ValidationException: (Invalid \w+Expression: |ExpressionAttribute|Value provided in Expression).*",
           r"(?!Internal|success).*", ours_has_their_fault),
    Excuse("order", r"ValidationException: .* Cannot update attribute .*", r"(?!Internal|success).*", updates_a_key),
    Excuse("order", r"ValidationException: .* The update expression attempted to update a secondary index key to a value .*",
           r"(?!Internal|success).*", ours_has_their_fault),
    Excuse("order", r"ValidationException: Transaction request cannot include multiple operations on one item",
           r"(?!Internal|success).*", has_one_item_twice),
    Excuse("order", r"ValidationException: Transaction request cannot include multiple operations on one item",
           r"TransactionCanceledException: .*", fails_the_second_time),
    Excuse("order", r"ValidationException: Transaction request cannot include multiple operations on one item",
           rf"ValidationException: {UNSUITED}",  # to what an earlier action left
           lambda request, ours, theirs, probe: any(repetitions(request, probe))),
    Excuse("number-text", r"ValidationException: Transaction request cannot include multiple operations on one item",
           r"success|TransactionCanceledException: .*", repeats_a_number),
    Excuse("order", r"ValidationException: Filter Expression can only contain non-primary key attributes: .*",
           r"ValidationException: Key attributes must be scalars; .*", theirs_has_our_fault),
    Excuse("unprojected", UNPROJECTED, r"success|ValidationException: .*", is_unprojected),
    Excuse("older-parameters", r"ValidationException: .* ComparisonOperator (NOT_)?CONTAINS is not valid for (BOOL|NULL) "
           r"AttributeValue type|ValidationException: .* Duplicate value in attribute name: .*", r".*", has_nothing_else),
    Excuse("lenient-tables", LENIENT, r"success|ValidationException: .*",
           is_lenient_table),
    Excuse("lenient-tables", UNDEFINED, r"success", defines_them_already),
    Excuse("strict-tables", r"success", r"ValidationException: The requested throughput value equals the current value",
           lambda request, ours, theirs, probe: request.operation == "UpdateTable"),
    Excuse("strict-tables", r"success|ValidationException: .*", r"ValidationException: Global Secondary Index's read and write "
           r"throughput must be at least 1, and cannot be null", lacks_no_throughput),
    Excuse("condition-check-paths", r"ValidationException: Key attributes must be scalars; .*", r".*", checks_a_condition),
    Excuse("index-key-types", rf"ValidationException: {INDEX_KEY}", r".*", has_nothing_else),
    Excuse("index-key-types", r"ValidationException: One or more parameter values were invalid: (Type mismatch for Index Key|"
           r"Size of \w+ has exceeded) .* IndexName: .*", r".*",
           lambda request, *rest: request.operation == "UpdateItem" and has_nothing_else(request, *rest)),
    Excuse("index-key-types", r"ValidationException: One or more parameter values were invalid: Type mismatch for Index Key .*",
           r"ValidationException: An operand in the update expression has an incorrect data type", adds_to_that_key),
    Excuse("index-key-types", r"ValidationException: One or more parameter values are not valid\. A value specified for a "
           r"secondary index key is not supported\..*", r"ConditionalCheckFailedException: .*",
           lambda request, *rest: request.operation == "UpdateItem" and has_nothing_else(request, *rest)),
    Excuse("index-key-types", CANCELLED, rf"success|ValidationException: ({UNSUITED}|Key attributes must be scalars; .*)|{CANCELLED}|TransactionCanceledException: "
           r".*ConditionalCheckFailed.*",
           lambda request, ours, theirs, probe: re.search(rf"{INDEX_KEY}|Type mismatch for Index Key|IndexName: ", json.dumps(ours.body))),
    Excuse("last-key", r"success", r"ValidationException: The provided starting key does not match the range key predicate",
           starts_on_a_bound),
    Excuse("missing-item", r".*", r"ValidationException: The document path provided in the update expression is invalid for "
           r"update", agree_without_removals),
    Excuse("missing-item", r"success", CANCELLED, lambda request, *rest: missing_items.removals_of(request)),
    Excuse("empty-values", r".*", EMPTY, agree_once_filled),
]

REWRITINGS = [
    Rewriting("number-text", rewritings.with_numbers),
    Rewriting("unasked-capacity", rewritings.without_unasked_capacity),
    Rewriting("empty-item", rewritings.without_empty_items),
    Rewriting("least-capacity", rewritings.with_least_capacity),
    Rewriting("transaction-capacity", rewritings.with_transaction_capacity),
    Rewriting("write-capacity", rewritings.with_write_capacity),
    Rewriting("local-keys", rewritings.with_local_keys),
    Rewriting("updated-part", rewritings.with_updated_part),
    Rewriting("missing-item", rewritings.without_made_item),
    Rewriting("last-key", rewritings.with_last_key),
    Rewriting("wording", rewritings.with_reason_wording),
    Rewriting("table-description", rewritings.as_described_today),
]


def rules_for(request, ours, theirs, normal_ours, normal_theirs, probe):
    """The ids of the rules that explain the difference, none when it is not explained; and what is left of the normal
    form of their answer once the rules have rewritten it. `probe` asks more of the servers."""
    if ours.told != theirs.told:
        ids = (rule.id for rule in EXCUSES if rule.excuses(request, ours, theirs, probe))
        return [id for id in [next(ids, None)] if id], normal_theirs
    used = []
    for rule in REWRITINGS:
        before = json.dumps(normal_theirs, sort_keys=True)
        normal_theirs = rule.rewrite(request, normal_ours, normal_theirs, probe.tables)
        if json.dumps(normal_theirs, sort_keys=True) != before:
            used.append(rule.id)
    return (used if normal_ours == normal_theirs else []), normal_theirs
