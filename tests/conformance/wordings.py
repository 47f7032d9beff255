"""The same fault in other words: DynamoDB Local's message, then AWS's and ours, whole. What stands in braces is any
text, and the same text on both sides where the name is the same."""

import re

from normal_form import with_sorted_names

VALIDATION = (
    # Values
    ("A value provided cannot be converted into a number", "The parameter cannot be converted to a numeric value{rest}"),
    ("DynamoDB only supports precision up to 38 digits",
     "Number overflow. Attempting to store a number with magnitude larger than supported range"),
    ("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: {name}",
     "KeyConditionExpressions cannot have conditions on nested attributes"),
    ("DynamoDB only supports precision up to 38 digits",
     "Attempting to store more than 38 significant digits in a Number"),
    ("Sets cannot be empty", "One or more parameter values were invalid: An {kind} set  may not be empty"),
    ("Sets cannot be empty", "One or more parameter values were invalid: Binary sets should not be empty"),
    ("One or more parameter values were invalid: Input collection {sent} contains duplicates",
     "One or more parameter values were invalid: Input collection {sorted} contains duplicates."),
    ("Input collection contains duplicates", "One or more parameter values were invalid: Input collection contains duplicates."),
    ("One or more parameter values were invalid: Input collection of type BS contains duplicates.",
     "One or more parameter values were invalid: Input collection {elements}of type BS contains duplicates."),
    ("One or more parameter values were invalid: {Kind} action with value is not supported for the type {any}",
     "One or more parameter values were invalid: {Kind} action with value is not supported for the type {type}"),
    ("One or more parameter values were invalid: ADD action is not supported for the type {any}",
     "One or more parameter values were invalid: ADD action is not supported for the type {type}"),
    ("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit",
     "Nesting Levels have exceeded supported limits"),
    # Keys and items
    ("The number of conditions on the keys is invalid", "The provided key element does not match the schema"),
    ("One of the required keys was not given a value", "The provided key element does not match the schema"),
    ("One of the required keys was not given a value",
     "One or more parameter values were invalid: Missing the key {key} in the item"),
    ("Type mismatch for attribute to update", "The provided key element does not match the schema"),
    ("Invalid attribute value type", "The provided key element does not match the schema"),
    ("Type mismatch for attribute to update",
     "One or more parameter values were invalid: Type mismatch for key {key} expected: {type} actual: {other}"),
    ("Invalid attribute value type",
     "One or more parameter values were invalid: Type mismatch for key {key} expected: {type} actual: {other}"),
    ("Invalid attribute value type",
     "One or more parameter values were invalid: Type mismatch for Index Key {key} Expected: {type} Actual: {other} "
     "IndexName: {index}"),
    ("Type mismatch for attribute to update",
     "One or more parameter values were invalid: Type mismatch for Index Key {key} Expected: {type} Actual: {other} "
     "IndexName: {index}"),
    ("Type mismatch for Index Key",
     "One or more parameter values were invalid: Type mismatch for Index Key {key} Expected: {type} Actual: {other} "
     "IndexName: {index}"),
    ("Updates on index keys must be of the same data type as the key attribute",
     "One or more parameter values were invalid: Type mismatch for Index Key {key} Expected: {type} Actual: {other} "
     "IndexName: {index}"),
    ("Updates on index keys must be of the same data type as the key attribute",
     "The update expression attempted to update the secondary index key to unsupported type"),
    ("Hash primary key values must be under 2048 bytes, and range primary key values must be under 1024 bytes",
     "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"),
    ("Hash primary key values must be under 2048 bytes, and range primary key values must be under 1024 bytes",
     "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 "
     "bytes"),
    ("One or more parameter values were invalid: Size limit exceeded{rest}",
     "One or more parameter values were invalid: Size of {part} has exceeded the maximum size limit of {more}"),
    ("This attribute is part of the key",
     "One or more parameter values were invalid: Cannot update attribute {key}. This attribute is part of the key"),
    ("Cannot have two attributes with the same name",
     "One or more parameter values were invalid: Duplicate value in attribute name: {name}"),
    ("ExpressionAttributeValues can only be specified when using expressions: {null}",
     "ExpressionAttributeValues can only be specified when using expressions"),
    ("Return values set to invalid value", "ReturnValues can only be ALL_OLD or NONE"),
    # Expressions
    ("Invalid {Expression}: The BETWEEN operator requires {what}; lower bound operand: {low}, upper bound operand: {high}",
     "Invalid {Expression}: The BETWEEN operator requires {what}; lower bound operand: AttributeValue: {a}, upper bound "
     "operand: AttributeValue: {b}"),
    ("Invalid {Expression}: Invalid attribute type name found; type: {type}, valid types: {any}",
     "Invalid {Expression}: Invalid attribute type name found; type: {type}, valid types: {types}"),
    ("Invalid {Expression}: Incorrect operand type for operator or function; operator or function: attribute_type, operand "
     "type: {any}",
     "Invalid {Expression}: Incorrect operand type for operator or function; operator or function: attribute_type, operand "
     "type: {types}"),
    ("Invalid {Expression}: Expression size has exceeded the maximum allowed size;",
     "Invalid {Expression}: Expression size has exceeded the maximum allowed size; expression size: {size}"),
    ("Invalid KeyConditionExpression: Expression size has exceeded the maximum allowed size; expression size: {size}",
     "Invalid KeyConditionExpression: Expression size has exceeded the maximum allowed size;"),
    ("Invalid UpdateExpression: Incorrect operand type for operator or function; operator: {action}, operand type: {type}",
     "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: {action}, operand type: {type}, "
     "typeSet: ALLOWED_FOR_ADD_OPERAND"),
    ("Invalid UpdateExpression: Incorrect operand type for operator or function; operator: {action}, operand type: BOOLEAN",
     "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: {action}, operand type: BOOL, "
     "typeSet: ALLOWED_FOR_ADD_OPERAND"),
    # It counts the left operand as well.
    ("Invalid {Expression}: The IN operator is provided with too many operands; number of operands: 102",
     "Invalid {Expression}: The IN operator is provided with too many operands; number of operands: 101"),
    # Which two paths: any of those that overlap.
    ("Invalid {Expression}: Two document paths overlap with each other; must remove or rewrite one of these paths; "
     "{any}",
     "Invalid {Expression}: Two document paths overlap with each other; must remove or rewrite one of these paths; "
     "{paths}"),
    # Queries and scans
    ("Query condition missed key schema element", "Query condition missed key schema element: {key}"),
    ("Conditions can be of length 1 or 2 only", "Attempted conditional constraint is not an indexable operation"),
    ("Conditions can be of length 1 or 2 only",
     "The number of query conditions ({conditions}) exceeds the number of key attributes defined in the schema ({keys})"),
    ("KeyConditionExpressions must only contain one condition per key",
     "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"),
    ("Only scalar types can be used as {Part} Key values", "Attempted conditional constraint is not an indexable operation"),
    ("Query key condition not supported", "Attempted conditional constraint is not an indexable operation"),
    ("Cannot specify the {parameter} when choosing to get {selection}",
     "1 validation error detected: Cannot specify the {parameter} when choosing to get {selection}"),
    ("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
     "1 validation error detected: ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"),
    ("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
     "1 validation error detected: Must specify the AttributesToGet or ProjectionExpression when choosing to get "
     "SPECIFIC_ATTRIBUTES"),
    ("Consistent read cannot be true when querying a GSI",
     "Consistent reads are not supported on global secondary indexes"),
    ("Consistent read cannot be true when scaning a GSI",
     "Consistent reads are not supported on global secondary indexes"),
    ("If segment is specified, total segment must also{rest}",
     "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"),
    ("If total segments is specfied{rest}",
     "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"),
    ("1 validation error detected: Value '{segment}' at 'segment'{rest}",
     "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: {segment} is not less "
     "than TotalSegments: {total}"),
    ("Exclusive Start Key must have same size as table's key schema", "The provided starting key is invalid"),
    ("Exclusive Start Key must have same size as table's key schema",
     "The provided starting key is invalid: The provided key element does not match the schema"),
    ("The provided starting key is invalid", "The provided starting key is invalid: {cause}"),
    ("The provided starting key is invalid: {cause}", "The provided starting key is invalid"),
    ("Exclusive start key must lie within the segment",
     "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct "
     "Segment. TotalSegments: {total} Segment: {segment}"),
    ("The provided starting key does not match the range key predicate",
     "The provided starting key is outside query boundaries based on provided conditions"),
    ("The provided starting key does not match the range key predicate",
     "The query can return at most one row and cannot be restarted"),
    # Tables
    ("No Hash Key specified in schema.  All Dynamo DB tables must have exactly one hash key",
     "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
    ("Too many hash keys specified.  All Dynamo DB tables must have exactly one hash key",
     "Both the Hash Key and the Range Key element in the KeySchema have the same name"),
    ("Too many hash keys specified.  All Dynamo DB tables must have exactly one hash key",
     "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"),
    ("Cannot have two attributes with the same name",
     "One or more parameter values were invalid: Duplicate AttributeName in AttributeDefinitions: {name}"),
    ("No Attribute Schema Defined",
     "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. "
     "Keys: {keys}, AttributeDefinitions: {definitions}"),
    ("Two keys can not have the same name",
     "Both the Hash Key and the Range Key element in the KeySchema have the same name"),
    ("Key Schema too big.  Key Schema must at most consist of the hash and range key of a table",
     "1 validation error detected: Value '{keys}' at '{path}' failed to satisfy constraint: Member must have length less "
     "than or equal to 2"),
    ("{Part} Key not specified in Attribute Definitions.  Type unknown.",
     "Invalid KeySchema: Some index key attribute have no definition"),
    ("Two keys can not have the same name", "Invalid KeySchema: Some index key attribute have no definition"),
    ("{Part} Key not specified in Attribute Definitions.  Type unknown.",
     "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. "
     "Keys: {keys}, AttributeDefinitions: {definitions}"),
    ("{Which} Secondary Index {part} key not specified in Attribute Definitons.Type unknown.",
     "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. "
     "Keys: {keys}, AttributeDefinitions: {definitions}"),
    ("The number of attributes in key schema must match the number of attributesdefined in attribute definitions.",
     "One or more parameter values were invalid: Some AttributeDefinitions are not used. AttributeDefinitions: "
     "{definitions}, keys used: {keys}"),
    ("The number of attributes in key schema must match the number of attributesdefined in attribute definitions.",
     "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of "
     "attributes defined in AttributeDefinitions"),
    ("GSI list is empty/invalid",
     "One or more parameter values were invalid: List of GlobalSecondaryIndexes is empty"),
    ("LSI list is empty/invalid", "One or more parameter values were invalid: List of LocalSecondaryIndexes is empty"),
    ("GlobalSecondaryIndex count exceeds the per-table limit",
     "One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table limit of 20"),
    ("Cannot have more than 5 local secondary indexes per table",
     "One or more parameter values were invalid: Number of LocalSecondaryIndexes exceeds per-table limit of 5"),
    ("Cannot increase provisioned throughput to more than 40,000 units per table",
     "Given value {units} for {Which} is out of bounds"),
    ("Two global secondary indicies have the same name",
     "One or more parameter values were invalid: Duplicate index name: {index}"),
    ("Indexes must have a projection specified",
     "One or more parameter values were invalid: Unknown ProjectionType: null"),
    ("If Projection type INCLUDE is specified, some non-key attributes to include in the projection must be specified as "
     "well",
     "One or more parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is not specified"),
    ("No attributes should be specified to be projected unless projection type is INCLUDE",
     "One or more parameter values were invalid: ProjectionType is {type}, but NonKeyAttributes is specified"),
    ("Local Secondary indices are not allowed on hash tables{rest}",
     "One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when "
     "specifying a LocalSecondaryIndex"),
    ("Local secondary indices must have a range key",
     "One or more parameter values were invalid: Index KeySchema does not have a range key for index: {index}"),
    ("Local Secondary indices must have the same hash key as the main table",
     "One or more parameter values were invalid: {what} same leading hash key {more}"),
    ("No provisioned throughput specified for the table",
     "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when "
     "BillingMode is PROVISIONED"),
    ("No provisioned throughput specified for the table",
     "One or more parameter values were invalid: ProvisionedThroughput must be specified when BillingMode is PROVISIONED"),
    ("No provisioned throughput specified for the global secondary index",
     "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when "
     "BillingMode is PROVISIONED"),
    ("No provisioned throughput specified for the global secondary index",
     "One or more parameter values were invalid: ProvisionedThroughput is not specified for index: {index}"),
    ("Invalid StreamViewType: Stream StreamEnabled was false but a StreamViewType was present.",
     "One or more parameter values were invalid: Table is being created with a stream disabled, UpdateViewType should not "
     "be specified"),
    ("Invalid StreamViewType: Stream StreamEnabled was false but a StreamViewType was present.",
     "One or more parameter values were invalid: StreamViewType must not be specified when StreamEnabled is false"),
    ("Invalid StreamViewType: Stream ViewType must not be null or empty when enabling streams.",
     "One or more parameter values were invalid: StreamViewType must be specified when StreamEnabled is true"),
    ("Nothing to update",
     "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
     "SSESpecification or ReplicaUpdates is required"),
    ("The requested throughput value equals the current value",
     "The provisioned throughput for the table will not change. The requested value equals the current value. {rest}"),
    ("Update global secondary index action is null",
     "One or more parameter values were invalid: One of GlobalSecondaryIndexUpdate.Update, "
     "GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null"),
    ("Only one global secondary index update per index is allowed simultaneously.",
     "One or more parameter values were invalid: Only one global secondary index update per index is allowed "
     "simultaneously. Index: {index}"),
    ("Table already has an enabled stream", "Table already has an enabled stream: TableName: {table}"),
    ("Table has no stream to disable", "Table has no stream to disable: TableName: {table}"),
    ("TimeToLive is active on a different AttributeName",
     "TimeToLive is active on a different AttributeName: current AttributeName is {attribute}"),
)

# With the errors' names, where these differ or are others.
OTHERS = (
    ("ResourceInUseException: Cannot create preexisting table", "ResourceInUseException: Table already exists: {table}"),
    ("ValidationException: Invalid global secondary index name",
     "ResourceNotFoundException: Requested resource not found"),
    ("ResourceNotFoundException: Cannot do operations on a non-existent table",
     "ResourceNotFoundException: Requested resource not found"),
    ("ResourceNotFoundException: Cannot do operations on a non-existent table",
     "ResourceNotFoundException: Requested resource not found: Table: {table} not found"),
    # Streams
    ("ResourceNotFoundException: Shard does not exist",
     "ResourceNotFoundException: Requested resource not found: Shard does not exist"),
    ("ResourceNotFoundException: Stream does not exist",
     "ResourceNotFoundException: Requested resource not found: Stream: {stream} not found"),
    ("IdempotentParameterMismatchException: ",
     "IdempotentParameterMismatchException: The provided client token was already used with a different request; use a new "
     "token for it"),
    ("InternalFailure: The request processing has failed because of an unknown error, exception or failure.",
     "ValidationException: Attempted conditional constraint is not an indexable operation"),
    # It names the error of a transaction, and tells of it as of a single action.
    ("TransactionCanceledException: The number of conditions on the keys is invalid",
     "ValidationException: The provided key element does not match the schema"),
    ("TransactionCanceledException: Type mismatch for attribute to update",
     "ValidationException: The provided key element does not match the schema"),
    ("TransactionCanceledException: Invalid attribute value type",
     "ValidationException: The provided key element does not match the schema"),
    ("TransactionCanceledException: One of the required keys was not given a value",
     "ValidationException: The provided key element does not match the schema"),
)


def pattern_of(template, seen):
    """A pattern for the whole text; names that were `seen` before must stand for the same text again."""
    parts = []
    for at, part in enumerate(re.split(r"\{(\w+)\}", template)):
        if at % 2 == 0:
            parts.append(re.escape(part))
        elif part in seen:
            parts.append(f"(?P={part})")
        else:
            seen.add(part)
            parts.append(f"(?P<{part}>.*)")
    return "".join(parts)


def compiled(pairs, prefix=""):
    patterns = []
    for theirs, ours in pairs:
        seen = set()
        left, right = pattern_of(prefix + theirs, seen), pattern_of(prefix + ours, seen)
        patterns.append(re.compile(f"{left}\n{right}", re.DOTALL))
    return patterns


PATTERNS = compiled(VALIDATION, "ValidationException: ") + compiled(OTHERS)
IN_VALUES = re.compile(r"^ValidationException: ExpressionAttributeValues contains invalid value: (.*) for key (:.*)$", re.DOTALL)
BAD_START_KEY = "The provided starting key is invalid"
IN_START_KEY = re.compile(r"^ValidationException: The provided starting key is invalid: (.*)$", re.DOTALL)


def are_the_same(ours, theirs):
    """Whether two texts of the form "Error: message" tell of the same fault."""
    ours, theirs = with_sorted_names(ours), with_sorted_names(theirs)
    if ours == theirs:
        return True
    other = IN_VALUES.match(theirs)  # AWS says of scans only where a value stands
    own = IN_VALUES.match(ours)
    if other and own and other[2] != own[2]:
        return False
    if other and are_the_same(f"ValidationException: {own[1]}" if own else ours, f"ValidationException: {other[1]}"):
        return True
    if any(pattern.fullmatch(f"{theirs}\n{ours}") for pattern in PATTERNS):
        return True
    if ours == f"ValidationException: {BAD_START_KEY}":  # which says no more of a key that is not the table's
        return are_the_same("ValidationException: The provided key element does not match the schema", theirs)
    # Only we and AWS say of a value that it stands in a start key.
    own = IN_START_KEY.match(ours)
    return bool(own) and are_the_same(f"ValidationException: {own[1]}", theirs)
