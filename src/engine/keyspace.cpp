#include "engine/keyspace.h"

#include <xxhash.h>

#include "mrgc/item/ordered_key.h"
#include "store/validation.h"

namespace mrgc::engine {
namespace {

template <typename T>
void append_big_endian(std::string& out, T value) {
  for (int shift = (static_cast<int>(sizeof(T)) - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift));
  }
}

template <typename T>
T read_big_endian(std::string_view bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

// Whether the attribute is there and can be a key of an index. Others than such are only in items that are older than
// the index.
bool has_index_key(const item::Item& attributes, const store::IndexSpec& index, const store::KeyAttribute& key,
                   bool is_partition) {
  const auto value = attributes.find(key.name);
  return value && store::check_index_key_value(index, key, *value, is_partition);
}

}  // namespace

void append_u16(std::string& out, std::uint16_t value) { append_big_endian(out, value); }
void append_u32(std::string& out, std::uint32_t value) { append_big_endian(out, value); }
void append_u64(std::string& out, std::uint64_t value) { append_big_endian(out, value); }
std::uint32_t read_u32(std::string_view bytes) { return read_big_endian<std::uint32_t>(bytes); }
std::uint64_t read_u64(std::string_view bytes) { return read_big_endian<std::uint64_t>(bytes); }

std::string prefix_end(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xFF') prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::string table_prefix(const Table& table) {
  std::string prefix;
  append_u32(prefix, table.number);
  return prefix;
}

std::string index_prefix(const Table& table, const store::IndexSpec& index) {
  std::string prefix = table_prefix(table);
  append_u16(prefix, table.index_state(index).number);
  return prefix;
}

std::string partition_prefix(std::string prefix, const item::ValueView& partition) {
  const std::size_t hash_at = prefix.size();
  prefix.append(kPartitionHashSize, '\0');
  item::append_ordered_key(prefix, partition);
  const std::uint64_t hash = hash_bytes(std::string_view(prefix).substr(hash_at + kPartitionHashSize));
  std::string hash_text;
  append_u32(hash_text, static_cast<std::uint32_t>(hash));
  prefix.replace(hash_at, kPartitionHashSize, hash_text);
  return prefix;
}

std::string item_key(const Table& table, const item::Item& attributes) {
  const store::KeySchema& keys = table.spec.keys;
  std::string key = partition_prefix(table_prefix(table), attributes.find(keys.partition.name).value());
  if (keys.sort) item::append_ordered_key(key, attributes.find(keys.sort->name).value());
  return key;
}

std::optional<std::string> index_key(const Table& table, const store::IndexSpec& index, const item::Item& attributes,
                                     std::string_view base_key, std::size_t* partition_size) {
  if (!has_index_key(attributes, index, index.keys.partition, true)) return std::nullopt;
  if (index.keys.sort && !has_index_key(attributes, index, *index.keys.sort, false)) return std::nullopt;
  return index_position(table, index, attributes, base_key, partition_size);
}

std::string index_position(const Table& table, const store::IndexSpec& index, const item::Item& attributes,
                           std::string_view base_key, std::size_t* partition_size) {
  const auto of = [&](const store::KeyAttribute& key) { return attributes.find(key.name).value(); };
  std::string key = partition_prefix(index_prefix(table, index), of(index.keys.partition));
  if (partition_size != nullptr) *partition_size = key.size();
  if (index.keys.sort) item::append_ordered_key(key, of(*index.keys.sort));
  key.append(base_key.substr(kTablePrefixSize + kPartitionHashSize));
  return key;
}

std::uint64_t hash_bytes(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace mrgc::engine
