#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/rocksdb_kv.h"
#include "mrgc/store/blocking.h"

/// Opening embedded stores in tests, and checking that what they hold agrees with itself.
namespace mrgc::testing {

/// As `engine::open_embedded`, with the files and threads of `env` when it is given.
Result<std::unique_ptr<engine::Engine>> open_engine(const std::filesystem::path& folder,
                                                    const engine::EngineOptions& options = {},
                                                    rocksdb::Env* env = nullptr);

/// As `open_engine`, of a store that needs the disk for every third read (`ForgetfulKv`).
Result<std::unique_ptr<engine::Engine>> open_forgetful_engine(const std::filesystem::path& folder,
                                                              const engine::EngineOptions& options);

/// Options that suit most tests: nothing happens by itself, little memory, and no wait for the disk.
engine::EngineOptions quiet_options();

/// A table with keys `pk` (S) and `sk` (N) and one index of each projection: `by-color` (`color` S, `score` N, all),
/// `by-color-keys` (the same keys, keys only), and `by-owner` (`owner` S alone, including `note`).
store::TableSpec sample_table(const std::string& name);

/// As `sample_table`, with a stream of both images.
store::TableSpec streamed_table(const std::string& name);

/// Every item of the table, or of its index, in the order of a scan. Throws when a page cannot be read.
std::vector<item::Item> scan_all(const store::BlockingStore& db, const std::string& table,
                                 const std::string& index = {});

/// What an index must hold, from the items of its table: what it projects of each item that has its keys.
std::vector<item::Item> expected_entries(const store::TableSpec& spec, const store::IndexSpec& index,
                                         const std::vector<item::Item>& items);

/// Looks for a contradiction in the store: an index that does not hold exactly what it should, or counters that differ
/// from a count. Returns the first one found, or an empty text.
std::string find_contradiction(engine::Engine& engine);

/// As `find_contradiction`, of the change log: it reads back without a gap and leads to exactly the items that are
/// there. For stores whose log keeps everything, of which no table was deleted.
std::string find_log_contradiction(engine::Engine& engine);

}  // namespace mrgc::testing
