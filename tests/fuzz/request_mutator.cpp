#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/answer_checks.h"
#include "mrgc/item/value.h"
#include "protocol/json.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

// Changes texts of requests so that most stay JSON: bytes that are changed blindly seldom get past its parser.
namespace mrgc::fuzz {
namespace {

class RequestMutator {
 public:
  RequestMutator(std::string_view input, std::size_t max_size, unsigned seed) : max_size_(max_size), random_(seed) {
    while (!input.empty()) {
      const std::size_t end = std::min(input.find('\n'), input.size());
      lines_.emplace_back(input.substr(0, end));
      input.remove_prefix(std::min(end + 1, input.size()));
    }
    if (lines_.empty()) lines_.emplace_back();
  }

  std::string mutate() {
    // Several small steps in one go: a request that is right again often needs two.
    for (std::size_t steps = 1 + below(3); steps > 0; --steps) step();
    std::string text;
    for (const std::string& line : lines_) text += line + '\n';
    text.resize(std::min(text.size(), max_size_));
    return text;
  }

 private:
  struct Span {
    std::size_t begin = 0;
    std::size_t size = 0;
  };

  std::size_t below(std::size_t bound) { return random_() % bound; }
  template <typename List>
  auto& one_of(List& list) {
    return list[below(list.size())];
  }

  void step() {
    std::string& line = one_of(lines_);
    switch (below(9)) {
      case 0: return change_bytes(line);
      case 1: return change_lines();
      case 2:
      case 3: return replace_span(line, [&](std::string_view span) { return donated(line, span); });
      case 4: return replace_span(line, [this](std::string_view) { return std::string(one_of(kValues)); });
      case 5: return replace_span(line, [&](std::string_view span) { return nested(line, span); });
      case 6: return remove_member(line);
      case 7: return replace_span(line, [this](std::string_view span) { return lengthened(span); });
      default: return change_inside(line);
    }
  }

  void change_lines() {
    const std::string copy = one_of(lines_);
    const auto at = lines_.begin() + static_cast<std::ptrdiff_t>(below(lines_.size()));
    switch (below(4)) {
      case 0:
        if (lines_.size() > 1) lines_.erase(at);
        return;
      case 1: std::swap(*at, one_of(lines_)); return;
      case 2: lines_.emplace(at, one_of(kEvents)); return;
      default: lines_.insert(at, copy);
    }
  }

  void change_bytes(std::string& line) {
    const std::size_t size = line.size();
    line.resize(size + 64);
    line.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(line.data()), size, line.size()));
    std::ranges::replace(line, '\n', ' ');
  }

