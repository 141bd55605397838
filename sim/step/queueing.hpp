// Queues with a closed form: what a serving cell's simulation must agree with, and what a search for a batch starts from.
// Rates in requests per second; a wait ends where service begins, a sojourn where it ends. Customers come one by one in
// a Poisson stream and are served in their order.
//
// Every function wants a queue in balance (load below what its servers can take) and throws std::invalid_argument with
// the load when it is not.
#pragma once

#include "base/quantity.hpp"

namespace capmix::step {

// Exponential service of mean `service` by one server.
struct MM1 {
  double rate;
  Seconds service;
  double load() const { return rate * service.value(); }
  Seconds sojourn() const;            // mean; the sojourn is exponential
  Seconds sojourn(double p) const;    // quantile, p in [0, 1)
};

// Exponential service by `servers` servers with one queue (Erlang 1917).
struct MMc {
  double rate;
  Seconds service;
  int servers;
  double load() const { return rate * service.value() / servers; }
  double waits() const;               // Erlang C: share of customers that wait
  Seconds wait() const;               // mean
  Seconds wait(double p) const;       // quantile: 0 up to 1 - waits()
  double waits_longer(Seconds t) const;
  Seconds sojourn() const { return wait() + service; }
};

// Service of any distribution with that mean and standard deviation: mean wait by Pollaczek and Khinchine.
Seconds mg1_wait(double rate, Seconds service, Seconds deviation);

// Constant service.
struct MD1 {
  double rate;
  Seconds service;
  double load() const { return rate * service.value(); }
  Seconds wait() const { return mg1_wait(rate, service, Seconds(0)); }
  // P(wait <= t). Erlang's alternating sum cancels beyond a few services; this is the form of Franx (2001, "A simple
  // solution for the M/D/c waiting time distribution", Operations Research Letters 29), whose terms are all positive.
  double waits_at_most(Seconds t) const;
  Seconds wait(double p) const;       // quantile, p in [0, 1)
  Seconds sojourn() const { return wait() + service; }
  Seconds sojourn(double p) const { return wait(p) + service; }
};

// Bulk service: a free server takes what waits, at least one and at most `most`, in one service; who comes meanwhile
// waits for the next (the general bulk service rule with a = 1, Neuts 1967).
struct Bulk {
  double rate;
  Seconds service;  // of a batch, whatever its size
  int most;
  double load() const { return rate * service.value() / most; }
  // M/M^[1,B]/1, exponential service: waiting customers are geometric with the root in (0, 1) of
  // r^(B+1) - (1 + m) r + m = 0, m = rate x service (Medhi 1984, "Recent Developments in Bulk Queueing Models").
  Seconds exponential_sojourn() const;
  // M/D^[1,B]/1, constant service: the queue at ends of service is Bailey's (1954, "On queueing processes with bulk
  // service", JRSS B 16), by the B - 1 roots inside the unit circle of z^B = exp(m (z - 1)); how long a server then stands
  // idle is added, since Bailey's would serve an empty batch.
  Seconds constant_sojourn() const;
};

}  // namespace capmix::step
