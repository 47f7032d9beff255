#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/table.h"
#include "mrgc/item/item.h"
#include "mrgc/store/table.h"

/// The engine's storage keys (`docs/formats.md`, "Storage"). All are ordered by `memcmp`.
///
///   items    table u32 | hash u32 of the partition key | partition key | sort key
///   indexes  table u32 | index u16 | hash u32 | index partition key | index sort key | table partition key | table
///   sort key log      sequence u64 expiry   step u64 (Unix seconds) | items key
///
/// Numbers are big-endian. The hash makes scans walk partitions in an order of its own, as on DynamoDB, and splits them
/// evenly into segments.
namespace mrgc::engine {

void append_u16(std::string& out, std::uint16_t value);
void append_u32(std::string& out, std::uint32_t value);
void append_u64(std::string& out, std::uint64_t value);
std::uint32_t read_u32(std::string_view bytes);
std::uint64_t read_u64(std::string_view bytes);

/// The least key that is greater than every key that starts with `prefix`; empty when there is none.
std::string prefix_end(std::string prefix);

/// What all keys of a table in `Family::kItems`, or of one of its indexes in `Family::kIndexes`, start with.
std::string table_prefix(const Table& table);
std::string index_prefix(const Table& table, const store::IndexSpec& index);

/// `prefix` and the hash and bytes of a partition key: what all keys of the partition start with.
std::string partition_prefix(std::string prefix, const item::ValueView& partition);

/// The storage key of an item, from attributes that hold a valid key.
std::string item_key(const Table& table, const item::Item& attributes);

/// The key of the item's entry in `index`; nothing when the item has none, because it lacks a key attribute of it, or
/// one is of another type, empty or too long. `base_key` is the item's `item_key`. `partition_size`, when given,
/// receives the length of the partition's prefix.
std::optional<std::string> index_key(const Table& table, const store::IndexSpec& index, const item::Item& attributes,
                                     std::string_view base_key, std::size_t* partition_size = nullptr);

/// As `index_key`, of attributes that hold the index's keys in the right types: where an entry of theirs would be, even
/// if they are empty or too long for one.
std::string index_position(const Table& table, const store::IndexSpec& index, const item::Item& attributes,
                           std::string_view base_key, std::size_t* partition_size = nullptr);

/// A well-mixed hash of a storage key, the same on every machine and in every version.
std::uint64_t hash_bytes(std::string_view bytes);

inline constexpr std::size_t kTablePrefixSize = 4;
inline constexpr std::size_t kIndexPrefixSize = 6;
inline constexpr std::size_t kPartitionHashSize = 4;

}  // namespace mrgc::engine