  // The values of JSON in a text, which need not be JSON.
  static std::vector<Span> spans_of(std::string_view text) {
    std::vector<Span> spans;
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c == '"') {
        const std::size_t begin = i++;
        while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
        if (i < text.size()) spans.push_back({.begin = begin, .size = i + 1 - begin});
      } else if (c == '{' || c == '[') {
        open.push_back(i);
      } else if ((c == '}' || c == ']') && !open.empty()) {
        spans.push_back({.begin = open.back(), .size = i + 1 - open.back()});
        open.pop_back();
      } else if (is_of_word(c)) {
        const std::size_t begin = i;
        while (i + 1 < text.size() && is_of_word(text[i + 1])) ++i;
        if (!open.empty()) spans.push_back({.begin = begin, .size = i + 1 - begin});
      }
    }
    return spans;
  }
  static bool is_of_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

  template <typename Replace>
  void replace_span(std::string& line, Replace replace) {
    const std::vector<Span> spans = spans_of(line);
    if (spans.empty()) return;
    const Span span = one_of(spans);
    const std::string replacement = replace(std::string_view(line).substr(span.begin, span.size));
    line.replace(span.begin, span.size, replacement);
  }

  // A value of any line in the place of `span`, as often as not of the same kind.
  std::string donated(const std::string& line, std::string_view span) {
    const std::string& donor = below(2) == 0 ? line : one_of(lines_);
    std::vector<Span> spans = spans_of(donor);
    if (below(2) == 0) std::erase_if(spans, [&](const Span& other) { return donor[other.begin] != span.front(); });
    if (spans.empty()) return std::string(span);
    const Span chosen = one_of(spans);
    return donor.substr(chosen.begin, chosen.size);
  }

  // As often as not to about where the nesting of a request, or of an item in one, ends.
  std::string nested(const std::string& line, std::string_view span) {
    struct Nesting {
      std::string_view open;
      std::string_view close;
    };
    constexpr std::array<Nesting, 3> kNestings = {{{R"({"L":[)", "]}"}, {R"({"M":{"a":)", "}}"}, {"[", "]"}}};
    constexpr std::array<std::size_t, 2> kLimits = {protocol::kMaxJsonDepth, 2 * item::kMaxNestingLevels + 2};
    const Nesting nesting = one_of(kNestings);
    const std::size_t limit = one_of(kLimits) + below(4);
    const std::size_t depth = nesting_of(line);
    const bool far = below(2) == 0 && depth < limit;
    const std::size_t levels = far ? (limit - depth) / nesting.close.size() : 1 + below(3);
    std::string text(span);
    for (std::size_t i = 0; i < levels; ++i) text.insert(0, nesting.open).append(nesting.close);
    return text;
  }

  // A text about as long as names, keys of either kind or expressions may be.
  std::string lengthened(std::string_view span) {
    constexpr std::array<std::size_t, 4> kLimits = {255, 1024, 2048, 4096};
    if (span.size() < 2 || span.front() != '"') return std::string(span);
    std::string text(span.substr(0, span.size() - 1));
    text.resize(std::max(text.size(), one_of(kLimits) + below(4)), 'x');
    return text + '"';
  }

  void remove_member(std::string& line) {
    const std::vector<Span> spans = spans_of(line);
    if (spans.empty()) return;
    const Span value = one_of(spans);
    std::size_t begin = value.begin;
    if (begin > 0 && line[begin - 1] == ':') begin = line.find_last_of("{,", begin - 1) + 1;
    std::size_t end = value.begin + value.size;
    if (end < line.size() && line[end] == ',') {
      ++end;
    } else if (begin > 0 && line[begin - 1] == ',') {
      --begin;
    }
    if (begin < end) line.erase(begin, end - begin);
  }

  void change_inside(std::string& line) {
    replace_span(line, [this](std::string_view span) {
      std::string text(span);
      if (text.size() < 2) return text;
      std::string inside = text.substr(1, text.size() - 2);
      change_bytes(inside);
      return text.front() + inside + text.back();
    });
  }

  static constexpr std::array<std::string_view, 5> kEvents = {"!sweep", "!reopen", "!advance 60000",
                                                              "!advance 90000000", "!gzip"};
  // Of each kind, and what lies next to a limit.
  static constexpr std::array<std::string_view, 28> kValues = {"null",
                                                               "true",
                                                               "false",
                                                               "0",
                                                               "-1",
                                                               "1.5",
                                                               "1e400",
                                                               "9223372036854775807",
                                                               "{}",
                                                               "[]",
                                                               R"("")",
                                                               R"("a")",
                                                               R"("A===")",
                                                               R"("AB==")",
                                                               R"("1e126")",
                                                               R"("1e-131")",
                                                               R"("65536e65536")",
                                                               R"({"S":"a"})",
                                                               R"({"N":"1"})",
                                                               R"({"N":"1e125"})",
                                                               R"({"N":"-0.1e-129"})",
                                                               R"({"B":"AA=="})",
                                                               R"({"SS":["a","b"]})",
                                                               R"({"SS":["a","a"]})",
                                                               R"({"NS":["1","1.0"]})",
                                                               R"({"BS":["AA==","AQ=="]})",
                                                               R"({"L":[{"NULL":true}]})",
                                                               R"({"M":{"a":{"BOOL":false}}})"};

  std::size_t max_size_;
  std::minstd_rand random_;
  std::vector<std::string> lines_;
};

}  // namespace
}  // namespace mrgc::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  // Now and then anything at all: most of what is wrong is not JSON.
  if (seed % 8 == 0) return LLVMFuzzerMutate(data, size, max_size);
  mrgc::fuzz::RequestMutator mutator({reinterpret_cast<const char*>(data), size}, max_size, seed);
  const std::string text = mutator.mutate();
  std::memcpy(data, text.data(), text.size());
  return text.size();
}
