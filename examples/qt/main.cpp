// The CRM's end inside a Qt program: Qt's event loop, Qt's WebSocket, Qt's timer, and a flexcrm::Session between them. No
// thread and no socket of flexcrm's. Works with Qt 5.15 and 6; a program with windows does the same.
//
//     flexcrm-qt URL AGENT NUMBER    calls NUMBER as soon as the agent's Flex is there, and shows what the agent selects
#include <flexcrm/messages.hpp>

#include <QCoreApplication>
#include <QNetworkRequest>
#include <QTimer>
#include <QUuid>
#include <QWebSocket>
#if QT_VERSION >= QT_VERSION_CHECK(6, 4, 0)
#include <QWebSocketHandshakeOptions>
#endif

#include <algorithm>
#include <functional>
#include <iostream>
#include <string>

namespace {

flexcrm::Moment now() { return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()}; }

std::string random_name() { return QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString(); }

/// A session over a QWebSocket. Belongs to the thread of its event loop; connects again when the connection is lost.
class QtSession {
 public:
  std::function<void(flexcrm::Message const&)> on_message;
  std::function<void(flexcrm::RequestKey, flexcrm::Result<flexcrm::Answer> const&)> on_answer;
  std::function<void(flexcrm::Error const&)> on_end;

  QtSession(QUrl url, std::string agent)
      : url_{std::move(url)},
        session_{flexcrm::Session::client(
            {.role = flexcrm::Role::crm, .agent = std::move(agent), .instance = random_name()})} {
    for (auto* timer : {&deadline_, &retry_}) timer->setSingleShot(true);
    QObject::connect(&socket_, &QWebSocket::connected, &socket_, [this] { input([&] { session_.opened(now()); }); });
    QObject::connect(&socket_, &QWebSocket::textMessageReceived, &socket_,
                     [this](QString const& text) { input([&] { session_.receive(text.toStdString(), now()); }); });
    QObject::connect(&socket_, &QWebSocket::stateChanged, &socket_, [this](QAbstractSocket::SocketState state) {
      if (state != QAbstractSocket::UnconnectedState) return;
      input([&] { session_.lost(now()); });
      if (!ended_) retry_.start(2000);
    });
    QObject::connect(&deadline_, &QTimer::timeout, &socket_, [this] { input([&] { session_.tick(now()); }); });
    QObject::connect(&retry_, &QTimer::timeout, &socket_, [this] { connect(); });
  }
  ~QtSession() { socket_.disconnect(); }

  void connect() {
#if QT_VERSION >= QT_VERSION_CHECK(6, 4, 0)
    QWebSocketHandshakeOptions options;
    options.setSubprotocols({"flexcrm.v1"});
    socket_.open(url_, options);
#else
    QNetworkRequest request{url_};
    request.setRawHeader("Sec-WebSocket-Protocol", "flexcrm.v1");
    socket_.open(request);
#endif
  }

  flexcrm::Result<flexcrm::RequestKey> send(flexcrm::Message const& message) {
    auto const key = session_.send(message, now());
    act();
    return key;
  }

 private:
  template <class F>
  void input(F const& feed) {
    feed();
    act();
  }
  void act() {
    while (auto const action = session_.next()) std::visit([this](auto const& what) { on(what); }, *action);
    auto const due = session_.deadline();
    if (!due) return deadline_.stop();
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(*due - std::chrono::steady_clock::now());
    deadline_.start(std::max(left, std::chrono::milliseconds{0}));
  }

  void on(flexcrm::SendFrame const& frame) { socket_.sendTextMessage(QString::fromStdString(frame.text)); }
  void on(flexcrm::Deliver const& request) {
    if (on_message) on_message(request.message);
    // State and news are answered with nothing. What Flex asks is not for this program.
    auto const type = flexcrm::delivery_class(flexcrm::MessageType::of(request.message));
    bool const news = type == flexcrm::DeliveryClass::state || type == flexcrm::DeliveryClass::event;
    flexcrm::Result<flexcrm::Answer> const answer =
        news ? flexcrm::Result<flexcrm::Answer>{flexcrm::Answer{flexcrm::NullResult{}}}
             : flexcrm::make_error(flexcrm::Errc::failed);
    session_.answer(request.key, answer, now());
  }
  void on(flexcrm::Answered const& answered) {
    if (on_answer) on_answer(answered.key, answered.outcome);
  }
  void on(flexcrm::Ended const& ended) {
    ended_ = ended.terminal;
    if (ended_ && on_end) on_end(ended.error);
  }
  void on(flexcrm::CloseTransport const& close) {
    socket_.close(static_cast<QWebSocketProtocol::CloseCode>(close.code));
  }
  template <class Other>
  void on(Other const&) {}

  QUrl const url_;
  flexcrm::Session session_;
  bool ended_ = false;
  QTimer deadline_;
  QTimer retry_;
  QWebSocket socket_;
};

}  // namespace

int main(int argc, char** argv) {
  QCoreApplication application{argc, argv};
  if (argc != 4) return std::cerr << "usage: flexcrm-qt URL AGENT NUMBER\n", 2;
  flexcrm::DialRequest click{.destination = argv[3], .dial_id = random_name()};
  flexcrm::RequestKey dial = 0;

  QtSession crm{QUrl{argv[1]}, argv[2]};
  auto const flex_is = [&](flexcrm::AgentChanged const& agent) {
    if (dial != 0 || !agent.connected.value_or(true)) return;
    if (auto const sent = crm.send(click))
      dial = *sent;
    else
      std::cout << "no call: " << to_string(sent.error()) << std::endl;
  };
  auto const show = [](flexcrm::TaskSelected const& task) {
    std::cout << "selected " << task.attributes.text() << std::endl;
  };
  crm.on_message = [&](flexcrm::Message const& message) {
    if (auto const* all = std::get_if<flexcrm::Snapshot>(&message)) {
      if (all->selected) show(*all->selected);
      flex_is(all->agent);
    }
    if (auto const* agent = std::get_if<flexcrm::AgentChanged>(&message)) flex_is(*agent);
    if (auto const* task = std::get_if<flexcrm::TaskSelected>(&message)) show(*task);
  };
  crm.on_answer = [&](flexcrm::RequestKey key, flexcrm::Result<flexcrm::Answer> const& answer) {
    if (key == dial)
      std::cout << (answer ? "the call is placed" : "no call: " + to_string(answer.error())) << std::endl;
  };
  crm.on_end = [&](flexcrm::Error const& error) {
    std::cout << "ended: " << to_string(error) << std::endl;
    application.exit(1);
  };
  crm.connect();
  return application.exec();
}
