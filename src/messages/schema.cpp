#include <flexcrm/schema.hpp>

#include "registry.hpp"

#include <flexcrm/version.hpp>

#include <boost/json/array.hpp>

namespace flexcrm {
namespace {

namespace json = boost::json;
using detail::Rule;

void describe(detail::Table const& table, json::object& declaration);

void describe(Rule const& rule, json::object& field) {
  field["kind"] = detail::kind_names[static_cast<std::size_t>(rule.kind)];
  if (rule.nullable) field["nullable"] = true;
  switch (rule.kind) {
    case Rule::Kind::text:
    case Rule::Kind::digits:
      if (rule.min > 0) field["min"] = rule.min;
      if (rule.max != std::numeric_limits<std::int64_t>::max()) field["max"] = rule.max;
      break;
    case Rule::Kind::integer:
      field["min"] = rule.min;
      field["max"] = rule.max;
      break;
    case Rule::Kind::sid: field["prefix"] = rule.prefix; break;
    case Rule::Kind::choice:
      field["values"] = json::array(rule.words.begin(), rule.words.end());
      if (rule.open) field["open"] = true;
      break;
    case Rule::Kind::attributes:
      if (!rule.words.empty()) field["reserved"] = json::array(rule.words.begin(), rule.words.end());
      break;
    case Rule::Kind::object: describe(*rule.table, field); break;
    case Rule::Kind::list: {
      json::object item;
      describe(*rule.item, item);
      field["items"] = std::move(item);
      break;
    }
    case Rule::Kind::destination:
    case Rule::Kind::flag:
    case Rule::Kind::time: break;
  }
}

void describe(detail::Table const& table, json::object& declaration) {
  auto const names = [](std::span<std::string_view const> given) { return json::array(given.begin(), given.end()); };
  if (!table.exactly_one.empty()) declaration["exactlyOne"] = names(table.exactly_one);
  if (!table.at_least_one.empty()) declaration["atLeastOne"] = names(table.at_least_one);
  json::array fields;
  for (auto const& row : table.rows) {
    json::object field{{"name", row.name}};
    if (row.required) field["required"] = true;
    describe(row.rule, field);
    fields.push_back(std::move(field));
  }
  declaration["fields"] = std::move(fields);
}

}  // namespace

json::object vocabulary() {
  Limits const limits;
  json::object errors;
  for (Errc const code : all_errors())
    if (rpc_code(code) != 0) errors[name(code)] = rpc_code(code);

  json::object messages;
  for (auto const& entry : detail::message_entries()) {
    json::object message{{"class", enum_words(DeliveryClass{})[static_cast<std::size_t>(entry.delivery.delivery_class)]},
                         {"from", enum_words(Sender{})[static_cast<std::size_t>(entry.delivery.sender)]}};
    if (!entry.delivery.slot.empty()) message["slot"] = entry.delivery.slot;
    auto const& answer = detail::answer_entries()[entry.result];
    if (!answer.table.rows.empty()) message["result"] = answer.name;  // otherwise null
    describe(entry.table, message);
    messages[entry.name] = std::move(message);
  }

  json::object results;
  for (auto const& entry : detail::answer_entries())
    if (!entry.table.rows.empty()) describe(entry.table, results[entry.name].emplace_object());

  return {{"protocol",
           {{"version", protocol_version},
            {"subprotocol", "flexcrm.v1"},
            {"limits",
             {{"frameBytes", limits.frame_bytes},
              {"depth", limits.depth},
              {"members", limits.members},
              {"textBytes", limits.text_bytes}}}}},
          {"errors", std::move(errors)},
          {"messages", std::move(messages)},
          {"results", std::move(results)}};
}

}  // namespace flexcrm
