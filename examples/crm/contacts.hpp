#pragma once

#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

struct sqlite3;

namespace crm {

/// A person the CRM knows.
struct Contact {
  std::string id, first_name, last_name, company, title, email, phone, city, since, note, portrait;
};

boost::json::object to_json(Contact const& contact);

/// The contacts in an SQLite file. For one thread.
class Contacts {
 public:
  /// Opens the file; when it has no contacts yet, fills it from a JSON file. Throws std::runtime_error.
  Contacts(std::string const& database, std::string const& initial_contacts);

  std::vector<Contact> all() const;
  std::optional<Contact> find_by_id(std::string const& id) const;
  std::optional<Contact> find_by_phone(std::string const& e164) const;

 private:
  std::vector<Contact> select(std::string const& condition, std::string const& value) const;
  void fill(std::string const& initial_contacts);

  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace crm
