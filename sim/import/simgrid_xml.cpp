#include "import/simgrid_xml.hpp"

#include <expat.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "base/diagnostic.hpp"

// Places are asked for by names that expat 2.7 calls deprecated, since they are too narrow for files of 2 GiB; older ones have no others.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace capmix::import {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVersions[] = {"4", "4.0", "4.1"};
// Of hosts, peers and links; each names a file of a profile.
constexpr const char* kProfiles[] = {"speed_file", "availability_file", "state_file", "bandwidth_file", "latency_file"};

bool among(const char* const* begin, const char* const* end, const char* word) {
  return std::any_of(begin, end, [&](const char* w) { return std::strcmp(w, word) == 0; });
}

std::string whole(const std::string& path) {
  if (fs::is_directory(path)) throw InputError(path + ": is a directory (expected a SimGrid platform file)");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(path + ": cannot be read (expected a SimGrid platform file)");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class Scan {
 public:
  explicit Scan(SimgridFile& file) : file_(file), parser_(XML_ParserCreate(nullptr), XML_ParserFree) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), [](void* me, const char* name, const char** a) { static_cast<Scan*>(me)->start(name, a); },
                          [](void* me, const char* name) { static_cast<Scan*>(me)->end(name); });
  }

  void run() {
    std::string source = file_.text;  // start() and end() blank parts of file_.text
    // SimGrid takes a declaration that stands behind a comment, XML does not.
    if (const auto at = source.find("<?xml"); at != std::string::npos && at > 0)
      if (const auto close = source.find("?>", at); close != std::string::npos) std::fill(source.begin() + static_cast<long>(at), source.begin() + static_cast<long>(close + 2), ' ');
    if (XML_Parse(parser_.get(), source.data(), static_cast<int>(source.size()), 1) == XML_STATUS_ERROR)
      complain("is not well-formed XML: " + std::string(XML_ErrorString(XML_GetErrorCode(parser_.get()))));
    if (!problems_.ok()) throw InputError(problems_);
  }

 private:
  size_t here() const { return static_cast<size_t>(XML_GetCurrentByteIndex(parser_.get())); }
  size_t length() const { return static_cast<size_t>(XML_GetCurrentByteCount(parser_.get())); }
  void complain(const std::string& what) { problems_.add({file_.path, static_cast<int>(XML_GetCurrentLineNumber(parser_.get())), 0}, what); }

  void blank(size_t from, size_t to) {
    for (size_t i = from; i < to; ++i)
      if (file_.text[i] != '\n') file_.text[i] = ' ';
  }

  void root(const char* name, const char** a) {
    if (std::strcmp(name, "platform") != 0) return complain("<" + std::string(name) + "> is no SimGrid platform (expected <platform version=\"4.1\">)");
    std::string version;
    for (; *a != nullptr; a += 2)
      if (std::strcmp(a[0], "version") == 0) version = a[1];
    if (among(std::begin(kVersions), std::end(kVersions), version.c_str())) return;
    const bool older = version.empty() || version[0] < '4';
    complain("is of version \"" + version + "\" (expected 4 or 4.1" + (older ? "; simgrid_update_xml, which comes with SimGrid, rewrites an older file" : "") + ")");
  }

  void start(const char* name, const char** a) {
    if (depth_++ == 0) root(name, a);
    const std::string element = name;
    if (aside_ == 0 && (element == "config" || element == "trace" || element == "trace_connect")) {
      aside_ = depth_, aside_from_ = here();
      if (element != "config") ++file_.profiles;
      return;
    }
    const auto value = [&](const char* key) {
      for (const char** p = a; *p != nullptr; p += 2)
        if (std::strcmp(p[0], key) == 0) return std::string(p[1]);
      return std::string();
    };
    if (aside_ > 0) {
      if (element == "prop") file_.config.push_back(value("id"));
      return;
    }
    std::string routing = value("routing");
    std::transform(routing.begin(), routing.end(), routing.begin(), [](unsigned char c) { return std::tolower(c); });
    if (routing == "wifi") complain("zone \"" + value("id") + "\" is wireless (expected wired links: what a station gets of a shared medium depends on all the others)");
    if (element == "link" && value("sharing_policy") == "WIFI") complain("link \"" + value("id") + "\" is wireless (expected wired links)");
    if (element == "prop" && (value("id").rfind("watt", 0) == 0 || value("id").rfind("carbon", 0) == 0)) ++file_.energy;
    for (const char** p = a; *p != nullptr; p += 2)
      if (among(std::begin(kProfiles), std::end(kProfiles), p[0])) blank_attribute(p[0]);
  }

  void end(const char*) {
    if (aside_ == depth_) blank(aside_from_, here() + length()), aside_ = 0;
    --depth_;
  }

  // name="value" in the start tag that is being read, which expat has found well-formed.
  void blank_attribute(const std::string& name) {
    const size_t stop = here() + length();
    for (size_t at = here(); at < stop;) {
      const char c = file_.text[at];
      if (c == '"' || c == '\'') {
        at = file_.text.find(c, at + 1) + 1;
      } else if (file_.text.compare(at, name.size(), name) == 0 && std::isspace(static_cast<unsigned char>(file_.text[at - 1])) != 0) {
        const size_t open = file_.text.find_first_of("\"'", at);
        blank(at, file_.text.find(file_.text[open], open + 1) + 1);
        ++file_.profiles;
        return;
      } else {
        ++at;
      }
    }
  }

  SimgridFile& file_;
  std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser_;
  Diagnostics problems_;
  int depth_ = 0, aside_ = 0;  // aside_: depth of the element that is being blanked, 0: none is
  size_t aside_from_ = 0;
};

}  // namespace

SimgridFile read_simgrid(const std::string& path) {
  SimgridFile out;
  out.path = path, out.text = whole(path);
  out.folder = fs::absolute(path).parent_path().string();
  Scan(out).run();
  return out;
}

}  // namespace capmix::import
