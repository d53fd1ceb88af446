#pragma once

#include <flexcrm/phone.hpp>

#include <boost/json/object.hpp>

namespace crm {

// Telephone numbers for the page: it reads none by itself.

/// {e164, national, international, region, type, valid, extension}
boost::json::object to_json(flexcrm::PhoneNumber const& number);

/// How each number of a list is shown, by the number: {national, international, region}. What is no E.164 is left out.
boost::json::object number_forms(boost::json::array const& numbers);

}  // namespace crm
