#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mrgc/base/clock.h"
#include "mrgc/base/error.h"
#include "mrgc/store/store.h"
#include "mrgc/store/streams.h"

namespace mrgc::server {

/// A region that a server serves.
struct ServedRegion {
  std::string name;                   ///< such as `us-east-1`
  std::uint16_t port = 0;             ///< 0: any free one
  store::Store* store = nullptr;      ///< must outlive the server
  store::Streams* streams = nullptr;  ///< must outlive the server; null: there are none
  /// Why the region cannot do its work, if so: what `/healthz` tells. May be empty.
  std::function<std::optional<std::string>()> trouble;
};

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::vector<ServedRegion> regions;
  /// Where `/healthz` and `/metrics` are; nothing: nowhere; 0: any free port.
  std::optional<std::uint16_t> admin_port;
  /// Threads that take requests, for each region; 0: one for each processor but one.
  std::size_t threads = 0;
  /// The machine's clock when null. Must outlive the server.
  const base::Clock* clock = nullptr;
};

/// A front end that speaks DynamoDB's protocol (Amazon DynamoDB Developer Guide, "DynamoDB low-level API") over a
/// `Store` for each region. On a region's port:
///
///   POST /   an operation of DynamoDB's API or of DynamoDB Streams
///   GET /    `healthy: dynamodb.REGION.amazonaws.com `
///
/// On the admin port: `GET /healthz` (200 and `ok`, or 503 and the cause) and `GET /metrics` for Prometheus.
///
/// A request must be signed in form; the signature itself is not verified: everybody who reaches the port may do
/// everything. Thread-safe.
class Server {
 public:
  /// Listens on all ports; requests are taken once this returns.
  /// Errors: `kUnavailable` when a port cannot be listened on, with its number and the cause.
  static Result<std::unique_ptr<Server>> start(ServerOptions options);

  /// As `stop`.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Where the region listens; `region` is its position in the options.
  std::uint16_t port(std::size_t region) const;
  /// Where the admin port is; 0 without one.
  std::uint16_t admin_port() const;

  /// Takes no new connections, answers all requests that have begun to arrive, and waits for that.
  void stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mrgc::server
