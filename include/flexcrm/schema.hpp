#pragma once

#include <flexcrm/export.hpp>

#include <boost/json/object.hpp>

namespace flexcrm {

/// The vocabulary as data, from the message tables: per message its class, sender, result and fields with their rules.
/// The browser modules' messages.js is made of it (`flexcrm-generate`).
///
/// Shape: {"protocol": {…}, "errors": {name: code}, "messages": {name: {"class", "from", "slot"?, "result"?,
/// "fields": […]}}, "results": {name: {"fields": […]}}}.
FLEXCRM_API boost::json::object vocabulary();

}  // namespace flexcrm
