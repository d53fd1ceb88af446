#include "lookup.hpp"

#include "customer.hpp"

#include <utility>

namespace crm {
namespace {

constexpr std::size_t usual_matches = 10;

std::vector<Contact> find(Contacts const& contacts, flexcrm::ContactLookupRequest const& request, std::size_t most) {
  if (request.phone) return contacts.find_by_phone(without_channel(*request.phone));
  if (request.email) return contacts.find_by_email(*request.email);
  if (request.text) return contacts.search(*request.text, most);
  auto found = contacts.find_by_id(request.id.value_or(""));
  return found ? std::vector{std::move(*found)} : std::vector<Contact>{};
}

}  // namespace

flexcrm::Result<flexcrm::ContactLookupResult> look_up(Contacts const& contacts,
                                                      flexcrm::ContactLookupRequest const& request) {
  auto const most = request.limit ? static_cast<std::size_t>(*request.limit) : usual_matches;
  flexcrm::ContactLookupResult result;
  for (auto const& contact : find(contacts, request, most + 1)) {
    if (result.matches.size() == most) {
      result.truncated = true;
      break;
    }
    result.matches.push_back({.id = contact.id,
                              .name = contact.name(),
                              .phones = {contact.phone},
                              .url = "/crm.html#contact=" + contact.id});
  }
  return result;
}

}  // namespace crm
