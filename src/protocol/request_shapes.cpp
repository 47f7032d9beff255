#include "protocol/request_shapes.h"

#include <array>

// The shapes of DynamoDB's requests, as the Amazon DynamoDB API Reference gives them. Bounds that DynamoDB checks with
// another message are checked where that message is made.
namespace mrgc::protocol {
namespace {

using Kind = Shape::Kind;

// --- Parts of many requests ---------------------------------------------------------------------------------------

constexpr Shape kText{.kind = Kind::kString, .java_class = "String"};
constexpr Shape kFlag{.kind = Kind::kBoolean};
constexpr Shape kValue{.kind = Kind::kAttributeValue, .java_class = "AttributeValue"};
constexpr Shape kValues{.kind = Kind::kList, .element = &kValue};
constexpr Shape kValueMap{.kind = Kind::kMap, .element = &kValue};
constexpr Shape kNameMap{.kind = Kind::kMap, .element = &kText};
constexpr Shape kTexts{.kind = Kind::kList, .element = &kText};
constexpr Shape kTableName{.kind = Kind::kString, .min = 3, .max = 255, .name_characters = true};
constexpr Shape kIndexName{.kind = Kind::kString, .max = 255, .name_characters = true, .name_min = 3};
constexpr Shape kTable{.kind = Kind::kString, .max = 255, .name_characters = true, .name_min = 3, .or_arn = true};
constexpr Shape kTableKey{.kind = Kind::kString, .min = 3, .max = 255, .name_characters = true, .or_arn = true};
// Of an operation on tables; that it is missing AWS tells alone.
constexpr Field kDescribedTable{.name = "TableName", .shape = &kTable, .required = true, .told_alone = true};
// Of a table whose items are read or written.
constexpr Shape kUsedTable{
    .kind = Kind::kString, .min = 1, .max = 255, .name_characters = true, .name_min = 3, .or_arn = true, .newer = true};
constexpr Shape kPositive{.kind = Kind::kLong, .min = 1};
constexpr Shape kQueryLimit{.kind = Kind::kLong, .java_class = "Integer", .min = 1, .newer = true};
constexpr Shape kScanLimit{.kind = Kind::kLong, .java_class = "Integer", .min = 1};
constexpr Shape kAttributeNames{.kind = Kind::kList, .min = 1, .max = 255, .element = &kText};

constexpr std::array<std::string_view, 3> kCapacityDetails = {"INDEXES", "TOTAL", "NONE"};
constexpr Shape kCapacityDetail{.kind = Kind::kString, .allowed = kCapacityDetails};
constexpr std::array<std::string_view, 2> kCollectionDetails = {"SIZE", "NONE"};
constexpr Shape kCollectionDetail{.kind = Kind::kString, .allowed = kCollectionDetails};
constexpr std::array<std::string_view, 5> kReturnValuesNames = {"ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE",
                                                                "UPDATED_NEW"};
// AWS's own words, the misspelt name included.
constexpr std::string_view kNoReturnValues =
    "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, "
    "NONE]";
constexpr Shape kReturnValues{.kind = Kind::kString, .allowed = kReturnValuesNames, .violation = kNoReturnValues};
constexpr Shape kUpdateReturnValues{
    .kind = Kind::kString, .allowed = kReturnValuesNames, .violation = kNoReturnValues, .newer = true};
constexpr std::array<std::string_view, 2> kOnFailureNames = {"ALL_OLD", "NONE"};
constexpr Shape kOnFailure{.kind = Kind::kString, .allowed = kOnFailureNames};
constexpr std::array<std::string_view, 4> kSelectNames = {"SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES",
                                                          "ALL_PROJECTED_ATTRIBUTES"};
constexpr Shape kSelect{.kind = Kind::kString, .allowed = kSelectNames};
constexpr std::array<std::string_view, 2> kConditionalOperators = {"OR", "AND"};
constexpr Shape kConditionalOperator{.kind = Kind::kString, .allowed = kConditionalOperators};
constexpr std::array<std::string_view, 13> kComparisons = {
    "IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE", "BEGINS_WITH", "GE", "CONTAINS"};
constexpr Shape kComparison{.kind = Kind::kString, .allowed = kComparisons};

constexpr std::array<Field, 2> kConditionFields = {
    {{"AttributeValueList", &kValues}, {"ComparisonOperator", &kComparison, true}}};
constexpr Shape kCondition{.kind = Kind::kStructure, .java_class = "Condition", .fields = kConditionFields};
constexpr Shape kConditionMap{.kind = Kind::kMap, .element = &kCondition};
constexpr std::array<Field, 4> kExpectedFields = {
    {{"AttributeValueList", &kValues}, {"ComparisonOperator", &kComparison}, {"Exists", &kFlag}, {"Value", &kValue}}};
constexpr Shape kExpected{.kind = Kind::kStructure, .java_class = "ExpectedAttributeValue", .fields = kExpectedFields};
constexpr Shape kExpectedMap{.kind = Kind::kMap, .element = &kExpected};

// --- Items --------------------------------------------------------------------------------------------------------

constexpr std::array<Field, 7> kGetItemFields = {{{"TableName", &kUsedTable, true},
                                                  {"Key", &kValueMap, true},
                                                  {"AttributesToGet", &kAttributeNames},
                                                  {"ConsistentRead", &kFlag},
                                                  {"ReturnConsumedCapacity", &kCapacityDetail},
                                                  {"ProjectionExpression", &kText},
                                                  {"ExpressionAttributeNames", &kNameMap}}};
constexpr Shape kGetItem{.kind = Kind::kStructure, .java_class = "GetItemInput", .fields = kGetItemFields};

// A put and a delete differ in what they are about: `attributes` is the member's name.
constexpr std::array<Field, 11> put_or_delete_fields(std::string_view attributes) {
  return {{{"ReturnConsumedCapacity", &kCapacityDetail},
           {"TableName", &kUsedTable, true},
           {attributes, &kValueMap, true},
           {"ConditionalOperator", &kConditionalOperator},
           {"Expected", &kExpectedMap},
           {"ReturnValues", &kReturnValues},
           {"ReturnItemCollectionMetrics", &kCollectionDetail},
           {"ReturnValuesOnConditionCheckFailure", &kOnFailure},
           {"ConditionExpression", &kText},
           {"ExpressionAttributeValues", &kValueMap},
           {"ExpressionAttributeNames", &kNameMap}}};
}

constexpr auto kPutItemFields = put_or_delete_fields("Item");
constexpr Shape kPutItem{.kind = Kind::kStructure, .java_class = "PutItemInput", .fields = kPutItemFields};

constexpr auto kDeleteItemFields = put_or_delete_fields("Key");
constexpr Shape kDeleteItem{.kind = Kind::kStructure, .java_class = "DeleteItemInput", .fields = kDeleteItemFields};

constexpr std::array<std::string_view, 3> kActions = {"ADD", "DELETE", "PUT"};
constexpr Shape kAction{.kind = Kind::kString, .allowed = kActions};
constexpr std::array<Field, 2> kAttributeUpdateFields = {{{"Action", &kAction}, {"Value", &kValue}}};
constexpr Shape kAttributeUpdate{
    .kind = Kind::kStructure, .java_class = "AttributeValueUpdate", .fields = kAttributeUpdateFields};
constexpr Shape kAttributeUpdates{.kind = Kind::kMap, .element = &kAttributeUpdate};
constexpr std::array<Field, 13> kUpdateItemFields = {{{"ReturnConsumedCapacity", &kCapacityDetail},
                                                      {"TableName", &kUsedTable, true},
                                                      {"AttributeUpdates", &kAttributeUpdates},
                                                      {"ConditionalOperator", &kConditionalOperator},
                                                      {"Expected", &kExpectedMap},
                                                      {"ReturnValues", &kUpdateReturnValues},
                                                      {"Key", &kValueMap, true},
                                                      {"ReturnItemCollectionMetrics", &kCollectionDetail},
                                                      {"ReturnValuesOnConditionCheckFailure", &kOnFailure},
                                                      {"ConditionExpression", &kText},
                                                      {"UpdateExpression", &kText},
                                                      {"ExpressionAttributeValues", &kValueMap},
                                                      {"ExpressionAttributeNames", &kNameMap}}};
constexpr Shape kUpdateItem{.kind = Kind::kStructure, .java_class = "UpdateItemInput", .fields = kUpdateItemFields};

// --- Queries and scans --------------------------------------------------------------------------------------------

constexpr std::array<Field, 17> kQueryFields = {{{"Select", &kSelect},
                                                 {"IndexName", &kIndexName},
                                                 {"ReturnConsumedCapacity", &kCapacityDetail},
                                                 {"QueryFilter", &kConditionMap},
                                                 {"TableName", &kUsedTable, true},
                                                 {"ConditionalOperator", &kConditionalOperator},
                                                 {"AttributesToGet", &kAttributeNames},
                                                 {"Limit", &kQueryLimit},
                                                 {"KeyConditions", &kConditionMap},
                                                 {"ExclusiveStartKey", &kValueMap},
                                                 {"ConsistentRead", &kFlag},
                                                 {"ScanIndexForward", &kFlag},
                                                 {"KeyConditionExpression", &kText},
                                                 {"FilterExpression", &kText},
                                                 {"ProjectionExpression", &kText},
                                                 {"ExpressionAttributeValues", &kValueMap},
                                                 {"ExpressionAttributeNames", &kNameMap}}};
constexpr Shape kQuery{.kind = Kind::kStructure, .java_class = "QueryInput", .fields = kQueryFields};

constexpr Shape kTotalSegments{.kind = Kind::kLong, .java_class = "Integer", .min = 1, .max = 1'000'000};
constexpr Shape kSegment{.kind = Kind::kLong, .java_class = "Integer", .min = 0, .max = 999'999};
constexpr std::array<Field, 16> kScanFields = {{{"Select", &kSelect},
                                                {"IndexName", &kIndexName},
                                                {"ReturnConsumedCapacity", &kCapacityDetail},
                                                {"TotalSegments", &kTotalSegments},
                                                {"ScanFilter", &kConditionMap},
                                                {"TableName", &kUsedTable, true},
                                                {"ConditionalOperator", &kConditionalOperator},
                                                {"AttributesToGet", &kAttributeNames},
                                                {"Limit", &kScanLimit},
                                                {"ExclusiveStartKey", &kValueMap},
                                                {"ConsistentRead", &kFlag},
                                                {"Segment", &kSegment},
                                                {"FilterExpression", &kText},
                                                {"ProjectionExpression", &kText},
                                                {"ExpressionAttributeValues", &kValueMap},
                                                {"ExpressionAttributeNames", &kNameMap}}};
constexpr Shape kScan{.kind = Kind::kStructure, .java_class = "ScanInput", .fields = kScanFields};

// --- Batches ------------------------------------------------------------------------------------------------------

constexpr Shape kBatchKeys{.kind = Kind::kList, .min = 1, .max = 100, .newer = true, .element = &kValueMap};
constexpr std::array<Field, 5> kKeysAndAttributesFields = {{{"AttributesToGet", &kAttributeNames},
                                                            {"ConsistentRead", &kFlag},
                                                            {"ProjectionExpression", &kText},
                                                            {"ExpressionAttributeNames", &kNameMap},
                                                            {"Keys", &kBatchKeys, true}}};
constexpr Shape kKeysAndAttributes{
    .kind = Kind::kStructure, .java_class = "KeysAndAttributes", .fields = kKeysAndAttributesFields};
constexpr Shape kBatchGetTables{
    .kind = Kind::kMap, .min = 1, .max = 100, .newer = true, .key = &kTableKey, .element = &kKeysAndAttributes};
constexpr std::array<Field, 2> kBatchGetFields = {
    {{"RequestItems", &kBatchGetTables, true}, {"ReturnConsumedCapacity", &kCapacityDetail}}};
constexpr Shape kBatchGetItem{.kind = Kind::kStructure, .java_class = "BatchGetItemInput", .fields = kBatchGetFields};

constexpr std::array<Field, 1> kPutRequestFields = {{{"Item", &kValueMap, true}}};
constexpr Shape kPutRequest{.kind = Kind::kStructure, .java_class = "PutRequest", .fields = kPutRequestFields};
constexpr std::array<Field, 1> kDeleteRequestFields = {{{"Key", &kValueMap, true}}};
constexpr Shape kDeleteRequest{.kind = Kind::kStructure, .java_class = "DeleteRequest", .fields = kDeleteRequestFields};
constexpr std::array<Field, 2> kWriteRequestFields = {
    {{"DeleteRequest", &kDeleteRequest}, {"PutRequest", &kPutRequest}}};
constexpr Shape kWriteRequest{.kind = Kind::kStructure, .java_class = "WriteRequest", .fields = kWriteRequestFields};
constexpr Shape kWriteRequests{.kind = Kind::kList, .min = 1, .max = 25, .element = &kWriteRequest};
constexpr Shape kBatchWriteTables{
    .kind = Kind::kMap, .max = 25, .newer = true, .key = &kTableKey, .element = &kWriteRequests};
constexpr std::array<Field, 3> kBatchWriteFields = {{{"RequestItems", &kBatchWriteTables, true},
                                                     {"ReturnConsumedCapacity", &kCapacityDetail},
                                                     {"ReturnItemCollectionMetrics", &kCollectionDetail}}};
constexpr Shape kBatchWriteItem{
    .kind = Kind::kStructure, .java_class = "BatchWriteItemInput", .fields = kBatchWriteFields};

// --- Transactions -------------------------------------------------------------------------------------------------

constexpr std::array<Field, 4> kTransactionalGetFields = {{{"Key", &kValueMap, true},
                                                           {"TableName", &kUsedTable, true},
                                                           {"ProjectionExpression", &kText},
                                                           {"ExpressionAttributeNames", &kNameMap}}};
constexpr Shape kTransactionalGet{.kind = Kind::kStructure, .java_class = "Get", .fields = kTransactionalGetFields};
constexpr std::array<Field, 1> kTransactGetFields = {{{"Get", &kTransactionalGet, true}}};
constexpr Shape kTransactGet{.kind = Kind::kStructure, .java_class = "TransactGetItem", .fields = kTransactGetFields};
constexpr Shape kTransactGets{.kind = Kind::kList, .min = 1, .max = 100, .element = &kTransactGet};
constexpr std::array<Field, 2> kTransactGetItemsFields = {
    {{"TransactItems", &kTransactGets, true}, {"ReturnConsumedCapacity", &kCapacityDetail}}};
constexpr Shape kTransactGetItems{
    .kind = Kind::kStructure, .java_class = "TransactGetItemsInput", .fields = kTransactGetItemsFields};

// Actions of a transaction that differ in what they are about.
constexpr std::array<Field, 6> action_fields(std::string_view attributes, bool condition_required = false) {
  return {{{attributes, &kValueMap, true},
           {"TableName", &kUsedTable, true},
           {"ConditionExpression", &kText, condition_required},
           {"ExpressionAttributeNames", &kNameMap},
           {"ExpressionAttributeValues", &kValueMap},
           {"ReturnValuesOnConditionCheckFailure", &kOnFailure}}};
}

constexpr auto kConditionCheckFields = action_fields("Key", /*condition_required=*/true);
constexpr Shape kConditionCheck{
    .kind = Kind::kStructure, .java_class = "ConditionCheck", .fields = kConditionCheckFields};
constexpr auto kTransactPutFields = action_fields("Item");
constexpr Shape kTransactPut{.kind = Kind::kStructure, .java_class = "Put", .fields = kTransactPutFields};
constexpr auto kTransactDeleteFields = action_fields("Key");
constexpr Shape kTransactDelete{.kind = Kind::kStructure, .java_class = "Delete", .fields = kTransactDeleteFields};
constexpr std::array<Field, 7> kTransactUpdateFields = {{{"Key", &kValueMap, true},
                                                         {"UpdateExpression", &kText, true},
                                                         {"TableName", &kUsedTable, true},
                                                         {"ConditionExpression", &kText},
                                                         {"ExpressionAttributeNames", &kNameMap},
                                                         {"ExpressionAttributeValues", &kValueMap},
                                                         {"ReturnValuesOnConditionCheckFailure", &kOnFailure}}};
constexpr Shape kTransactUpdate{.kind = Kind::kStructure, .java_class = "Update", .fields = kTransactUpdateFields};
constexpr std::array<Field, 4> kTransactWriteFields = {{{"ConditionCheck", &kConditionCheck},
                                                        {"Put", &kTransactPut},
                                                        {"Delete", &kTransactDelete},
                                                        {"Update", &kTransactUpdate}}};
constexpr Shape kTransactWrite{
    .kind = Kind::kStructure, .java_class = "TransactWriteItem", .fields = kTransactWriteFields};
constexpr Shape kTransactWrites{.kind = Kind::kList, .min = 1, .max = 100, .element = &kTransactWrite};
constexpr Shape kClientRequestToken{.kind = Kind::kString, .min = 1, .max = 36};
constexpr std::array<Field, 4> kTransactWriteItemsFields = {{{"ClientRequestToken", &kClientRequestToken},
                                                             {"TransactItems", &kTransactWrites, true},
                                                             {"ReturnConsumedCapacity", &kCapacityDetail},
                                                             {"ReturnItemCollectionMetrics", &kCollectionDetail}}};
constexpr Shape kTransactWriteItems{
    .kind = Kind::kStructure, .java_class = "TransactWriteItemsInput", .fields = kTransactWriteItemsFields};

// --- Tables -------------------------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 3> kScalarTypes = {"B", "N", "S"};
constexpr Shape kScalarType{.kind = Kind::kString, .allowed = kScalarTypes};
constexpr Shape kKeyAttributeName{.kind = Kind::kString, .min = 1, .max = 255};
constexpr std::array<Field, 2> kDefinitionFields = {
    {{"AttributeName", &kKeyAttributeName, true}, {"AttributeType", &kScalarType, true}}};
constexpr Shape kDefinition{.kind = Kind::kStructure, .java_class = "AttributeDefinition", .fields = kDefinitionFields};
constexpr Shape kDefinitions{.kind = Kind::kList, .element = &kDefinition};

constexpr std::array<std::string_view, 2> kKeyTypes = {"HASH", "RANGE"};
constexpr Shape kKeyType{.kind = Kind::kString, .allowed = kKeyTypes};
constexpr std::array<Field, 2> kKeyElementFields = {
    {{"AttributeName", &kKeyAttributeName, true}, {"KeyType", &kKeyType, true}}};
constexpr Shape kKeyElement{.kind = Kind::kStructure, .java_class = "KeySchemaElement", .fields = kKeyElementFields};
constexpr Shape kKeySchema{.kind = Kind::kList, .min = 1, .max = 2, .element = &kKeyElement};

constexpr std::array<Field, 2> kThroughputFields = {
    {{"WriteCapacityUnits", &kPositive, true}, {"ReadCapacityUnits", &kPositive, true}}};
constexpr Shape kThroughput{
    .kind = Kind::kStructure, .java_class = "ProvisionedThroughput", .fields = kThroughputFields};

constexpr Shape kUnitLimit{.kind = Kind::kLong};
constexpr std::array<Field, 2> kOnDemandFields = {
    {{"MaxReadRequestUnits", &kUnitLimit}, {"MaxWriteRequestUnits", &kUnitLimit}}};
constexpr Shape kOnDemand{.kind = Kind::kStructure, .java_class = "OnDemandThroughput", .fields = kOnDemandFields};

constexpr std::array<std::string_view, 3> kProjectionTypes = {"ALL", "INCLUDE", "KEYS_ONLY"};
constexpr Shape kProjectionType{.kind = Kind::kString, .allowed = kProjectionTypes};
constexpr Shape kNonKeyAttributes{.kind = Kind::kList, .min = 1, .max = 20, .element = &kKeyAttributeName};
constexpr std::array<Field, 2> kProjectionFields = {
    {{"ProjectionType", &kProjectionType}, {"NonKeyAttributes", &kNonKeyAttributes}}};
constexpr Shape kProjection{.kind = Kind::kStructure, .java_class = "Projection", .fields = kProjectionFields};

constexpr std::array<Field, 4> kGlobalIndexFields = {{{"IndexName", &kIndexName, true},
                                                      {"KeySchema", &kKeySchema, true},
                                                      {"Projection", &kProjection, true},
                                                      {"ProvisionedThroughput", &kThroughput}}};
constexpr Shape kGlobalIndex{
    .kind = Kind::kStructure, .java_class = "GlobalSecondaryIndex", .fields = kGlobalIndexFields};
constexpr Shape kGlobalIndexes{.kind = Kind::kList, .element = &kGlobalIndex};
constexpr std::array<Field, 3> kLocalIndexFields = {
    {{"IndexName", &kIndexName, true}, {"KeySchema", &kKeySchema, true}, {"Projection", &kProjection, true}}};
constexpr Shape kLocalIndex{.kind = Kind::kStructure, .java_class = "LocalSecondaryIndex", .fields = kLocalIndexFields};
constexpr Shape kLocalIndexes{.kind = Kind::kList, .element = &kLocalIndex};

constexpr std::array<std::string_view, 2> kBillingModes = {"PROVISIONED", "PAY_PER_REQUEST"};
constexpr Shape kBillingMode{.kind = Kind::kString, .allowed = kBillingModes};
constexpr std::array<std::string_view, 2> kTableClasses = {"STANDARD", "STANDARD_INFREQUENT_ACCESS"};
constexpr Shape kTableClass{
    .kind = Kind::kString,
    .allowed = kTableClasses,
    .violation =
        "Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, "
        "STANDARD_INFREQUENT_ACCESS].",
    .told_alone = true};
constexpr std::array<std::string_view, 4> kStreamViews = {"NEW_AND_OLD_IMAGES", "OLD_IMAGE", "NEW_IMAGE", "KEYS_ONLY"};
constexpr Shape kStreamView{.kind = Kind::kString, .allowed = kStreamViews};
constexpr std::array<Field, 2> kStreamFields = {{{"StreamEnabled", &kFlag, true}, {"StreamViewType", &kStreamView}}};
constexpr Shape kStream{.kind = Kind::kStructure, .java_class = "StreamSpecification", .fields = kStreamFields};
constexpr std::array<std::string_view, 2> kSseTypes = {"AES256", "KMS"};
constexpr Shape kSseType{.kind = Kind::kString, .allowed = kSseTypes};
constexpr std::array<Field, 3> kSseFields = {{{"Enabled", &kFlag}, {"SSEType", &kSseType}, {"KMSMasterKeyId", &kText}}};
constexpr Shape kSse{.kind = Kind::kStructure, .java_class = "SSESpecification", .fields = kSseFields};

constexpr Shape kTagKey{.kind = Kind::kString, .min = 1, .max = 128};
constexpr Shape kTagValue{.kind = Kind::kString, .min = 0, .max = 256};
constexpr std::array<Field, 2> kTagFields = {{{"Key", &kTagKey}, {"Value", &kTagValue}}};
constexpr Shape kTag{.kind = Kind::kStructure, .java_class = "Tag", .fields = kTagFields};
constexpr Shape kTags{.kind = Kind::kList, .element = &kTag};

constexpr std::array<Field, 14> kCreateTableFields = {{{"AttributeDefinitions", &kDefinitions, true},
                                                       kDescribedTable,
                                                       {"BillingMode", &kBillingMode},
                                                       {"TableThroughputMode", &kBillingMode},
                                                       {"ProvisionedThroughput", &kThroughput},
                                                       {"OnDemandThroughput", &kOnDemand},
                                                       {"KeySchema", &kKeySchema, true},
                                                       {"GlobalSecondaryIndexes", &kGlobalIndexes},
                                                       {"LocalSecondaryIndexes", &kLocalIndexes},
                                                       {"StreamSpecification", &kStream},
                                                       {"SSESpecification", &kSse},
                                                       {"Tags", &kTags},
                                                       {"TableClass", &kTableClass},
                                                       {"DeletionProtectionEnabled", &kFlag}}};
constexpr Shape kCreateTable{.kind = Kind::kStructure, .java_class = "CreateTableInput", .fields = kCreateTableFields};

constexpr std::array<Field, 1> kTableOnlyFields = {{kDescribedTable}};
constexpr Shape kTableOnly{.kind = Kind::kStructure, .java_class = "DescribeTableInput", .fields = kTableOnlyFields};

constexpr Shape kListLimit{.kind = Kind::kLong, .java_class = "Integer", .min = 1, .max = 100};
constexpr std::array<Field, 2> kListTablesFields = {{{"ExclusiveStartTableName", &kTableName}, {"Limit", &kListLimit}}};
constexpr Shape kListTables{.kind = Kind::kStructure, .java_class = "ListTablesInput", .fields = kListTablesFields};

constexpr std::array<Field, 2> kUpdateIndexFields = {
    {{"IndexName", &kIndexName, true}, {"ProvisionedThroughput", &kThroughput, true}}};
constexpr Shape kUpdateIndex{
    .kind = Kind::kStructure, .java_class = "UpdateGlobalSecondaryIndexAction", .fields = kUpdateIndexFields};
constexpr std::array<Field, 1> kDeleteIndexFields = {{{"IndexName", &kIndexName, true}}};
constexpr Shape kDeleteIndex{
    .kind = Kind::kStructure, .java_class = "DeleteGlobalSecondaryIndexAction", .fields = kDeleteIndexFields};
constexpr Shape kCreateIndex{
    .kind = Kind::kStructure, .java_class = "CreateGlobalSecondaryIndexAction", .fields = kGlobalIndexFields};
constexpr std::array<Field, 3> kIndexUpdateFields = {
    {{"Update", &kUpdateIndex}, {"Create", &kCreateIndex}, {"Delete", &kDeleteIndex}}};
constexpr Shape kIndexUpdate{
    .kind = Kind::kStructure, .java_class = "GlobalSecondaryIndexUpdate", .fields = kIndexUpdateFields};
constexpr Shape kIndexUpdates{.kind = Kind::kList, .element = &kIndexUpdate};
constexpr std::array<Field, 11> kUpdateTableFields = {{kDescribedTable,
                                                       {"AttributeDefinitions", &kDefinitions},
                                                       {"ProvisionedThroughput", &kThroughput},
                                                       {"OnDemandThroughput", &kOnDemand},
                                                       {"BillingMode", &kBillingMode},
                                                       {"TableThroughputMode", &kBillingMode},
                                                       {"GlobalSecondaryIndexUpdates", &kIndexUpdates},
                                                       {"StreamSpecification", &kStream},
                                                       {"SSESpecification", &kSse},
                                                       {"TableClass", &kTableClass},
                                                       {"DeletionProtectionEnabled", &kFlag}}};
constexpr Shape kUpdateTable{.kind = Kind::kStructure, .java_class = "UpdateTableInput", .fields = kUpdateTableFields};

constexpr Shape kTtlAttribute{.kind = Kind::kString, .min = 1, .max = 255};
constexpr std::array<Field, 2> kTimeToLiveFields = {
    {{"AttributeName", &kTtlAttribute, true}, {"Enabled", &kFlag, true}}};
constexpr Shape kTimeToLive{
    .kind = Kind::kStructure, .java_class = "TimeToLiveSpecification", .fields = kTimeToLiveFields};
constexpr std::array<Field, 2> kUpdateTimeToLiveFields = {
    {kDescribedTable, {"TimeToLiveSpecification", &kTimeToLive, true}}};
constexpr Shape kUpdateTimeToLive{
    .kind = Kind::kStructure, .java_class = "UpdateTimeToLiveInput", .fields = kUpdateTimeToLiveFields};

constexpr std::array<Field, 2> kTagResourceFields = {{{"ResourceArn", &kText}, {"Tags", &kTags}}};
constexpr Shape kTagResource{.kind = Kind::kStructure, .java_class = "TagResourceInput", .fields = kTagResourceFields};
constexpr std::array<Field, 2> kUntagResourceFields = {{{"ResourceArn", &kText}, {"TagKeys", &kTexts}}};
constexpr Shape kUntagResource{
    .kind = Kind::kStructure, .java_class = "UntagResourceInput", .fields = kUntagResourceFields};
constexpr std::array<Field, 2> kListTagsFields = {{{"ResourceArn", &kText}, {"NextToken", &kText}}};
constexpr Shape kListTags{.kind = Kind::kStructure, .java_class = "ListTagsOfResourceInput", .fields = kListTagsFields};
constexpr Shape kEmpty{.kind = Kind::kStructure, .java_class = "DescribeLimitsInput"};

// --- Streams ------------------------------------------------------------------------------------------------------

constexpr Shape kArn{.kind = Kind::kString, .min = 37, .max = 1024};
constexpr Shape kShardId{.kind = Kind::kString, .min = 28, .max = 65};
constexpr Shape kSequence{.kind = Kind::kString, .min = 21, .max = 40};
constexpr std::array<Field, 3> kListStreamsFields = {
    {{"TableName", &kTableName}, {"Limit", &kListLimit}, {"ExclusiveStartStreamArn", &kArn}}};
constexpr Shape kListStreams{.kind = Kind::kStructure, .java_class = "ListStreamsInput", .fields = kListStreamsFields};
constexpr std::array<std::string_view, 1> kShardFilterTypes = {"CHILD_SHARDS"};
constexpr Shape kShardFilterType{.kind = Kind::kString, .allowed = kShardFilterTypes};
constexpr std::array<Field, 2> kShardFilterFields = {{{"Type", &kShardFilterType}, {"ShardId", &kShardId}}};
constexpr Shape kShardFilter{.kind = Kind::kStructure, .java_class = "ShardFilter", .fields = kShardFilterFields};
constexpr std::array<Field, 4> kDescribeStreamFields = {{{"StreamArn", &kArn, true},
                                                         {"Limit", &kListLimit},
                                                         {"ExclusiveStartShardId", &kShardId},
                                                         {"ShardFilter", &kShardFilter}}};
constexpr Shape kDescribeStream{
    .kind = Kind::kStructure, .java_class = "DescribeStreamInput", .fields = kDescribeStreamFields};
constexpr std::array<std::string_view, 4> kIteratorTypes = {"AFTER_SEQUENCE_NUMBER", "LATEST", "AT_SEQUENCE_NUMBER",
                                                            "TRIM_HORIZON"};
constexpr Shape kIteratorType{.kind = Kind::kString, .allowed = kIteratorTypes};
constexpr std::array<Field, 4> kGetShardIteratorFields = {{{"StreamArn", &kArn, true},
                                                           {"ShardId", &kShardId, true},
                                                           {"ShardIteratorType", &kIteratorType, true},
                                                           {"SequenceNumber", &kSequence}}};
constexpr Shape kGetShardIterator{
    .kind = Kind::kStructure, .java_class = "GetShardIteratorInput", .fields = kGetShardIteratorFields};
constexpr Shape kRecordLimit{.kind = Kind::kLong, .java_class = "Integer", .min = 1, .max = 1000};
constexpr Shape kIterator{.kind = Kind::kString, .min = 1, .max = 2048};
constexpr std::array<Field, 2> kGetRecordsFields = {{{"ShardIterator", &kIterator, true}, {"Limit", &kRecordLimit}}};
constexpr Shape kGetRecords{.kind = Kind::kStructure, .java_class = "GetRecordsInput", .fields = kGetRecordsFields};

}  // namespace

const Shape& request_shape(Operation operation) {
  switch (operation) {
    case Operation::kBatchGetItem: return kBatchGetItem;
    case Operation::kBatchWriteItem: return kBatchWriteItem;
    case Operation::kCreateTable: return kCreateTable;
    case Operation::kDeleteItem: return kDeleteItem;
    case Operation::kDeleteTable:
    case Operation::kDescribeTable:
    case Operation::kDescribeTimeToLive: return kTableOnly;
    case Operation::kDescribeEndpoints:
    case Operation::kDescribeLimits: return kEmpty;
    case Operation::kDescribeStream: return kDescribeStream;
    case Operation::kGetItem: return kGetItem;
    case Operation::kGetRecords: return kGetRecords;
    case Operation::kGetShardIterator: return kGetShardIterator;
    case Operation::kListStreams: return kListStreams;
    case Operation::kListTables: return kListTables;
    case Operation::kListTagsOfResource: return kListTags;
    case Operation::kPutItem: return kPutItem;
    case Operation::kQuery: return kQuery;
    case Operation::kScan: return kScan;
    case Operation::kTagResource: return kTagResource;
    case Operation::kTransactGetItems: return kTransactGetItems;
    case Operation::kTransactWriteItems: return kTransactWriteItems;
    case Operation::kUntagResource: return kUntagResource;
    case Operation::kUpdateItem: return kUpdateItem;
    case Operation::kUpdateTable: return kUpdateTable;
    case Operation::kUpdateTimeToLive: return kUpdateTimeToLive;
  }
  return kEmpty;
}

}  // namespace mrgc::protocol
