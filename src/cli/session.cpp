#include "cli/session.h"

#include <fmt/format.h>

#include <string>
#include <system_error>
#include <utility>

namespace mrgc::cli {
namespace {

constexpr std::string_view kEmbedded = "embedded:";

// Every run of the command is a process of its own, and all of them speak for the same source.
constexpr std::string_view kRateSource = "cli";

std::unexpected<Failure> store_failure(std::string message) {
  return std::unexpected(Failure{ExitCode::kStore, std::move(message)});
}

}  // namespace

std::expected<std::filesystem::path, Failure> store_folder(std::string_view address) {
  if (address.starts_with(kEmbedded) && address.size() > kEmbedded.size()) {
    return std::filesystem::path(address.substr(kEmbedded.size()));
  }
  return usage_error(
      fmt::format("store \"{}\" is of no kind that this version knows; name a folder: --store embedded:FOLDER",
                  printable(address)));
}

std::expected<std::unique_ptr<engine::EmbeddedStore>, Failure> open_store(const Context& context, IfMissing if_missing,
                                                                          engine::EngineOptions engine_options) {
  const auto folder = store_folder(context.options.store);
  if (!folder) return std::unexpected(folder.error());
  std::error_code ignored;
  if (if_missing == IfMissing::kFail && !std::filesystem::exists(*folder, ignored)) {
    return store_failure(fmt::format("there is no store in {} yet; 'mrgc --store {} tables create' makes one",
                                     folder->string(), context.options.store));
  }
  engine_options.durability =
      context.options.durability == "async" ? engine::Durability::kAsync : engine::Durability::kSync;
  engine_options.create_if_missing = if_missing == IfMissing::kCreate;
  auto store = engine::open_embedded(*folder, engine_options);
  if (!store) return store_failure(store.error().message);
  return std::move(*store);
}

std::expected<std::unique_ptr<Session>, Failure> Session::open(const Context& context, IfMissing if_missing,
                                                               const fleet::RegistryOptions& registry_options) {
  auto store = open_store(context, if_missing, {.clock = &context.environment.clock});
  if (!store) return std::unexpected(store.error());
  auto regions = fleet::Regions::on_one_store(context.options.region, context.options.prefix, **store);
  if (!regions) return failed(regions.error());
  return std::unique_ptr<Session>(new Session(std::move(*store), std::move(*regions), context, registry_options));
}

Session::Session(std::unique_ptr<engine::EmbeddedStore> store, fleet::Regions regions, const Context& context,
                 const fleet::RegistryOptions& registry_options)
    : store_(std::move(store)),
      regions_(std::move(regions)),
      state_(regions_, context.environment.clock),
      registry_(state_, context.environment.clock, registry_options),
      metrics_(state_, context.environment.clock, context.environment.random, {.source = std::string(kRateSource)}) {}

}  // namespace mrgc::cli
