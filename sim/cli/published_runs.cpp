#include "cli/published_runs.hpp"

#include <algorithm>
#include <sstream>

#include "import/text.hpp"

namespace capmix::cli {
namespace {

constexpr const char* kColumns[] = {"id", "quantity", "relation", "published", "failures", "causes", "chips", "chips_per_node", "days", "bytes_TB", "storage_TBps", "to", "asynchronous", "interval_min",
                                    "nic_Gbps", "rests", "source", "note"};

class Row {
 public:
  Row(const import::CsvTable& table, const import::CsvRow& row, Diagnostics& problems) : table_(table), row_(row), problems_(problems) {}
  std::string text(const char* name) const { return row_.fields[static_cast<size_t>(table_.column(name))]; }
  void problem(const std::string& what) { problems_.add({table_.file, row_.line, 0}, what); }
  double number(const char* name, double least) {
    double value = 0;
    const std::string said = text(name);
    if (said.empty() && least <= 0) return 0;
    if (!import::parse_number(said, value)) problem(std::string(name) + " is \"" + said + "\" (expected a number)");
    else if (value < least) problem(std::string(name) + " is " + said + " (expected at least " + std::to_string(least).substr(0, 4) + ")");
    else return value;
    return least;
  }
  std::string word(const char* name, const std::vector<std::string>& words) {
    const std::string said = text(name);
    if (std::find(words.begin(), words.end(), said) == words.end()) problem(std::string("there is no ") + name + " \"" + said + "\"" + did_you_mean(said, words));
    return said;
  }

 private:
  const import::CsvTable& table_;
  const import::CsvRow& row_;
  Diagnostics& problems_;
};

// The causes that are named; all, when none is.
void keep(Failures& f, const std::string& names, Row& row) {
  std::vector<std::string> wanted, known;
  std::istringstream in(names);
  for (std::string name; in >> name;) wanted.push_back(name);
  for (const auto& c : f.causes) known.push_back(c.id);
  for (const auto& name : wanted)
    if (std::find(known.begin(), known.end(), name) == known.end()) row.problem("\"" + f.id + "\" has no cause \"" + name + "\"" + did_you_mean(name, known));
  if (!wanted.empty()) std::erase_if(f.causes, [&](const auto& c) { return std::find(wanted.begin(), wanted.end(), c.id) == wanted.end(); });
}

study::PublishedRun read_row(Row row, const Table<Failures>& failures) {
  study::PublishedRun out;
  out.id = row.text("id"), out.rests = row.text("rests"), out.source = row.text("source"), out.note = row.text("note");
  out.quantity = row.word("quantity", {"interruptions", "effective-time", "mttf", "stall"});
  out.relation = row.word("relation", {"=", ">", "up to"});
  out.value = row.number("published", 1e-9);
  study::GangQuestion& q = out.question;
  std::vector<std::string> ids;
  for (const auto& f : failures) ids.push_back(f.id);
  if (const auto id = failures.find(row.word("failures", ids)); id.valid()) q.failures = failures[id];
  keep(q.failures, row.text("causes"), row);
  q.chips = row.number("chips", 1), q.layout.chips_per_node = static_cast<int>(row.number("chips_per_node", 1));
  q.length = kDay * row.number("days", 0), q.interval = Seconds(60 * row.number("interval_min", 0));
  q.checkpoint.bytes = Bytes(1e12 * row.number("bytes_TB", 0));
  q.checkpoint.storage_write = q.checkpoint.storage_read = ByteRate(1e12 * row.number("storage_TBps", 0));
  q.checkpoint.nic = ByteRate(1e9 / 8 * row.number("nic_Gbps", 1));
  q.checkpoint.to = row.word("to", {"storage", "peers"}) == "peers" ? CheckpointTo::peers : CheckpointTo::storage;
  q.checkpoint.asynchronous = row.word("asynchronous", {"yes", "no"}) == "yes";
  if (q.checkpoint.to == CheckpointTo::storage && q.checkpoint.storage_write.value() <= 0) row.problem("storage_TBps is not said, and checkpoints go to storage");
  if (out.quantity == "interruptions" && q.length.value() <= 0) row.problem("days is not said, and interruptions are counted over them");
  return out;
}

}  // namespace

std::vector<study::PublishedRun> read_published_runs(const import::CsvTable& table, const Table<Failures>& failures, Diagnostics& problems) {
  bool good = !table.header.empty();
  for (const char* name : kColumns)
    if (good && table.column(name) < 0) problems.add({table.file, 1, 0}, std::string("the header has no column \"") + name + "\"" + did_you_mean(name, table.header)), good = false;
  std::vector<study::PublishedRun> out;
  if (!good) return out;
  for (const auto& row : table.rows) out.push_back(read_row(Row(table, row, problems), failures));
  return out;
}

}  // namespace capmix::cli
