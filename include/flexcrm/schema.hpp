#pragma once

#include <flexcrm/export.hpp>

#include <boost/json/object.hpp>

namespace flexcrm {

/// The vocabulary as data, from the message tables: per message its class, sender, result and fields with
/// their rules and meaning. The browser modules' messages.js and docs/messages.md are made of it
/// (`flexcrm-generate`).
///
/// Shape: {"protocol": {…}, "errors": {name: code}, "messages": {name: {"class", "from", "slot"?, "result"?,
/// "exactlyOne"?, "atLeastOne"?, "fields": […]}}, "results": {name: {"fields": […]}}}.
FLEXCRM_API boost::json::object vocabulary();

/// The vocabulary as a JSON Schema, draft 2020-12, for requests; the `$defs` hold every message, result and
/// struct by name, and the answers to each message as `<message>Answer`. It accepts all that the codec
/// accepts with the default limits, and a little more: its `description` says what.
/// docs/schema/flexcrm.v1.schema.json is its text.
FLEXCRM_API boost::json::object json_schema();

}  // namespace flexcrm
