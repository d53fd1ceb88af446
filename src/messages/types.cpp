#include <flexcrm/types.hpp>

#include "leaf_codec.hpp"
#include "strict_json.hpp"

#include <boost/json/serialize.hpp>

#include <cmath>

namespace flexcrm {

namespace {

// Boost.JSON writes Infinity and NaN as these words, which are no JSON.
bool finite(boost::json::value const& value) {
  if (auto const* object = value.if_object()) {
    for (auto const& member : *object)
      if (!finite(member.value())) return false;
  } else if (auto const* array = value.if_array()) {
    for (auto const& element : *array)
      if (!finite(element)) return false;
  } else if (auto const* real = value.if_double()) {
    return std::isfinite(*real);
  }
  return true;
}

}  // namespace

Result<Attributes> Attributes::from_text(std::string text, Limits const& limits) {
  detail::Outline outline;
  if (auto error = outline.read(text, limits)) return *std::move(error);
  if (outline.root().kind != detail::Node::Kind::object) return make_error(Errc::not_an_object);
  return Attributes{std::move(text)};
}

Result<Attributes> Attributes::from_object(boost::json::object const& object, Limits const& limits) {
  if (!finite(object)) return make_error(Errc::number_not_finite);
  return from_text(boost::json::serialize(object), limits);
}

boost::json::object Attributes::object() const {
  detail::Outline outline;
  // The text was checked when this object was made, with limits that may have been wider than the default.
  Limits const unlimited{text_.size(), text_.size(), text_.size(), text_.size()};
  if (outline.read(text_, unlimited)) return {};
  return std::move(detail::to_value(outline, outline.root()).as_object());
}

std::optional<boost::json::value> Attributes::find(std::string_view pointer) const {
  boost::json::value const root(object());  // braces would make an array of it
  error_code ec;
  auto const* value = root.find_pointer(pointer, ec);
  if (!value) return std::nullopt;
  return *value;
}

Result<DestinationKind> classify_destination(std::string_view destination, DestinationKinds const& allowed) {
  DestinationKind kind{};
  if (auto const error = detail::check_destination(destination, allowed, kind)) return make_error(*error);
  return kind;
}

std::string redact(std::string_view destination) {
  if (!detail::is_e164(destination)) {
    auto const scheme = destination.find(':');
    for (std::string_view const known : {"sip", "sips", "client"})
      if (destination.substr(0, scheme) == known) return std::string{known} + ":***";
    return "***";
  }
  // +34*****56: the country's first digits and the last two; a short number shows less.
  std::size_t const head = destination.size() >= 8 ? 3 : 1;
  return std::string{destination.substr(0, head)} + "*****" + std::string{destination.substr(destination.size() - 2)};
}

}  // namespace flexcrm
