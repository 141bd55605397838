#include "cli/calibrate_others.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "analysis/table.hpp"
#include "base/unit.hpp"
#include "calibrate/record.hpp"

namespace capmix::cli {
namespace {

constexpr const char* kTraining = "recommender training";
constexpr const char* kServing = "recommender serving";
constexpr const char* kLlm = "LLM serving";

template <class T>
std::vector<T> without(const std::vector<T>& rows, const std::set<std::string>& never) {
  std::vector<T> out;
  for (const auto& r : rows)
    if (never.count(r.group) == 0) out.push_back(r);
  return out;
}

// One of the fits as it is told. Values without a range have low = high.
struct Told {
  struct Value {
    const char* name;
    double value, low, high;
    bool seconds = false;
  };
  const char* name;
  std::string chips;            // whose rows were fitted
  size_t rows = 0;
  std::vector<Value> values;
  const char* error_of;         // what `error` is, of |ln(predicted / measured)|
  double error = 0;
};

Told::Value fixed_value(const char* name, double value, bool seconds = false) { return {name, value, value, value, seconds}; }

std::vector<Told> told(const OtherFits& o) {
  std::vector<Told> out;
  if (o.training) {
    const auto& v = o.training->values;
    out.push_back({kTraining, fmt::format("{} on at most {} chips", calibrate::kRecChip, calibrate::kRecChips), static_cast<size_t>(o.training->rows),
                   {fixed_value("gather", v.gather.mode), fixed_value("update", v.update.mode), fixed_value("iteration", v.iteration.value(), true)}, "median of the fitted rows", o.training->error});
  }
  if (o.serving) {
    const auto& f = *o.serving;
    out.push_back({kServing, std::string(calibrate::kServingChip) + ", offline", f.cases.size(), {{"gemm", f.gemm.mode, f.gemm.low, f.gemm.high}, {"gather", f.gather.mode, f.gather.low, f.gather.high}},
                   "90th percentile of offline configurations on other chips", f.trust});
  }
  if (o.llm) {
    const auto& f = *o.llm;
    out.push_back({kLlm, calibrate::kLlmFitted, f.cases.size(),
                   {{"products", f.products, f.products_low, f.products_high}, {"memory", f.memory, f.memory_low, f.memory_high}, fixed_value("iteration", f.iteration.value(), true),
                    fixed_value("sequence", f.sequence.value(), true)},
                   "median of the fitted configurations", f.median});
  }
  return out;
}

}  // namespace

OtherFits fit_others(const Scenario& start, const calibrate::Values& fitted, const Published& all, const std::set<std::string>& never, int jobs) {
  Scenario catalogue = start;
  catalogue.efficiencies = fitted.efficiencies, catalogue.software = fitted.software;
  OtherFits out;
  const auto attempt = [&](const char* name, auto&& fit) {
    try {
      fit();
    } catch (const std::invalid_argument& e) {
      out.left_out[name] = e.what();
    }
  };
  attempt(kTraining, [&] {
    const auto list = without(all.rec_training, never);
    const auto rows = calibrate::rec_fit_for(list, catalogue);
    out.training = calibrate::fit_recommender(catalogue, rows);
    for (const auto* r : rows) out.cases.insert(r->id);
  });
  attempt(kServing, [&] {
    out.serving = calibrate::fit_serving(catalogue, without(all.rec_serving, never));
    out.cases.insert(out.serving->cases.begin(), out.serving->cases.end());
  });
  attempt(kLlm, [&] {
    const auto rows = without(all.llm_serving, never);
    out.llm = calibrate::fit_llm(catalogue, rows);
    out.cases.insert(out.llm->cases.begin(), out.llm->cases.end());
    for (auto& e : catalogue.efficiencies) calibrate::apply(*out.llm, e);
    step::ScoreOptions options;
    options.jobs = jobs, options.fitted = out.cases;
    out.llm_trust = calibrate::llm_trust(rows, step::score(rows, catalogue, options));
  });
  return out;
}

std::string with_others(std::string text, const Efficiency& family, const OtherFits& o) {
  const bool hopper = family.id == "hopper";  // of the chip that each is fitted on
  if (o.serving && hopper) text = calibrate::with_serving(text, *o.serving);
  if (o.llm) {
    const auto trust = o.llm_trust.find(family.id);
    text = calibrate::with_table(text, calibrate::llm_table(*o.llm, hopper, trust == o.llm_trust.end() ? -1 : trust->second, family));
  }
  const auto table = text.find("[recommender]");
  const bool own = table != std::string::npos && text.find("\nsource = \"Analyst estimate\"", table) != std::string::npos;
  if (o.training && !own) text = calibrate::with_recommender(text, *o.training, family.id == o.training->family);
  return text;
}

std::string others_text(const OtherFits& o, int width) {
  std::string out = analysis::heading("Fits to rows of one chip, beside the values of training");
  for (const auto& t : told(o)) {
    std::string values;
    for (const auto& v : t.values) {
      values += (values.empty() ? "" : ", ") + std::string(v.name) + " " + (v.seconds ? si(v.value, "s") : fmt::format("{:.4g}", v.value));
      if (v.low < v.high) values += fmt::format(" ({:.4g} to {:.4g})", v.low, v.high);
    }
    out += analysis::wrap(fmt::format("- {}, {} rows of {}: {}; error, {}: {:.1f} %", t.name, t.rows, t.chips, values, t.error_of, 100 * t.error), width, 2);
  }
  std::string trust;
  for (const auto& [family, half] : o.llm_trust) trust += fmt::format("{}{} {:.1f}", trust.empty() ? "" : ", ", family, 100 * half);
  if (!trust.empty()) out += analysis::wrap("- " + std::string(kLlm) + ", 90th percentile of the error on configurations that were not fitted, by family of chips, %: " + trust, width, 2);
  for (const auto& [name, why] : o.left_out) out += analysis::wrap("- " + name + ": not fitted, its tables stay as the starting files have them (" + why + ")", width, 2);
  return out;
}

nlohmann::ordered_json others_json(const OtherFits& o) {
  nlohmann::ordered_json out;
  for (const auto& t : told(o)) {
    auto& fit = out["fits"][t.name];
    fit = {{"rows_of", t.chips}, {"rows", t.rows}};
    for (const auto& v : t.values) fit["values"][v.name + std::string(v.seconds ? "_s" : "")] = v.value;
    for (const auto& v : t.values)
      if (v.low < v.high) fit["ranges"][v.name] = {v.low, v.high};
    fit["error_of"] = t.error_of, fit["error"] = t.error;
  }
  if (o.llm) out["fits"][kLlm]["trust"] = o.llm_trust;
  out["left_out"] = o.left_out;
  return out;
}

}  // namespace capmix::cli
