#include "cli/text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <sstream>
#include <stdexcept>
#include <string>

#include "cli/json.h"

namespace mrgc::cli {
namespace {

TEST(Text, GroupsDigits) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(12'345'678), "12,345,678");
}

TEST(Text, TellsTimesAndAges) {
  EXPECT_EQ(utc_text(1'700'158'623), "2023-11-16 18:17:03");
  EXPECT_EQ(age_text(100, 88), "12");
  EXPECT_EQ(age_text(100, 0), "-");
}

TEST(Text, AlignsColumns) {
  TextTable table({{"NAME"}, {"N", TextTable::Align::kRight}, {"NOTE"}});
  table.add_row({"a", "1", "x"});
  table.add_row({"longer", "1000", ""});
  std::ostringstream out;
  table.print(out, {});
  EXPECT_EQ(out.str(), "NAME       N  NOTE\na          1  x\nlonger  1000\n");
  EXPECT_THROW(table.add_row({"too", "few"}), std::logic_error);
}

TEST(Text, PrintableTextHasNoControlCharacters) {
  EXPECT_TRUE(rc::check("as long, and harmless", [] {
    // Mostly bytes of which control characters are made.
    const auto text = *rc::gen::container<std::string>(
        rc::gen::oneOf(rc::gen::arbitrary<char>(), rc::gen::element('\xC2', '\x80', '\x9B', '\x9F', '\xA0', '\033')));
    const std::string safe = printable(text);
    RC_ASSERT(safe.size() == text.size());
    for (const unsigned char c : safe) RC_ASSERT(c >= 0x20 && c != 0x7f);
    for (std::size_t i = 1; i < safe.size(); ++i) {
      const auto c = static_cast<unsigned char>(safe[i]);
      RC_ASSERT(safe[i - 1] != '\xC2' || c < 0x80 || c > 0x9F);
    }
    RC_ASSERT(printable(safe) == safe);
  }));
}

TEST(Text, PrintableTextKeepsOtherCharacters) {
  EXPECT_EQ(printable("a\xC2\x9B"
                      "31mb"),
            "a??31mb");
  for (const std::string text : {"\xC3\xA9", "\xC4\x9B", "\xC2\xA0", "\xE2\x82\xAC", "\xC2"})
    EXPECT_EQ(printable(text), text);
}

TEST(Text, ShellWordsAreQuotedWhereTheyMustBe) {
  EXPECT_EQ(shell_word("build/release/bin/mrgc"), "build/release/bin/mrgc");
  EXPECT_EQ(shell_word("embedded:/tmp/a b"), "'embedded:/tmp/a b'");
  EXPECT_EQ(shell_word("it's; $HOME"), "'it'\\''s; $HOME'");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("a\nb"), "'a?b'");
}

TEST(Text, EmphasisesOnlyInColour) {
  EXPECT_EQ(Style{}.bold("x"), "x");
  EXPECT_EQ(Style{.colour = true}.bold("x"), "\033[1mx\033[0m");
}

TEST(JsonText, WritesAttributesOfEveryType) {
  using item::Value;
  Json json;
  json.attribute(Value::Map{{"b", true},
                            {"l", Value::List{Value("x"), Value(Value::Null{})}},
                            {"n", item::Number::parse("12345678901234567890123456789012345678").value()},
                            {"x", Value::Binary{std::string("\x00\xff", 2)}},
                            {"xs", Value::binary_set({Value::Binary{"a"}})},
                            {"ns", Value::number_set({item::Number::from_int64(7)})},
                            {"ss", Value::string_set({"a", "b"})}});
  std::ostringstream out;
  json.print(out);
  EXPECT_EQ(out.str(),
            "{\"b\":true,\"l\":[\"x\",null],\"n\":12345678901234567890123456789012345678,\"ns\":[7],"
            "\"ss\":[\"a\",\"b\"],\"x\":\"00ff\",\"xs\":[\"61\"]}\n");
}

}  // namespace
}  // namespace mrgc::cli
