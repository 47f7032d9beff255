#pragma once

#include <optional>
#include <string>
#include <vector>

namespace mrgc::bench {

/// A line of the closing table. `ours` and `raw` are medians over repetitions, in `unit`.
struct Figure {
  std::string name;
  std::string unit;
  double ours = 0;
  std::optional<double> raw = {};  ///< plain RocksDB doing the same; nothing where there is no such thing
  std::string target = {};         ///< in words; empty: none
  std::optional<bool> met = {};
};

/// What has been measured, in the order of measuring.
class Report {
 public:
  void add(Figure figure) { figures_.push_back(std::move(figure)); }

  /// As a Markdown table: figure, ours, plain RocksDB, ratio of the two, target and whether it was met.
  void print() const;

 private:
  std::vector<Figure> figures_;
};

}  // namespace mrgc::bench
