// The input is up to 16 requests to a server over a store of its own (`request_lines.h` says how they are written).
// Whatever they ask: each is answered once and in form, an item that was put is the one that is got, and in the end the
// store agrees with itself and its items can be put back. With MRGC_FUZZ_TRACE set, requests and answers are printed.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "fuzz/answer_checks.h"
#include "fuzz/json_items.h"
#include "fuzz/must_hold.h"
#include "fuzz/request_lines.h"
#include "mrgc/store/blocking.h"
#include "protocol/base64.h"
#include "protocol/table_reference.h"
#include "server/api.h"
#include "support/engines.h"
#include "support/memory_kv.h"

namespace mrgc::fuzz {
namespace {

using protocol::JsonDocument;
using server::HttpRequest;
using server::HttpResponse;

constexpr std::size_t kMaxRequests = 16;
constexpr std::size_t kMaxTablesPutBack = 3;

const bool kTraces = std::getenv("MRGC_FUZZ_TRACE") != nullptr;

void trace(std::string_view sign, std::string_view text) {
  if (kTraces) std::fprintf(stderr, "%.*s %.*s\n", int(sign.size()), sign.data(), int(text.size()), text.data());
}

/// A store that outlives the engine which it is lent to.
class LentKv final : public engine::KvStore {
 public:
  explicit LentKv(engine::KvStore& kv) : kv_(kv) {}
  Result<std::optional<std::string>> get(engine::Family family, std::string_view key,
                                         const engine::KvSnapshot* at) const override {
    return kv_.get(family, key, at);
  }
  std::unique_ptr<engine::KvIterator> iterate(engine::Family family, std::string begin, std::string end,
                                              const engine::KvSnapshot* at) const override {
    return kv_.iterate(family, std::move(begin), std::move(end), at);
  }
  std::unique_ptr<engine::KvSnapshot> snapshot() const override { return kv_.snapshot(); }
  std::uint64_t approximate_bytes(engine::Family family, std::string_view begin, std::string_view end) const override {
    return kv_.approximate_bytes(family, begin, end);
  }
  Result<void> write(const engine::KvBatch& batch, bool sync) override { return kv_.write(batch, sync); }

 private:
  engine::KvStore& kv_;
};

/// The answer to one request, which must come once.
class Answer {
 public:
  server::Respond respond() {
    return [state = state_](server::MakeResponse response) {
      MUST_HOLD(!std::exchange(state->answered, true));
      state->response = std::move(response);
      state->ready.release();
    };
  }
  HttpResponse wait() {
    constexpr auto kLongest = std::chrono::seconds(8);
    MUST_HOLD(state_->ready.try_acquire_for(kLongest));
    // What makes the answer keeps the request alive, and that keeps `state_`.
    auto make = std::exchange(state_->response, nullptr);
    return make();
  }

 private:
  struct State {
    std::binary_semaphore ready{0};
    server::MakeResponse response;
    bool answered = false;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// A server over a fresh store.
class Session {
 public:
  Session() { open(); }

  /// Sends the request; the text of the answer, or an empty one when it is not of an operation.
  std::string send(HttpRequest request) {
    trace(">", request.amz_target + " " + request.body);
    Answer answer;
    api_->handle(std::move(request), answer.respond());
    const HttpResponse response = answer.wait();
    std::string body = check_answer(response);
    trace("<", body.empty() ? response.body : body);
    was_ok_ = response.status == 200;
    return body;
  }
  std::string call(std::string_view operation, std::string body) {
    return send(LineReader().read(std::string(operation) + " " + std::move(body), {}).value());
  }
  /// Whether the last request was answered with success.
  bool was_ok() const { return was_ok_; }

  void advance(std::int64_t by_ms) { clock_.advance_ms(by_ms); }
  void sweep() { engine_->sweep_expired(100); }
  void reopen() {
    api_.reset();
    engine_.reset();
    open();
  }

