#include <flexcrm/schema.hpp>

#include "field_codec.hpp"
#include "registry.hpp"

#include <flexcrm/version.hpp>

#include <boost/json/array.hpp>

#include <algorithm>
#include <string>

namespace flexcrm {
namespace {

namespace json = boost::json;
using detail::Rule;

json::array words(std::span<std::string_view const> given) { return json::array(given.begin(), given.end()); }

template <class E>
std::string_view word(E value) {
  return enum_words(E{})[static_cast<std::size_t>(value)];
}

// -- the vocabulary

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
      field["values"] = words(rule.words);
      if (rule.open) field["open"] = true;
      break;
    case Rule::Kind::attributes:
      if (!rule.words.empty()) field["reserved"] = words(rule.words);
      break;
    case Rule::Kind::object:
      field["type"] = rule.table->name;
      describe(*rule.table, field);
      break;
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
  if (!table.exactly_one.empty()) declaration["exactlyOne"] = words(table.exactly_one);
  if (!table.at_least_one.empty()) declaration["atLeastOne"] = words(table.at_least_one);
  json::array fields;
  for (auto const& row : table.rows) {
    json::object field{{"name", row.name}};
    if (row.required) field["required"] = true;
    describe(row.rule, field);
    field["doc"] = row.doc;
    fields.push_back(std::move(field));
  }
  declaration["fields"] = std::move(fields);
}

// -- the JSON Schema

constexpr std::int64_t max_safe_integer = RequestId::max_number;

// Patterns for what leaf_codec.cpp and types.cpp check. None is stricter than they are; the day of a month
// beyond its shape and the instant behind an offset are theirs alone.
constexpr std::string_view destination_pattern =
    R"(^(?:\+[1-9][0-9]{1,14}|sips?:[A-Za-z0-9_.!~*'()&=+$,;?/%-]+@(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]))"
    R"((?::0*(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?|client:[!-~]+)$)";
constexpr std::string_view time_pattern =
    R"(^(?:1969-12-31|(?:19[7-9][0-9]|[2-9][0-9]{3})-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|)"
    R"((?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|[12][0-9])))[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60))"
    R"((?:\.[0-9]{1,9})?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$)";

json::object reference(std::string_view definition) { return {{"$ref", "#/$defs/" + std::string{definition}}}; }

json::array one_required_each(std::span<std::string_view const> names) {
  json::array alternatives;
  for (auto const name : names) alternatives.push_back(json::object{{"required", json::array{name}}});
  return alternatives;
}

class SchemaWriter {
 public:
  json::object take() { return std::move(definitions_); }

  void define(std::string_view name, json::object schema) { definitions_[name] = std::move(schema); }

  /// A struct by its name; defined on first use.
  json::object struct_schema(detail::Table const& table) {
    if (!definitions_.contains(table.name)) {
      definitions_[table.name].emplace_object();  // keeps its place before what it uses
      definitions_[table.name] = fields_schema(table);
    }
    return reference(table.name);
  }

 private:
  json::object fields_schema(detail::Table const& table) {
    json::array required;
    json::object properties;
    for (auto const& row : table.rows) {
      if (row.required) required.push_back(json::value(row.name));
      auto field = value_schema(row.rule);
      if (row.rule.nullable) field = {{"anyOf", {std::move(field), {{"type", "null"}}}}};
      field["description"] = row.doc;
      properties[row.name] = std::move(field);
    }
    json::object schema{{"type", "object"}};
    if (!required.empty()) schema["required"] = std::move(required);
    if (!properties.empty()) schema["properties"] = std::move(properties);
    if (!table.exactly_one.empty()) schema["oneOf"] = one_required_each(table.exactly_one);
    if (!table.at_least_one.empty()) schema["anyOf"] = one_required_each(table.at_least_one);
    return schema;
  }

  json::object value_schema(Rule const& rule) {
    auto const longest = static_cast<std::int64_t>(Limits{}.text_bytes);
    switch (rule.kind) {
      case Rule::Kind::text: {
        // Our bounds are bytes and the schema's are characters, which are never more.
        json::object schema{{"type", "string"}};
        if (rule.min > 0) schema["minLength"] = 1;
        schema["maxLength"] = std::min(rule.max, longest);
        return schema;
      }
      case Rule::Kind::sid: {
        auto const sid = "(?:" + std::string{rule.prefix} + ")[0-9a-fA-F]{32}";
        return {{"type", "string"}, {"pattern", rule.prefix == "WR" ? "^(?:" + sid + "|new)$" : "^" + sid + "$"}};
      }
      case Rule::Kind::destination:
        define("Destination", {{"description", "E.164; a SIP URI or a client identity where that kind is switched on"},
                               {"type", "string"},
                               {"maxLength", 255},
                               {"pattern", destination_pattern}});
        return reference("Destination");
      case Rule::Kind::digits:
        return {{"type", "string"},
                {"pattern", "^[0-9*#A-Dw]{" + std::to_string(rule.min) + "," + std::to_string(rule.max) + "}$"}};
      case Rule::Kind::time:
        define("Time", {{"description", "ISO 8601, or epoch seconds; 2026-01-31T12:00:00.000Z goes out"},
                        {"anyOf",
                         {{{"type", "string"}, {"pattern", time_pattern}},
                          {{"type", "number"}, {"minimum", 0}, {"exclusiveMaximum", 253402300800}}}}});
        return reference("Time");
      case Rule::Kind::choice:
        if (!rule.open) return {{"enum", words(rule.words)}};
        return {{"type", "string"}, {"minLength", 1}, {"maxLength", longest}, {"examples", words(rule.words)}};
      case Rule::Kind::flag: return {{"type", "boolean"}};
      case Rule::Kind::integer: return {{"type", "integer"}, {"minimum", rule.min}, {"maximum", rule.max}};
      case Rule::Kind::attributes: {
        json::object object{{"type", "object"}};
        for (auto const key : rule.words) {
          if (!object.contains("properties")) object["properties"].emplace_object();
          object["properties"].as_object()[key] = false;
        }
        return {{"anyOf",
                 {std::move(object),
                  {{"description", "the text of such an object"},
                   {"type", "string"},
                   {"minLength", 2},
                   {"contentMediaType", "application/json"}}}}};
      }
      case Rule::Kind::object: return struct_schema(*rule.table);
      case Rule::Kind::list: return {{"type", "array"}, {"items", value_schema(*rule.item)}};
    }
    return {};
  }

