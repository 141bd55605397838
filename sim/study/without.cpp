#include "study/without.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include "base/diagnostic.hpp"

namespace capmix::study {
namespace {

std::string supplier_of(const Scenario& s, size_t offer) { return s.chips[s.nodes[s.offers[s.offers.id_at(offer)].node].chip].supplier; }

// As a part of an id: small letters and digits, all else a dash.
std::string as_id(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c))) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!out.empty() && out.back() != '-') out += '-';
  }
  return out;
}

std::vector<std::string> suppliers_of(const Scenario& s, const Mix& mix) {
  std::vector<std::string> out;
  for (size_t i = 0; i < mix.spend.size(); ++i)
    if (const std::string supplier = supplier_of(s, i); mix.spend[i].value() > 0 && std::count(out.begin(), out.end(), supplier) == 0) out.push_back(supplier);
  return out;
}

Mix without(const Scenario& s, Mix mix, const std::string& supplier) {
  Usd theirs, others;
  for (size_t i = 0; i < mix.spend.size(); ++i) (supplier_of(s, i) == supplier ? theirs : others) += mix.spend[i];
  const double more = (theirs + others) / others;
  for (size_t i = 0; i < mix.spend.size(); ++i) {
    const bool out = supplier_of(s, i) == supplier;
    mix.spend[i] = out ? Usd(0) : mix.spend[i] * more;
    if (out && std::count(mix.never.begin(), mix.never.end(), s.offers.id_at(i)) == 0) mix.never.push_back(s.offers.id_at(i));
    if (out) mix.window.erase(s.offers.id_at(i));
  }
  std::vector<Tranche> kept;
  for (Tranche t : mix.tranches)
    if (supplier_of(s, t.offer.index) != supplier) t.money = t.money * more, kept.push_back(t);
  mix.tranches = std::move(kept);
  mix.id += "-without-" + as_id(supplier), mix.name = "without " + supplier;
  return mix;
}

}  // namespace

std::vector<std::string> add_without(Worlds& worlds, const std::string& id) {
  const size_t at = mix_index(worlds, id);
  std::vector<std::string> ids;
  std::map<const Scenario*, std::shared_ptr<const Scenario>> changed;  // worlds of equal inputs stay one
  for (auto& world : worlds.scenarios) {
    auto& copy = changed[world.get()];
    if (!copy) {
      auto s = std::make_shared<Scenario>(*world);
      const Mix base = s->study.mixes[at];
      const auto suppliers = suppliers_of(*s, base);
      if (suppliers.size() < 2) throw InputError("--without: mix \"" + id + "\" spends on one supplier alone, so that nothing would be left of it");
      for (const auto& supplier : suppliers) {
        s->study.mixes.push_back(without(*s, base, supplier));
        const std::string& own = s->study.mixes.back().id;
        if (std::count(ids.begin(), ids.end(), own) == 0) ids.push_back(own);
      }
      copy = std::move(s);
    }
    world = copy;
  }
  return ids;
}

}  // namespace capmix::study
