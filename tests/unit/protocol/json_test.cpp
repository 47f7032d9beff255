#include "protocol/json.h"

#include <gtest/gtest.h>

#include <string>

#include "protocol/base64.h"

namespace mrgc::protocol {
namespace {

using Kind = JsonValue::Kind;

bool parses(std::string_view text) { return JsonDocument::parse(text).has_value(); }

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

TEST(Json, KeepsTheOrderOfMembersAndTheTextOfNumbers) {
  const auto document = JsonDocument::parse(R"({"b":1.50,"a":[true,null,"x\u00fc\ud83d\ude00"],"b":-2e3})").value();
  std::string names;
  for (const auto& [name, value] : document.root().members()) names += name;
  EXPECT_EQ(names, "bab");
  EXPECT_EQ(document.root().find("b")->text(), "-2e3") << "of two members with a name the last counts";
  const JsonValue array = document.root().find("a").value();
  EXPECT_EQ(array.size(), 3u);
  std::string kinds;
  for (const JsonValue element : array.elements()) kinds += std::to_string(static_cast<int>(element.kind()));
  EXPECT_EQ(kinds, "204");
}

TEST(Json, TakesNullForNotSent) {
  const auto document = JsonDocument::parse(R"({"a":null})").value();
  EXPECT_FALSE(document.root().find("a"));
  EXPECT_EQ(document.root().size(), 1u);
}

TEST(Json, RefusesWhatIsNoJson) {
  for (const char* text :
       {"",   " ",   "{",        "}",       "[1,]",        "{\"a\":}", "{a:1}", "'a'",      "01",  "1.",
        "+1", "nul", "\"\x01\"", "\"\\x\"", "\"\\ud800\"", "1 2",      "{}{}",  "\"\xff\"", "[1}", "\"a"}) {
    EXPECT_FALSE(parses(text)) << text;
  }
}

// Also where the text ends: what is behind it must not be looked at (AddressSanitizer sees that).
TEST(Json, RefusesCharactersThatAreNotComplete) {
  for (int lead = 0x80; lead < 0x100; ++lead) {
    for (const char* rest : {"", "\x80", "\x80\x80", "\""}) {
      EXPECT_FALSE(parses("\"a" + std::string(1, static_cast<char>(lead)) + rest)) << lead;
    }
  }
  EXPECT_FALSE(parses("\"\xed\xa0\x80\"")) << "half of a pair";
  EXPECT_TRUE(parses("\"\xc3\xbc\xf0\x9f\x98\x80\""));
}

TEST(Json, NestsAsDeepAsItsLimitAndNoDeeper) {
  EXPECT_TRUE(parses(nested(kMaxJsonDepth)));
  EXPECT_FALSE(parses(nested(kMaxJsonDepth + 1)));
  EXPECT_FALSE(parses(std::string(1'000'000, '[')));
}

TEST(Json, WritesWhatReadsBack) {
  for (const std::string& text :
       {std::string("plain"), std::string("\"\\\b\f\n\r\t\x01\x1f\0 end", 14), std::string("ü漢😀")}) {
    std::string written;
    append_json_string(written, text);
    const auto document = JsonDocument::parse(written);
    ASSERT_TRUE(document) << written;
    EXPECT_EQ(document->root().text(), text);
  }
}

// Eight characters are looked at together, so where one stands matters.
TEST(Json, EscapesACharacterWhereverItStands) {
  for (int c = 0; c < 0x80; ++c) {
    for (std::size_t at = 0; at < 17; ++at) {
      std::string text = "0123456789abcdefg";
      text[at] = static_cast<char>(c);
      std::string written;
      append_json_string(written, text);
      const auto document = JsonDocument::parse(written);
      ASSERT_TRUE(document) << written;
      EXPECT_EQ(document->root().text(), text);
    }
  }
}

TEST(Base64, ReadsBackBytesOfAnyLength) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    std::string text;
    append_base64(text, bytes);
    EXPECT_EQ(text.size() % 4, 0u);
    EXPECT_EQ(decode_base64(text), bytes);
    bytes.push_back(static_cast<char>(i * 7));
  }
}

TEST(Base64, RefusesWhatIsNotCanonical) {
  for (const char* text : {"YQ", "YQ=", "YR==", "Y===", "YQ==YQ==", "YW-_", "YQ==\n", " YQ==", "====", "YWJ="}) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
  EXPECT_EQ(decode_base64(""), "");
}

}  // namespace
}  // namespace mrgc::protocol
