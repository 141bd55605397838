// What a run leaves behind: facts, not metrics. Each kind of fact is a plain struct whose visit() names its
// columns once; the pipe between processes, the database and the canonical dump all use that one list.
// Column types: int64_t, double, std::string. Chip time is counted in whole chip-seconds.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace capmix {

// Identity of a run inside a study. draw = -1 is the run at modes.
struct RunKey {
  std::string mix, outcome;
  int draw = -1;
  auto operator<=>(const RunKey&) const = default;
  std::string text() const { return mix + "/" + outcome + "/" + (draw < 0 ? "modes" : std::to_string(draw)); }
};

// Chips by stage at the end of a month, by chip and site.
struct FleetMonth {
  static constexpr const char* kTable = "fleet_month";
  int64_t month = 0;
  std::string chip, site;
  int64_t delivered = 0, powered = 0, online = 0;   // chips, at the month's end
  double it_watts = 0;                              // node power of the online chips
  template <class V> void visit(V&& v) { v("month", month); v("chip", chip); v("site", site); v("delivered", delivered); v("powered", powered); v("online", online); v("it_watts", it_watts); }
};

// Training done in a month by a campaign on a chip.
struct TrainMonth {
  static constexpr const char* kTable = "train_month";
  int64_t month = 0;
  std::string campaign, chip;
  double tokens = 0;
  double model_flop = 0;
  int64_t chip_seconds = 0;                         // held by the campaign's gangs
  template <class V> void visit(V&& v) { v("month", month); v("campaign", campaign); v("chip", chip); v("tokens", tokens); v("model_flop", model_flop); v("chip_seconds", chip_seconds); }
};

// Recommendation in a month. Requests; served + shed = demanded.
struct ServeMonth {
  static constexpr const char* kTable = "serve_month";
  int64_t month = 0;
  std::string service, region;
  double demanded = 0, served = 0, shed = 0;
  int64_t hours = 0, hours_short = 0;               // hours of the month, and those that shed
  double capacity_low = 0, capacity_high = 0;       // least and greatest capacity of the pool in the month, requests/s (all regions)
  template <class V> void visit(V&& v) { v("month", month); v("service", service); v("region", region); v("demanded", demanded); v("served", served); v("shed", shed); v("hours", hours); v("hours_short", hours_short); v("capacity_low", capacity_low); v("capacity_high", capacity_high); }
};

// One stage of a service in a month: its pool's capacity and how much of it was used.
struct StageMonth {
  static constexpr const char* kTable = "stage_month";
  int64_t month = 0;
  std::string service, pool;                        // pool: "feed/ranking"; the service's own name for its only stage
  double capacity_low = 0, capacity_high = 0;       // requests/s
  double use = 0;                                   // mean share of the capacity
  template <class V> void visit(V&& v) { v("month", month); v("service", service); v("pool", pool); v("capacity_low", capacity_low); v("capacity_high", capacity_high); v("use", use); }
};

// Online learning in a month, in samples. Staleness is the age of the newest sample that a serving copy has learned: the
// lag of the learner (0 while it keeps up), half a period of the sync, and its transfer.
struct LearnMonth {
  static constexpr const char* kTable = "learn_month";
  int64_t month = 0;
  std::string service, pool;
  double arrived = 0, learned = 0, waiting = 0;     // waiting: at the month's end
  double lag_mean = 0, lag_max = 0;                 // seconds
  double sync_bytes = 0, sync_seconds = 0;          // of one sync, to all other sites together, at the month's end
  double staleness_mean = 0, staleness_max = 0;     // seconds
  template <class V> void visit(V&& v) { v("month", month); v("service", service); v("pool", pool); v("arrived", arrived); v("learned", learned); v("waiting", waiting); v("lag_mean", lag_mean); v("lag_max", lag_max); v("sync_bytes", sync_bytes); v("sync_seconds", sync_seconds); v("staleness_mean", staleness_mean); v("staleness_max", staleness_max); }
};

