#pragma once

#include "contacts.hpp"
#include "options.hpp"

#include <flexcrm/server.hpp>

#include <atomic>
#include <string>

namespace crm {

/// The HTTP side of the CRM: pages, the modules they load, and the JSON they ask for.
///
///   /crm.html /portraits/* …   the CRM page                         /api/config     what the page has to know
///   /flex/*                    the Flex stub, or --flex-dir         /api/contacts   every contact
///   /flexcrm/js/*              flexcrm's browser modules            /api/customer   who a selected task is about
///   /flexcrm/plugin/*          the Flex plugin                      (POST, the params of TaskSelected)
///
/// (/metrics is main's.)
class Pages {
 public:
  Pages(Options const& options, Contacts const& contacts) : options_{options}, contacts_{contacts} {}

  /// The server's port, known once it listens.
  void set_port(std::uint16_t port) { port_ = port; }

  flexcrm::HttpResponse answer(flexcrm::HttpRequest const& request) const;

 private:
  flexcrm::HttpResponse answer_api(flexcrm::HttpRequest const& request, std::string const& path) const;
  std::string page_origin() const;
  std::string flex_origin() const;

  Options const& options_;
  Contacts const& contacts_;
  std::atomic<std::uint16_t> port_ = 0;  // requests may come before main has said it
};

/// Who a selected task is about, for the page: {"kind": "customer" | "unknown" | "account" | "none", …}.
/// `task` is the params of a TaskSelected.
boost::json::object find_customer(Contacts const& contacts, boost::json::object const& task, bool bare);

}  // namespace crm
