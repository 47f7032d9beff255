#include "bench/fleet.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "bench/must.h"

namespace mrgc::bench {
namespace {

constexpr std::size_t kPools = 20;
constexpr std::int64_t kNow_ms = 1'800'000'000'000;

std::string pool_of(std::size_t number) { return fmt::format("model-{}", number % kPools); }

fleet::GpuInstance make_instance(std::size_t number, std::int64_t now_s) {
  fleet::GpuInstance row;
  row.instance_id = instance_id(number);
  row.region = kRegion;
  row.model_pool = pool_of(number);
  row.state = fleet::InstanceState::kAvailable;
  row.queue_depth = static_cast<std::int64_t>(number % 11);
  row.last_heartbeat = now_s;
  row.launch_time = now_s - static_cast<std::int64_t>(number % 100'000);
  row.ip_address = fmt::format("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255);
  row.subnet_id = fmt::format("subnet-{:017x}", number % 24);
  row.availability_zone = fmt::format("us-east-1{}", static_cast<char>('a' + number % 6));
  row.boot_id = fmt::format("{:032x}", number * 0x9E37'79B9'7F4A'7C15);
  row.state_changed_at = now_s;
  row.subnet_cidr = fmt::format("10.{}.0.0/16", number % 24);
  return row;
}

fleet::RoutingState make_routing(std::size_t number, const fleet::RoutingFacts& facts, std::int64_t now_s) {
  fleet::RoutingState row;
  row.instance_id = instance_id(number);
  row.region = kRegion;
  row.routing_score = facts.routing_score;
  row.queue_depth = facts.queue_depth;
  row.avg_latency_ms = facts.avg_latency_ms;
  row.last_updated = now_s;
  row.subnet_cidr = fmt::format("10.{}.0.0/16", number % 24);
  row.ttl = now_s + 3600;
  row.model_pool = pool_of(number);
  return row;
}

fleet::RoutingFacts facts(std::int64_t queue_depth, double avg_latency_ms) {
  fleet::RoutingFacts facts;
  facts.queue_depth = queue_depth;
  facts.avg_latency_ms = avg_latency_ms;
  facts.routing_score = must(fleet::routing_score(queue_depth, avg_latency_ms, facts.health_status));
  return facts;
}

item::Number number(double value) { return must(item::Number::from_double(value)); }

}  // namespace

std::string instance_id(std::size_t number) { return fmt::format("i-{:017x}", number); }

fleet::RoutingFacts random_facts(std::mt19937_64& random) {
  return facts(std::uniform_int_distribution<std::int64_t>(0, 8)(random),
               std::uniform_real_distribution<double>(1, 500)(random));
}

fleet::RoutingFacts fallen_facts(std::mt19937_64& random) {
  return facts(10, std::uniform_real_distribution<double>(600, 1000)(random));
}

Fleet::Fleet(const std::filesystem::path& folder, engine::Durability durability)
    : clock_(kNow_ms),
      store_(must(engine::open_embedded(folder, {.durability = durability, .clock = &clock_}))),
      regions_(must(fleet::Regions::on_one_store(std::string(kRegion), "bench", *store_))),
      state_(regions_, clock_),
      registry_(state_, clock_) {}

void Fleet::load(std::size_t size) {
  must(state_.create_tables());
  std::mt19937_64 random(size);
  const auto put = [this](fleet::Table table, item::Item item) {
    store::PutItemRequest request;
    request.table = this->table(table);
    request.item = std::move(item);
    room_.acquire();
    store_->put_item(std::move(request), [this](Result<store::WriteItemResult> written) {
      must(std::move(written));
      room_.release();
    });
  };
  for (std::size_t number = 0; number < size; ++number) {
    put(fleet::Table::kGpuInstances, make_instance(number, clock_.now_s()).to_item());
    put(fleet::Table::kRoutingState, make_routing(number, random_facts(random), clock_.now_s()).to_item());
  }
  await_updates();
}

void Fleet::warm_up(std::size_t size) {
  for (std::size_t number = 0; number < size; ++number) must(state_.get_instance(instance_id(number)));
}

void Fleet::update_routing(std::string_view instance_id, const fleet::RoutingFacts& facts) {
  store::UpdateItemRequest request;
  request.table = table(fleet::Table::kRoutingState);
  request.key = item::ItemBuilder().set("instance_id", instance_id).build();
  request.update_expression =
      "SET routing_score = :score, queue_depth = :depth, avg_latency_ms = :latency, health_status = :health, "
      "last_updated = :now, #ttl = :ttl";
  request.condition_expression = "#region = :home";
  request.names = {{"#ttl", "ttl"}, {"#region", "region"}};
  item::ItemBuilder values;
  values.set(":score", number(facts.routing_score)).set(":depth", facts.queue_depth);
  values.set(":latency", number(facts.avg_latency_ms)).set(":health", to_string(facts.health_status));
  values.set(":now", clock_.now_s()).set(":ttl", clock_.now_s() + 3600).set(":home", kRegion);
  request.values = values.build();
  room_.acquire();
  store_->update_item(std::move(request), [this](Result<store::WriteItemResult> written) {
    must(std::move(written));
    room_.release();
  });
}

void Fleet::await_updates() {
  for (std::ptrdiff_t i = 0; i < kMaxInFlight; ++i) room_.acquire();
  room_.release(kMaxInFlight);
}

}  // namespace mrgc::bench
