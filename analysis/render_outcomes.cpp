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
  std::vector<OwnerSeconds> less;
  for (const auto* p : pairs) less.push_back(p->less);
  const LedgerColumns columns(less);
  if (columns.empty()) return "";
  TextTable table(columns.unit());
  columns.add(table);
  for (const auto* p : pairs) {
    auto cells = columns.cells(p->less);
    cells.insert(cells.begin(), pair_name(*p));
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

LedgerColumns::LedgerColumns(const std::vector<OwnerSeconds>& ledgers) {
  OwnerSeconds most{};
  for (const auto& l : ledgers) {
    greatest_ = std::max(greatest_, std::abs(total(l)));
    for (size_t i = 0; i < most.size(); ++i) most[i] = std::max(most[i], std::abs(l[i])), greatest_ = std::max(greatest_, most[i]);
  }
  scale_ = scale_for(hours(greatest_));
  for (size_t i = 0; i < most.size(); ++i)
    if (hours(most[i]) / scale_.factor >= 0.5 * std::pow(10, -scale_.decimals)) owners_.push_back(i);
}

void LedgerColumns::add(TextTable& table) const {
  for (const size_t i : owners_) table.column(short_owner(kOwners[i]));
  table.column("sum");
}

std::vector<std::string> LedgerColumns::cells(const OwnerSeconds& ledger) const {
  std::vector<std::string> out;
  for (const size_t i : owners_) out.push_back(with_sign(hours(ledger[i]), scale_));
  out.push_back(with_sign(hours(total(ledger)), scale_));
  return out;
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
