#include "base/hash.hpp"

#include <set>
#include <string>

#include "catch.hpp"

using namespace capmix;

TEST_CASE("hashes tell similar names apart") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(hex64(hash64("hall." + std::to_string(i))));
  CHECK(seen.size() == 1000);
  CHECK(seen.begin()->size() == 16);
  CHECK(hash64("a", 1) != hash64("a", 2));
}
