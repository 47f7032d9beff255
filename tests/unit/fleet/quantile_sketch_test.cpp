#include "mrgc/fleet/quantile_sketch.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "fleet_world.h"

namespace mrgc::fleet {
namespace {

QuantileSketch sketch_of(const std::vector<double>& values) {
  QuantileSketch sketch;
  for (const double value : values) EXPECT_TRUE(succeeds(sketch.add(value)));
  return sketch;
}

QuantileSketch merged(QuantileSketch a, const QuantileSketch& b) {
  a.merge(b);
  return a;
}

// Values as latencies are: within 12 orders of magnitude, some zero.
std::vector<double> any_values() {
  return *rc::gen::container<std::vector<double>>(
      rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 1'000'000), rc::gen::inRange(-6, 7)),
                   [](const auto& parts) { return parts.first * std::pow(10.0, parts.second); }));
}

TEST(QuantileSketch, IsWithinOnePercentOfTheExactQuantile) {
  EXPECT_TRUE(rc::check([] {
    std::vector<double> values = any_values();
    values.push_back(1);
    const QuantileSketch sketch = sketch_of(values);
    std::ranges::sort(values);
    for (const double q : {0.0, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0}) {
      const double exact = values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
      RC_ASSERT(std::abs(*sketch.quantile(q) - exact) <= exact * 0.0101 + QuantileSketch::kMinValue);
    }
  }));
}

TEST(QuantileSketch, IsWithinOnePercentOnManyValues) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> latency(5, 1.5);
  std::vector<double> values(200'000);
  for (double& value : values) value = latency(random);
  const QuantileSketch sketch = sketch_of(values);
  std::ranges::sort(values);
  for (const double q : {0.01, 0.5, 0.95, 0.99, 0.999}) {
    const double exact = values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
    EXPECT_NEAR(*sketch.quantile(q), exact, exact * 0.0101) << q;
  }
  EXPECT_LT(sketch.to_bytes().size(), 4096U);
}

TEST(QuantileSketch, OfTheWholeIsTheMergeOfTheParts) {
  EXPECT_TRUE(rc::check([] {
    const std::vector<double> first = any_values(), second = any_values(), third = any_values();
    std::vector<double> all = third;
    all.insert(all.end(), first.begin(), first.end());
    all.insert(all.end(), second.begin(), second.end());
    const QuantileSketch a = sketch_of(first), b = sketch_of(second), c = sketch_of(third);
    RC_ASSERT(merged(a, b) == merged(b, a));
    RC_ASSERT(merged(merged(a, b), c) == merged(a, merged(b, c)));
    RC_ASSERT(merged(merged(a, b), c) == sketch_of(all));
  }));
}

TEST(QuantileSketch, MergesExactlyAlsoWhenBucketsAreJoined) {
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> exponent(-6, 12);
  const auto wide = [&] {
    std::vector<double> values(3000);
    for (double& value : values) value = std::pow(10.0, exponent(random));
    return values;
  };
  for (int round = 0; round < 20; ++round) {
    const std::vector<double> first = wide(), second = wide(), third = wide();
    std::vector<double> all = first;
    all.insert(all.end(), second.begin(), second.end());
    all.insert(all.end(), third.begin(), third.end());
    const QuantileSketch whole = sketch_of(all);
    const QuantileSketch a = sketch_of(first), b = sketch_of(second), c = sketch_of(third);
    ASSERT_EQ(merged(merged(a, b), c), whole);
    ASSERT_EQ(merged(c, merged(b, a)), whole);
    ASSERT_LE(whole.to_bytes().size(), 16'384U);
    std::ranges::sort(all);
    const double exact = all[static_cast<std::size_t>(0.95 * static_cast<double>(all.size() - 1))];
    ASSERT_NEAR(*whole.quantile(0.95), exact, exact * 0.0101) << "high quantiles keep their accuracy";
  }
}

TEST(QuantileSketch, ReadsBackFromItsBytes) {
  EXPECT_TRUE(rc::check([] {
    const QuantileSketch sketch = sketch_of(any_values());
    const Result<QuantileSketch> read = QuantileSketch::from_bytes(sketch.to_bytes());
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == sketch);
  }));
}

TEST(QuantileSketch, RefusesOtherBytesOrReadsThemAsExactlyOneSketch) {
  EXPECT_TRUE(rc::check([] {
    std::string bytes = sketch_of(any_values()).to_bytes();
    const auto changes = *rc::gen::inRange(1, 4);
    for (int i = 0; i < changes; ++i) {
      bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = static_cast<char>(*rc::gen::inRange(0, 256));
    }
    const Result<QuantileSketch> read = QuantileSketch::from_bytes(bytes);
    if (read) RC_ASSERT(read->to_bytes() == bytes);
  }));
}

TEST(QuantileSketch, RefusesWhatIsCutOrTooLong) {
  const std::string bytes = sketch_of({0, 1, 2, 3, 1000}).to_bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(fails_with(ErrorCode::kValidation, QuantileSketch::from_bytes(bytes.substr(0, size)))) << size;
  }
  EXPECT_TRUE(fails_with(ErrorCode::kValidation, QuantileSketch::from_bytes(bytes + '\0')));
  EXPECT_TRUE(fails_with(ErrorCode::kValidation, QuantileSketch::from_bytes("\x02\x01")));
  // Counts that would overflow when added up.
  const std::string huge = std::string("\x01") + std::string(9, '\xFF') + "\x01" + std::string(1, '\0');
  EXPECT_TRUE(fails_with(ErrorCode::kValidation, QuantileSketch::from_bytes(huge)));
}

TEST(QuantileSketch, HasNoQuantileOfNothing) {
  EXPECT_EQ(QuantileSketch().quantile(0.5), std::nullopt);
  EXPECT_EQ(QuantileSketch().count(), 0U);
}

TEST(QuantileSketch, RefusesWhatIsNoMeasurement) {
  QuantileSketch sketch;
  for (const double value : {-1.0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, sketch.add(value)));
  }
  EXPECT_EQ(sketch, QuantileSketch());
}

}  // namespace
}  // namespace mrgc::fleet
