#include "numbers.hpp"

#include <boost/json.hpp>

#include <cstddef>

namespace crm {

namespace json = boost::json;

json::object to_json(flexcrm::PhoneNumber const& number) {
  return {{"e164", number.e164},
          {"national", number.national},
          {"international", number.international},
          {"region", number.region},
          {"type", enum_words(number.type)[static_cast<std::size_t>(number.type)]},
          {"valid", number.valid},
          {"extension", number.extension}};
}

json::object number_forms(json::array const& numbers) {
  json::object forms;
  for (auto const& given : numbers) {
    auto const* text = given.if_string();
    auto const number = text ? flexcrm::parse_phone({text->data(), text->size()}, {})
                             : flexcrm::make_error(flexcrm::Errc::invalid_params);
    if (number && number->e164 == std::string_view{text->data(), text->size()})
      forms[number->e164] = json::object{
          {"national", number->national}, {"international", number->international}, {"region", number->region}};
  }
  return forms;
}

}  // namespace crm
