// Offers that money can take, who makes them and who must permit them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/site.hpp"

namespace capmix {

struct Approval;

// Output of one product for all its buyers, and this buyer's share of it.
struct Producer {
  std::string id, name;
  struct Year {
    int year = 0;
    double units = 0;                     // planned for everybody
    std::vector<double> monthly;          // weights of 12 months, sum 1
  };
  std::vector<Year> years;                // ascending; the last one repeats
  Uncertain<double> realised{1.0};        // share of the plan that is made
  Uncertain<double> yield{1.0};           // share of what is made that is good
  Uncertain<double> share{1.0};           // this buyer's share of the output, at most
  Uncertain<Date> from;                   // no output before
  Uncertain<Days> ramp{Days{0}};          // from there to the full rate, linear
  Uncertain<double> elasticity{0.0};      // of the price by scarcity (wanted / supply): x = scarcity ^ elasticity
  double price_limit = 2;                 // greatest multiple of the price
  // Other buyers of the same output.
  struct Rival {
    std::string id, name;
    Uncertain<Usd> spend;                 // on all such products, a year
    Uncertain<double> part{1.0};          // of it that wants this one
    std::vector<Id<Approval>> approvals{};  // it gives up what it wants while one of them refuses
  };
  std::vector<Rival> rivals;
  // Chips that distributors hold on speculation, before anybody may buy them.
  struct Stock {
    Uncertain<double> units;              // on the first day
    Date from;
    std::optional<double> per_month;      // leaves at most so fast once it may; absent: all at once
    double build = 0;                     // units added a month, until the approvals are decided
    Uncertain<Days> lead;                 // from the stock to the dock
  };
  std::optional<Stock> stock;
};

// Units planned of one calendar month for everybody; years before the first one plan nothing.
double planned_units(const Producer& producer, int year, int month);
// Mean rate over the days first..last: 0 before `begin`, 1 from `ramp` later on, linear between.
double ramped(Date begin, Days ramp, Date first, Date last);

enum class Authority { exporter, importer };

// pending: nobody has decided; paused: a grant that does not hold at present. Chips pass only while it is granted.
enum class ApprovalState { pending, granted, paused, refused };
inline constexpr const char* kApprovalStates[] = {"pending", "granted", "paused", "refused"};
inline const char* text(ApprovalState s) { return kApprovalStates[static_cast<int>(s)]; }

struct Offer;

// One of the two keys. The exporter's licence and the importer's permission are decided apart.
struct Approval {
  std::string id, name;
  Authority authority = Authority::exporter;
  Uncertain<double> probability{1.0};     // that it is granted
  Uncertain<Date> decided;                // the date of the decision, either way
  std::optional<Uncertain<double>> quota; // units allowed to this buyer, if it limits
  bool yearly = false;                    // the quota holds for each calendar year, not once
  // What has been decided so far; used up to the study's cut-off date.
  struct Event {
    Date date;
    ApprovalState state = ApprovalState::pending;
    std::optional<double> quota;          // from then on
    std::string note;
  };
  std::vector<Event> history;             // ascending
  // Reversals after a grant: open for an exponential time, then paused, then open again or refused.
  struct Pauses {
    Uncertain<Days> every;                // mean time open
    Uncertain<Days> lasts;
    double final = 0;                     // probability that a pause ends in a refusal
  };
  std::optional<Pauses> pauses;
  // Imports may not exceed what domestic chips at the dock unlock.
  struct Ratio {
    std::vector<Id<Offer>> domestic;
    Uncertain<double> per_import{1.0};    // domestic value (or chips) for each import's; 0: no limit
    bool by_value = true;
  };
  std::optional<Ratio> ratio;
};

struct Offer {
  std::string id, name;
  Id<Node> node;                          // what is delivered: chips in such nodes
  Uncertain<Usd> price;                   // of one chip; the chip's own unless overridden
  Id<Producer> producer;
  std::vector<Id<Approval>> approvals;    // all must be granted; empty: none needed
  Uncertain<Days> lead_time;              // from production (and approval) to the dock
  Date opens;                             // earliest order
  double prepaid = 0;                     // share paid with the order
  double refundable = 1;                  // share of the prepayment that comes back on refusal
  std::vector<double> schedule;           // greatest cumulative share by month after order and approval; last 1. Empty: none
};

}  // namespace capmix
