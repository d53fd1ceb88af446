#pragma once

#include <flexcrm/export.hpp>
#include <flexcrm/options.hpp>

#include <optional>
#include <string_view>

namespace flexcrm {

/// Answers a request for one of flexcrm's browser modules, `<prefix>bridge.js` and the like, from within the program: they
/// are those of the library's own version, and no file is read. Nothing for any other target, which is the caller's to
/// answer. `prefix` ends with '/'. A query is ignored, so that a page may ask for `bridge.js?v=2`.
///
/// GET and HEAD: 200 with an ETag that browsers ask again with, or 304; any other method: 405. From any thread.
FLEXCRM_API std::optional<HttpResponse> browser_module(HttpRequest const& request,
                                                       std::string_view prefix = "/flexcrm/js/");

}  // namespace flexcrm
