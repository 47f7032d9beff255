#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/session.h"
#include "mrgc/fleet/schema.h"
#include "mrgc/item/value.h"
#include "mrgc/store/blocking.h"

namespace mrgc::cli {
namespace {

using fleet::TableSchema;

struct NameOptions {
  std::string table;
};
struct DeleteOptions {
  bool yes = false;
};

// The table as it is in the store, or nothing when it is not there.
Result<std::optional<store::TableDescription>> find_table(Session& session, std::size_t place) {
  const std::string& name = session.regions().table_name(static_cast<fleet::Table>(place));
  auto found = store::BlockingStore(session.regions().local()).describe_table({.table = name});
  if (found) return std::move(*found);
  if (found.error().code == ErrorCode::kResourceNotFound) return std::nullopt;
  return base::forward_error(found);
}

Done create_tables(const Context& context, const NoOptions&) {
  auto session = Session::open(context, IfMissing::kCreate);
  if (!session) return std::unexpected(session.error());
  if (const Result<void> created = (*session)->state().create_tables(); !created) return failed(created.error());
  if (context.json()) {
    Json json;
    json.begin_object().field("store", context.options.store).key("tables").begin_array();
    for (std::size_t i = 0; i < fleet::kTableCount; ++i) {
      json.value((*session)->regions().table_name(static_cast<fleet::Table>(i)));
    }
    json.end_array().end_object().print(context.out());
    return {};
  }
  context.out() << fmt::format("{} tables are ready in {}\n", fleet::kTableCount, context.options.store);
  return {};
}

Done list_tables(const Context& context, const NoOptions&) {
  auto session = Session::open(context);
  if (!session) return std::unexpected(session.error());
  Json json;
  json.begin_object().key("tables").begin_array();
  TextTable table({{"TABLE"},
                   {"STATUS"},
                   {"ITEMS", TextTable::Align::kRight},
                   {"SIZE (BYTES)", TextTable::Align::kRight},
                   {"HOLDS"}});
  for (std::size_t i = 0; i < fleet::kTableCount; ++i) {
    const auto found = find_table(**session, i);
    if (!found) return failed(found.error());
    const std::string& name = (*session)->regions().table_name(static_cast<fleet::Table>(i));
    const std::string_view status = *found ? store::to_string((*found)->status) : "MISSING";
    const std::uint64_t items = *found ? (*found)->item_count : 0;
    const std::uint64_t size_bytes = *found ? (*found)->size_bytes : 0;
    table.add_row(
        {name, std::string(status), with_commas(items), with_commas(size_bytes), fleet::schema().tables[i].purpose});
    json.begin_object().field("name", name).field("status", status);
    json.field("items", items).field("size_bytes", size_bytes).end_object();
  }
  json.end_array().end_object();
  context.json() ? json.print(context.out()) : table.print(context.out(), context.style);
  return {};
}

std::string_view projection_text(const store::IndexSpec& index) {
  switch (index.projection) {
    case store::Projection::kAll: return "ALL";
    case store::Projection::kKeysOnly: return "KEYS_ONLY";
    case store::Projection::kInclude: return "INCLUDE";
  }
  std::unreachable();
}

std::string keys_text(const store::KeySchema& keys) {
  return keys.sort ? fmt::format("{} + {}", keys.partition.name, keys.sort->name) : keys.partition.name;
}

void describe_for_people(const Context& context, const TableSchema& schema, const store::TableDescription& table) {
  context.out() << fmt::format("{}: {}\n", context.style.bold(table.spec.name), schema.purpose)
                << fmt::format("  key       {}\n", keys_text(schema.keys))
                << fmt::format("  items     {}, {} bytes\n", with_commas(table.item_count),
                               with_commas(table.size_bytes))
                << fmt::format("  ttl       {}: {} s after {}\n", schema.ttl.attribute,
                               with_commas(static_cast<std::uint64_t>(schema.ttl.after_s)), schema.ttl.counts_from)
                << fmt::format("  created   {} UTC\n\n", utc_text(table.created_ms / 1000));
  TextTable indexes({{"INDEX"}, {"KEY"}, {"PROJECTION"}});
  for (const store::IndexSpec& index : schema.indexes) {
    indexes.add_row({index.name, keys_text(index.keys), std::string(projection_text(index))});
  }
  indexes.print(context.out(), context.style);
  context.out() << '\n';
  TextTable attributes({{"ATTRIBUTE"}, {"TYPE"}, {"MEANING"}});
  for (const fleet::AttributeSchema& attribute : schema.attributes) {
    std::string meaning = attribute.description;
    if (!attribute.allowed.empty()) meaning += fmt::format(" ({})", fmt::join(attribute.allowed, ", "));
    attributes.add_row({attribute.name, std::string(item::to_string(attribute.type)), meaning});
  }
  attributes.print(context.out(), context.style);
}

void write_keys(Json& json, const store::KeySchema& keys) {
  json.field("partition_key", keys.partition.name);
  json.field("sort_key", keys.sort ? std::optional(keys.sort->name) : std::nullopt);
}

void describe_as_json(const Context& context, const TableSchema& schema, const store::TableDescription& table) {
  Json json;
  json.begin_object().field("name", table.spec.name).field("purpose", schema.purpose);
  json.field("status", store::to_string(table.status)).field("items", table.item_count);
  json.field("size_bytes", table.size_bytes).field("created_ms", table.created_ms);
  write_keys(json, schema.keys);
  json.key("ttl").begin_object().field("attribute", schema.ttl.attribute).field("after_s", schema.ttl.after_s);
  json.field("counts_from", schema.ttl.counts_from).end_object().key("indexes").begin_array();
  for (const store::IndexSpec& index : schema.indexes) {
    json.begin_object().field("name", index.name).field("projection", projection_text(index));
    write_keys(json, index.keys);
    json.end_object();
  }
  json.end_array().key("attributes").begin_array();
  for (const fleet::AttributeSchema& attribute : schema.attributes) {
    json.begin_object().field("name", attribute.name).field("type", item::to_string(attribute.type));
    json.field("description", attribute.description).key("allowed").begin_array();
    for (const std::string& value : attribute.allowed) json.value(value);
    json.end_array().end_object();
  }
  json.end_array().end_object().print(context.out());
}

Done describe_table(const Context& context, const NameOptions& options) {
  const auto& tables = fleet::schema().tables;
  const std::string full_prefix = context.options.prefix + "-";
  std::string_view wanted = options.table;
  if (wanted.starts_with(full_prefix)) wanted.remove_prefix(full_prefix.size());
  const auto schema = std::ranges::find(tables, wanted, &TableSchema::name);
  if (schema == tables.end()) {
    std::string known;
    for (const TableSchema& table : tables) known += (known.empty() ? "" : ", ") + table.name;
    return usage_error(fmt::format("there is no table \"{}\"; the tables are {}", options.table, known));
  }
  auto session = Session::open(context);
  if (!session) return std::unexpected(session.error());
  const auto found = find_table(**session, static_cast<std::size_t>(schema - tables.begin()));
  if (!found) return failed(found.error());
  if (!*found) {
    return std::unexpected(
        Failure{ExitCode::kFailed, fmt::format("table {}{} is not in {}; 'mrgc tables create' makes it", full_prefix,
                                               wanted, context.options.store)});
  }
  context.json() ? describe_as_json(context, *schema, **found) : describe_for_people(context, *schema, **found);
  return {};
}

Done delete_tables(const Context& context, const DeleteOptions& options) {
  if (!options.yes) {
    return usage_error(fmt::format("this deletes the {} tables {}-* in {} and all that is in them; say --yes to do it",
                                   fleet::kTableCount, context.options.prefix, context.options.store));
  }
  auto session = Session::open(context);
  if (!session) return std::unexpected(session.error());
  std::size_t deleted = 0;
  for (std::size_t i = 0; i < fleet::kTableCount; ++i) {
    const auto found = find_table(**session, i);
    if (!found) return failed(found.error());
    if (!*found) continue;
    const auto gone = store::BlockingStore((*session)->regions().local()).delete_table({.table = (*found)->spec.name});
    if (!gone) return failed(gone.error());
    ++deleted;
  }
  if (context.json()) {
    Json json;
    json.begin_object().field("store", context.options.store).field("deleted", deleted).end_object();
    json.print(context.out());
  } else {
    context.out() << fmt::format("{} tables deleted in {}\n", deleted, context.options.store);
  }
  return {};
}

}  // namespace

void add_tables_commands(CLI::App& app, Action& chosen) {
  CLI::App& group = add_group(app, "tables", "The five tables: create them, see what they hold");
  add_command(group, chosen, "create", "Create the tables that are missing, and the store", declare_none, create_tables)
      .footer("JSON: {store, tables: [NAME]}");
  add_command(group, chosen, "list", "Show the tables and how much is in them", declare_none, list_tables)
      .footer("JSON: {tables: [{name, status (ACTIVE, MISSING...), items, size_bytes}]}");
  add_command<NameOptions>(
      group, chosen, "describe", "Show a table's key, indexes and attributes",
      [](CLI::App& command, NameOptions& options) {
        command.add_option("table", options.table, "gpu-instances, routing-state...")->required();
      },
      describe_table)
      .footer(
          "Example: mrgc tables describe routing-state\n"
          "JSON: {name, purpose, status, items, size_bytes, created_ms, partition_key, sort_key, ttl: {attribute, "
          "after_s, counts_from}, indexes: [{name, projection, partition_key, sort_key}], attributes: [{name, type, "
          "description, allowed}]}");
  add_command<DeleteOptions>(
      group, chosen, "delete", "Delete the tables and all that is in them",
      [](CLI::App& command, DeleteOptions& options) { command.add_flag("--yes", options.yes, "Really do it"); },
      delete_tables)
      .footer("JSON: {store, deleted}");
}

}  // namespace mrgc::cli