// The largest ranking model that all chips of the fleet could serve to the whole demand at their objective, with the
// service's headroom over the month's peak hour, if they did nothing else.
struct AffordMonth {
  static constexpr const char* kTable = "afford_month";
  int64_t month = 0;
  std::string service, pool;
  double scale = 0;                                 // times the depth of the study's model; 0: not even the smallest tried
  double flop_per_candidate = 0, parameters = 0;    // of that model: forward FLOP, and of its dense tower
  double peak = 0;                                  // requests/s with headroom
  template <class V> void visit(V&& v) { v("month", month); v("service", service); v("pool", pool); v("scale", scale); v("flop_per_candidate", flop_per_candidate); v("parameters", parameters); v("peak", peak); }
};

// What a region's users were refused in one hour of the day (UTC), over a month. Hours without are left out.
struct ShedHour {
  static constexpr const char* kTable = "shed_hour";
  int64_t month = 0;
  std::string service, region;
  int64_t hour = 0;                                 // 0 to 23, UTC
  double shed = 0;                                  // requests
  template <class V> void visit(V&& v) { v("month", month); v("service", service); v("region", region); v("hour", hour); v("shed", shed); }
};

// A service that is an inventory of instances, in a month: what it wanted and what stood in for it.
struct HeldMonth {
  static constexpr const char* kTable = "held_month";
  int64_t month = 0;
  std::string service;
  double wanted = 0, held = 0;                      // accelerator-hours of the inventory
  double hosts = 0;                                 // instances on CPU nodes beside what was held, mean
  int64_t hours = 0, hours_short = 0;               // hours of the month, and those that held less than was wanted
  template <class V> void visit(V&& v) { v("month", month); v("service", service); v("wanted", wanted); v("held", held); v("hosts", hosts); v("hours", hours); v("hours_short", hours_short); }
};

// A log of jobs in a month.
struct LogMonth {
  static constexpr const char* kTable = "log_month";
  int64_t month = 0;
  std::string log;
  int64_t submitted = 0, started = 0, finished = 0; // jobs, in the month; started: for the first time
  int64_t waiting = 0, running = 0;                 // at its end
  double wait = 0;                                  // s from submit to first start, mean of those that started; 0: none did
  double chips = 0, held = 0;                       // that the log has, mean; of them in jobs, mean
  int64_t strikes = 0;                              // nodes that went down
  double down = 0, again = 0;                       // chips under repair, mean; chip-seconds of work that strikes undid
  template <class V> void visit(V&& v) { v("month", month); v("log", log); v("submitted", submitted); v("started", started); v("finished", finished); v("waiting", waiting); v("running", running); v("wait", wait); v("chips", chips); v("held", held); v("strikes", strikes); v("down", down); v("again", again); }
};

// What failed in a month, where failures are events.
struct OutageMonth {
  static constexpr const char* kTable = "outage_month";
  int64_t month = 0;
  std::string chip, workload, model, cause;         // workload: whose they were, "" of nobody; failure model and its cause
  int64_t strikes = 0, nodes = 0, lost = 0;         // nodes that went down; chip-seconds of campaigns' work that is lost
  double repair = 0;                                // node-seconds under repair, those of later months too
  template <class V> void visit(V&& v) { v("month", month); v("chip", chip); v("workload", workload); v("model", model); v("cause", cause); v("strikes", strikes); v("nodes", nodes); v("lost", lost); v("repair", repair); }
};

// Requests served by chip in a month (for the share of work on each supplier's chips).
struct ServeChipMonth {
  static constexpr const char* kTable = "serve_chip_month";
  int64_t month = 0;
  std::string service, chip;                        // service: the stage's pool
  double served = 0;
  double model_flop = 0;
  int64_t chip_seconds = 0;                         // assigned to serving
  template <class V> void visit(V&& v) { v("month", month); v("service", service); v("chip", chip); v("served", served); v("model_flop", model_flop); v("chip_seconds", chip_seconds); }
};

// One training job.
struct JobFact {
  static constexpr const char* kTable = "job";
  std::string job, campaign, chips;                 // "stream-0012", "stream", "h200-sxm x 4096"
  double submitted = 0, started = -1, finished = -1;  // simulated seconds from the start; -1: not
  double tokens = 0;                                // done by the horizon
  std::string state;                                // "finished", "running", "waiting"
  std::string waits_for;                            // reason, when waiting
  template <class V> void visit(V&& v) { v("job", job); v("campaign", campaign); v("chips", chips); v("submitted", submitted); v("started", started); v("finished", finished); v("tokens", tokens); v("state", state); v("waits_for", waits_for); }
};

