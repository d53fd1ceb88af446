#include "tap.hpp"

#include <functional>

namespace flexcrm::test {

namespace {

constexpr std::int64_t window = 64;
constexpr std::size_t window_for_all_but_claims = 60;

std::size_t hash(std::string_view text) { return std::hash<std::string_view>{}(text); }

}  // namespace

void Tap::connected() { is_open_ = said_bye_ = false; }

void Tap::opened(bool is_new) {
  if (is_new) *this = Tap{*scene_};
  is_open_ = was_open_ = true;
}

void Tap::sent(std::string_view text, Moment now) {
  require(!said_bye_, "Bye is the last frame");
  auto const outside = envelope(text);
  using enum Envelope::Kind;
  require(is_open_ || outside.kind == hello, "nothing is sent before Hello is answered");
  switch (outside.kind) {
    case request: return this->request(outside, text, now);
    case answer: return this->answer(outside, text);
    case bye: said_bye_ = true; return;
    case ping: return;
    case hello:
      require(!was_open_ || text.find("\"takeover\":true") == std::string_view::npos, "a reconnect takes nothing over");
      return require(!is_open_, "Hello comes once");
    case other: require(false, "a session writes frames of the protocol only");
  }
}

void Tap::request(Envelope const& outside, std::string_view text, Moment now) {
  bool const is_void = outside.method == "Void";
  if (is_void) ++scene_->coverage.voids;
  if (outside.number == last_sent_ + 1) {
    last_sent_ = outside.number;
    // Only a claim is given a number while there is no connection, and so may be older than its first frame,
    // or too old.
    bool const is_claim = is_void || outside.method == "DialClaimRequest";
    unanswered_claims_ += is_claim ? 1 : 0;
    unanswered_.emplace(outside.number, Request{hash(text), is_claim, is_void, Book::marked(text), now});
  } else {
    auto const known = unanswered_.find(outside.number);
    require(known != unanswered_.end(), "requests are numbered without a gap, and repeated only while unanswered");
    auto& request = known->second;
    if (!is_void) {
      require(hash(text) == request.hash && !request.is_given_up, "one number never means two things");
      require(is_worth_doing(request, now), "a Void goes in place of what is no longer worth doing");
    } else if (!request.is_claim && !request.is_given_up) {
      require(!is_worth_doing(request, now), "a Void stands for nothing that is worth doing");
    }
    request.is_given_up = is_void;
  }
  require(outside.number - unanswered_.begin()->first < window,
          "memory is bounded: at most 64 requests are unanswered");
  require(unanswered_.size() - unanswered_claims_ <= window_for_all_but_claims,
          "memory is bounded: 4 of 64 unanswered requests are for claims");
}

bool Tap::is_worth_doing(Request const& request, Moment now) const {
  if (request.is_claim) return age(request.first_sent, now) < scene_->options.times.grant;
  auto const& item = scene_->book[request.item.value()];
  switch (item.kind) {
    case Item::Kind::event: return !item.is_told;
    case Item::Kind::state: return !item.is_told && scene_->book.newest_state(item.sender, item.slot) == request.item;
    case Item::Kind::command:
    case Item::Kind::query:
    case Item::Kind::dial: break;
  }
  return !item.is_told && age(item.at, now) < item.lifetime;
}

void Tap::answer(Envelope const& outside, std::string_view text) {
  require(outside.number <= last_received_, "only what was asked is answered");
  auto const [known, is_first] = answers_.emplace(outside.number, hash(text));
  require(is_first || known->second == hash(text) || text.find("session_lost") != std::string_view::npos,
          "a request has one answer");
  answers_.erase(answers_.begin(), answers_.lower_bound(last_received_ - window + 1));
  if (auto const claim = claimed_.find(outside.number); claim != claimed_.end()) {
    if (is_first && text.find("\"granted\":true") != std::string_view::npos) {
      auto& dial = scene_->book[claim->second];
      require(!dial.granted && scene_->time - dial.since.time < dial.lifetime,
              "a dial is granted once, within its lifetime");
      dial.granted = scene_->time;
    }
    claimed_.erase(claim);
  }
}

void Tap::received(std::string_view text) {
  auto const outside = envelope(text);
  if (outside.kind == Envelope::Kind::answer) {
    auto const request = unanswered_.find(outside.number);
    if (request == unanswered_.end()) return;
    unanswered_claims_ -= request->second.is_claim ? 1 : 0;
    unanswered_.erase(request);
  }
  if (outside.kind == Envelope::Kind::request) {
    last_received_ = std::max(last_received_, outside.number);
    if (outside.method == "DialClaimRequest")
      if (auto const dial = Book::marked(text)) claimed_.emplace(outside.number, *dial);
  }
}

}  // namespace flexcrm::test