  std::optional<store::TableDescription> describe(std::string_view table) const {
    auto described = store::BlockingStore(*engine_).describe_table({.table = std::string(table)});
    return described ? std::optional(std::move(*described)) : std::nullopt;
  }
  std::vector<std::string> tables() const { return store::BlockingStore(*engine_).list_tables({}).value().tables; }

  /// So that what follows does not depend on how fast a thread in the background is.
  void wait_for_indexes() const {
    for (const std::string& table : tables()) {
      while (has_new_index(table)) std::this_thread::yield();
    }
  }
  void check_store() {
    const std::string contradiction = testing::find_contradiction(*engine_);
    trace("=", contradiction);
    MUST_HOLD(contradiction.empty());
  }

 private:
  void open() {
    engine::EngineOptions options = testing::quiet_options();
    options.item_cache_bytes = 64'000;  // so few that values go, too
    options.clock = &clock_;
    options.random = &random_;
    engine_ = engine::Engine::open(std::make_unique<LentKv>(kv_), options).value();
    static server::Metrics metrics;
    api_.emplace(server::Region{.store = *engine_,
                                .streams = engine_.get(),
                                .identity = {.region = "eu-west-1", .address = "localhost:8000"},
                                .clock = clock_},
                 metrics);
  }

  bool has_new_index(const std::string& table) const {
    const auto described = describe(table);
    return described && std::ranges::any_of(described->indexes, [](const store::IndexDescription& index) {
             return index.status == store::TableStatus::kCreating;
           });
  }

