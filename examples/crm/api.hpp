#pragma once

#include "call_log.hpp"
#include "contacts.hpp"
#include "dial_audit.hpp"
#include "inspector.hpp"
#include "options.hpp"
#include "sign_in.hpp"
#include "site.hpp"

#include <flexcrm/dial_policy.hpp>
#include <flexcrm/options.hpp>
#include <flexcrm/phone.hpp>

#include <string_view>

namespace crm {

/// What the pages ask and tell: JSON at /api/…, and POST /login and /logout. README.md has the table.
class Api {
 public:
  Api(Options const& options, Site const& site, SignIn const& sign_in, Contacts& contacts, CallLog& calls,
      DialAudit& audit, flexcrm::DialPolicy const& policy, Inspector const& inspector)
      : options_{options},
        site_{site},
        sign_in_{sign_in},
        contacts_{contacts},
        calls_{calls},
        audit_{audit},
        policy_{policy},
        inspector_{inspector} {}

  /// Whether a request is one for answer(); the others are for pages.
  static bool is_asked(flexcrm::HttpRequest const& request);

  flexcrm::HttpResponse answer(flexcrm::HttpRequest const& request);

 private:
  flexcrm::HttpResponse get(flexcrm::HttpRequest const& request, std::string const& agent) const;
  flexcrm::HttpResponse post(flexcrm::HttpRequest const& request, std::string const& agent);
  flexcrm::HttpResponse audit_csv(flexcrm::HttpRequest const& request, std::string const& agent) const;
  flexcrm::HttpResponse log_in(flexcrm::HttpRequest const& request) const;
  flexcrm::HttpResponse log_out(flexcrm::HttpRequest const& request) const;
  flexcrm::HttpResponse config(std::string const& agent) const;
  flexcrm::HttpResponse ticket(std::string const& agent, boost::json::object const& given) const;
  flexcrm::HttpResponse add_contact(boost::json::object const& given);
  /// What would become of a dial: {number, refusal: null or {reason}, rules: every rule's verdict}.
  boost::json::object verdict(std::string const& agent, flexcrm::PhoneNumber const& number) const;
  flexcrm::HttpResponse number(std::string const& agent, boost::json::object const& given);
  flexcrm::HttpResponse write_call(std::string const& agent, std::string_view task_sid,
                                   boost::json::object const& given);

  Options const& options_;
  Site const& site_;
  SignIn const& sign_in_;
  Contacts& contacts_;
  CallLog& calls_;
  DialAudit& audit_;
  flexcrm::DialPolicy const& policy_;
  Inspector const& inspector_;
};

}  // namespace crm
