// A native CRM that shows Flex in a web view: no socket, no thread. What the web view posts comes in as lines, what is for it
// goes out as lines; in a real program both are calls of the web view (docs/guide.md has its side).
//
//     2_session [NUMBER]    calls NUMBER once the agent can take it; what happens goes to standard error
#include <flexcrm/messages.hpp>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <random>
#include <string>

namespace {

flexcrm::Moment now() { return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()}; }

std::string random_name() {
  std::random_device device;
  return std::to_string(device()) + "-" + std::to_string(device());
}

/// The CRM's end of the conversation with the Flex in its web view.
class Desk {
 public:
  explicit Desk(std::string number) : number_{std::move(number)} { session_.opened(now()); }

  // [inputs]
  void receive(std::string_view frame) {
    session_.receive(frame, now());
    act();
  }
  void tick() {
    session_.tick(now());
    act();
  }
  void leave() {
    session_.bye({.reason = flexcrm::ByeReason::shutdown}, now());
    act();
  }
  /// When tick() is due; nothing when the conversation is over.
  auto deadline() const { return session_.deadline(); }
  // [/inputs]

 private:
  // [actions]
  void act() {
    while (auto const action = session_.next()) std::visit([this](auto const& what) { on(what); }, *action);
  }
  void on(flexcrm::SendFrame const& frame) { std::cout << frame.text << std::endl; }
  void on(flexcrm::HelloReceived const& received) {
    if (received.hello.role != flexcrm::Role::flex)
      return session_.refuse(flexcrm::make_error(flexcrm::Errc::wrong_role), now());
    session_.accept(flexcrm::Role::flex, {.session = random_name()}, now());
  }
  void on(flexcrm::Opened const&) { std::cerr << "Flex is there\n"; }
  void on(flexcrm::Deliver const& request) {
    auto const known = std::visit([this](auto const& message) { return show(message); }, request.message);
    if (known)
      session_.answer(request.key, flexcrm::Answer{flexcrm::NullResult{}}, now());
    else
      session_.answer(request.key, flexcrm::make_error(flexcrm::Errc::failed), now());
    call();
  }
  void on(flexcrm::Answered const& answered) {
    if (answered.key != dial_) return;
    if (answered.outcome)
      std::cerr << "the call is placed\n";
    else
      std::cerr << "no call: " << to_string(answered.outcome.error()) << '\n';
  }
  void on(flexcrm::Problem const& problem) { std::cerr << "ignored: " << to_string(problem.error) << '\n'; }
  void on(flexcrm::Ended const& ended) { std::cerr << "over: " << to_string(ended.error) << '\n'; }
  void on(flexcrm::CloseTransport const&) {}  // a web view stays open; whoever reloads it begins anew
  // [/actions]

  // What Flex tells. True: it was understood.
  bool show(flexcrm::TaskSelected const& task) {
    std::cerr << "show the customer of " << task.attributes.text() << '\n';
    return true;
  }
  bool show(flexcrm::AgentChanged const& agent) {
    available_ = agent.availability == flexcrm::Availability::available;
    return true;
  }
  bool show(flexcrm::Snapshot const& all) { return show(all.agent) && (!all.selected || show(*all.selected)); }
  template <class T>
  bool show(T const&) {  // Other news needs no answer but that it came; other questions are not for this desk.
    auto const kind = flexcrm::delivery_class(flexcrm::type_of<T>);
    return kind == flexcrm::DeliveryClass::state || kind == flexcrm::DeliveryClass::event;
  }

  /// The click. In a real program a button calls it.
  void call() {
    if (number_.empty() || !available_) return;
    auto const sent = session_.send(flexcrm::DialRequest{.destination = number_, .dial_id = random_name()}, now());
    number_.clear();
    if (sent)
      dial_ = *sent;
    else
      std::cerr << "no call: " << to_string(sent.error()) << '\n';
  }

  std::string number_;
  bool available_ = false;
  flexcrm::RequestKey dial_ = 0;
  flexcrm::Session session_ = flexcrm::Session::server();
};

}  // namespace

int main(int argc, char** argv) {
  Desk desk{argc > 1 ? argv[1] : ""};
  std::string received;
  // [loop]
  while (auto const deadline = desk.deadline()) {
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, static_cast<int>(std::max(left.count(), decltype(left.count()){0}))) == 0) {
      desk.tick();
      continue;
    }
    char bytes[4096];
    auto const size = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (size <= 0) {
      desk.leave();
      break;
    }
    received.append(bytes, static_cast<std::size_t>(size));
    for (auto end = received.find('\n'); end != std::string::npos; end = received.find('\n')) {
      desk.receive(std::string_view{received}.substr(0, end));
      received.erase(0, end + 1);
    }
  }
  // [/loop]
}
