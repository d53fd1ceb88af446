#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

namespace flexcrm::detail {

/// A request that asks for a WebSocket, read and checked.
struct UpgradeRequest {
  boost::beast::http::request<boost::beast::http::string_body> message;
};

}  // namespace flexcrm::detail
