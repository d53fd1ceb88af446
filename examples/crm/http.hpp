#pragma once

#include <flexcrm/options.hpp>

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace crm {

// What answers of this program have in common. None of them repeats a word of its request.

flexcrm::HttpResponse text_response(unsigned status, std::string_view text);
flexcrm::HttpResponse json_response(unsigned status, boost::json::object const& object);
/// {"error": …}, and the member of the request that is at fault.
flexcrm::HttpResponse error_response(unsigned status, std::string_view error, std::string_view field = {});
flexcrm::HttpResponse redirect(std::string const& url);

/// The target's path as it was sent, without the query.
std::string_view path_of(flexcrm::HttpRequest const& request);

/// The first value of a parameter in the target's query, decoded; empty when there is none.
std::string query_value(flexcrm::HttpRequest const& request, std::string_view name);

/// Whether the body is said to be JSON. A page of another origin cannot say so without asking the server first, which
/// allows nobody: this is what keeps other pages from doing anything here.
bool is_json(flexcrm::HttpRequest const& request);

/// The body's object, or nothing.
std::optional<boost::json::object> json_body(flexcrm::HttpRequest const& request);

}  // namespace crm