// Ledger: every accrued chip-second of a chip kind at a site has one owner. See owners below.
struct LedgerFact {
  static constexpr const char* kTable = "ledger";
  int64_t month = 0;
  std::string chip, site, workload, owner;          // site "" before placement; workload "" when none
  int64_t chip_seconds = 0;
  template <class V> void visit(V&& v) { v("month", month); v("chip", chip); v("site", site); v("workload", workload); v("owner", owner); v("chip_seconds", chip_seconds); }
};
// Owners in reading order.
inline constexpr const char* kOwners[] = {"approval", "production", "power", "network", "installation", "porting",
                                          "queue", "failure", "stall", "demand", "useful"};

// Energy and its cost in a month at a site.
struct EnergyMonth {
  static constexpr const char* kTable = "energy_month";
  int64_t month = 0;
  std::string site;
  double joules = 0, usd = 0;                       // facility energy (IT x PUE)
  template <class V> void visit(V&& v) { v("month", month); v("site", site); v("joules", joules); v("usd", usd); }
};

// A rate that the fleet needed and did not find.
struct MissingRate {
  static constexpr const char* kTable = "missing_rate";
  std::string workload, chip, reason;
  template <class V> void visit(V&& v) { v("workload", workload); v("chip", chip); v("reason", reason); }
};

// Plan facts: dates and money, flattened for the database.
struct OrderFact {
  static constexpr const char* kTable = "order_plan";
  int64_t position = 0;
  std::string offer, origin, ordered, decided, cancelled, status;
  double spend = 0, price = 0, converted = 0, redirected = 0, lost = 0, outstanding = 0, stranded = 0;  // US dollars
  int64_t chips = 0, allowed = 0, delivered = 0, cancelled_chips = 0;
  template <class V> void visit(V&& v) { v("position", position); v("offer", offer); v("origin", origin); v("ordered", ordered); v("decided", decided); v("cancelled", cancelled); v("status", status); v("spend", spend); v("price", price); v("converted", converted); v("redirected", redirected); v("lost", lost); v("outstanding", outstanding); v("stranded", stranded); v("chips", chips); v("allowed", allowed); v("delivered", delivered); v("cancelled_chips", cancelled_chips); }
};

// By kind, `value` is
//   task-start, task-end   slack, days
//   approval               quota, chips; negative: none
//   approval-step          1 if recorded
//   ratio, ratio-paid      chips of an import that one domestic chip unlocks, at list and at the mix's prices
//   port                   efficiency
//   port-setback           days that it lasts; -1: for good
//   port-dual              chip-months of a cut-over at most
//   hall-power             watts
//   hall-network           0
struct DateFact {
  static constexpr const char* kTable = "date_plan";
  std::string kind, subject, date;
  double value = 0;                                 // by kind
  std::string note;                                 // "critical, delayed", "granted", "refused", "functional"
  template <class V> void visit(V&& v) { v("kind", kind); v("subject", subject); v("date", date); v("value", value); v("note", note); }
};

struct BottleneckFact {
  static constexpr const char* kTable = "bottleneck";
  std::string month, binding;                       // month: "2026-01"
  double share = 0, capacity = 0;                   // of the cut; model FLOP/s
  template <class V> void visit(V&& v) { v("month", month); v("binding", binding); v("share", share); v("capacity", capacity); }
};

// Chips that come online on a day, less those that retire, by chip and site: the plan's.
struct OnlineChange {
  static constexpr const char* kTable = "online_change";
  std::string date, chip, site;
  int64_t chips = 0;                                // may be negative, never 0
  template <class V> void visit(V&& v) { v("date", date); v("chip", chip); v("site", site); v("chips", chips); }
};

// One producer's month, at its beginning: plan.hpp, MarketMonth.
struct MarketFact {
  static constexpr const char* kTable = "market";
  int64_t month = 0;
  std::string producer;
  int64_t wanted = 0, firm = 0;                     // chips, ours
  double rivals = 0, made = 0, stock = 0, backlog = 0;  // chips
  double price = 1, wait = 0;                       // multiple; months
  template <class V> void visit(V&& v) { v("month", month); v("producer", producer); v("wanted", wanted); v("firm", firm); v("rivals", rivals); v("made", made); v("stock", stock); v("backlog", backlog); v("price", price); v("wait", wait); }
};