  json::object definitions_;
};

json::object request_id(MessageType type) {
  if (type == type_of<Hello>) return {{"const", "hello"}};
  if (type == type_of<Ping>) return {{"const", "ping"}};
  return reference("Id");
}

}  // namespace

json::object json_schema() {
  SchemaWriter writer;
  json::object const version{{"const", "2.0"}};
  writer.define("Id", {{"type", "integer"}, {"minimum", 1}, {"maximum", max_safe_integer}});
  writer.define("Error", {{"type", "object"},
                          {"required", {"code", "message"}},
                          {"properties",
                           {{"code", {{"type", "integer"}}},
                            {"message", {{"type", "string"}}},
                            {"data",
                             {{"type", "object"},
                              {"properties",
                               {{"reason", {{"type", "string"}}},
                                {"pointer", {{"type", "string"}, {"maxLength", 256}}},
                                {"detail", {{"type", "string"}, {"pattern", "^[A-Za-z0-9_ ]{1,64}$"}}},
                                {"retryAfterMs", {{"type", "integer"}, {"minimum", 0}}}}}}}}}});
  writer.define("ErrorAnswer", {{"type", "object"},
                                {"required", {"jsonrpc", "id", "error"}},
                                {"properties",
                                 {{"jsonrpc", version},
                                  {"id", {{"anyOf", {reference("Id"), {{"enum", {"hello", "ping", nullptr}}}}}}},
                                  {"error", reference("Error")},
                                  {"result", false}}}});

  json::array requests;
  for (std::size_t i = 0; i < detail::message_entries().size(); ++i) {
    auto const& entry = detail::message_entries()[i];
    bool const notification = MessageType{i} == type_of<Bye>;
    json::object properties{{"jsonrpc", version}, {"method", {{"const", entry.name}}}};
    json::array required{"jsonrpc", "method"};
    if (notification) {
      properties["id"] = false;
    } else {
      properties["id"] = request_id(MessageType{i});
      required.push_back("id");
    }
    properties["params"] = writer.struct_schema(entry.table);
    if (detail::check_presence(entry.table, 0)) required.push_back("params");
    auto const request = std::string{entry.name} + "Frame";
    writer.define(request, {{"description", std::string{word(entry.routing.delivery_class)} + ", sent by " +
                                                std::string{word(entry.routing.sender)}},
                            {"type", "object"},
                            {"required", std::move(required)},
                            {"properties", std::move(properties)}});
    requests.push_back(reference(request));
    if (notification) continue;

    auto const& answer = detail::answer_entries()[entry.result];
    json::object const result =
        answer.table.rows.empty() ? json::object{{"type", "null"}} : writer.struct_schema(answer.table);
    json::object success{
        {"type", "object"},
        {"required", {"jsonrpc", "id", "result"}},
        {"properties",
         {{"jsonrpc", version}, {"id", request_id(MessageType{i})}, {"result", result}, {"error", false}}}};
    writer.define(std::string{entry.name} + "Answer",
                  {{"oneOf", json::array{std::move(success), reference("ErrorAnswer")}}});
  }

  return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
          {"$id", "urn:flexcrm:v1"},
          {"title", "flexcrm.v1"},
          {"description",
           "A request or notification of the protocol; answers are $defs, named after the message they answer. "
           "What a schema cannot say: duplicate keys, limits in bytes, depth and members, which kinds of "
           "destination are switched on, and what is inside attributes that come as a string."},
          {"oneOf", std::move(requests)},
          {"$defs", writer.take()}};
}

json::object vocabulary() {
  Limits const limits;
  json::object errors;
  for (Errc const code : all_errors())
    if (rpc_code(code) != 0) errors[name(code)] = rpc_code(code);

  json::object messages;
  for (auto const& entry : detail::message_entries()) {
    json::object message{{"class", word(entry.routing.delivery_class)}, {"from", word(entry.routing.sender)}};
    if (!entry.routing.slot.empty()) message["slot"] = entry.routing.slot;
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
