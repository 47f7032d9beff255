#include "integration/engine_damage/stores.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "support/item_text.h"
#include "support/streams.h"

namespace mrgc::damage {
namespace {

using item::Item;
using item::Value;

constexpr int kItems = 120;

engine::EngineOptions options() {
  engine::EngineOptions result = testing::quiet_options();
  result.durability = engine::Durability::kSync;
  return result;
}

std::unique_ptr<engine::Engine> open(const std::filesystem::path& folder) {
  auto engine = testing::open_engine(folder, options());
  if (!engine) throw std::runtime_error(engine.error().message);
  return std::move(*engine);
}

// Writes items of many sizes, some of them over a block of the log, and deletes some of the earlier ones.
void write(engine::Engine& engine, int session) {
  const store::BlockingStore db(engine);
  for (int i = 0; i < kItems; ++i) {
    const std::size_t fill = i == kItems / 2 ? 50'000 : static_cast<std::size_t>(i * i % 1000);
    db.put_item({.table = "sample",
                 .item = Item::from_map({{"pk", Value("session-" + std::to_string(session))},
                                         {"sk", i},
                                         {"color", "red"},
                                         {"score", i % 7},
                                         {"fill", Value(std::string(fill, 'x'))}})})
        .value();
    if (i % 10 != 0 || session == 0) continue;
    db.delete_item({.table = "sample",
                    .key = Item::from_map({{"pk", Value("session-" + std::to_string(session - 1))}, {"sk", i}})})
        .value();
  }
}

}  // namespace

KilledStore make_killed_store(const std::filesystem::path& parent, History history) {
  const std::filesystem::path live = parent / "live";
  auto engine = open(live);
  store::BlockingStore(*engine).create_table({.spec = testing::streamed_table("sample")}).value();
  const int sessions = history == History::kOneSession ? 1 : 3;
  for (int session = 0; session < sessions; ++session) {
    if (session > 0) {
      engine.reset();
      engine = open(live);
    }
    write(*engine, session);
  }
  KilledStore result{.folder = parent / "killed",
                     .items = testing::scan_all(store::BlockingStore(*engine), "sample"),
                     .next_sequence = engine->change_log().next_sequence()};
  // What another process finds when this one dies now.
  copy_folder(live, result.folder);
  engine.reset();
  std::filesystem::remove_all(live);
  return result;
}

std::string open_and_check(const std::filesystem::path& folder, const KilledStore& told) {
  auto engine = testing::open_engine(folder, options());
  if (!engine) return testing::to_text(engine.error());
  const store::BlockingStore db(**engine);
  for (const std::string index : {"", "by-color", "by-color-keys"}) {
    store::ScanRequest request{.table = "sample", .index = index};
    do {
      const auto page = db.scan(request);
      if (!page) return testing::to_text(page.error());
      request.exclusive_start_key = page->last_evaluated_key;
    } while (!request.exclusive_start_key.empty());
  }
  for (std::uint64_t at = 1; at < (*engine)->change_log().next_sequence();) {
    const auto records = (*engine)->change_log().read(at, 100);
    if (!records) return testing::to_text(records.error());
    at += records->size();
  }
  for (const store::StreamId& stream : testing::streams_of(**engine)) {
    const auto records = testing::read_whole_stream(**engine, stream);
    if (!records) return testing::to_text(records.error());
  }
  // All of it can be read. Then it must be right.
  if (testing::scan_all(db, "sample") != told.items) return "LOST: items";
  if ((*engine)->change_log().next_sequence() != told.next_sequence) return "LOST: changes";
  std::string contradiction = testing::find_contradiction(**engine) + testing::find_log_contradiction(**engine) +
                              testing::find_stream_contradiction(**engine);
  return contradiction.empty() ? contradiction : "LOST: " + contradiction;
}

void copy_folder(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

std::vector<std::filesystem::path> files(const std::filesystem::path& folder, const std::string& begin,
                                         const std::string& end) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(begin) && name.ends_with(end)) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void write_file(const std::filesystem::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

std::vector<std::size_t> record_positions(const std::string& log) {
  constexpr std::size_t kBlock = 32'768;
  constexpr std::size_t kHeader = 7;
  std::vector<std::size_t> positions;
  std::size_t at = 0;
  while (at + kHeader <= log.size()) {
    if (kBlock - at % kBlock < kHeader) {
      at += kBlock - at % kBlock;  // filled up with zeros
      continue;
    }
    positions.push_back(at);
    const auto byte = [&](std::size_t offset) { return std::size_t{static_cast<unsigned char>(log[at + offset])}; };
    at += kHeader + byte(4) + (byte(5) << 8);
  }
  return positions;
}

}  // namespace mrgc::damage
