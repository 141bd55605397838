#include "base/diagnostic.hpp"

#include "base/id.hpp"
#include "catch.hpp"

using namespace capmix;

TEST_CASE("problems come in the order of file, line and column, each once") {
  Diagnostics d;
  CHECK(d.ok());
  d.add({"b.toml", 3, 1}, "late");
  d.add({"a.toml", 20, 1}, "second");
  d.add({"a.toml", 3, 7}, "first");
  d.add({"a.toml", 3, 7}, "first");
  d.add({"a.toml", 0, 0}, "cannot be read");
  CHECK_FALSE(d.ok());
  CHECK(d.text() ==
        "a.toml: error: cannot be read\n"
        "a.toml:3:7: error: first\n"
        "a.toml:20:1: error: second\n"
        "b.toml:3:1: error: late\n");
  CHECK(InputError(d).count() == 4);
  CHECK(std::string(InputError(d).what()) == d.text());
}

TEST_CASE("a place without a line or column says only what it knows") {
  CHECK(Place{"x.toml", 4, 0}.text() == "x.toml:4");
  CHECK(Place{"x.toml", 0, 9}.text() == "x.toml");
}

TEST_CASE("the nearest word is suggested when it is near enough") {
  const std::vector<std::string> keys{"start", "share", "source", "price"};
  CHECK(nearest("strat", keys) == "start");   // a swap of neighbours counts once
  CHECK(nearest("sorce", keys) == "source");
  CHECK(nearest("priec", keys) == "price");
  CHECK(nearest("quota", keys) == "");
  CHECK(nearest("start", {}) == "");
}

namespace {
struct Named {
  std::string id;
};
}  // namespace

TEST_CASE("a table finds by id and says when there is none") {
  Table<Named> table;
  const Id<Named> a = table.add({"a"});
  table.add({"b"});
  CHECK(table.find("a") == a);
  CHECK(table[table.find("b")].id == "b");
  CHECK_FALSE(table.find("c").valid());
  CHECK_FALSE(Id<Named>{}.valid());
}
