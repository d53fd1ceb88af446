#pragma once

#include "contacts.hpp"

#include <flexcrm/messages/crm.hpp>

namespace crm {

/// Answers who somebody is, for Flex. A text is searched for as the page does.
flexcrm::Result<flexcrm::ContactLookupResult> look_up(Contacts const& contacts,
                                                      flexcrm::ContactLookupRequest const& request);

}  // namespace crm
