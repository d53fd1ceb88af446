#pragma once

#include "database.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace crm {

/// A person the CRM knows.
struct Contact {
  std::string id, first_name, last_name, company, title, email, phone, city, since, note, portrait;
  std::string region;  ///< where a number of theirs is written without a country code: ISO 3166-1 alpha-2, or empty

  std::string name() const { return first_name + " " + last_name; }
};

boost::json::object to_json(Contact const& contact);

/// Why somebody cannot become a contact.
struct BadField {
  std::string_view field;  ///< as JSON names it
  std::string_view
      error;  ///< "missing", "wrong_type", "too_long", "unknown_region", "extension", or why it is no number: PhoneFault
};

/// Reads a new contact, which has no id yet, as the page sends it: the number as it is written in the region, or with a country
/// code. It is kept as E.164. Without a region the number's own is taken.
std::variant<Contact, BadField> read_contact(boost::json::object const& given);

/// The contacts. For one thread.
class Contacts {
 public:
  /// When there are none yet, fills the table from a JSON file. Throws std::runtime_error.
  Contacts(Database const& database, std::string const& initial_contacts);

  /// Whoever has the text in the name, the company, the city or the e-mail address, whatever its case and accents; or
  /// whose number has these digits, three or more, written as in its country or with a country code. An empty text finds everybody. By last name, at most `limit`.
  std::vector<Contact> search(std::string_view text, std::size_t limit) const;
  /// How many a search without a limit would find.
  std::size_t count(std::string_view text = {}) const;

  std::optional<Contact> find_by_id(std::string_view id) const;
  std::vector<Contact> find_by_phone(std::string_view e164) const;
  std::vector<Contact> find_by_email(std::string_view email) const;

  /// Adds a contact, and gives it an id and today's date.
  Contact add(Contact contact);

 private:
  template <class... Values>
  std::vector<Contact> select(std::string const& condition, Values const&... values) const;
  void insert(Contact const& contact) const;
  void fill(std::string const& initial_contacts) const;
  void find_regions() const;

  Database const& database_;
};

}  // namespace crm
