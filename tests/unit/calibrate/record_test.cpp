// Splits of families, and the files that a calibration writes.
#include "calibrate/record.hpp"

#include <cmath>

#include "base/statistics.hpp"
#include "catch.hpp"

using namespace capmix;
using namespace capmix::calibrate;

namespace {

const std::map<std::string, std::set<std::string>> kFamilies{{"dense", {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}}, {"MoE", {"m", "n"}}, {"LoRA", {"l"}}};

// A catalogue of one family of chips, "f" on stack "cuda", and one class of software, "w".
Scenario catalogue(double gemm, double factor) {
  Scenario s;
  Efficiency e;
  e.id = "f", e.gemm = Uncertain<double>(gemm), e.launch = Seconds(3e-6), e.depth_half = 200;
  Chip chip;
  chip.id = "c", chip.stack = "cuda", chip.efficiency = s.efficiencies.add(e);
  Node node;
  node.id = "n", node.chip = s.chips.add(chip);
  s.nodes.add(node);
  Software w;
  w.id = "w", w.stack = "cuda", w.factor = factor;
  s.software.add(w);
  return s;
}

const char* const kStart =
    "# What people wrote\ngemm = { low = 0.6, mode = 0.7, high = 0.8 }\nmemory = { low = 0.7, mode = 0.8, high = 0.9 }\nlaunch = \"3 us\"\nsource = \"Guess\"\n"
    "confidence = \"assumption\"\nnote = \"Old\"\n\n[serving]\ngather = 0.3\nsource = \"Their own\"\nconfidence = \"press\"\n\n[training]\ndepth_half = 200\n"
    "trust = { dense = 0.3, moe = 0.5, lora = 0.3 }\ncalibrated_on = []\nsource = \"Guess\"\nconfidence = \"assumption\"\n";

}  // namespace

TEST_CASE("a split fits 60 % of the families of each class, at least one, and depends on its name alone") {
  const auto first = drawn_families(kFamilies, 0.6, 1, 0);
  CHECK(first.size() == 6 + 1 + 1);
  CHECK(first.count("l") == 1);
  CHECK(first == drawn_families(kFamilies, 0.6, 1, 0));
  CHECK(first != drawn_families(kFamilies, 0.6, 1, 1));
  CHECK(first != drawn_families(kFamilies, 0.6, 2, 0));
  // Another class changes nothing here.
  auto more = kFamilies;
  more["Ascend"] = {"x", "y"};
  auto second = drawn_families(more, 0.6, 1, 0);
  second.erase("x"), second.erase("y");
  CHECK(first == second);
}

TEST_CASE("quantiles between order statistics") {
  CHECK(quantile({1, 2, 3, 4}, 0.5) == test::Approx(2.5));
  CHECK(quantile({4, 1, 3, 2, 5}, 0.9) == test::Approx(4.6));
  CHECK(quantile({7}, 0.9) == 7);
  CHECK(std::isnan(quantile({}, 0.5)));
}

TEST_CASE("digits: four, without an exponent") {
  CHECK(digits(0.751234) == "0.7512");
  CHECK(digits(1) == "1.0");
  CHECK(digits(5630.4) == "5630");
  CHECK(digits(0.00413) == "0.00413");
  CHECK(digits(0) == "0");
}

TEST_CASE("an efficiency file: fitted values in the form of the start, ranges of the refits, trust of the held-out errors") {
  const Scenario start = catalogue(0.7, 1), all = catalogue(0.75, 0.9), low = catalogue(0.72, 0.85), high = catalogue(0.74, 0.95);
  Calibration c;
  c.values = {all.efficiencies, all.software};
  c.values.efficiencies[Id<Efficiency>{0}].launch = Seconds(12.34e-6);
  c.refits = {{low.efficiencies, low.software}, {high.efficiencies, high.software}};
  step::Case one;
  one.id = "one", one.group = "g", one.node = Id<Node>{0}, one.software = Id<Software>{0};
  const Cases cases{&one};
  for (const double e : {0.01, -0.02, 0.03, -0.04, 0.2, 0.05}) c.held.push_back({&one, "dense", "f", e});
  for (const double e : {0.01, -0.02}) c.held.push_back({&one, "MoE", "f", e});
  const std::string text = efficiency_file(kStart, "f", c, cases, start);
  INFO(text);
  const auto has = [&](const std::string& part) { return text.find(part) != std::string::npos; };
  CHECK(has("gemm = { low = 0.72, mode = 0.75, high = 0.75 }\n"));
  CHECK(has("memory = { low = 0.7, mode = 0.8, high = 0.9 }\n"));  // no measurement moved it
  CHECK(has("launch = \"12.34 us\"\n"));
  CHECK(has("depth_half = 200\n"));
  CHECK(has("gather = 0.3\nsource = \"Their own\"\nconfidence = \"press\"\n"));
  // 90th percentile of 0.01 .. 0.05, 0.2 at position 4.5: (0.05 + 0.2) / 2; two MoE cases are too few.
  CHECK(has("trust = { dense = 0.125, moe = 0.5, lora = 0.3 }\n"));
  CHECK(has("calibrated_on = [\"g\"]\n"));
  CHECK(!has("Guess"));
  CHECK(!has("What people wrote"));
  CHECK(!has("Old"));
  CHECK(text == efficiency_file(kStart, "f", c, cases, start));
}

TEST_CASE("a software file keeps its facts, and its fitted table is written anew each time") {
  const Scenario start = catalogue(0.7, 1), all = catalogue(0.75, 0.9), low = catalogue(0.72, 0.85);
  Calibration c;
  c.values = {all.efficiencies, all.software};
  c.refits = {{low.efficiencies, low.software}};
  step::Case one;
  one.id = "one", one.group = "g", one.node = Id<Node>{0}, one.software = Id<Software>{0};
  const std::string before = "name = \"W\"\nnote = \"kept\"\n\n[fitted]\nfactor = 1.0\ncalibrated_on = []\n";
  const std::string text = software_file(before, "w", c, {&one}, start);
  CHECK(text.rfind("name = \"W\"\nnote = \"kept\"\n\n[fitted]\n", 0) == 0);
  CHECK(text.find("factor = 0.9\ncalibrated_on = [\"g\"]\n") != std::string::npos);
  CHECK(text.find("0.85 to 0.9") != std::string::npos);
  CHECK(software_file(text, "w", c, {&one}, start) == text);
}

TEST_CASE("the list of fitted cases reads back") {
  step::Case a, b;
  a.id = "b case", b.id = "a case";
  const std::string text = case_list({&a, &b, &a});
  CHECK(read_case_list(text) == std::set<std::string>{"a case", "b case"});
}
