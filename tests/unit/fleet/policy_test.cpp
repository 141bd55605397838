#include "fleet/policy.hpp"

#include "catch.hpp"

using namespace capmix::fleet;

namespace {

const Policy& policy() { return *find_policy("priority-fifo"); }

// Kind 0 has `free` chips now and enough for anything at `ready`.
View view(std::vector<int64_t> free, int64_t ready) {
  View v;
  v.free = std::move(free);
  v.ready = [ready](const Option&) { return ready; };
  return v;
}

Request wants(int campaign, int priority, double tokens, std::vector<Option> options, int64_t submitted = 0, int chips = 8) {
  return {campaign, priority, submitted, chips, tokens, std::move(options)};
}

}  // namespace

TEST_CASE("Nobody knows a policy that was not added") { CHECK(find_policy("lottery") == nullptr); }

TEST_CASE("Priority goes before the order of the files, and a tie follows the files") {
  auto v = view({8}, kNever);
  v.requests = {wants(0, 1, 100, {{0, {{0, 8}}, 1}}), wants(1, 5, 100, {{0, {{0, 8}}, 1}}), wants(2, 5, 100, {{0, {{0, 8}}, 1}})};
  REQUIRE(policy().next(v));
  CHECK(policy().next(v)->request == 1);
}

TEST_CASE("Of one priority who came first starts first, and of those that came together the widest: no name decides") {
  auto v = view({16}, kNever);
  v.requests = {wants(0, 5, 100, {{0, {{0, 8}}, 1}}, 20), wants(1, 5, 100, {{0, {{0, 8}}, 1}}, 10), wants(2, 5, 100, {{0, {{0, 16}}, 1}}, 10, 16)};
  CHECK(policy().next(v)->request == 2);
  std::swap(v.requests[0], v.requests[2]);
  CHECK(policy().next(v)->request == 0);
  v.requests[0].submitted = 30;
  CHECK(v.requests[policy().next(v)->request].submitted == 10);
}

TEST_CASE("The fastest option that fits is taken") {
  auto v = view({4, 8, 8}, kNever);
  v.requests = {wants(0, 0, 100, {{0, {{0, 8}}, 9}, {1, {{1, 8}}, 2}, {2, {{2, 8}}, 3}})};
  REQUIRE(policy().next(v));
  CHECK(policy().next(v)->option == 2);
}

TEST_CASE("No job starts below its gang") {
  auto v = view({7}, 100);
  v.requests = {wants(0, 0, 100, {{0, {{0, 8}}, 1}})};
  CHECK(!policy().next(v));
}

TEST_CASE("A small job may fill in only if it ends before the large one can start") {
  // The large one needs 16 of 8 free chips and can have them at second 50. The small one has 100 tokens.
  auto v = view({8}, 50);
  v.requests = {wants(0, 9, 1e9, {{0, {{0, 16}}, 1}}), wants(1, 0, 100, {{0, {{0, 8}}, 1}})};
  CHECK(!policy().next(v));  // ends at 100
  v.requests[1].options[0].rate = 2;
  REQUIRE(policy().next(v));  // ends at 50
  CHECK(policy().next(v)->request == 1);
}

TEST_CASE("What can never start holds nothing back") {
  auto v = view({8}, kNever);
  v.requests = {wants(0, 9, 1e9, {{0, {{0, 16}}, 1}}), wants(1, 0, 100, {{0, {{0, 8}}, 1}})};
  REQUIRE(policy().next(v));
  CHECK(policy().next(v)->request == 1);
}