// Blocked money on its way: plan.hpp, MoneyFlow.
struct MoneyFlowFact {
  static constexpr const char* kTable = "money_flow";
  std::string kind, date, source, target;           // kind: blocked, moved, converted, stranded; offers, target "" if none
  double usd = 0, price = 0;
  int64_t chips = 0, chips_left = 0;
  std::string ceiling;                              // of moved: "money", "production P", "quota", "approval", "horizon"
  template <class V> void visit(V&& v) { v("kind", kind); v("date", date); v("source", source); v("target", target); v("usd", usd); v("price", price); v("chips", chips); v("chips_left", chips_left); v("ceiling", ceiling); }
};

// A stage of a port, or a component of a stack, as it is worked on.
struct PortWorkFact {
  static constexpr const char* kTable = "port_work";
  std::string stack, family, package, ready, start, end, after;  // family "" for a component
  double engineers = 0, months = 0, usd = 0;        // people; engineer-months of work; cost, 0 when no rate is given
  template <class V> void visit(V&& v) { v("stack", stack); v("family", family); v("package", package); v("ready", ready); v("start", start); v("end", end); v("after", after); v("engineers", engineers); v("months", months); v("usd", usd); }
};

// Money of a quarter: profit, capex, the items of kCapexItems, and what was ordered.
struct MoneyFact {
  static constexpr const char* kTable = "money_quarter";
  std::string quarter, item;
  double usd = 0;
  template <class V> void visit(V&& v) { v("quarter", quarter); v("item", item); v("usd", usd); }
};

// Requests of a region that are lost between two dates.
struct LostRegionFact {
  static constexpr const char* kTable = "lost_region";
  std::string region, why, from, to;                // to: "never" when it lasts
  double share = 0;                                 // of the region's requests
  template <class V> void visit(V&& v) { v("region", region); v("why", why); v("from", from); v("to", to); v("share", share); }
};

// The loop from compute to money, by quarter.
struct LoopFact {
  static constexpr const char* kTable = "loop_quarter";
  std::string quarter, paid;
  double capacity = 0, sold = 0;                    // FLOP/s at the BF16 peak, times the port's efficiency
  double revenue = 0, rent = 0, extra = 0;          // US dollars
  double gain = 0, damped = 0, delay = 0;           // a quarter, a quarter, quarters
  template <class V> void visit(V&& v) { v("quarter", quarter); v("paid", paid); v("capacity", capacity); v("sold", sold); v("revenue", revenue); v("rent", rent); v("extra", extra); v("gain", gain); v("damped", damped); v("delay", delay); }
};

// Delivered chips of an offer that wait for a hall with power.
struct WaitingFact {
  static constexpr const char* kTable = "waiting";
  std::string offer, peak_on;                       // the day on which most wait
  int64_t peak = 0;                                 // chips
  double chip_months = 0;                           // by the horizon
  template <class V> void visit(V&& v) { v("offer", offer); v("peak_on", peak_on); v("peak", peak); v("chip_months", chip_months); }
};

// All facts of one run.
struct Facts {
  std::tuple<std::vector<FleetMonth>, std::vector<TrainMonth>, std::vector<ServeMonth>, std::vector<StageMonth>, std::vector<LearnMonth>, std::vector<AffordMonth>, std::vector<ShedHour>, std::vector<HeldMonth>, std::vector<LogMonth>, std::vector<OutageMonth>, std::vector<ServeChipMonth>,
             std::vector<JobFact>, std::vector<LedgerFact>, std::vector<EnergyMonth>, std::vector<MissingRate>,
             std::vector<OrderFact>, std::vector<DateFact>, std::vector<BottleneckFact>,
             std::vector<OnlineChange>, std::vector<MarketFact>, std::vector<MoneyFlowFact>, std::vector<PortWorkFact>,
             std::vector<MoneyFact>, std::vector<LostRegionFact>, std::vector<LoopFact>, std::vector<WaitingFact>>
      tables;
  template <class T> std::vector<T>& of() { return std::get<std::vector<T>>(tables); }
  template <class T> const std::vector<T>& of() const { return std::get<std::vector<T>>(tables); }
  template <class F> void each_table(F&& f) { std::apply([&](auto&... t) { (f(t), ...); }, tables); }
  template <class F> void each_table(F&& f) const { std::apply([&](const auto&... t) { (f(t), ...); }, tables); }
};

}  // namespace capmix
