#include "plan/outcome_shares.hpp"

#include <cmath>

#include "catch.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;

namespace {

Outcome says(const char* id, std::vector<ForcedApproval> forced) { return {id, id, std::move(forced), {}}; }

ForcedApproval force(size_t approval, bool granted) {
  ForcedApproval f;
  f.approval.index = static_cast<uint32_t>(approval), f.granted = granted;
  return f;
}

}  // namespace

TEST_CASE("outcomes are as probable as their approvals") {
  // Licence and permission independent, 0.5 and 0.6. 10,000 draws: a share's standard deviation is at most 0.005.
  auto s = study();
  s.approvals[{0}].probability = 0.5, s.approvals[{1}].probability = 0.6;
  s.study.outcomes = {says("drawn", {}), says("both", {force(0, true), force(1, true)}), says("no permission", {force(1, false)}), says("again", {force(1, false)})};
  const auto shares = plan::outcome_shares(s, 10000);
  CHECK(std::isnan(shares[0]));  // all draws, not one of the outcomes
  CHECK(shares[1] == test::Approx(0.3).margin(0.02));
  CHECK(shares[2] == test::Approx(0.2).margin(0.02));  // two outcomes say the same and share 0.4
  CHECK(shares[2] == test::Approx(shares[3]));
}

TEST_CASE("a grant with a quota is another outcome than one without") {
  auto s = study();
  s.approvals[{0}].probability = 1.0, s.approvals[{0}].quota = Uncertain<double>(1000.0);
  auto limited = force(0, true), free = force(0, true);
  limited.quota = 75000, free.unlimited = true;
  s.study.outcomes = {says("limited", {limited}), says("free", {free})};
  CHECK(plan::outcome_shares(s, 100)[0] == test::Approx(1));
  CHECK(plan::outcome_shares(s, 100)[1] == test::Approx(0));
  s.approvals[{0}].quota.reset();
  CHECK(plan::outcome_shares(s, 100)[0] == test::Approx(0));
  CHECK(plan::outcome_shares(s, 100)[1] == test::Approx(1));
}

TEST_CASE("what is on record is certain") {
  auto s = study();
  s.approvals[{0}].probability = 0.5;
  s.approvals[{0}].history = {{Date::of(2026, 3, 5), ApprovalState::granted, {}, ""}};
  s.study.outcomes = {says("granted", {force(0, true)}), says("refused", {force(0, false)})};
  s.study.as_of = Date::of(2026, 6, 1);
  CHECK(plan::outcome_shares(s, 100)[0] == test::Approx(1));
  CHECK(plan::outcome_shares(s, 100)[1] == test::Approx(0));
}
