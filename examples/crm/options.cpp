#include "options.hpp"

#include <flexcrm/phone.hpp>

#include <boost/program_options.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <string_view>

namespace crm {
namespace {

namespace po = boost::program_options;

/// Scheme, host and port as a browser writes an origin; nothing when the text is no http or https URL.
std::optional<std::string> origin_of(std::string const& text) {
  auto const url = boost::urls::parse_uri(text);
  if (!url || url->host().empty() || (url->scheme() != "http" && url->scheme() != "https")) return std::nullopt;
  std::string origin = std::string{url->scheme()} + "://" + std::string{url->encoded_host()};
  bool const usual =
      (url->scheme() == "http" && url->port() == "80") || (url->scheme() == "https" && url->port() == "443");
  if (url->has_port() && !url->port().empty() && !usual) origin += ":" + std::string{url->port()};
  return origin;
}

/// What the stub of Flex can do without: web/flex/flex-stub.js.
constexpr std::array<std::string_view, 7> gaps{"dialpad", "caller-id",   "queue",     "workflow",
                                               "country", "permissions", "microphone"};

/// What cannot work, in words; empty when it can.
std::string find_fault(Options const& options) {
  if (!options.flex_url.empty() && !options.flex_dir.empty()) return "--flex-url and --flex-dir exclude each other";
  if (!options.flex_url.empty() && !options.flex_origin()) return "--flex-url must be an http or https URL";
  if (!options.flex_dir.empty() && !std::filesystem::is_directory(options.flex_dir))
    return "--flex-dir is not a directory: " + options.flex_dir;
  if (!std::filesystem::is_directory(options.files + "/crm/web")) return "--files has no pages: " + options.files;
  if (!options.hosts.empty() && options.port == 0) return "--allow-host needs a --port that is not 0";
  if (options.idle_ms < 1000) return "--idle-ms must be 1000 or more";
  for (auto const& origin : options.origins)
    if (origin_of(origin) != origin)
      return "--allow-origin must be an origin such as https://crm.example.com (no path, no slash at the end): " +
             origin;
  if (options.bare && options.flex_tab) return "--bare needs Flex in the CRM page's frame, not --flex-tab";
  for (auto const& origin : options.framed_by)
    if (origin_of(origin) != origin)
      return "--framed-by must be an origin such as https://crm.example.com (no path, no slash at the end): " + origin;
  for (auto const& name : options.flex_without)
    if (std::find(gaps.begin(), gaps.end(), name) == gaps.end()) return "--flex-without knows no " + name;
  for (auto const& agent : options.agents)
    if (agent.empty() || agent.size() > 128) return "--agent must be a name of 1 to 128 bytes";
  if (!options.region.empty() && !flexcrm::is_phone_region(options.region))
    return "--region must be a country's two letters, such as ES";
  for (auto const& name : options.supervisors)
    if (std::find(options.agents.begin(), options.agents.end(), name) == options.agents.end())
      return "--supervisor must be one of --agent: " + name;
  if (options.keep_calls > 36500) return "--keep-calls must be at most 36500 days";
  if (options.nats.empty() != options.node.empty()) return "--nats and --node belong together";
  if (options.certificate.empty() != options.key.empty()) return "--certificate and --key belong together";
  auto const own_origin =
      std::string{options.tls() ? "https" : "http"} + "://localhost:" + std::to_string(options.port);
  if (options.bare && !options.flex_url.empty() && options.flex_origin() != own_origin)
    return "--bare needs the Flex page on the CRM page's own origin (" + own_origin +
           "): the training plugin posts without a target origin, and browsers deliver that to the same origin only. "
           "Serve Flex's files with --flex-dir, or use the flexcrm plugin, which works across origins";
  return {};
}

/// What an installed program has beside it, or the sources that a built one was made of.
std::string own_files() {
  auto const program = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  auto const installed = program / FLEXCRM_INSTALLED_FILES;
  return (std::filesystem::is_directory(installed) ? installed : program / FLEXCRM_SOURCE_FILES)
      .lexically_normal()
      .string();
}

}  // namespace

std::optional<std::string> Options::flex_origin() const {
  return flex_url.empty() ? std::nullopt : origin_of(flex_url);
}

std::optional<Options> read_options(int argc, char** argv, int& exit_code) {
  Options options;
  options.files = own_files();
  po::options_description description{"flexcrm-crm: a CRM with Twilio Flex inside it"};
  auto add = description.add_options();
  add("port", po::value(&options.port)->default_value(options.port)->value_name("N"),
      "port to listen on; 0: a free one");
  add("database", po::value(&options.database)->default_value(options.database)->value_name("FILE"),
      "SQLite file with contacts and calls; made and filled when it is missing");
  add("files", po::value(&options.files)->value_name("DIR"),
      "the pages and first contacts, laid out as in examples/ (default: its own)");
  add("flex-url", po::value(&options.flex_url)->value_name("URL"),
      "the Flex page to embed (default: the Flex stub that this server serves)");
  add("flex-dir", po::value(&options.flex_dir)->value_name("DIR"),
      "serve this directory at /flex/ in place of the stub");
  add("flex-without", po::value(&options.flex_without)->value_name("NAME"),
      "a gap in the stub's outbound set-up: dialpad, caller-id, queue, workflow, country, permissions or microphone; repeatable");
  add("flex-tab", po::bool_switch(&options.flex_tab),
      "Flex in a tab of its own: the page links to it in place of framing it");
  add("bare", po::bool_switch(&options.bare), "speak the bare dialect of the training plugin");
  add("agent", po::value(&options.agents)->value_name("NAME"), "an agent who uses it; repeatable (default: alice)");
  add("policy", po::value(&options.policy)->value_name("FILE"),
      "dial policy, a JSON file: who may be called; SIGHUP reads it again (default: crm/dial_policy.json of --files)");
  add("region", po::value(&options.region)->value_name("CC"),
      "country of numbers that are written without a country code, such as ES (default: Flex's own default country)");
  add("supervisor", po::value(&options.supervisors)->value_name("NAME"),
      "one of the agents, who may export the audit trail of all; repeatable (default: nobody)");
  add("keep-calls", po::value(&options.keep_calls)->default_value(options.keep_calls)->value_name("DAYS"),
      "delete calls, notes and the audit trail after so many days; 0: keep them for ever");
  add("allow-origin", po::value(&options.origins)->value_name("URL"),
      "another origin that may open the WebSocket; repeatable");
  add("allow-host", po::value(&options.hosts)->value_name("HOST[:PORT]"),
      "another name that requests may have for this server, as a proxy in front passes it on; repeatable");
  add("behind-proxy", po::bool_switch(&options.behind_proxy),
      "a proxy on this machine lets in only whom it knows: let them be any of the agents");
  add("framed-by", po::value(&options.framed_by)->value_name("URL"),
      "an origin whose pages may frame the CRM page; repeatable");
  add("certificate", po::value(&options.certificate)->value_name("FILE"),
      "serve https and wss with this certificate (PEM)");
  add("key", po::value(&options.key)->value_name("FILE"), "the certificate's private key (PEM)");
  add("dials-per-minute",
      po::value(&options.dials_per_minute)->default_value(options.dials_per_minute)->value_name("N"),
      "calls an agent may begin within a minute");
  add("idle-ms", po::value(&options.idle_ms)->default_value(options.idle_ms)->value_name("N"),
      "close a connection that is silent for so long; below what a proxy in between allows");
  add("nats", po::value(&options.nats)->value_name("URL"),
      "a server of NATS that joins this node to others, such as nats://127.0.0.1:4222; repeatable. They share the database");
  add("node", po::value(&options.node)->value_name("NAME"),
      "this node's name among the others, the same at each start");
  add("journal", po::value(&options.journal)->value_name("FILE"),
      "append what happens to this file, a JSON object a line");
  add("journal-full", po::bool_switch(&options.journal_full), "with telephone numbers and whole messages");
  add("inspector", po::bool_switch(&options.inspector), "serve /inspector.html, which shows what goes over the wire");
  add("verbose", po::bool_switch(&options.verbose), "log every connection");
  add("help", "show this and end");

  exit_code = 2;
  po::variables_map values;
  try {
    po::store(po::command_line_parser(argc, argv).options(description).positional({}).run(), values);
    po::notify(values);
  } catch (po::error const& error) {
    std::cerr << "flexcrm-crm: " << error.what() << "\n";
    return std::nullopt;
  }
  if (values.contains("help")) {
    std::cout << description << '\n';
    exit_code = 0;
    return std::nullopt;
  }
  if (options.agents.empty()) options.agents.emplace_back("alice");
  if (auto const fault = find_fault(options); !fault.empty()) {
    std::cerr << "flexcrm-crm: " << fault << '\n';
    return std::nullopt;
  }
  return options;
}

}  // namespace crm
