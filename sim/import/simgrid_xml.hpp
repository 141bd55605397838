// Platform files of SimGrid, looked at before SimGrid sees them: it aborts on a key of <config> that its version does not
// know, and on a profile that is not there. What a training step does not use is blanked out, byte by byte, so that lines
// stay where they are; nothing else is changed.
#pragma once

#include <string>
#include <vector>

namespace capmix::import {

struct SimgridFile {
  std::string path, folder;            // the folder: profiles and other files are named relative to it
  std::string text;                    // what SimGrid is given
  // Set aside.
  std::vector<std::string> config;     // keys of <config>, in the file's order
  int profiles = 0;                    // attributes and elements that vary a speed, bandwidth, latency or state over time
  int energy = 0;                      // properties of watts and carbon; they stay, and nothing reads them
};

// Throws InputError with file and line: not to be read, no XML, no platform, a version before 4 or after 4.1, wireless links.
SimgridFile read_simgrid(const std::string& path);

}  // namespace capmix::import
