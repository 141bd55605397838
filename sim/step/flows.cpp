#include "step/flows.hpp"

#include <string>

#include "engine/compat.hpp"
#include "engine/isolate.hpp"
#include "engine/network.hpp"

namespace capmix::step {

using engine::compat::sg4::Mailbox;

Seconds play_flows(const std::vector<engine::RailHost>& hosts, double oversubscription, const std::vector<Flow>& flows) {
  const auto simulate = [&] {
    const auto rail = engine::build_rail(hosts, oversubscription);
    for (size_t f = 0; f < flows.size(); ++f) {
      const std::string box = "f" + std::to_string(f);
      engine::compat::add_actor("s" + box, rail[flows[f].from], [box, bytes = flows[f].bytes] {
        static int payload = 0;
        Mailbox::by_name(box)->put(&payload, static_cast<uint64_t>(bytes + 0.5));
      });
      engine::compat::add_actor("r" + box, rail[flows[f].to], [box] { Mailbox::by_name(box)->get<int>(); });
    }
    engine::simgrid_engine().run();
    return std::vector<double>{engine::compat::sg4::Engine::get_clock()};
  };
  return Seconds(engine::in_child(simulate).front());
}

}  // namespace capmix::step
