// A file of statements: what sources say, for the audit. Nothing of it enters a simulation, so none of it becomes a fact.
#include <algorithm>

#include "scenario/loader.hpp"

namespace capmix::scenario {
namespace {

struct Span {
  double low = 0, high = 0;
};

template <class Q>
Span span_of(Reader& r, const std::string& key) {
  const Value* v = r.value(key);
  if (v == nullptr || !v->is(Value::Kind::table)) {
    const double one = detail::raw(r.quantity<Q>(key, kPositive));
    return {one, one};
  }
  Reader range = r.table(key);
  const Span span{detail::raw(range.quantity<Q>("low", kPositive)), detail::raw(range.quantity<Q>("high", kPositive))};
  if (range.has("low") && range.has("high") && span.low > span.high) range.error("high", "\"high\" is less than \"low\"");
  range.done();
  return span;
}

Span read_value(Reader& r, Measured measured) {
  switch (measured) {
    case Measured::money: return span_of<Usd>(r, "value");
    case Measured::rate: return span_of<FlopRate>(r, "value");
    case Measured::bytes: return span_of<Bytes>(r, "value");
    case Measured::bandwidth: return span_of<ByteRate>(r, "value");
    case Measured::duration: {
      const Span days = span_of<Days>(r, "value");
      return {days.low / kDaysPerMonth, days.high / kDaysPerMonth};
    }
    case Measured::units:
    case Measured::number: break;
  }
  return span_of<double>(r, "value");
}

// "USD" or "CNY", as the amount is written.
std::string currency(const Value* value) {
  if (value != nullptr && value->is(Value::Kind::table)) value = value->find("low");
  const std::string text = value == nullptr ? "" : value->text;
  return text.find("CNY") != std::string::npos ? "CNY" : "USD";
}

// The position of a word in its list.
int word(Reader& r, const std::string& key, const std::vector<std::string>& words, const std::string& otherwise) {
  return static_cast<int>(std::find(words.begin(), words.end(), r.choice(key, words, otherwise)) - words.begin());
}

}  // namespace

Claim Loader::read_claim(Reader r) {
  Claim c;
  c.place = r.place();
  c.id = r.text("id");
  c.says = r.text("says");
  c.about = r.text("about");
  c.product = r.text("product", "");
  c.edition = r.text("edition", "");
  c.period = r.integer("period", 1900, 0);
  std::vector<std::string> names;
  for (const auto& q : kQuantities) names.push_back(q.name);
  const std::string quantity = r.text("quantity");
  const auto known = std::find(names.begin(), names.end(), quantity);
  if (known != names.end()) {
    const Measured measured = kQuantities[known - names.begin()].measured;
    c.quantity = quantity;
    const Span span = read_value(r, measured);
    c.low = span.low, c.high = span.high;
    if (measured == Measured::money) c.currency = currency(r.value("value"));
  } else if (!quantity.empty()) {
    std::string all;
    for (const auto& n : names) all += (all.empty() ? "" : ", ") + n;
    r.error("quantity", "unknown quantity \"" + quantity + "\" (expected " + all + ")" + did_you_mean(quantity, names));
  }
  c.kind = static_cast<ClaimKind>(word(r, "kind", {std::begin(kClaimKinds), std::end(kClaimKinds)}, "point"));
  if (r.has("precision")) c.precision = r.choice("precision", {std::begin(kPrecisionNames), std::end(kPrecisionNames)}, "");
  r.also_knows({"value", "precision", "note"});
  c.source = r.text("source");
  c.confidence = static_cast<Confidence>(word(r, "confidence", {"verified", "vendor", "press", "assumption"}, ""));
  c.against = r.text("against", "");
  for (const auto& [key, slot] : {std::pair{"part_of", &c.part_of}, {"same_as", &c.same_as}, {"part", &c.part}, {"whole", &c.whole}})
    *slot = r.text(key, "");
  const auto need = [&](const char* key, const std::string& value) {
    if (value.empty()) r.error("quantity", "a " + c.quantity + " needs \"" + std::string(key) + "\"");
  };
  if (c.quantity == "share" || c.quantity == "growth") need("part", c.part), need("whole", c.whole);
  if (c.quantity == "performance") need("product", c.product), need("against", c.against);
  r.done();
  return c;
}

// References of the claims from `first` on stay inside their file.
void Loader::check_claims(std::vector<Reader>& tables, size_t first) {
  const std::vector<Claim> own(s_.claims.begin() + static_cast<std::ptrdiff_t>(first), s_.claims.end());
  for (size_t i = 0; i < tables.size(); ++i) {
    const Claim& c = own[i];
    for (const auto& [key, id] : {std::pair{"part_of", &c.part_of}, {"same_as", &c.same_as}, {"part", &c.part}, {"whole", &c.whole}}) {
      const bool found = std::any_of(own.begin(), own.end(), [&, name = id](const Claim& other) { return other.id == *name; });
      if (!id->empty() && !found) unknown({*id, tables[i].place(key)}, "claim", ids_of(own));
      else if (*id == c.id && !id->empty()) tables[i].error(key, "claim \"" + c.id + "\" refers to itself");
    }
    for (size_t j = 0; j < first; ++j)
      if (s_.claims[j].id == c.id && !c.id.empty())
        context.problems.add(c.place, "a second claim has the id \"" + c.id + "\" (the first is at " + s_.claims[j].place.text() + ")");
  }
}

void Loader::claims(const std::string& path, const Place& from) {
  Reader r = open_file(path, "claims/" + stem(path), from);
  if (r.absent()) return;
  r.text("name", "");
  // Amounts stay in the currency in which they are said.
  const auto rate = context.cny_per_usd;
  context.cny_per_usd = 1;
  const size_t first = s_.claims.size();
  auto tables = r.tables_by_id("claim");
  if (tables.empty()) r.error("claim", "no [[claim]] in " + path);
  for (auto& t : tables) s_.claims.push_back(read_claim(t));
  check_claims(tables, first);
  context.cny_per_usd = rate;
  r.done();
}

}  // namespace capmix::scenario
