#pragma once

#include "contacts.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace crm {

// Who a task is about. `given` is the params of a TaskSelected, or as much of them as is known.

/// The contact whose id the task has, in `customer` or in one of the attributes where flows put it.
std::optional<Contact> contact_by_id_in(Contacts const& contacts, boost::json::object const& given);

/// The customer's telephone number, or what Flex shows in its place ("anonymous"). Of an outbound task that is who was
/// called. "whatsapp:+34…" and the like lose their channel.
std::optional<std::string> number_in(boost::json::object const& given);

/// For the page: {"kind": "customer" | "several" | "unknown" | "account" | "none", …}, see README.md.
boost::json::object find_customer(Contacts const& contacts, boost::json::object const& given, bool bare);

/// An address without its channel.
std::string without_channel(std::string const& address);

}  // namespace crm