  base::ManualClock clock_{1'760'000'000'000};
  base::SeededRandom random_{1};
  testing::MemoryKv kv_;
  std::unique_ptr<engine::Engine> engine_;
  std::optional<server::Api> api_;
  bool was_ok_ = false;
};

// --- What is checked of single requests ---------------------------------------------------------------------------

std::string key_of(const store::TableDescription& table, JsonValue item) {
  std::string key = "{";
  const auto add = [&](const store::KeyAttribute& attribute) {
    if (key.size() > 1) key += ',';
    protocol::append_json_string(key, attribute.name);
    key += ':';
    append_json(key, item.find(attribute.name).value());
  };
  add(table.spec.keys.partition);
  if (table.spec.keys.sort) add(*table.spec.keys.sort);
  return key + "}";
}

// An item that was put is the one that is got.
void check_put(Session& session, JsonValue request) {
  const JsonValue item = request.find("Item").value();
  const std::string table_name = json_text(request.find("TableName").value());
  const auto table = session.describe(protocol::table_name(request.find("TableName")->text()));
  MUST_HOLD(table.has_value());
  const std::string answer =
      session.call("GetItem", "{\"TableName\":" + table_name + ",\"Key\":" + key_of(*table, item) + "}");
  const auto document = JsonDocument::parse(answer);
  MUST_HOLD(session.was_ok() && document);
  const auto got = document->root().find("Item");
  MUST_HOLD(got && same_item(item, *got));
  // Each level of an item is two of its JSON.
  constexpr std::size_t kMaxNesting = 2 * item::kMaxNestingLevels + 2;
  MUST_HOLD(nesting_of(json_text(*got)) <= kMaxNesting);
}

// What is taken for base64 is what its bytes are written as.
void check_base64(JsonValue value) {
  if (value.is(JsonValue::Kind::kString)) {
    const auto bytes = protocol::decode_base64(value.text());
    if (!bytes) return;
    std::string text;
    protocol::append_base64(text, *bytes);
    MUST_HOLD(text == value.text());
  } else if (value.is(JsonValue::Kind::kArray)) {
    for (const JsonValue element : value.elements()) check_base64(element);
  } else if (value.is(JsonValue::Kind::kObject)) {
    for (const auto& [name, member] : value.members()) check_base64(member);
  }
}

// Bytes that are packed come back, and never more of them than allowed.
void check_gzip(std::string_view bytes) {
  const std::string packed = server::pack(bytes, server::Coding::kGzip);
  MUST_HOLD(server::unpack(packed, server::Coding::kGzip, bytes.size()) == bytes);
  if (!bytes.empty()) MUST_HOLD(!server::unpack(packed, server::Coding::kGzip, bytes.size() - 1));
  MUST_HOLD(
      !server::unpack(std::string_view(packed).substr(0, packed.size() - 1), server::Coding::kGzip, bytes.size()));
  constexpr std::size_t kMaxBytes = 1000;
  if (const auto unpacked = server::unpack(bytes, server::Coding::kGzip, kMaxBytes))
    MUST_HOLD(unpacked->size() <= kMaxBytes);
}

void hear(Heard& heard, JsonValue value) {
  if (value.is(JsonValue::Kind::kArray)) {
    for (const JsonValue element : value.elements()) hear(heard, element);
  }
  if (!value.is(JsonValue::Kind::kObject)) return;
  for (const auto& [name, member] : value.members()) {
    if (member.is(JsonValue::Kind::kString)) heard.insert_or_assign(std::string(name), std::string(member.text()));
    hear(heard, member);
  }
}

void perform(Session& session, HttpRequest request, Heard& heard) {
  const std::string text = request.body;
  const std::string target = request.amz_target;
  const bool is_plain = request.content_encoding.empty();
  const std::string answer = session.send(std::move(request));
  if (target.ends_with(".UpdateTable")) session.wait_for_indexes();
  if (const auto document = JsonDocument::parse(answer)) hear(heard, document->root());
  const auto sent = JsonDocument::parse(text);
  if (!sent) return;
  MUST_HOLD(nesting_of(text) <= protocol::kMaxJsonDepth);
  check_base64(sent->root());
  if (is_plain && session.was_ok() && target == "DynamoDB_20120810.PutItem" && !answer.empty()) {
    check_put(session, sent->root());
  }
}

// --- What is checked in the end -----------------------------------------------------------------------------------

/// The items of the table's first page.
std::vector<std::string> scan(Session& session, const std::string& table) {
  const auto document = JsonDocument::parse(session.call("Scan", "{\"TableName\":\"" + table + "\"}"));
  MUST_HOLD(session.was_ok() && document);
  std::vector<std::string> items;
  for (const JsonValue item : document->root().find("Items")->elements()) items.push_back(json_text(item));
  return items;
}

// What is told of an item is enough to put it back; but where an index was added later, it may ask for other types than
// the item has.
void check_put_back(Session& session, const std::string& table) {
  const std::vector<std::string> items = scan(session, table);
  for (const std::string& item : items) {
    const std::string answer = session.call("PutItem", "{\"TableName\":\"" + table + "\",\"Item\":" + item + "}");
    MUST_HOLD(session.was_ok() || answer.find("Type mismatch for Index Key") != std::string::npos);
  }
  MUST_HOLD(scan(session, table) == items);
}

void run(std::string_view input) {
  check_gzip(input);
  Session session;
  LineReader reader;
  Heard heard;
  std::size_t requests = 0;
  while (!input.empty() && requests < kMaxRequests) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    auto request = reader.read(input.substr(0, end), heard);
    input.remove_prefix(std::min(end + 1, input.size()));
    if (request) {
      perform(session, std::move(*request), heard);
      ++requests;
    }
    if (reader.event() == Event::kAdvance) session.advance(reader.advance_ms());
    if (reader.event() == Event::kSweep) session.sweep();
    if (reader.event() == Event::kReopen) session.reopen();
  }
  session.wait_for_indexes();
  session.check_store();
  const std::vector<std::string> tables = session.tables();
  for (std::size_t i = 0; i < std::min(tables.size(), kMaxTablesPutBack); ++i) check_put_back(session, tables[i]);
  session.check_store();
}

}  // namespace
}  // namespace mrgc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mrgc::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
