#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "mrgc/store/store.h"

namespace mrgc::store {

/// A real store whose operations a test can precede by others, to put what another process does in between, or refuse,
/// to have it out of reach; or whose answers it can lose.
class InterceptedStore final : public store::Store {
 public:
  /// Called before every operation with its name, such as `put_item`, and its table; an error is its outcome.
  using Interceptor = std::function<std::optional<Error>(std::string_view operation, const std::string& table)>;

  explicit InterceptedStore(store::Store& real) : real_(real) {}

  void intercept(Interceptor interceptor) { interceptor_ = std::move(interceptor); }
  /// The same, but called after the operation, of which an error then hides the outcome.
  void intercept_answers(Interceptor interceptor) { answer_interceptor_ = std::move(interceptor); }
  void pass() { interceptor_ = answer_interceptor_ = nullptr; }

  /// Refuses everything until `pass`.
  void cut_off() {
    intercept([](std::string_view, const std::string&) { return unreachable(); });
  }
  /// Does everything, but nobody learns of it until `pass`.
  void lose_answers() {
    intercept_answers([](std::string_view, const std::string&) { return unreachable(); });
  }
  static std::optional<Error> unreachable() {
    return Error{.code = ErrorCode::kUnavailable, .message = "no route", .retryable = true};
  }

  void get_item(store::GetItemRequest r, store::Completion<store::GetItemResult> done) override {
    forward("get_item", r.table, &store::Store::get_item, r, done);
  }
  void put_item(store::PutItemRequest r, store::Completion<store::WriteItemResult> done) override {
    forward("put_item", r.table, &store::Store::put_item, r, done);
  }
  void update_item(store::UpdateItemRequest r, store::Completion<store::WriteItemResult> done) override {
    forward("update_item", r.table, &store::Store::update_item, r, done);
  }
  void delete_item(store::DeleteItemRequest r, store::Completion<store::WriteItemResult> done) override {
    forward("delete_item", r.table, &store::Store::delete_item, r, done);
  }
  void query(store::QueryRequest r, store::Completion<store::PageResult> done) override {
    forward("query", r.table, &store::Store::query, r, done);
  }
  void scan(store::ScanRequest r, store::Completion<store::PageResult> done) override {
    forward("scan", r.table, &store::Store::scan, r, done);
  }
  void batch_get_item(store::BatchGetItemRequest r, store::Completion<store::BatchGetItemResult> done) override {
    forward("batch_get_item", "", &store::Store::batch_get_item, r, done);
  }
  void batch_write_item(store::BatchWriteItemRequest r, store::Completion<store::BatchWriteItemResult> done) override {
    forward("batch_write_item", "", &store::Store::batch_write_item, r, done);
  }
  void transact_get_items(store::TransactGetItemsRequest r,
                          store::Completion<store::TransactGetItemsResult> done) override {
    forward("transact_get_items", "", &store::Store::transact_get_items, r, done);
  }
  void transact_write_items(store::TransactWriteItemsRequest r,
                            store::Completion<store::TransactWriteItemsResult> done) override {
    forward("transact_write_items", "", &store::Store::transact_write_items, r, done);
  }
  void create_table(store::CreateTableRequest r, store::Completion<store::TableDescription> done) override {
    forward("create_table", r.spec.name, &store::Store::create_table, r, done);
  }
  void describe_table(store::DescribeTableRequest r, store::Completion<store::TableDescription> done) override {
    forward("describe_table", r.table, &store::Store::describe_table, r, done);
  }
  void delete_table(store::DeleteTableRequest r, store::Completion<store::TableDescription> done) override {
    forward("delete_table", r.table, &store::Store::delete_table, r, done);
  }
  void list_tables(store::ListTablesRequest r, store::Completion<store::ListTablesResult> done) override {
    forward("list_tables", "", &store::Store::list_tables, r, done);
  }
  void update_table(store::UpdateTableRequest r, store::Completion<store::TableDescription> done) override {
    forward("update_table", r.table, &store::Store::update_table, r, done);
  }
  void update_tags(store::UpdateTagsRequest r, store::Completion<store::UpdateTagsResult> done) override {
    forward("update_tags", r.table, &store::Store::update_tags, r, done);
  }
  void update_time_to_live(store::UpdateTimeToLiveRequest r,
                           store::Completion<store::UpdateTimeToLiveResult> done) override {
    forward("update_time_to_live", r.table, &store::Store::update_time_to_live, r, done);
  }

 private:
  template <typename Request, typename T>
  void forward(std::string_view name, const std::string& table,
               void (store::Store::*operation)(Request, store::Completion<T>), Request& request,
               store::Completion<T>& done) {
    if (interceptor_) {
      // A copy, so that it may take itself away.
      const Interceptor interceptor = interceptor_;
      if (std::optional<Error> error = interceptor(name, table)) return done(std::unexpected(std::move(*error)));
    }
    if (answer_interceptor_) {
      done = [interceptor = answer_interceptor_, name, table, answer = std::move(done)](Result<T> result) mutable {
        std::optional<Error> error = interceptor(name, table);
        answer(error ? std::unexpected(std::move(*error)) : std::move(result));
      };
    }
    (real_.*operation)(std::move(request), std::move(done));
  }

  store::Store& real_;
  Interceptor interceptor_;
  Interceptor answer_interceptor_;
};

}  // namespace mrgc::store
