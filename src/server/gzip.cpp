#include "server/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace mrgc::server {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window, in a gzip frame

Bytef* bytes_of(std::string_view text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text.data())); }

class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, kGzipWindow) != Z_OK) throw std::runtime_error("zlib cannot be set up");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  z_stream* operator->() { return &stream_; }
  int run() { return inflate(&stream_, Z_NO_FLUSH); }

 private:
  z_stream stream_{};
};

}  // namespace

std::optional<std::string> gunzip(std::string_view packed, std::size_t max_bytes) {
  Inflater inflater;
  inflater->next_in = bytes_of(packed);
  inflater->avail_in = static_cast<uInt>(packed.size());
  std::string bytes;
  std::array<char, 32 << 10> chunk;
  while (true) {
    inflater->next_out = reinterpret_cast<Bytef*>(chunk.data());
    inflater->avail_out = chunk.size();
    const int status = inflater.run();
    if (status != Z_OK && status != Z_STREAM_END) return std::nullopt;
    const std::size_t size = chunk.size() - inflater->avail_out;
    if (bytes.size() + size > max_bytes) return std::nullopt;
    bytes.append(chunk.data(), size);
    if (status == Z_STREAM_END) return bytes;
    if (size == 0 && inflater->avail_in == 0) return std::nullopt;  // cut off
  }
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("zlib cannot be set up");
  }
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = bytes_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = bytes_of(packed);
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::uint32_t crc32_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(::crc32_z(0, bytes_of(bytes), bytes.size()));
}

}  // namespace mrgc::server
