#include "server/content_coding.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "base/ascii.h"

namespace mrgc::server {
namespace {

Bytef* bytes_of(std::string_view text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text.data())); }

// The largest window, in the frame of the coding.
int window_of(Coding coding) { return coding == Coding::kGzip ? 15 + 16 : 15; }

class Inflater {
 public:
  explicit Inflater(Coding coding) {
    if (inflateInit2(&stream_, window_of(coding)) != Z_OK) throw std::runtime_error("zlib cannot be set up");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  z_stream* operator->() { return &stream_; }
  int run() { return inflate(&stream_, Z_NO_FLUSH); }
  bool begin_again() { return inflateReset(&stream_) == Z_OK; }

 private:
  z_stream stream_{};
};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// Takes what is before `separator` off `text`.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return trimmed(part);
}

// Of the parameters of a coding, up to 1; that also when there is no `q`, or when it is no number. 0 when it is empty.
// So AWS has it.
double quality_of(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view parameter = take(parameters, ';');
    if (!base::is_in_any_case(take(parameter, '='), "q")) continue;
    double quality = 0;
    const std::string_view number = trimmed(parameter);
    if (number.empty()) return 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), quality);
    const bool is_number = read.ec == std::errc() && read.ptr == number.data() + number.size();
    return is_number && quality < 1 ? quality : 1;
  }
  return 1;
}

}  // namespace

std::string_view to_string(Coding coding) {
  switch (coding) {
    case Coding::kIdentity: return "identity";
    case Coding::kGzip: return "gzip";
    case Coding::kDeflate: return "deflate";
  }
  return "";
}

std::optional<Coding> coding_of(std::string_view name) {
  if (name.empty()) return Coding::kIdentity;
  for (const Coding coding : {Coding::kIdentity, Coding::kGzip, Coding::kDeflate}) {
    if (base::is_in_any_case(name, to_string(coding))) return coding;
  }
  return std::nullopt;
}

Coding accepted_coding(std::string_view accept_encoding) {
  Coding best = Coding::kIdentity;
  double best_quality = 0;
  const auto offer = [&](Coding coding, double quality) {
    if (quality <= best_quality) return;
    best = coding;
    best_quality = quality;
  };
  std::array<bool, 3> named{};
  double quality_of_others = 0;
  while (!accept_encoding.empty()) {
    std::string_view parameters = take(accept_encoding, ',');
    const std::string_view name = take(parameters, ';');
    const double quality = quality_of(parameters);
    if (name == "*") quality_of_others = quality;
    const auto coding = name.empty() ? std::nullopt : coding_of(name);
    if (!coding || *coding == Coding::kIdentity) continue;
    named[static_cast<std::size_t>(*coding)] = true;
    offer(*coding, quality);
  }
  for (const Coding coding : {Coding::kGzip, Coding::kDeflate}) {
    if (!named[static_cast<std::size_t>(coding)]) offer(coding, quality_of_others);
  }
  return best;
}

std::optional<std::string> unpack(std::string_view packed, Coding coding, std::size_t max_bytes) {
  if (coding == Coding::kIdentity) return packed.size() > max_bytes ? std::nullopt : std::optional(std::string(packed));
  Inflater inflater(coding);
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
    if (status == Z_STREAM_END) {
      if (inflater->avail_in == 0) return bytes;
      if (coding != Coding::kGzip) return std::nullopt;
      // Another member may follow; what is none is not looked at, as on AWS.
      const std::string_view rest(reinterpret_cast<const char*>(inflater->next_in), inflater->avail_in);
      if (!rest.starts_with("\x1f\x8b") || !inflater.begin_again()) return bytes;
    } else if (size == 0 && inflater->avail_in == 0) {
      return std::nullopt;  // cut off
    }
  }
}

std::string pack(std::string_view bytes, Coding coding) {
  if (coding == Coding::kIdentity) return std::string(bytes);
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window_of(coding), 8, Z_DEFAULT_STRATEGY) != Z_OK) {
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
