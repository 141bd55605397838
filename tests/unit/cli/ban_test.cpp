// The study of a regional ban: what it costs in cash and in demand, worked by hand.
#include "catch.hpp"
#include "house.hpp"

using namespace capmix;
using test::Approx;

namespace {

const test::House& house() {
  static const test::House h("regional-ban.toml");
  return h;
}

}  // namespace

// Profit 50bn x 1.1 / 4 = 13.75bn a quarter of 2026; x 0.7 x 0.4 = 3.85bn for chips, in 2027 x 1.1 = 4.235. Of 22.5bn,
// 4 x 3.85 + 4.235 = 19.635 are there in the fifth quarter and the last 2.865 in the sixth. The ban takes 33 % from the
// third quarter on: 2 x 3.85 + 2 x 2.5795 + 3 x 2.83745 = 21.371 in the seventh, the last 1.129 in the eighth.
TEST_CASE("a ban in the Americas delays the last money for chips by half a year") {
  const Plan free = study::make_plan(house().worlds, {"article", "no-ban", -1}), banned = study::make_plan(house().worlds, {"article", "ban", -1});
  CHECK(free.money[0].chips.value() == Approx(3.85e9));
  CHECK(free.tranches.back().date == Date::of(2027, 4, 1));
  CHECK(free.tranches.back().money.value() == Approx(2.865e9));
  CHECK(banned.money[2].chips.value() == Approx(2.5795e9));
  CHECK(banned.tranches.back().date == Date::of(2027, 10, 1));
  CHECK(banned.tranches.back().money.value() == Approx(22.5e9 - 7.7e9 - 2 * 2.5795e9 - 3 * 2.83745e9));
  CHECK(free.lost_regions.empty());
  CHECK(banned.lost_regions.size() == 1);
}

// 95 % of the Americas' requests are not asked for: they are neither served nor shed. All other regions ask as before.
TEST_CASE("a ban in the Americas takes their requests and no others") {
  const Facts free = house().facts({"article", "no-ban", -1}), banned = house().facts({"article", "ban", -1});
  REQUIRE(free.of<ServeMonth>().size() == banned.of<ServeMonth>().size());
  int compared = 0;
  for (size_t i = 0; i < free.of<ServeMonth>().size(); ++i) {
    const auto &a = free.of<ServeMonth>()[i], &b = banned.of<ServeMonth>()[i];
    REQUIRE(a.region == b.region);
    const double left = a.region == "americas" && a.month >= 6 ? 0.05 : 1;
    CHECK(b.demanded == Approx(left * a.demanded));
    CHECK(b.demanded == b.served + b.shed);
    ++compared;
  }
  CHECK(compared == 36 * 5);
}
