#pragma once

#include "call_log.hpp"
#include "contacts.hpp"
#include "inspector.hpp"
#include "options.hpp"
#include "sign_in.hpp"
#include "site.hpp"

#include <flexcrm/options.hpp>

#include <string_view>

namespace crm {

/// What the pages ask and tell: JSON at /api/…, and POST /login and /logout. README.md has the table.
class Api {
 public:
  Api(Options const& options, Site const& site, SignIn const& sign_in, Contacts& contacts, CallLog& calls,
      Inspector const& inspector)
      : options_{options}, site_{site}, sign_in_{sign_in}, contacts_{contacts}, calls_{calls}, inspector_{inspector} {}

  /// Whether a request is one for answer(); the others are for pages.
  static bool is_asked(flexcrm::HttpRequest const& request);

  flexcrm::HttpResponse answer(flexcrm::HttpRequest const& request);

 private:
  flexcrm::HttpResponse get(flexcrm::HttpRequest const& request, std::string const& agent) const;
  flexcrm::HttpResponse post(flexcrm::HttpRequest const& request, std::string const& agent);
  flexcrm::HttpResponse log_in(flexcrm::HttpRequest const& request) const;
  flexcrm::HttpResponse log_out(flexcrm::HttpRequest const& request) const;
  flexcrm::HttpResponse config(std::string const& agent) const;
  flexcrm::HttpResponse ticket(std::string const& agent, boost::json::object const& given) const;
  flexcrm::HttpResponse add_contact(boost::json::object const& given);
  flexcrm::HttpResponse write_call(std::string const& agent, std::string_view task_sid, boost::json::object const& given);

  Options const& options_;
  Site const& site_;
  SignIn const& sign_in_;
  Contacts& contacts_;
  CallLog& calls_;
  Inspector const& inspector_;
};

}  // namespace crm
