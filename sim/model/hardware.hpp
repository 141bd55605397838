// Chips, nodes and fabrics as the catalogue describes them. Immutable once read.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/calendar.hpp"
#include "base/diagnostic.hpp"
#include "base/draw.hpp"
#include "base/id.hpp"
#include "base/quantity.hpp"

namespace capmix {

enum class Precision { fp4, fp8, int8, fp16, bf16, tf32, fp32 };
inline constexpr const char* kPrecisionNames[] = {"fp4", "fp8", "int8", "fp16", "bf16", "tf32", "fp32"};
inline const char* text(Precision p) { return kPrecisionNames[static_cast<int>(p)]; }
// Bytes of one stored element.
inline double bytes_of(Precision p) {
  switch (p) {
    case Precision::fp4: return 0.5;
    case Precision::fp8:
    case Precision::int8: return 1;
    case Precision::fp16:
    case Precision::bf16: return 2;
    case Precision::tf32:
    case Precision::fp32: return 4;
  }
  return 4;
}

// How much of its roofline a chip family attains with a mature software stack: one file per family,
// calibrated on named measurements or transferred with a wide interval; never per case.
struct Efficiency {
  std::string id;
  Uncertain<double> gemm;         // fraction of the dense peak on large matrix products
  Uncertain<double> memory;       // fraction of the memory bandwidth on streaming operators
  Uncertain<double> gather;       // fraction of the memory bandwidth on random rows (embeddings)
  Uncertain<double> collective;   // fraction of the line rate in collectives
  Seconds launch;                 // fixed cost of one operator
  double gemm_half_flop = 0;      // FLOP of a product per chip at which half of `gemm` is attained
  double overlap = 0;             // fraction of the backward pass that may hide data-parallel communication, 0..1
  std::vector<std::string> calibrated_on;  // measurements the values were fitted on; empty: transferred
  bool calibrated() const { return !calibrated_on.empty(); }
};

struct Chip {
  std::string id, name, supplier;
  std::string stack;                    // software stack its kernels need: "cuda", "cann", ...
  Id<Efficiency> efficiency;
  std::map<Precision, FlopRate> peak;   // dense matrix rate; a precision that is absent is not supported
  Bytes memory;
  ByteRate memory_bandwidth;
  ByteRate scale_up;                    // per direction per chip inside the scale-up domain
  int scale_up_domain = 1;              // chips
  ByteRate nic;                         // scale-out share per chip per direction
  Watts tdp;
  Uncertain<Usd> price;                 // bare chip (its share of a module); what the chip budget buys
  Uncertain<Usd> price_in_server;       // the same chip bought inside a server
  Date available;
  bool trains = true;                   // false: an inference part
  Uncertain<Seconds> interruption;      // chip-hours per interruption of a job, as seconds of one chip
};

struct Node {
  std::string id, name;
  Id<Chip> chip;
  int chips = 8;
  Watts power;                          // of the whole node under load, what a hall must provide
  Uncertain<Usd> host_price;            // server without its chips
};

// A rail-optimised fat-tree: chip i of every node of a pod hangs on rail i; pods meet at the spine.
struct Fabric {
  std::string id, name;
  int pod_nodes = 128;                  // nodes of one pod (scalable unit)
  double oversubscription = 1;          // pod downlink : uplink
  Seconds nic_latency{5e-6};            // one hop between nodes, all of it on the NIC link
  Seconds scale_up_latency{2e-6};       // one hop inside the scale-up domain
};

}  // namespace capmix
