// The article's contradictions are found by rules that know nothing of it.
#include "analysis/audit.hpp"
#include "audit/audit.hpp"
#include "catch.hpp"
#include "scenario/scenario.hpp"
#include "unit/cli/house.hpp"

using namespace capmix;
using test::Approx;

namespace {

std::vector<Finding> audited(const std::vector<std::string>& overrides = {}) {
  return audit::audit(scenario::load(test::study_file("bytedance-2026.toml"), overrides));
}

// The finding of a rule about a statement; consistent and of size 0 when there is none.
Finding about(const std::vector<Finding>& all, const std::string& rule, const std::string& statement) {
  for (const auto& f : all)
    for (const auto& s : f.statements)
      if (f.rule == rule && s.substr(0, s.find(' ')) == statement) return f;
  Finding none;
  none.size = 0;
  return none;
}

const std::string kArticle = "claims/article-2026-05-27:claim.";

}  // namespace

TEST_CASE("the audit finds what the article's numbers cannot all be") {
  const auto all = audited();
  struct Known {
    const char *rule, *statement;
    double size;
    const char* words;
  };
  for (const Known& k : {Known{"spending and means", "profit-2025", 70.0 / 50, "USD 20.00bn must come from elsewhere"},
                         {"orders in the budget", "order-h200", 19.6 / 27.5 / (85.0 / 160), "71.3 % of USD 27.50bn; 65.3 % of USD 30.00bn"},
                         {"chips' share of capex", "chips-2026", 85.0 / 160 / (25.0 / 70), "28.6 to 35.7 %"},
                         {"peak without precision", "peak-950pr", 1560.0 / 378, "1512 TFLOP/s + 47 by vector units = 1559"},
                         {"comparison of chips", "performance-950pr", 0.7 / (865.0 / 1979), "against fp8 of h200-sxm (0.76, 0.79 with vector units)"},
                         {"exchange rate", "plan-cny", 30 / 27.5, "CNY 200.00bn / USD 30.00bn = 6.67"},
                         {"order and production", "order-950pr", 5.6e9 / (50e3 / 7) / 750e3, "below USD 7.5k a chip"},
                         {"price ceiling", "huawei-revenue", 18.0 / 16, "at most USD 16.0k a chip"},
                         {"chips and next year's capex", "chips-2024", 23.0 / 25 / (85.0 / 160), "92 % of the next year's whole capex"},
                         {"stated ratio", "chips-of-profit", 0.7 / (11.7 / 50), "23.4 %"},
                         {"same quantity", "datong", 20.0 / 15, "12 months to 15 months and 20 months"},
                         {"same quantity", "build-us-grid", 36.0 / 24, "36 months to 84 months"},
                         {"order and quota", "licence-cap", 14.0 / 3, "the quota is worth USD 1.86bn"},
                         {"study: quota", "study", 22.5e9 / 24.8e3 / 75e3, "USD 1.86bn of USD 14.00bn"}}) {
    const Finding f = about(all, k.rule, k.statement);
    INFO(k.rule << ": " << f.text);
    CHECK(f.severity != Finding::Severity::consistent);
    CHECK(f.size == Approx(k.size).epsilon(1e-4));
    CHECK(f.text.find(k.words) != std::string::npos);
  }
  for (const char* one : {"chips-2024", "nvidia-2025-cny"})  // 23bn and CNY 85bn mean something else at the Financial Times
    CHECK(about(all, "one number, two meanings", one).severity == Finding::Severity::clear);
  CHECK(about(all, "parts of a whole", "capex-china").severity == Finding::Severity::slight);
  CHECK(about(all, "stated ratio", "share-of-us").text.find("checks out") != std::string::npos);
  CHECK(about(all, "stated ratio", "tripled").severity == Finding::Severity::consistent);
}

TEST_CASE("another number removes a finding") {
  const auto gone = [](const std::string& change, const std::string& rule, const std::string& statement) {
    return about(audited({kArticle + change}), rule, statement).severity == Finding::Severity::consistent;
  };
  CHECK(gone("profit-2025.value=USD 75bn", "spending and means", "profit-2025"));
  CHECK(gone("order-h200.value=USD 8bn", "orders in the budget", "order-h200"));
  CHECK(gone("peak-950pr.value=378 TFLOP/s", "peak without precision", "peak-950pr"));
  CHECK(gone("plan-usd-rounded.value=USD 28bn", "exchange rate", "plan-cny"));
  CHECK(gone("production-950pr.value=1000000", "order and production", "order-950pr"));
}

TEST_CASE("an audit reads well and parses") {
  const auto all = audited();
  const std::string text = analysis::render_audit("A study", 57, all, 80);
  CHECK(text.find("A study: 57 statements") == 0);
  CHECK(text.find("grave") < text.find("slight"));
  CHECK(text.find("said by ") != std::string::npos);
  CHECK(analysis::audit_to_json("A study", all).find("\"rule\": \"exchange rate\"") != std::string::npos);
}
