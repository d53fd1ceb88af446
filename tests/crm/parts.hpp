#pragma once

#include "api.hpp"
#include "call_log.hpp"
#include "contacts.hpp"
#include "database.hpp"
#include "dial_audit.hpp"
#include "inspector.hpp"
#include "options.hpp"
#include "pages.hpp"
#include "policy.hpp"
#include "sign_in.hpp"
#include "site.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace flexcrm::test {

inline std::string sid(char const* prefix, int n) { return prefix + std::string(30, '0') + std::to_string(10 + n); }

/// A database file of this test's own.
class DatabaseFile {
 public:
  DatabaseFile() { std::filesystem::create_directories(folder_); }
  ~DatabaseFile() { std::filesystem::remove_all(folder_); }
  DatabaseFile(DatabaseFile const&) = delete;
  DatabaseFile& operator=(DatabaseFile const&) = delete;
  std::string path() const { return (folder_ / "crm.sqlite").string(); }

 private:
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("flexcrm-crm-" + std::to_string(::getpid()));
};

/// The program without its server: requests come in, answers come out.
class Parts {
 public:
  explicit Parts(std::string const& path, std::vector<std::string> agents = {"alice", "bob"}) : database{path} {
    options.agents = std::move(agents);
    options.files = FLEXCRM_EXAMPLES;
    site.set_port(3000);
  }

  /// What is answered to a request of a browser on this machine.
  HttpResponse answer(HttpRequest request) {
    request.local = !proxied;
    if (request.host.empty()) request.host = "localhost:3000";
    if (!cookie.empty()) request.headers.emplace_back("cookie", cookie);
    auto response = crm::Api::is_asked(request) ? api.answer(request) : pages.answer(request);
    pages.protect(request, response);
    return response;
  }

  HttpResponse get(std::string target) { return answer({.method = "GET", .target = std::move(target)}); }
  HttpResponse post(std::string target, std::string body, std::string type = "application/json") {
    return answer(
        {.method = "POST", .target = std::move(target), .content_type = std::move(type), .body = std::move(body)});
  }

  /// From now on requests are this agent's.
  void sign_in_as(std::string const& agent) {
    auto const header =
        header_of(post("/login", boost::json::serialize(boost::json::object{{"agent", agent}})), "Set-Cookie");
    cookie = header.substr(0, header.find(';'));
  }

  static std::string header_of(HttpResponse const& response, std::string_view name) {
    for (auto const& [key, value] : response.headers)
      if (key == name) return value;
    return {};
  }

  crm::Options options;
  crm::Database database;
  std::chrono::system_clock::time_point now = std::chrono::sys_days{std::chrono::January / 31 / 2026};
  std::string cookie;    ///< that the browser has
  bool proxied = false;  ///< the browser is behind a proxy
  crm::Contacts contacts{database, FLEXCRM_EXAMPLES "/crm/contacts.json"};
  crm::CallLog calls{database, contacts};
  crm::DialAudit audit{database, "one", [this] { return now; }};
  DialPolicy policy = crm::read_policy(FLEXCRM_EXAMPLES "/crm/dial_policy.json");
  crm::SignIn sign_in{options, database.secret("sign-in"), [this] { return now; }};
  crm::Site site{options};
  crm::Inspector inspector;
  crm::Api api{options, site, sign_in, contacts, calls, audit, policy, inspector};
  crm::Pages pages{options, site, sign_in};
};

inline boost::json::value json_of(HttpResponse const& response) { return boost::json::parse(response.body); }

}  // namespace flexcrm::test
