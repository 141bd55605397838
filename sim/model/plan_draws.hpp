// What many draws of one plan (one mix, one outcome) come to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/calendar.hpp"

namespace capmix {

// Of a date over draws; never() where it does not happen in that many of them. Order statistics, so days that occurred.
struct DateSpread {
  Date p10 = Date::never(), p50 = Date::never(), p90 = Date::never();
  double share = 0;                    // of draws in which it happens
};

struct NumberSpread {
  double p10 = 0, p50 = 0, p90 = 0, mean = 0;
};

struct HallDraws {
  std::string hall;                    // "site/hall"
  DateSpread power, full_power, network;
  DateSpread first_pod;                // online, of the chips that were ordered
};

struct TaskDraws {
  std::string hall, task, name;
  double critical = 0;                 // criticality index: share of draws in which it has no slack
  double slack = 0, days = 0;          // mean; days from its start to its end
};

struct ApprovalDraws {
  std::string approval;
  double granted = 0;                  // share of draws
  DateSpread decided, granted_on;      // either way; of grants
};

struct PortDraws {
  std::string port;                    // "stack/family"
  DateSpread functional, production;   // real work may run; as fast as it will get
};

// Money in US dollars, chips; over all orders of the offer.
struct OfferDraws {
  std::string offer;
  NumberSpread delivered, converted, redirected, stranded, lost, outstanding;
};

// How often a constraint has the greatest share of a quarter's cut.
struct BindingDraws {
  std::string quarter, constraint;     // "2026-Q1"
  double share = 0;                    // of draws
};

struct PlanDraws {
  std::string mix, outcome;
  int draws = 0;
  std::vector<HallDraws> halls;
  std::vector<TaskDraws> tasks;
  std::vector<ApprovalDraws> approvals;
  std::vector<PortDraws> ports;
  std::vector<OfferDraws> offers;
  bool bound = true;                   // false: what binds was left out
  std::vector<BindingDraws> binding;   // by quarter, most frequent first
};

}  // namespace capmix
