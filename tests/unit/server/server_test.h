#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "mrgc/engine/embedded_store.h"
#include "mrgc/server/server.h"
#include "support/engines.h"
#include "support/http_client.h"
#include "support/temporary_folder.h"

namespace mrgc::server::testing {

using mrgc::testing::api_request;
using mrgc::testing::body_of;
using mrgc::testing::Client;

/// A table `things` with the key `id`.
inline constexpr std::string_view kTable =
    R"({"TableName":"things","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],)"
    R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"})";

/// A server of one region over a store in a folder of its own, and a client of it.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest() : store_(mrgc::testing::open_engine(folder_.path() / "store", mrgc::testing::quiet_options()).value()) {
    ServerOptions options;
    options.admin_port = 0;
    options.regions.push_back(
        {.name = "eu-west-1", .port = 0, .store = store_.get(), .streams = store_.get(), .trouble = [this] {
           return trouble_;
         }});
    server_ = Server::start(std::move(options)).value();
    client_ = std::make_unique<Client>(server_->port(0));
  }

  std::string call(std::string_view operation, std::string_view body, std::string_view headers = "") {
    return client_->exchange(api_request(operation, body, headers));
  }

  mrgc::testing::TemporaryFolder folder_;
  std::unique_ptr<engine::Engine> store_;
  std::optional<std::string> trouble_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
};

}  // namespace mrgc::server::testing
