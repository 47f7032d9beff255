#pragma once

#include <span>
#include <string>
#include <string_view>

#include "mrgc/base/error.h"
#include "mrgc/store/requests.h"
#include "protocol/request_reader.h"

/// Parts of answers. All append to a JSON text.
namespace mrgc::protocol {

/// Writes the members of one JSON object, one after the other. Not thread-safe.
class ObjectWriter {
 public:
  /// Opens the object.
  explicit ObjectWriter(std::string& out) : out_(out) { out_.push_back('{'); }
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  /// Begins a member whose value the caller appends to the text.
  std::string& member(std::string_view name);

  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, std::int64_t value);
  void flag(std::string_view name, bool value) { member(name).append(value ? "true" : "false"); }
  /// Seconds since the Unix epoch with milliseconds, as DynamoDB writes times.
  void time(std::string_view name, std::int64_t unix_ms);
  /// Capacity units, with one digit after the point.
  void units(std::string_view name, double value);

  /// Closes the object.
  void close() { out_.push_back('}'); }

 private:
  std::string& out_;
  bool first_ = true;
};

/// Which way the units were taken; transactions say so.
enum class CapacityUse { kRead, kWrite, kTransactionalRead, kTransactionalWrite };

/// Adds `ConsumedCapacity` when `options` ask for it.
void add_capacity(ObjectWriter& reply, const ReplyOptions& options, const store::ConsumedCapacity& capacity,
                  CapacityUse use = CapacityUse::kRead);

/// As `add_capacity`, of an operation on several tables.
void add_capacities(ObjectWriter& reply, const ReplyOptions& options,
                    std::span<const store::ConsumedCapacity> capacities, CapacityUse use);

/// The value of `ItemCollectionMetrics`: the collection and its size.
void append_collection(std::string& out, const store::ItemCollection& collection);

/// Adds `ItemCollectionMetrics` of an operation on several tables when there are collections.
void add_collections(ObjectWriter& reply, const ReplyOptions& options,
                     std::span<const store::ItemCollection> collections);

/// The HTTP status and the body that tell of an error.
struct ErrorReply {
  int status = 400;
  std::string body;
};
ErrorReply encode_error(const Error& error);

}  // namespace mrgc::protocol
