// Offers that money can take, who makes them and who must permit them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/site.hpp"

namespace capmix {

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
  Uncertain<double> share{1.0};           // this buyer's share of the output
  Uncertain<Date> from;                   // no output before
};

enum class Authority { exporter, importer };

// pending: nobody has decided; paused: a grant that does not hold at present. Chips pass only while it is granted.
enum class ApprovalState { pending, granted, paused, refused };
inline constexpr const char* kApprovalStates[] = {"pending", "granted", "paused", "refused"};
inline const char* text(ApprovalState s) { return kApprovalStates[static_cast<int>(s)]; }

// One of the two keys. The exporter's licence and the importer's permission are decided apart.
struct Approval {
  std::string id, name;
  Authority authority = Authority::exporter;
  Uncertain<double> probability{1.0};     // that it is granted
  Uncertain<Date> decided;                // the date of the decision, either way
  std::optional<Uncertain<double>> quota; // units allowed to this buyer, if it limits
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
};

}  // namespace capmix
