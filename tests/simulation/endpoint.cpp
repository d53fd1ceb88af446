#include "endpoint.hpp"

#include "memory.hpp"

#include <algorithm>

namespace flexcrm::test {

namespace {

char const* side(End end) { return end == End::client ? " client" : " server"; }

bool is_problem(Action const& action) { return std::holds_alternative<Problem>(action); }

bool is_time_out(Action const& action) {
  auto const* close = std::get_if<CloseTransport>(&action);
  return close && close->code == time_out;
}

}  // namespace

Endpoint::Endpoint(Scene& scene, Machine& machine, End end, Session session, std::unique_ptr<Application> application)
    : scene_{&scene},
      machine_{&machine},
      end_{end},
      session_{std::move(session)},
      application_{std::move(application)},
      tap_{scene} {}

// -- inputs

void Endpoint::connect(Link& link) {
  link_ = &link;
  connected_at_ = scene_->time;
  waits_for_opening_ = hears_nothing_ = machine_->since(scene_->time);
  tap_.connected();
  session_.opened(now());
  carry_out();
}

void Endpoint::receive(Link::Frame const& frame) {
  scene_->say(side(end_), " reads  ", frame.text);
  bool const is_stale = machine_->slept_through(frame.sent, connected_at_, scene_->options.times.sleep);
  session_.receive(frame.text, now());
  while (auto action = session_.next()) actions_.push_back(std::move(*action));
  // Closed by time, so before the frame was looked at.
  bool const is_read = std::none_of(actions_.begin(), actions_.end(), is_time_out);
  if (is_stale) {
    ++scene_->coverage.slept_through;
    auto const first = std::find_if_not(actions_.begin(), actions_.end(), is_problem);
    require(first != actions_.end() && is_time_out(*first), "a side that slept closes before it looks at a frame");
  }
  if (is_read) {
    hears_nothing_ = machine_->since(scene_->time);
    tap_.received(frame.text);
  }
  carry_out();
}

void Endpoint::lose() {
  if (!std::exchange(link_, nullptr)) return;
  scene_->say(side(end_), " is told that the link is gone");
  left();
  session_.lost(now());
  carry_out();
}

void Endpoint::tick() {
  session_.tick(now());
  carry_out();
}

void Endpoint::handle() {
  application_->handle(session_);
  carry_out();
}

void Endpoint::work() {
  application_->work(session_);
  carry_out();
}

void Endpoint::bye(Bye const& bye) {
  session_.bye(bye, now());
  carry_out();
}

// -- inputs of a server

void Endpoint::accept(std::string name) {
  hello_ = std::exchange(greeting_, std::nullopt);
  if (!hello_) return;
  session_.accept(hello_->role, HelloResult{.session = std::move(name)}, now());
  carry_out();
}

void Endpoint::refuse(Errc reason) {
  greeting_.reset();
  session_.refuse(make_error(reason), now());
  carry_out();
}

bool Endpoint::resume(Endpoint& fresh) {
  auto const& hello = fresh.greeting_;
  if (!hello || !session_.resume(fresh.session_, now())) return false;
  require(hello->resume && hello->resume->session == name_ && hello->agent == hello_->agent &&
              hello->role == hello_->role && hello->instance == hello_->instance,
          "a session goes on with its own instance only");
  require(!left_at_ || age(*left_at_, now()) < scene_->options.times.resume, "a session goes on for two minutes only");
  ++scene_->coverage.resumes;
  if (link_) link_->close(end_);
  link_ = std::exchange(fresh.link_, nullptr);
  fresh.greeting_.reset();
  fresh.is_over_ = true;
  connected_at_ = scene_->time;
  waits_for_opening_ = hears_nothing_ = machine_->since(scene_->time);
  tap_.connected();
  carry_out();
  return true;
}

// -- when something is due

std::optional<Millis> Endpoint::timer() const {
  return deadline_ ? std::optional{machine_->rings(*deadline_)} : std::nullopt;
}

std::optional<Millis> Endpoint::handler() const {
  auto const due = application_->due();
  return due ? std::optional{std::max(*due, machine_->awake_at())} : std::nullopt;
}

// -- what a session wants done

void Endpoint::carry_out() {
  for (std::size_t done = 0;; actions_.clear(), ++done) {
    require(done < 100, "no livelock: one input has an end");
    while (auto action = session_.next()) actions_.push_back(std::move(*action));
    if (actions_.empty()) break;
    for (auto& action : actions_) carry_out(action);
  }
  deadline_ = session_.deadline();
  require_bounded_memory(session_, scene_->options);
}

void Endpoint::carry_out(Action& action) {
  if (auto* send = std::get_if<SendFrame>(&action)) {
    scene_->say(side(end_), link_ ? " writes " : " writes nowhere ", send->text);
    tap_.sent(send->text, now());
    if (link_) link_->send(end_, std::move(send->text));
  } else if (auto const* opening = std::get_if<Opened>(&action)) {
    opened(*opening);
  } else if (auto* hello = std::get_if<HelloReceived>(&action)) {
    greeting_ = std::move(hello->hello);
  } else if (auto* deliver = std::get_if<Deliver>(&action)) {
    application_->delivered(std::move(*deliver));
  } else if (auto const* answered = std::get_if<Answered>(&action)) {
    application_->answered(*answered);
  } else if (auto const* end = std::get_if<Ended>(&action)) {
    ended(*end);
  } else if (auto const* closing = std::get_if<CloseTransport>(&action)) {
    close(closing->code);
  }
}

void Endpoint::opened(Opened const& opened) {
  auto const& result = opened.hello;
  scene_->say(side(end_), " opens ", result.session, result.resumed ? " again" : "", opened.reset ? ", a reset" : "");
  left_at_.reset();
  tap_.opened(!result.resumed);
  if (result.resumed) return require(result.session == name_, "a resumed session is the same one");
  // The end of the one before was told, and that this one is another.
  require(name_.empty() && opened.reset == !is_first_, "a reset is always told");
  if (opened.reset) ++scene_->coverage.resets;
  is_first_ = false;
  name_ = result.session;
  application_->opened(session_, true);
}

void Endpoint::ended(Ended const& ended) {
  scene_->say(side(end_), " ends ", name_, ": ", to_string(ended.error));
  name_.clear();
  was_turned_away_ = ended.bye == ByeReason::replaced || ended.error.code == Errc::unauthorized;
  left_at_.reset();
  bool const is_queue_full = ended.error.code == Errc::backpressure;
  if (is_queue_full) ++scene_->coverage.full_queues;
  require(!std::exchange(is_accusing_, false) || is_queue_full,
          "two sessions that keep the rules never accuse each other");
  is_over_ = end_ == End::server || ended.terminal;
  application_->ended(!is_over_ && !is_queue_full);
}

void Endpoint::close(std::uint16_t code) {
  scene_->say(side(end_), " closes ", code);
  if (!link_) return;
  is_accusing_ = code == protocol_error && !link_->is_missing_a_request();
  std::exchange(link_, nullptr)->close(end_);
  left();
}

void Endpoint::left() {
  is_left_ = machine_->since(scene_->time);
  if (!left_at_) left_at_ = now();
}

// -- what must hold at any time

void Endpoint::check() const {
  if (is_over_ || !machine_->is_awake(scene_->time)) return;
  auto const& times = scene_->options.times;
  auto const waits = [&](Machine::Since since, Millis limit, char const* what) {
    require(machine_->may_still_wait(since, limit, scene_->time), what);
  };
  if (link_ && !is_open()) waits(waits_for_opening_, times.hello, "no livelock: a connection without Hello is closed");
  if (link_ && is_open()) waits(hears_nothing_, times.idle, "no livelock: a silent connection is closed");
  if (!link_ && !name_.empty()) waits(is_left_, times.resume, "a session without a connection ends after two minutes");
}

}  // namespace flexcrm::test
