#include "customer.hpp"

#include <boost/json.hpp>

#include <initializer_list>
#include <string_view>

namespace crm {
namespace {

namespace json = boost::json;

/// The string at a pointer, or nothing.
std::optional<std::string> string_at(json::value const& value, std::string_view pointer) {
  boost::system::error_code ec;
  auto const* found = value.find_pointer(pointer, ec);
  if (!found || !found->is_string() || found->as_string().empty()) return std::nullopt;
  return std::string{found->as_string()};
}

std::optional<std::string> first_string(json::value const& value, std::initializer_list<std::string_view> pointers) {
  for (auto const pointer : pointers)
    if (auto found = string_at(value, pointer)) return found;
  return std::nullopt;
}

}  // namespace

std::string without_channel(std::string const& address) {
  auto const plus = address.find(":+");
  return plus == std::string::npos ? address : address.substr(plus + 1);
}

std::optional<Contact> contact_by_id_in(Contacts const& contacts, json::object const& given) {
  json::value const task(given);
  for (auto const pointer :
       {"/customer/id", "/attributes/customer_id", "/attributes/crmid", "/attributes/customers/external_id"})
    if (auto const id = string_at(task, pointer))
      if (auto contact = contacts.find_by_id(*id)) return contact;
  return std::nullopt;
}

std::optional<std::string> number_in(json::object const& given) {
  json::value const task(given);
  // Of an outbound task `from` is our own number.
  bool const outbound = string_at(task, "/attributes/direction") == "outbound";
  auto number = first_string(task, {"/customer/phone", outbound ? "/attributes/outbound_to" : "/attributes/from",
                                    "/attributes/customerAddress", "/attributes/customers/phone"});
  return number ? std::optional{without_channel(*number)} : std::nullopt;
}

json::object find_customer(Contacts const& contacts, json::object const& given, bool bare) {
  if (auto const contact = contact_by_id_in(contacts, given))
    return {{"kind", "customer"}, {"customer", to_json(*contact)}};

  auto const number = number_in(given);
  auto const found = contacts.find_by_phone(number.value_or(""));
  if (found.size() == 1) return {{"kind", "customer"}, {"customer", to_json(found.front())}};
  if (found.size() > 1) {
    json::array customers;
    for (auto const& contact : found) customers.push_back(to_json(contact));
    return {{"kind", "several"}, {"number", *number}, {"customers", std::move(customers)}};
  }

  json::value const value(given);
  auto const first = string_at(value, "/attributes/account_data/first_name");
  auto const last = string_at(value, "/attributes/account_data/last_name");
  if (first || last)
    return {{"kind", "account"},
            {"firstName", first.value_or("")},
            {"lastName", last.value_or("")},
            {"portrait", string_at(value, "/attributes/account_data/img_src").value_or("")}};
  if (bare) return {{"kind", "none"}};
  return {{"kind", "unknown"}, {"number", number ? json::value(*number) : json::value()}};
}

}  // namespace crm
