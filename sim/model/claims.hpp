// Statements that sources make, and what an audit finds when it sets them beside each other.
#pragma once

#include <string>
#include <vector>

#include "model/provenance.hpp"

namespace capmix {

// How a value is meant.
enum class ClaimKind { point, at_most, at_least };
inline constexpr const char* kClaimKinds[] = {"point", "at-most", "at-least"};

// One statement of one source: a quantity of somebody (and of a product), in a year, in its own unit.
struct Claim {
  std::string id, says;            // says: in our words
  std::string about;               // who: "bytedance", "huawei", "china"
  std::string product;             // of what, if anything: beginning of a chip's id, such as "ascend-950pr"
  std::string quantity;            // see kQuantities
  int period = 0;                  // year; 0: none
  double low = 0, high = 0;        // equal: one value. In base units; months; money in `currency`
  std::string currency;            // "USD" or "CNY" of an amount of money, else ""
  ClaimKind kind = ClaimKind::point;
  std::string edition;             // of a plan that changed since; values of different editions are no conflict
  std::string precision;           // of a peak, where the source says it
  // Ids of other claims: the whole that this is a part of; the same amount in another currency; what a share or
  // a growth divides; the product that a performance compares with is `against`.
  std::string part_of, same_as, part, whole, against;
  std::string source;
  Confidence confidence = Confidence::assumption;
  Place place;
};

enum class Measured { money, units, rate, bytes, bandwidth, number, duration };
struct ClaimQuantity {
  const char* name;
  Measured measured;
};
inline constexpr ClaimQuantity kQuantities[] = {
    {"capex", Measured::money},        // a plan or a budget of all investment
    {"profit", Measured::money},       // of a year
    {"revenue", Measured::money},      // of a maker with a product, a year
    {"chip-spend", Measured::money},   // on chips, all or one supplier's
    {"order", Measured::money},        // for one product
    {"price", Measured::money},        // of one chip
    {"production", Measured::units},   // of one product, a year, for everybody
    {"quota", Measured::units},        // of one product that one buyer may import
    {"peak", Measured::rate},          // of one chip, matrix units
    {"vector", Measured::rate},        // of one chip, vector units at 16 bits
    {"memory", Measured::bytes},       // of one chip
    {"bandwidth", Measured::bandwidth},  // of one chip's memory
    {"performance", Measured::number},   // of `product` relative to `against`
    {"share", Measured::number},       // of `part` in `whole`
    {"growth", Measured::number},      // `whole` over `part`, 1.25 for 25 % more
    {"exchange", Measured::number},    // CNY per USD
    {"build-months", Measured::duration},
};

// Statements that meet: in conflict, or in agreement.
struct Finding {
  enum class Severity { grave, clear, slight, consistent };
  std::string rule;                     // "same quantity", "order and production", ...
  std::vector<std::string> statements;  // "id (file:line)", "study (file)"
  std::vector<std::string> sources;     // of the statements, each once
  std::string text;                     // the conflict in words, with the arithmetic
  double size = 1;                      // how far apart, as a ratio of at least 1
  Severity severity = Severity::consistent;
};
inline constexpr const char* kSeverities[] = {"grave", "clear", "slight", "consistent"};

}  // namespace capmix
