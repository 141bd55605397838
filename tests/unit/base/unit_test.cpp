#include "base/unit.hpp"

#include <string>

#include "base/quantity.hpp"
#include "catch.hpp"

using namespace capmix;
using test::Approx;

namespace {

template <class Q>
double read(const std::string& text, std::optional<double> cny_per_usd = std::nullopt) {
  const UnitResult r = parse_quantity(text, DimensionOf<Q>::value, cny_per_usd);
  INFO(text << ": " << r.problem);
  REQUIRE(r.ok);
  return r.value;
}

template <class Q>
std::string problem(const std::string& text) {
  const UnitResult r = parse_quantity(text, DimensionOf<Q>::value);
  INFO(text);
  REQUIRE_FALSE(r.ok);
  return r.problem;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("prefixes are decimal unless binary is written") {
  CHECK(read<Bytes>("141 GB") == Approx(141e9));
  CHECK(read<Bytes>("1 GiB") == Approx(1024.0 * 1024 * 1024));
  CHECK(read<ByteRate>("4.8 TB/s") == Approx(4.8e12));
  CHECK(read<ByteRate>("400 Gbit/s") == Approx(50e9));  // 8 bits in a byte
  CHECK(read<FlopRate>("989.5 TFLOP/s") == Approx(989.5e12));
  CHECK(read<FlopRate>("624 TOP/s") == Approx(624e12));
  CHECK(read<Watts>("200 MW") == Approx(200e6));
  CHECK(read<Flop>("1 GFLOP") == Approx(1e9));
}

TEST_CASE("times, rates and shares") {
  CHECK(read<Seconds>("80 ms") == Approx(0.08));
  CHECK(read<Seconds>("5 us") == Approx(5e-6));
  CHECK(read<Seconds>("50000 h") == Approx(1.8e8));
  CHECK(read<PerSecond>("400000 requests/s") == Approx(4e5));
  CHECK(read<double>("70 %") == Approx(0.7));
  CHECK(read<double>("0.7") == Approx(0.7));
}

TEST_CASE("money, and prices of something") {
  CHECK(read<Usd>("USD 14bn") == Approx(14e9));
  CHECK(read<Usd>("USD 24.8k") == Approx(24800));
  CHECK(read<Usd>("USD 38000") == Approx(38000));
  CHECK(read<UsdPerWatt>("USD 3.5m/MW") == Approx(3.5));           // 3.5e6 / 1e6
  CHECK(read<UsdPerJoule>("USD 0.08/kWh") == Approx(0.08 / 3.6e6));  // 1 kWh = 3.6e6 J
  CHECK(read<Usd>("CNY 40bn", 8.0) == Approx(5e9));
}

TEST_CASE("an amount in CNY needs a stated rate") {
  CHECK(holds(problem<Usd>("CNY 40bn"), "needs a stated exchange rate"));
}

TEST_CASE("a quantity of another dimension is told what was due") {
  const auto p = problem<Watts>("200 MWh");
  CHECK(holds(p, "wrong dimension"));
  CHECK(holds(p, "a power, such as \"200 MW\""));
  CHECK(holds(problem<Bytes>("4.8 TB/s"), "a size"));
  CHECK(holds(problem<ByteRate>("400 Gbit"), "a bandwidth"));
  CHECK(holds(problem<FlopRate>("USD 3"), "a compute rate"));
  CHECK(holds(problem<Usd>("14 GB"), "an amount of money"));
}

TEST_CASE("an unknown unit names the nearest one of the dimension") {
  CHECK(holds(problem<Bytes>("141 Gb"), "unknown unit \"Gb\""));
  CHECK(holds(problem<Bytes>("141 Gb"), "did you mean \"GB\"?"));
  CHECK(holds(problem<ByteRate>("400 Gbits/s"), "did you mean \"Gbit/s\"?"));
  CHECK(holds(problem<Usd>("USD 14 billion"), "unknown multiplier"));
}

TEST_CASE("what is no quantity at all") {
  CHECK(holds(problem<Watts>("700"), "has no unit"));
  CHECK(holds(problem<Watts>("much"), "is not a quantity"));
  CHECK(holds(problem<Watts>(""), "is not a quantity"));
  CHECK(holds(problem<double>("nan"), "is not a quantity"));
  CHECK(holds(problem<double>("-inf"), "is not a quantity"));
  CHECK(holds(problem<Usd>("USD"), "is not a quantity"));
}

TEST_CASE("calendar durations") {
  CHECK(parse_duration("13.5 months").value == Approx(13.5 * 365.2425 / 12));
  CHECK(parse_duration("90 days").value == Approx(90));
  CHECK(parse_duration("1 day").value == Approx(1));
  CHECK(parse_duration("6 weeks").value == Approx(42));
  CHECK(parse_duration("2 years").value == Approx(730.485));
  for (const char* bad : {"90", "3 h", "USD 3", "soon", "6 wekes"}) {
    INFO(bad);
    CHECK_FALSE(parse_duration(bad).ok);
  }
  CHECK(holds(parse_duration("6 wekes").problem, "did you mean \"weeks\"?"));
}

TEST_CASE("short texts of large numbers") {
  CHECK(si(4.8e12, "B/s") == "4.80 TB/s");
  CHECK(si(989.5e12, "FLOP/s") == "990 TFLOP/s");  // three significant digits
  CHECK(si(0, "W") == "0.00 W");
  CHECK(si(5e-6, "s") == "5.00 us");
  CHECK(si(-60e6, "W") == "-60.0 MW");
  CHECK(money(Usd(14e9)) == "USD 14.00bn");
  CHECK(money(Usd(24800)) == "USD 24.8k");
  CHECK(money(Usd(999.6e6)) == "USD 1.00bn");
}

TEST_CASE("what is counted has no thousandths") {
  CHECK(si_counted(0.2847, "requests/s") == "0.285 requests/s");
  CHECK(si_counted(0.012, "requests") == "0.0120 requests");
  CHECK(si_counted(1, "requests") == "1.00 requests");
  CHECK(si_counted(720.4, "requests/s") == "720 requests/s");
  CHECK(si_counted(15.4e6, "samples/s") == "15.4 Msamples/s");
  CHECK(si_counted(0, "requests") == "0.00 requests");
}

TEST_CASE("dimensions follow from arithmetic") {
  STATIC_REQUIRE(std::is_same_v<decltype(Flop(1) / FlopRate(1)), Seconds>);
  STATIC_REQUIRE(std::is_same_v<decltype(Watts(1) * Seconds(1)), Joules>);
  STATIC_REQUIRE(std::is_same_v<decltype(UsdPerWatt(1) * Watts(1)), Usd>);
  STATIC_REQUIRE(std::is_same_v<decltype(Bytes(1) / Bytes(1)), double>);
  CHECK((Bytes(141e9) / ByteRate(4.8e12)).value() == Approx(0.029375));
}
