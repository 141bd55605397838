// A study small enough to check by hand. Horizon 2026-11-01 to 2027-03-01: months of 30, 31, 31 and 28 days;
// 2026 has 61 of its 120 days, 2027 has 59. Chip "big" (supplier East, 4e14 FLOP/s) and "small" (West, 1e14).
#pragma once

#include "analysis/compare.hpp"

namespace example {

using namespace capmix;

inline results::StudyInfo info() {
  results::StudyInfo i;
  i.id = "tiny", i.name = "Tiny", i.question = "Which one?";
  i.start = "2026-11-01", i.end = "2027-03-01", i.home = "EA", i.seed = "18446744073709551615";
  i.draws = 4, i.chip_budget = 100e6, i.capex = 300e6, i.served_share = 0.99;
  i.reference = "flagship", i.reference_flop_per_token = 1e12;
  i.mixes = {{"a", "first, as planned"}, {"b", "second"}};
  i.outcomes = {{"drawn", "as drawn"}};
  i.chips = {{"big", "Big 1", "East", "EA", 4e14}, {"small", "Small 1", "West", "WE", 1e14}};
  i.offers = {{"offer-big", "Big 1 in a box", "big"}, {"offer-small", "Small 1", "small"}};
  i.spend = {{"a", "offer-big", 60e6}, {"a", "offer-small", 40e6}, {"b", "offer-big", 100e6}, {"b", "offer-small", 0}};
  return i;
}

inline OrderFact order(int64_t position, const char* offer, const char* origin, double spend, double converted,
                       double redirected, double lost, double outstanding, double stranded) {
  OrderFact o;
  o.position = position, o.offer = offer, o.origin = origin, o.ordered = "2026-11-01", o.decided = "never", o.cancelled = "never";
  o.status = "partly delivered";
  o.spend = spend, o.price = 1000, o.converted = converted, o.redirected = redirected, o.lost = lost;
  o.outstanding = outstanding, o.stranded = stranded;
  o.chips = static_cast<int64_t>(spend / 1000), o.delivered = static_cast<int64_t>(converted / 1000);
  return o;
}

// `scale` multiplies the training work; `served` is the share of the demand in the first month.
inline Facts facts(double scale = 1, double served = 0.5) {
  Facts f;
  f.of<FleetMonth>() = {{0, "big", "north", 5, 5, 5, 1}, {1, "big", "north", 100, 80, 60, 1}, {1, "small", "south", 10, 9, 8, 1},
                        {2, "big", "north", 500, 500, 500, 1}, {3, "big", "north", 300, 200, 150, 1}};
  f.of<TrainMonth>() = {{1, "flagship", "big", 10e12 * scale, 2e25 * scale, 3600}, {2, "flagship", "small", 4e12 * scale, 1e25 * scale, 3600},
                        {3, "other", "big", 1e12 * scale, 1e25 * scale, 3600}};
  f.of<ServeMonth>() = {{0, "feed", "asia", 1000e6, 1000e6 * served, 1000e6 * (1 - served), 720, 100, 0, 0},
                        {1, "feed", "asia", 2000e6, 2000e6, 0, 744, 0, 0, 0}, {2, "feed", "asia", 3000e6, 3000e6, 0, 744, 0, 0, 0},
                        {3, "feed", "asia", 1900e6, 1881e6, 19e6, 672, 7, 0, 0}, {3, "feed", "west", 100e6, 99e6, 1e6, 672, 3, 0, 0}};
  f.of<AffordMonth>() = {{0, "feed", "feed", 1.5, 1e9, 1e9, 500}};  // it ranks
  f.of<ServeChipMonth>() = {{0, "feed", "small", 1, 1e25, 3600}};
  f.of<JobFact>() = {{"other-1", "other", "big x 8", 0, 0, 86400, 1e12, "finished", ""},
                     {"flagship-1", "flagship", "big x 8", 0, 0, 86400 * 90.0, 1e12, "finished", ""},
                     {"flagship-2", "flagship", "big x 8", 0, 0, 86400 * 75.5, 1e12, "finished", ""},
                     {"flagship-3", "flagship", "", 0, -1, -1, 0, "waiting", "queue"}};
  f.of<LedgerFact>() = {{0, "big", "", "", "production", 3600 * 10}, {1, "big", "north", "flagship", "useful", 3600 * 20},
                        {1, "big", "north", "flagship", "stall", 3600 * 10}, {1, "small", "south", "feed", "useful", 3600 * 40}};
  f.of<EnergyMonth>() = {{0, "north", 3.6e9, 80}, {1, "north", 7.2e9, 160}};
  f.of<MissingRate>() = {{"feed", "big", "does not fit by 3 GB"}};
  f.of<OrderFact>() = {order(0, "offer-big", "mix", 60e6, 15e6, 30e6, 5e6, 10e6, 0), order(1, "offer-small", "mix", 40e6, 38e6, 0, 0, 0, 2e6),
                       order(2, "offer-small", "redirected from offer-big", 30e6, 20e6, 0, 0, 10e6, 0)};
  f.of<DateFact>() = {{"task-start", "north/h1/permit", "2026-11-01", 0, "critical"}, {"task-end", "north/h1/permit", "2027-01-15", 0, "critical"},
                      {"task-start", "north/h1/shell", "2026-11-15", 31, ""}, {"task-end", "north/h1/shell", "2026-12-10", 31, ""},
                      {"hall-power", "north/h1", "2027-01-15", 60e6, ""}, {"hall-network", "north/h1", "2027-01-20", 0, ""},
                      {"approval", "licence", "2026-12-01", 75000, "granted"}, {"port", "cann/llm/tuned", "2027-02-01", 0.8, "functional"}};
  f.of<BottleneckFact>() = {{"2026-11", "power", 0.4, 2e18}, {"2026-11", "production big", 0.6, 2e18}, {"2026-12", "power", 0.4, 2e18},
                                {"2026-12", "production big", 0.6, 2e18}, {"2027-01", "power", 1, 3e18}, {"2027-02", "power", 1, 3e18}};
  return f;
}

}  // namespace example
