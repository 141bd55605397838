// Outcomes of one mix against each other: when they part, and where the chip-hours go instead.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/notes.hpp"
#include "analysis/table.hpp"

namespace capmix::analysis {
namespace {

double hours(int64_t seconds) { return static_cast<double>(seconds) / 3600; }

std::string pair_name(const OutcomePair& p) { return p.outcome + " - " + p.base; }

std::string dates(const results::StudyInfo& info, const std::vector<const OutcomePair*>& pairs, const std::string& mix, int width) {
  TextTable table(mix);
  for (const char* head : {"chips\nonline", "trained", "served"}) table.column(head);
  const Timeline timeline = info.timeline();
  const auto month = [&](const std::optional<int>& m) { return m ? timeline.month_name(*m) : std::string("never"); };
  for (const auto* p : pairs)
    table.row({pair_name(*p), p->first.online ? p->first.online->text() : "never", month(p->first.trained), month(p->first.served)});
  return "\n" + table.text(width);
}

std::string ledger(const std::vector<const OutcomePair*>& pairs, const std::string& mix, int width) {
  OwnerSeconds most{};
  int64_t greatest = 0;
  for (const auto* p : pairs) {
    greatest = std::max(greatest, std::abs(total(p->less)));
    for (size_t i = 0; i < most.size(); ++i) most[i] = std::max(most[i], std::abs(p->less[i])), greatest = std::max(greatest, most[i]);
  }
  if (greatest == 0) return "";
  const Scale scale = scale_for(hours(greatest));
  TextTable table(scaled_unit(scale, "chip-hours"));
  std::vector<size_t> owners;
  for (size_t i = 0; i < most.size(); ++i)
    if (hours(most[i]) / scale.factor >= 0.5 * std::pow(10, -scale.decimals)) owners.push_back(i);
  for (const size_t i : owners) table.column(short_owner(kOwners[i]));
  table.column("sum");
  for (const auto* p : pairs) {
    std::vector<std::string> cells{pair_name(*p)};
    for (const size_t i : owners) cells.push_back(with_sign(hours(p->less[i]), scale));
    cells.push_back(with_sign(hours(total(p->less)), scale));
    table.row(std::move(cells));
  }
  return "\n" + wrap("Ledger of an outcome less that of another, `" + mix + "`:", width) + table.text(width);
}

}  // namespace

std::string short_owner(const std::string& owner) {
  static const std::map<std::string, std::string> names{{"approval", "appr."}, {"production", "prod."}, {"network", "netw."},
                                                        {"installation", "inst."}, {"porting", "port"}, {"failure", "fail"}};
  const auto it = names.find(owner);
  return it == names.end() ? owner : it->second;
}

std::string outcome_table(const Comparison& c, int width) {
  if (c.pairs.empty()) return "";
  std::string out = heading("When outcomes part, at modes", '=');
  out += wrap("Of two outcomes of one mix: first day on which chips online differ, by chip and site, and first month in which "
              "training or recommendation differs. Ledgers of the other mixes' outcomes: --json.", width);
  std::string first_ledger;
  for (const auto& mix : c.info.mixes) {
    std::vector<const OutcomePair*> pairs;
    for (const auto& p : c.pairs)
      if (p.mix == mix.id) pairs.push_back(&p);
    if (pairs.empty()) continue;
    if (first_ledger.empty()) first_ledger = ledger(pairs, mix.name, width);
    out += dates(c.info, pairs, mix.name, width);
  }
  return out + first_ledger;
}

}  // namespace capmix::analysis
