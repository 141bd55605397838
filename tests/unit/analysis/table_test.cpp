#include "analysis/table.hpp"

#include <cmath>
#include <limits>
#include <sstream>

#include "catch.hpp"

using namespace capmix::analysis;

TEST_CASE("numbers of a column share a scale") {
  const Scale s = scale_for(1234567);
  CHECK(s.prefix == "k");
  CHECK(number(1234567, s) == "1235");
  CHECK(number(2500, s) == "2");
  CHECK(number(std::nan(""), s) == "-");
  CHECK(number(std::numeric_limits<double>::infinity(), s, "never") == "never");
  CHECK(scale_for(68).prefix.empty());
  CHECK(number(10980e12, token_scale(10980e12)) == "10980");
  CHECK(token_scale(5e9).prefix == "M");
  CHECK(number(68, scale_for(68)) == "68");
  CHECK(scale_for(4e13).prefix == "T");
  CHECK(number(4e13, scale_for(4e13)) == "40.00");
  CHECK(number(-0.001, {1, "", 1}) == "0.0");
  CHECK(with_sign(0.3, {1, "", 1}) == "+0.3");
  CHECK(with_sign(0.001, {1, "", 1}) == "0.0");
  CHECK(money_scale(14e9).prefix == "bn");
}

TEST_CASE("a table aligns numbers to the right and names to the left") {
  TextTable t("mix");
  t.column("chips\nk");
  t.row({"all H200", "12.5"});
  t.row({"half", "103.0"});
  CHECK(t.text(40) == "          chips\n"
                      "mix           k\n"
                      "---------------\n"
                      "all H200   12.5\n"
                      "half      103.0\n");
}

TEST_CASE("no line is wider than the terminal, and no column is lost") {
  TextTable t("a name that is quite a bit longer");
  for (int i = 0; i < 12; ++i) t.column("column" + std::to_string(i));
  std::vector<std::string> row{"another name that is also much longer"};
  for (int i = 0; i < 12; ++i) row.push_back("value" + std::to_string(i));
  t.row(row);
  for (const int width : {40, 60, 80, 100, 200}) {
    const std::string text = t.text(width);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) CHECK(columns(line) <= static_cast<size_t>(width));
    for (int i = 0; i < 12; ++i) CHECK(text.find("value" + std::to_string(i)) != std::string::npos);
  }
}

TEST_CASE("text wraps at spaces") {
  CHECK(wrap("- one two three", 9, 2) == "- one two\n  three\n");
  CHECK(columns("\xc3\xa9t\xc3\xa9") == 3);
}
