#include "envelope.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdint>

namespace flexcrm::detail {
namespace {

namespace json = boost::json;

std::optional<std::string> text_of(json::object const& object, std::string_view name) {
  auto const* const value = object.if_contains(name);
  if (!value || !value->is_string()) return std::nullopt;
  return std::string{value->get_string()};
}

std::optional<AgentKey> agent_of(json::object const& object) {
  auto tenant = text_of(object, "tenant");
  auto agent = text_of(object, "agent");
  if (!tenant || !agent) return std::nullopt;
  return AgentKey{*std::move(tenant), *std::move(agent)};
}

std::optional<Ownership> owner_of(json::object const& object) {
  auto const* const since = object.if_contains("since");
  auto session = text_of(object, "session");
  auto node = text_of(object, "node");
  if (!since || !session || !node) return std::nullopt;
  json::error_code ec;
  auto const since_ms = since->to_number<std::uint64_t>(ec);
  if (ec) return std::nullopt;
  return Ownership{since_ms, *std::move(session), *std::move(node)};
}

}  // namespace

std::string write(Envelope const& envelope) {
  json::object line{{"from", envelope.from}};
  if (envelope.agent) {
    line["tenant"] = envelope.agent->tenant;
    line["agent"] = envelope.agent->agent;
  }
  if (auto const& owner = envelope.owner)
    line["owner"] = {{"since", owner->since_ms}, {"session", owner->session}, {"node", owner->node}};
  return json::serialize(line) + '\n' + envelope.frame;
}

std::optional<Envelope> read_envelope(std::string_view text) {
  auto const end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  json::error_code ec;
  auto const line = json::parse(text.substr(0, end), ec);
  auto const* const members = ec ? nullptr : line.if_object();
  auto from = members ? text_of(*members, "from") : std::nullopt;
  if (!from) return std::nullopt;
  Envelope envelope{.from = *std::move(from), .agent = agent_of(*members)};
  if (auto const* const owner = members->if_contains("owner")) {
    auto const* const object = owner->if_object();
    envelope.owner = object ? owner_of(*object) : std::nullopt;
    if (!envelope.owner) return std::nullopt;
  }
  envelope.frame = text.substr(end + 1);
  return envelope;
}

}  // namespace flexcrm::detail
