#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace mrgc::testing {

/// A blocking TCP client that sends any bytes. Everything waits at most some seconds.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(socket_);
      throw std::runtime_error("cannot connect");
    }
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Whether all was taken.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void finish_sending() { ::shutdown(socket_, SHUT_WR); }

  /// The next response, head and body; what came when the connection ended before.
  std::string receive() {
    while (true) {
      const std::size_t head = received_.find("\r\n\r\n");
      if (head != std::string::npos) {
        const std::size_t length = received_.find("Content-Length: ");
        const std::size_t size =
            length < head ? std::strtoul(received_.c_str() + length + 16, nullptr, 10) : std::size_t{0};
        if (received_.size() >= head + 4 + size) {
          std::string response = received_.substr(0, head + 4 + size);
          received_.erase(0, head + 4 + size);
          return response;
        }
      }
      if (!receive_more()) return std::exchange(received_, {});
    }
  }
  /// Whether the server ends the connection, without another byte.
  bool is_closed() { return !receive_more() && closed_; }

  std::string exchange(std::string_view request) {
    send(request);
    return receive();
  }

 private:
  bool receive_more() {
    pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, 20'000) <= 0) return false;
    char bytes[4096];
    const ssize_t size = ::recv(socket_, bytes, sizeof bytes, 0);
    closed_ = size <= 0;
    if (size <= 0) return false;
    received_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }

  int socket_;
  bool closed_ = false;
  std::string received_;
};

/// A signed request of DynamoDB's API.
inline std::string api_request(std::string_view operation, std::string_view body, std::string_view headers = "") {
  return "POST / HTTP/1.1\r\nHost: h\r\nX-Amz-Target: DynamoDB_20120810." + std::string(operation) +
         "\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Date: 20260101T000000Z\r\n"
         "Authorization: AWS4-HMAC-SHA256 Credential=k/20260101/r/dynamodb/aws4_request, SignedHeaders=host, "
         "Signature=s\r\n" +
         std::string(headers) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

inline std::string body_of(const std::string& response) {
  const std::size_t head = response.find("\r\n\r\n");
  return head == std::string::npos ? std::string() : response.substr(head + 4);
}

}  // namespace mrgc::testing
