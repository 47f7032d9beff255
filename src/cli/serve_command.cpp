#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/machine_memory.h"
#include "mrgc/base/executor.h"
#include "mrgc/engine/embedded_store.h"
#include "mrgc/server/server.h"

namespace mrgc::cli {
namespace {

/// How many requests can wait for the disk at a time, while the threads that take requests go on.
constexpr std::size_t kDiskThreads = 8;

// A server has the machine to itself, more or less: what it reads often should come from memory.
std::size_t default_cache_mb() {
  constexpr std::uint64_t kPart = 4;
  const engine::EngineOptions least;
  return std::max<std::uint64_t>(usable_memory_bytes() / kPart, least.cache_bytes + least.item_cache_bytes) >> 20;
}

struct ServeOptions {
  std::string data;
  std::string regions = "us-east-1=8001";
  std::string host = server::ServerOptions().host;
  std::uint16_t admin_port = 8000;
  std::size_t threads = 0;
  std::size_t cache_mb = default_cache_mb();
};

void declare_serve(CLI::App& command, ServeOptions& options) {
  command.add_option("--data", options.data, "The folder of the regions' stores; made when it is missing")
      ->required()
      ->check([](const std::string& folder) { return folder.empty() ? "names no folder" : ""; });
  command.add_option("--regions", options.regions, "What to serve where: REGION=PORT; port 0 is any free one")
      ->capture_default_str();
  command.add_option("--host", options.host, "The address to listen on")->capture_default_str();
  command
      .add_option("--admin-port", options.admin_port,
                  "Where /healthz and Prometheus' /metrics are; port 0 is any free one")
      ->capture_default_str();
  command.add_option("--threads", options.threads, "Threads that take requests; 0: one for each processor but one")
      ->capture_default_str()
      ->check(CLI::Range(0, 256));
  command
      .add_option(
          "--cache-mb", options.cache_mb,
          "Memory for what was read from disk, in MiB, for each region; a quarter of what this process may use, "
          "unless named")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 20));
  command.footer(
      "Speaks DynamoDB's protocol until it is told to end (SIGTERM, Ctrl-C); then it answers what has arrived. Prints "
      "'REGION ready at http://HOST:PORT' for each region, then 'ready'. Signatures are not verified: who reaches the "
      "port may do everything. --store, --region and --prefix mean nothing here.\n"
      "Examples:\n"
      "  mrgc serve --data ./data\n"
      "  mrgc serve --data /var/lib/mrgc --regions us-east-1=8001 --durability async\n"
      "  aws dynamodb list-tables --endpoint-url http://127.0.0.1:8001");
}

struct RegionPort {
  std::string region;
  std::uint16_t port = 0;
};

bool is_region_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

std::expected<RegionPort, Failure> parse_regions(std::string_view text) {
  if (text.find(',') != std::string_view::npos) {
    return usage_error("--regions: this version serves one region; name one, such as us-east-1=8001");
  }
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  const std::string_view digits = equals == std::string_view::npos ? "" : text.substr(equals + 1);
  RegionPort parsed{.region = std::string(name)};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), parsed.port);
  if (!is_region_name(name) || digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    return usage_error(fmt::format("--regions \"{}\" is not REGION=PORT, such as us-east-1=8001", printable(text)));
  }
  return parsed;
}

std::expected<std::unique_ptr<engine::EmbeddedStore>, Failure> open_region(const Context& context,
                                                                           const ServeOptions& options,
                                                                           const std::string& region,
                                                                           base::Executor& disk) {
  engine::EngineOptions engine_options{.clock = &context.environment.clock, .random = &context.environment.random};
  engine_options.disk_executor = &disk;
  engine_options.durability =
      context.options.durability == "async" ? engine::Durability::kAsync : engine::Durability::kSync;
  engine_options.item_cache_bytes = (options.cache_mb << 20) / 2;
  engine_options.cache_bytes = (options.cache_mb << 20) - engine_options.item_cache_bytes;
  auto store = engine::open_embedded(std::filesystem::path(options.data) / region, engine_options);
  if (!store) return std::unexpected(Failure{ExitCode::kStore, store.error().message});
  return std::move(*store);
}

// Each connection is an open file, and so is each of the store's: the limit that a shell gives is soon reached.
void allow_many_open_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

std::optional<std::string> trouble_of(const engine::EmbeddedStore& store) {
  const auto failure = store.failure();
  return failure ? std::optional(failure->message) : std::nullopt;
}

Done serve(const Context& context, const ServeOptions& options) {
  const auto region = parse_regions(options.regions);
  if (!region) return std::unexpected(region.error());
  allow_many_open_files();
  const InterruptWatch interrupt;
  base::ThreadExecutor disk(kDiskThreads, "mrgc-disk");
  const auto store = open_region(context, options, region->region, disk);
  if (!store) return std::unexpected(store.error());
  server::ServerOptions server_options{.host = options.host, .regions = {}, .admin_port = options.admin_port};
  server_options.threads = options.threads;
  server_options.clock = &context.environment.clock;
  server_options.regions.push_back({.name = region->region,
                                    .port = region->port,
                                    .store = store->get(),
                                    .streams = store->get(),
                                    .trouble = [&store] { return trouble_of(**store); }});
  auto server = server::Server::start(std::move(server_options));
  if (!server) return failed(server.error());
  context.out() << fmt::format("{} ready at http://{}:{}\n", region->region, options.host, (*server)->port(0))
                << "ready" << std::endl;
  while (!interrupt.requested()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  (*server)->stop();
  return {};
}

}  // namespace

void add_serve_command(CLI::App& app, Action& chosen) {
  add_command<ServeOptions>(app, chosen, "serve", "Serve DynamoDB's protocol over the embedded store", declare_serve,
                            serve);
}

}  // namespace mrgc::cli
