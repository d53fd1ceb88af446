#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace crm {

/// What the command line said.
struct Options {
  std::uint16_t port = 3000;              ///< 0: any free one
  std::string database = "crm.sqlite";    ///< made and filled when it is missing
  std::string files;                      ///< the pages, contacts and plugin, laid out as in examples/
  std::string flex_url;                   ///< the Flex page; empty: the stub that this server serves
  std::string flex_dir;                   ///< a directory served at /flex/ in place of the stub
  std::vector<std::string> flex_without;  ///< what the stub's outbound set-up lacks
  bool flex_tab = false;                  ///< Flex in a tab of its own: the page has a link to it and no frame
  bool bare = false;                      ///< the dialect of the training plugin
  std::vector<std::string> agents;        ///< who may sign in and connect; never empty
  std::vector<std::string> supervisors;   ///< of these agents, who may export the audit trail; empty: nobody
  unsigned keep_calls = 365;              ///< days after which calls and the audit trail are deleted; 0: never
  std::string policy;                     ///< the dial policy's file; empty: the one beside the pages
  std::string region;  ///< of the agents: numbers without a country code are its own; empty: what Flex says
  std::vector<std::string> origins;    ///< more origins that may open the WebSocket
  std::vector<std::string> hosts;      ///< more names of this server that a request may have in its Host
  std::vector<std::string> framed_by;  ///< origins of the pages that may frame the CRM page
  std::string certificate;             ///< PEM file; with it and its key everything is https and wss
  std::string key;                     ///< PEM file
  bool behind_proxy = false;           ///< whoever a proxy on this machine lets through may be any of the agents
  unsigned dials_per_minute = 5;       ///< of one agent; more are refused
  unsigned idle_ms = 25000;            ///< a connection that is silent for so long is closed
  std::vector<std::string> nats;       ///< servers of NATS that join this node to others; empty: it is alone
  std::string node;                    ///< this node's name among them
  std::string journal;                 ///< file to append what happens to; empty: none
  bool journal_full = false;           ///< with telephone numbers and whole messages
  bool inspector = false;              ///< serve /inspector.html
  bool verbose = false;                ///< log every connection

  /// Where the dial policy is.
  std::string policy_file() const { return policy.empty() ? files + "/crm/dial_policy.json" : policy; }

  /// Whether it serves https and wss itself.
  bool tls() const { return !certificate.empty(); }

  /// Origin of flex_url, or nothing when the server serves Flex itself.
  std::optional<std::string> flex_origin() const;
};

/// Reads the command line. Nothing when there is nothing to run: `exit_code` says how the program ends then.
std::optional<Options> read_options(int argc, char** argv, int& exit_code);

}  // namespace crm
