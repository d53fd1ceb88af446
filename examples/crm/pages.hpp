#pragma once

#include "options.hpp"
#include "sign_in.hpp"
#include "site.hpp"

#include <flexcrm/options.hpp>

namespace crm {

/// The pages and the files they load.
///
///   /crm.html /portraits/* …   the CRM page                    /flex/*              the Flex stub, or --flex-dir
///   /login                     who are you                     /flexcrm/plugin/*    the Flex plugin
///   /inspector.html            with --inspector
///
/// (/flexcrm/js/*, flexcrm's browser modules, is the library's.)
class Pages {
 public:
  Pages(Options const& options, Site const& site, SignIn const& sign_in)
      : options_{options}, site_{site}, sign_in_{sign_in} {}

  flexcrm::HttpResponse answer(flexcrm::HttpRequest const& request) const;

  /// Adds the headers that every answer of this program has.
  void protect(flexcrm::HttpRequest const& request, flexcrm::HttpResponse& response) const;

 private:
  flexcrm::HttpResponse web_file(std::string_view name) const;
  flexcrm::HttpResponse crm_page(flexcrm::HttpRequest const& request) const;
  flexcrm::HttpResponse login_page(flexcrm::HttpRequest const& request) const;
  flexcrm::HttpResponse flex_page(flexcrm::HttpRequest const& request, std::string_view name) const;
  flexcrm::HttpResponse app_config(flexcrm::HttpRequest const& request) const;

  Options const& options_;
  Site const& site_;
  SignIn const& sign_in_;
};

}  // namespace crm
