#include "server/operations.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "protocol/batch_requests.h"
#include "protocol/item_requests.h"
#include "protocol/older_parameters.h"
#include "protocol/page_requests.h"
#include "protocol/request_shapes.h"
#include "protocol/stream_requests.h"
#include "protocol/table_reference.h"
#include "protocol/tag_requests.h"

namespace mrgc::server {
namespace {

using protocol::Decoded;
using protocol::JsonValue;
using protocol::Operation;
using protocol::ServerIdentity;
using store::Store;
using CallPtr = std::shared_ptr<Call>;

double units_of(const store::ConsumedCapacity& capacity) { return capacity.total(); }
double units_of(const std::vector<store::ConsumedCapacity>& capacities) {
  double sum = 0;
  for (const auto& capacity : capacities) sum += capacity.total();
  return sum;
}

// Operations on items: decoded with reply options, answered with capacity.
template <typename Request, typename T>
void run(Store& store, void (Store::*operation)(Request, store::Completion<T>), Result<Decoded<Request>> decoded,
         const CallPtr& call) {
  if (!decoded) return call->fail(std::move(decoded.error()));
  if constexpr (requires { decoded->request.table; }) call->set_table(decoded->request.table);
  (store.*operation)(std::move(decoded->request), [call, options = decoded->reply](Result<T> outcome) {
    if (!outcome) {
      return call->fail(options.older ? protocol::in_older_words(std::move(outcome.error()))
                                      : std::move(outcome.error()));
    }
    const double units = units_of(outcome->capacity);
    call->succeed(units, [outcome = std::move(*outcome), options] { return protocol::encode_reply(outcome, options); });
  });
}

// Operations on tables: `encode` makes the body of the answer from the outcome, `reword` says what went wrong.
template <typename Request, typename T, typename Encode, typename Reword = std::identity>
void run_on_table(Store& store, void (Store::*operation)(Request, store::Completion<T>), Result<Request> decoded,
                  const CallPtr& call, Encode encode, Reword reword = {}) {
  if (!decoded) return call->fail(std::move(decoded.error()));
  (store.*operation)(std::move(*decoded), [call, encode = std::move(encode), reword](Result<T> outcome) mutable {
    if (!outcome) return call->fail(reword(std::move(outcome.error())));
    call->succeed(0, [outcome = std::move(*outcome), encode = std::move(encode)] { return encode(outcome); });
  });
}

void describe(Store& store, std::string table, const CallPtr& call,
              std::move_only_function<std::string(const store::TableDescription&) const> encode) {
  run_on_table(store, &Store::describe_table, Result<store::DescribeTableRequest>({.table = std::move(table)}), call,
               std::move(encode));
}

void update_time_to_live(Store& store, JsonValue request, const CallPtr& call) {
  auto decoded = protocol::decode_update_time_to_live(request);
  const std::string body = decoded ? protocol::encode_updated_time_to_live(*decoded) : std::string();
  run_on_table(store, &Store::update_time_to_live, std::move(decoded), call, [body](const auto&) { return body; });
}

// The limits of an account; nothing here is throttled by them.
std::string limits() {
  return R"({"AccountMaxReadCapacityUnits":80000,"AccountMaxWriteCapacityUnits":80000,)"
         R"("TableMaxReadCapacityUnits":40000,"TableMaxWriteCapacityUnits":40000})";
}

std::string endpoints(const ServerIdentity& identity) {
  return fmt::format(R"({{"Endpoints":[{{"Address":"{}","CachePeriodInMinutes":1440}}]}})", identity.address);
}

// Requests on streams. They are read from within a completion, so the document stays.
void perform_on_streams(Operation operation, const std::shared_ptr<const protocol::JsonDocument>& document,
                        const Region& region, const CallPtr& call) {
  using namespace protocol;
  const ServerIdentity& identity = region.identity;
  const JsonValue request = document->root();
  const std::int64_t now_ms = region.clock.now_ms();
  const auto with_stream = [&](auto use) {
    auto stream = decode_stream(request, identity);
    if (!stream) return call->fail(std::move(stream.error()));
    region.streams->describe_stream(*stream,
                                    [call, document, use = std::move(use)](Result<store::StreamDescription> described) {
                                      if (!described)
                                        return call->fail(of_stream(document->root(), std::move(described.error())));
                                      use(*described);
                                    });
  };
  switch (operation) {
    case Operation::kListStreams: {
      auto decoded = decode_list_streams(request, identity);
      if (!decoded) return call->fail(std::move(decoded.error()));
      return region.streams->list_streams(*decoded, [call, &identity](Result<store::ListStreamsResult> listed) {
        if (!listed) return call->fail(std::move(listed.error()));
        call->succeed(0, [listed = std::move(*listed), &identity] { return encode_streams(listed, identity); });
      });
    }
    case Operation::kDescribeStream:
      return with_stream([call, document, &identity](const store::StreamDescription& stream) {
        call->succeed(0, [document, stream, &identity] { return encode_stream(document->root(), stream, identity); });
      });
    case Operation::kGetShardIterator:
      return with_stream([call, document, now_ms](const store::StreamDescription& stream) {
        auto iterator = make_iterator(document->root(), stream, now_ms);
        if (!iterator) return call->fail(std::move(iterator.error()));
        call->succeed(0, [iterator = std::move(*iterator)] { return encode_iterator(iterator); });
      });
    default: break;
  }
  auto decoded = decode_get_records(request, now_ms);
  if (!decoded) return call->fail(std::move(decoded.error()));
  const store::StreamId stream = decoded->stream;
  region.streams->read_stream(std::move(*decoded),
                              [call, stream, now_ms, &identity](Result<store::ReadStreamResult> read) {
                                if (!read) return call->fail(std::move(read.error()));
                                call->succeed(0, [read = std::move(*read), stream, now_ms, &identity] {
                                  return encode_records(stream, read, identity, now_ms);
                                });
                              });
}

bool is_of_streams(Operation operation) {
  return operation == Operation::kDescribeStream || operation == Operation::kGetRecords ||
         operation == Operation::kGetShardIterator || operation == Operation::kListStreams;
}

// What went wrong with the tags of a resource.
auto of_resource(JsonValue request) {
  return [arn = protocol::RequestReader(request).text("ResourceArn")](Error error) {
    return protocol::of_resource(arn, std::move(error));
  };
}

void perform_checked(Operation operation, JsonValue request, const Region& region, const CallPtr& call) {
  using namespace protocol;
  Store& store = region.store;
  const ServerIdentity& identity = region.identity;
  const auto as_table = [&identity](std::string_view member) {
    return [&identity, member](const store::TableDescription& table) { return encode_table(table, member, identity); };
  };
  const auto nothing = [](const auto&) { return std::string(); };
  switch (operation) {
    case Operation::kGetItem: return run(store, &Store::get_item, decode_get_item(request), call);
    case Operation::kPutItem: return run(store, &Store::put_item, decode_put_item(request), call);
    case Operation::kUpdateItem: return run(store, &Store::update_item, decode_update_item(request), call);
    case Operation::kDeleteItem: return run(store, &Store::delete_item, decode_delete_item(request), call);
    case Operation::kQuery: return run(store, &Store::query, decode_query(request), call);
    case Operation::kScan: return run(store, &Store::scan, decode_scan(request), call);
    case Operation::kBatchGetItem: return run(store, &Store::batch_get_item, decode_batch_get_item(request), call);
    case Operation::kBatchWriteItem:
      return run(store, &Store::batch_write_item, decode_batch_write_item(request), call);
    case Operation::kTransactGetItems:
      return run(store, &Store::transact_get_items, decode_transact_get_items(request), call);
    case Operation::kTransactWriteItems:
      return run(store, &Store::transact_write_items, decode_transact_write_items(request), call);

    case Operation::kCreateTable:
      return run_on_table(store, &Store::create_table, decode_create_table(request), call,
                          [&identity](store::TableDescription table) {
                            // Clients of DynamoDB are told so, and wait until DescribeTable says otherwise.
                            table.status = store::TableStatus::kCreating;
                            return encode_table(table, "TableDescription", identity);
                          });
    case Operation::kDeleteTable:
      return run_on_table(store, &Store::delete_table,
                          Result<store::DeleteTableRequest>({.table = RequestReader(request).table()}), call,
                          as_table("TableDescription"));
    case Operation::kListTables:
      return run_on_table(store, &Store::list_tables, decode_list_tables(request), call, encode_tables);
    case Operation::kDescribeTable: return describe(store, RequestReader(request).table(), call, as_table("Table"));
    case Operation::kDescribeTimeToLive:
      return describe(store, RequestReader(request).table(), call, encode_time_to_live);
    case Operation::kUpdateTimeToLive: return update_time_to_live(store, request, call);
    case Operation::kUpdateTable:
      return run_on_table(store, &Store::update_table, decode_update_table(request), call,
                          as_table("TableDescription"));
    case Operation::kTagResource:
      return run_on_table(store, &Store::update_tags, decode_tag_resource(request, identity), call, nothing,
                          of_resource(request));
    case Operation::kUntagResource:
      return run_on_table(store, &Store::update_tags, decode_untag_resource(request, identity), call, nothing,
                          of_resource(request));
    case Operation::kListTagsOfResource:
      return run_on_table(store, &Store::describe_table, decode_list_tags(request, identity), call, encode_tags,
                          of_resource(request));

    case Operation::kDescribeLimits: return call->succeed(0, limits);
    case Operation::kDescribeEndpoints: return call->succeed(0, [&identity] { return endpoints(identity); });
    case Operation::kDescribeStream:
    case Operation::kGetRecords:
    case Operation::kGetShardIterator:
    case Operation::kListStreams: break;  // see perform_on_streams
  }
}

}  // namespace

void perform(Operation operation, protocol::JsonDocument document, const Region& region, const CallPtr& call) {
  call->set_operation(operation);
  const JsonValue request = document.root();
  const protocol::Shape& shape = protocol::request_shape(operation);
  if (auto checked = protocol::check_types(request, shape); !checked) return call->fail(std::move(checked.error()));
  if (!request.is(JsonValue::Kind::kObject)) return call->fail({.code = ErrorCode::kSerialization, .message = ""});
  std::vector<std::string_view> table_arns;
  if (auto checked = protocol::check_constraints(request, shape, &table_arns); !checked) {
    return call->fail(std::move(checked.error()));
  }
  if (auto checked = protocol::check_table_arns(table_arns, to_string(operation), region.identity); !checked) {
    return call->fail(std::move(checked.error()));
  }
  if (!is_of_streams(operation)) return perform_checked(operation, request, region, call);
  if (region.streams == nullptr) return call->fail({.code = ErrorCode::kUnknownOperation, .message = ""});
  perform_on_streams(operation, std::make_shared<const protocol::JsonDocument>(std::move(document)), region, call);
}

}  // namespace mrgc::server
