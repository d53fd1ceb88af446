#include "contacts.hpp"

#include <flexcrm/phone.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace crm {
namespace {

namespace json = boost::json;

struct Column {
  char const* name;       // in the table
  char const* json_name;  // in contacts.json and for the page
  std::string Contact::*member;
  std::size_t most_bytes = 0;  // of what a page may give; 0: it may not
  bool required = false;
};

constexpr std::array columns{
    Column{"id", "id", &Contact::id},
    Column{"first_name", "firstName", &Contact::first_name, 100, true},
    Column{"last_name", "lastName", &Contact::last_name, 100, true},
    Column{"company", "company", &Contact::company, 100},
    Column{"title", "title", &Contact::title, 100},
    Column{"email", "email", &Contact::email, 254},
    Column{"phone", "phone", &Contact::phone, flexcrm::longest_phone_text, true},
    Column{"region", "region", &Contact::region, 2},
    Column{"city", "city", &Contact::city, 100},
    Column{"since", "since", &Contact::since},
    Column{"note", "note", &Contact::note, 2000},
    Column{"portrait", "portrait", &Contact::portrait},
};

/// Of a search for ?1, whose digits are ?2 as E.164 has them. instr() takes every character for itself, where LIKE would take some for patterns.
/// Folding is a function and no column of its own: a search reads the whole table, which is fast enough for what one desk has,
/// and nothing can grow stale.
constexpr auto has_text =
    "(?1 = '' OR (?2 <> '' AND instr(phone, ?2) > 0) OR instr(folded(first_name || ' ' || last_name || char(10) || company || "
    "char(10) || city || char(10) || email), folded(?1)) > 0)";

std::string names_of_columns() {
  std::string names;
  for (auto const& column : columns) names += (names.empty() ? "" : ", ") + std::string{column.name};
  return names;
}

std::string read_file(std::string const& path) {
  std::ifstream file{path, std::ios::binary};
  std::stringstream text;
  text << file.rdbuf();
  if (!file) throw std::runtime_error{"cannot read " + path};
  return std::move(text).str();
}

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// The digits of a text that is a telephone number, or a part of one, as people write it; empty when it is something else. A
/// whole number loses the zeros with which it is dialled inside a country or out of it.
std::string number_digits(std::string_view text) {
  if (text.find_first_not_of("0123456789 +-./()") != std::string_view::npos) return {};
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  auto const zeros = std::min(digits.find_first_not_of('0'), digits.size());
  if (zeros <= 2 && digits.size() - zeros >= 7) digits.erase(0, zeros);
  return digits.size() < 3 ? std::string{} : digits;
}

}  // namespace

json::object to_json(Contact const& contact) {
  json::object object;
  for (auto const& column : columns) object[column.json_name] = contact.*column.member;
  return object;
}

std::variant<Contact, BadField> read_contact(json::object const& given) {
  Contact contact;
  for (auto const& column : columns) {
    if (column.most_bytes == 0) continue;
    auto const* value = given.if_contains(column.json_name);
    auto const* text = value ? value->if_string() : nullptr;
    if (value && !text && !value->is_null()) return BadField{column.json_name, "wrong_type"};
    auto const words = text ? trimmed({text->data(), text->size()}) : std::string_view{};
    if (column.required && words.empty()) return BadField{column.json_name, "missing"};
    if (words.size() > column.most_bytes) return BadField{column.json_name, "too_long"};
    contact.*column.member = words;
  }
  if (!contact.region.empty() && !flexcrm::is_phone_region(contact.region)) return BadField{"region", "unknown_region"};
  auto const number = flexcrm::parse_phone(contact.phone, contact.region);
  if (!number) return BadField{"phone", flexcrm::name(static_cast<flexcrm::PhoneFault>(number.error().code.value()))};
  if (!number->extension.empty()) return BadField{"phone", "extension"};
  contact.phone = number->e164;
  if (contact.region.empty() && flexcrm::is_phone_region(number->region)) contact.region = number->region;
  return contact;
}

template <class... Values>
std::vector<Contact> Contacts::select(std::string const& condition, Values const&... values) const {
  auto query = database_.prepare("SELECT " + names_of_columns() + " FROM contacts " + condition);
  query.bind(values...);
  std::vector<Contact> found;
  while (query.step()) {
    Contact contact;
    for (std::size_t i = 0; i < columns.size(); ++i) contact.*columns[i].member = query.text(static_cast<int>(i));
    found.push_back(std::move(contact));
  }
  return found;
}

Contacts::Contacts(Database const& database, std::string const& initial_contacts) : database_{database} {
  fill(initial_contacts);
  find_regions();
}

/// Contacts from before there were regions get their numbers' own.
void Contacts::find_regions() const {
  Transaction transaction{database_};
  for (auto const& contact : select("WHERE region = ''")) {
    auto const number = flexcrm::parse_phone(contact.phone, {});
    if (number && flexcrm::is_phone_region(number->region))
      database_.run("UPDATE contacts SET region = ? WHERE id = ?", number->region, contact.id);
  }
  transaction.commit();
}

void Contacts::fill(std::string const& initial_contacts) const {
  Transaction transaction{database_};  // before it is asked: another process may start in this moment
  if (count() > 0) return;
  auto const contacts = json::parse(read_file(initial_contacts));
  for (auto const& given : contacts.as_array()) {
    Contact contact;
    for (auto const& column : columns) contact.*column.member = json::value_to<std::string>(given.at(column.json_name));
    insert(contact);
  }
  transaction.commit();
}

void Contacts::insert(Contact const& contact) const {
  std::string places;
  for (std::size_t i = 0; i < columns.size(); ++i) places += i == 0 ? "?" : ", ?";
  auto statement = database_.prepare("INSERT INTO contacts (" + names_of_columns() + ") VALUES (" + places + ")");
  for (auto const& column : columns) statement.bind(contact.*column.member);
  statement.step();
}

Contact Contacts::add(Contact contact) {
  Transaction transaction{database_};
  {
    auto next = database_.prepare(
        "SELECT 'C-' || (coalesce(max(CAST(substr(id, 3) AS INTEGER)), 1000) + 1), date('now') FROM contacts WHERE id GLOB 'C-[0-9]*'");
    next.step();
    contact.id = next.text(0);
    contact.since = next.text(1);
  }
  contact.portrait = "/portraits/unknown.svg";
  insert(contact);
  transaction.commit();
  return contact;
}

std::vector<Contact> Contacts::search(std::string_view text, std::size_t limit) const {
  auto const words = trimmed(text);
  return select("WHERE " + std::string{has_text} + " ORDER BY folded(last_name), folded(first_name), id LIMIT ?3",
                words, number_digits(words), limit);
}

std::size_t Contacts::count(std::string_view text) const {
  auto const words = trimmed(text);
  auto counted = database_.prepare("SELECT count(*) FROM contacts WHERE " + std::string{has_text});
  counted.bind(words, number_digits(words)).step();
  return static_cast<std::size_t>(counted.integer(0));
}

std::optional<Contact> Contacts::find_by_id(std::string_view id) const {
  auto found = select("WHERE id = ?", id);
  return found.empty() ? std::nullopt : std::optional{std::move(found.front())};
}

std::vector<Contact> Contacts::find_by_phone(std::string_view e164) const {
  return e164.empty() ? std::vector<Contact>{} : select("WHERE phone = ? ORDER BY id", e164);
}

std::vector<Contact> Contacts::find_by_email(std::string_view email) const {
  return email.empty() ? std::vector<Contact>{} : select("WHERE folded(email) = folded(?) ORDER BY id", email);
}

}  // namespace crm
