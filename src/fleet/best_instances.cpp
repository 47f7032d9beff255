#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "fleet/checks.h"
#include "fleet/page_size.h"
#include "fleet/state_manager_impl.h"

namespace mrgc::fleet {
namespace {

// A row in the running, with the item that it came from, whose score is exact.
struct Candidate {
  RoutingState row;
  item::Item item;

  item::ValueView score() const { return *item.find("routing_score"); }
};

// One search for the best rows.
class BestSearch {
 public:
  BestSearch(Operations& operations, const BestQuery& query, std::int64_t now_s)
      : operations_(operations), query_(query), now_s_(now_s) {}

  Result<BestInstances> run() {
    // One more than wanted tells whether the last place is contested.
    Result<std::vector<Candidate>> top = collect(descending(), query_.limit + 1, result_);
    if (!top) return base::forward_error(top);
    if (top->size() > query_.limit) {
      if (Result<void> settled = settle_last_place(*top); !settled) return base::forward_error(settled);
    }
    for (Candidate& candidate : *top) result_.instances.push_back(std::move(candidate.row));
    std::ranges::sort(result_.instances, [](const RoutingState& a, const RoutingState& b) {
      return std::tie(b.routing_score, a.instance_id) < std::tie(a.routing_score, b.instance_id);
    });
    return std::move(result_);
  }

 private:
  store::QueryRequest descending() const {
    store::QueryRequest request;
    request.table = operations_.regions().table_name(Table::kRoutingState);
    request.index = "region-score-index";
    request.key_condition_expression = "#region = :region";
    request.names = {{"#region", "region"}};
    item::ItemBuilder values;
    values.set(":region", query_.region);
    if (!query_.model_pool.empty()) {
      request.filter_expression = "model_pool = :pool";
      values.set(":pool", query_.model_pool);
    }
    request.values = values.build();
    request.scan_forward = false;
    return request;
  }

  // The rows with exactly that score, lowest id first.
  store::QueryRequest tied_at(item::ValueView score) const {
    store::QueryRequest request = descending();
    request.key_condition_expression = "#region = :region AND routing_score = :score";
    request.values = item::ItemBuilder(request.values).set(":score", score).build();
    request.scan_forward = true;
    return request;
  }

  // When the row after the last place has the same score, who stays is a matter of ids, and lower ones may not have
  // been read at all: highest score first means highest id first.
  Result<void> settle_last_place(std::vector<Candidate>& top) const {
    const item::Item contested = top.back().item;
    top.pop_back();
    const item::ValueView score = *contested.find("routing_score");
    if (top.back().score() != score) return {};
    while (!top.empty() && top.back().score() == score) top.pop_back();
    BestInstances counted_already;
    Result<std::vector<Candidate>> tied = collect(tied_at(score), query_.limit - top.size(), counted_already);
    if (!tied) return base::forward_error(tied);
    std::ranges::move(*tied, std::back_inserter(top));
    return {};
  }

  // The first `wanted` rows of the query that may be routed to; what is passed over is counted in `counts`.
  Result<std::vector<Candidate>> collect(store::QueryRequest request, std::size_t wanted, BestInstances& counts) const {
    std::vector<Candidate> kept;
    kept.reserve(wanted);
    PageSize page_size(wanted, !request.filter_expression.empty());
    do {
      request.limit = page_size.next();
      Result<store::PageResult> page = operations_.read_page(request);
      if (!page) return base::forward_error(page);
      for (item::Item& item : page->items) {
        if (kept.size() == wanted) return kept;
        if (std::optional<RoutingState> row = fresh_row(item, counts)) {
          kept.push_back({.row = std::move(*row), .item = std::move(item)});
        }
      }
      request.exclusive_start_key = std::move(page->last_evaluated_key);
    } while (kept.size() < wanted && !request.exclusive_start_key.empty());
    return kept;
  }

  std::optional<RoutingState> fresh_row(const item::Item& item, BestInstances& counts) const {
    Result<RoutingState> row = RoutingState::from_item(item);
    if (!row) {
      ++counts.malformed;
    } else if (is_expired(row->ttl, now_s_)) {
      ++counts.expired;
    } else if (row->last_updated < now_s_ - query_.stale_after_s) {
      ++counts.stale;
    } else {
      return std::move(*row);
    }
    return std::nullopt;
  }

  Operations& operations_;
  const BestQuery& query_;
  const std::int64_t now_s_;
  BestInstances result_;
};

}  // namespace

Result<BestInstances> StateManager::find_best_instances(const BestQuery& query) {
  Result<void> checked =
      first_error(check_region(query.region),
                  query.model_pool.empty() ? Result<void>() : check_name("a model pool", query.model_pool));
  if (!checked) return base::forward_error(checked);
  if (query.limit < 1 || query.limit > BestQuery::kMaxLimit) {
    return base::fail(ErrorCode::kInvalidArgument,
                      fmt::format("1 to {} instances can be asked for, not {}", BestQuery::kMaxLimit, query.limit));
  }
  return BestSearch(impl_->operations, query, impl_->clock.now_s()).run();
}

}  // namespace mrgc::fleet
