// A study: decisions (mixes), worlds (outcomes), horizon, money and objective; and the Scenario that
// holds everything a run may read.
#pragma once

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "model/claims.hpp"
#include "model/failures.hpp"
#include "model/finance.hpp"
#include "model/provenance.hpp"
#include "model/workload.hpp"

namespace capmix {

// Money that is ordered on one day. An option is a right to buy on `date` at the price of the study's order date: its
// premium is lost if it is not exercised.
struct Tranche {
  Id<Offer> offer;
  Usd money;
  Date date;
  bool option = false;
  double premium = 0;                   // of an option: share of the money
  bool loop = false;                    // paid by what the fleet earns, on top of the mix's money
};

// A decision: money per offer, in the order of Scenario::offers.
struct Mix {
  std::string id, name;
  std::vector<Usd> spend;
  std::vector<Tranche> tranches{};      // the same money by day; empty: all of it on the study's order date
  std::vector<Id<Offer>> never{};       // offers that it does not take, not even with redirected money
  std::map<Id<Offer>, Days> window{};   // when the last approval of this offer is granted, what it would order so long after is ordered at once
  std::optional<Days> patience{};        // stop-loss: an order that is undecided for longer is given up; absent: as the study's redirect says
  Usd money() const { return std::accumulate(spend.begin(), spend.end(), Usd(0)); }
};

// What an outcome says of one approval instead of the draw.
struct ForcedApproval {
  Id<Approval> approval;
  std::optional<bool> granted;
  std::optional<Date> decided;
  bool unlimited = false;               // granted without quota
  std::optional<double> quota;
};

// A world: only the outcome and the draw decide approvals, so two mixes always see the same world.
struct Outcome {
  std::string id, name;
  std::vector<ForcedApproval> forced;
  std::vector<std::string> set;         // overrides "subject:path=value" that hold in this world only
};

// Money that an approval or a quota keeps from being spent goes to other offers.
struct Redirect {
  Uncertain<double> share{0.0};         // of the blocked money that can move at all
  Uncertain<Days> delay;                // from the decision to the new orders
  std::vector<Id<Offer>> to;            // in this order, each up to what its producer can still deliver
  std::optional<Uncertain<Days>> patience{};  // an order that is undecided for longer is given up; absent: never
};

struct Study {
  std::string id, name, question;
  Timeline timeline;
  uint64_t seed = 1;
  int draws = 16;
  Usd capex;                            // all of the plan, for information and audit
  Usd chip_budget;                      // what mixes may spend
  Date order_date;
  std::optional<Date> as_of;            // approvals' recorded history holds up to this day; absent: none of it
  double cny_per_usd = 0;               // as stated; 0: not
  double served_share = 0.99;           // of the demand, the objective's condition
  bool failure_events = false;          // failures strike pods and gangs one by one; else their expected cost is in the rates
  bool draw_rates = false;              // draws take each chip's rates from anywhere in their trust range; else as predicted
  Id<Campaign> reference;               // its model is the unit of training throughput
  std::vector<Mix> mixes;
  std::vector<Outcome> outcomes;
  Redirect redirect;
  std::optional<Finance> finance;       // absent: the mix's money is there on its day
  std::optional<Loop> loop;             // absent: off
};

// An input file as read, for the manifest.
struct InputText {
  std::string path, text;
};

// A stage of a service, by its place.
struct StageRef {
  size_t service = 0, stage = 0;
};

// Everything a run reads: immutable, ids resolved, units typed.
struct Scenario {
  Table<Efficiency> efficiencies;
  Table<Software> software;
  Table<Chip> chips;
  Table<Node> nodes;
  Table<Fabric> fabrics;
  Table<Failures> failures;             // what fails, by population of machines
  Table<WorkCalendar> calendars;
  Table<Buildout> buildouts;
  Table<Site> sites;
  std::string home;                     // the buyer's country: chips of this country are domestic; "": not known
  std::vector<ExistingFleet> existing;
  Table<Producer> producers;
  Table<Approval> approvals;
  Table<Offer> offers;
  std::vector<std::string> native_stacks;  // need no port: efficiency 1 from the start
  std::vector<Port> ports;              // by stack, family
  std::vector<PortStack> port_stacks;   // by stack; one without people, components and incidents may be missing
  std::vector<PortLogEntry> port_log;   // replayed instead of drawn when not empty
  Table<LlmModel> llms;
  Table<RecModel> recommenders;
  Table<Campaign> campaigns;
  Table<Service> services;
  Table<JobLogWork> logs;
  Study study;
  std::vector<Claim> claims;            // what sources say, for the audit alone
  std::vector<Fact> facts;              // every sourced number, sorted by subject and path
  std::vector<std::string> uncertain;   // paths of the inputs that are ranges, sorted
  std::vector<InputText> inputs;        // every file read, sorted by path

  const Service& service(size_t s) const { return services[services.id_at(s)]; }
  const ServiceStage& stage(StageRef r) const { return service(r.service).stages[r.stage]; }
  // May take chips of this kind: those that it names, or else all, for learning all that train.
  bool may(const ServiceStage& stage, Id<Chip> chip) const {
    if (stage.any_of.empty()) return stage.kind != StageKind::learn || chips[chip].trains;
    return std::find(stage.any_of.begin(), stage.any_of.end(), chip) != stage.any_of.end();
  }
  // All stages of all services, in the order of the services.
  std::vector<StageRef> stages() const {
    std::vector<StageRef> out;
    for (size_t s = 0; s < services.size(); ++s)
      for (size_t i = 0; i < service(s).stages.size(); ++i) out.push_back({s, i});
    return out;
  }
  // The stage whose pool has this name.
  std::optional<StageRef> find_pool(const std::string& pool) const {
    for (const auto& r : stages())
      if (service(r.service).pool(r.stage) == pool) return r;
    return std::nullopt;
  }
};

}  // namespace capmix
