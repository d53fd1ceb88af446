#include "envelope.hpp"
#include "link.hpp"
#include "retry.hpp"
#include "subject.hpp"
#include "worker.hpp"

#include <flexcrm/nats.hpp>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace flexcrm::detail {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Two nodes that become owners in the same moment may miss each other's word: it is said again when subscriptions have spread.
constexpr milliseconds first_word_again{1000};
// Whatever slipped through ends with the next of these. For a million agents 3.3 thousand a second.
constexpr milliseconds word_again{300000};
// After the connection is back all of a node's agents have something to say.
constexpr milliseconds spread{1000};
// For a server that refused this node's credentials twice, so that the client library gave up.
constexpr milliseconds refused_wait{5000};
// For the server to say that it has read a subscription; then it is asked again.
constexpr milliseconds ready_wait{10000};

void warn(Logger const& logger, std::string const& why) {
  if (logger.level > Level::warning) return;
  auto const line = "backplane: NATS: " + log_text(why);
  if (logger.write) {
    logger.write(Level::warning, line);
  } else {
    std::fprintf(stderr, "flexcrm warning: %s\n", line.c_str());
  }
}

/// One server's end of the network. All state is the worker's; the server's thread and those of the client library put what they
/// have to it, and it hands to the server what it has for it, a batch at a time.
class NatsNode final : public Backplane {
 public:
  NatsNode(std::shared_ptr<natsOptions> options, Logger logger)
      : logger_{std::move(logger)},
        link_{std::move(options),
              worker_,
              {[this] { up(); }, [this] { down(); }, [this] { closed(); },
               [this](std::string const& why) { trouble(why); }}} {}
  ~NatsNode() override {
    stop();
    worker_->join();
  }

  void start(std::string node, Handlers handlers, Post post) override {
    node_ = std::move(node);
    server_->handlers = std::move(handlers);
    post_ = std::move(post);
    worker_->start([this] { hand_over(); }, [this] { end(); });
    worker_->put([this] { connect(); });
  }

  void stop() noexcept override {
    {
      std::lock_guard const lock{post_mutex_};
      post_ = nullptr;
    }
    server_->stopped = true;
    worker_->stop();
  }

  void own(AgentKey const& agent, Ownership const& ownership) override {
    if (!fits(agent)) return;
    worker_->put([this, agent, ownership] {
      auto& owned = owned_[agent];
      owned.ownership = ownership;
      if (up_ && !owned.subscription) subscribe(agent, owned);
      say_own(agent, owned);
      say_own_after(first_word_again, agent, owned);
    });
  }
  void disown(AgentKey const& agent) override {
    worker_->put([this, agent] { drop(owned_, agent); });
  }

  void watch(AgentKey const& agent, std::function<void()> ready) override {
    if (!fits(agent)) return;
    worker_->put([this, agent, ready = std::move(ready)]() mutable {
      auto& watched = watched_[agent];
      watched.ready = std::move(ready);
      if (!up_) return;
      if (!watched.subscription) subscribe(agent, watched);
      make_sure(agent);
    });
  }
  void unwatch(AgentKey const& agent) override {
    worker_->put([this, agent] { drop(watched_, agent); });
  }

  void announce(AgentKey const& agent, std::string frame) override {
    if (!fits(agent)) return;
    auto const size = frame.size();
    worker_->put([this, agent, frame = std::move(frame)] { send(news_subject(agent), frame); }, size);
  }

  void request(AgentKey const& agent, std::string frame, milliseconds timeout, Done done) override {
    if (!fits(agent)) return refuse(std::move(done), RequestEnd::no_owner);
    put_question(commands_subject(agent), write({.from = node_, .frame = std::move(frame)}), timeout, done);
  }
  void ask(std::string const& node, AgentKey const& agent, std::string frame, milliseconds timeout,
           Done done) override {
    if (!fits(agent) || node.size() > longest_id) return refuse(std::move(done), RequestEnd::no_owner);
    put_question(inbox_subject(node, questions), write({.from = node_, .agent = agent, .frame = std::move(frame)}),
                 timeout, done);
  }

 private:
  /// What the server's thread has of this node; it may be there longer.
  struct Server {
    Handlers handlers;
    std::atomic<bool> stopped{false};
  };

  struct Owned {
    Link::Subscription subscription{};
    Ownership ownership{};
    std::uint64_t word = 0;  ///< which timer speaks for it
  };
  struct Watched {
    Link::Subscription subscription{};
    std::function<void()> ready{};  ///< until it is told
  };
  struct Question {
    std::string subject;
    std::string data;
    Retry retry;
    Done done;  ///< called by the worker
    Clock::time_point deadline;
    bool sent = false;  ///< and not heard that nobody was there
  };

  // -- the connection

  void connect() {
    if (link_.connect()) up();  // else when it is there
  }

  void up() {
    up_ = true;
    dropped_.clear();
    if (!inbox_)
      inbox_ =
          link_.subscribe(inbox_subject(node_, anything), group(), [this](Received const& word) { take_word(word); });
    listen_for_answers();
    for (auto& [agent, owned] : owned_) {
      if (!owned.subscription) subscribe(agent, owned);
      say_own_after(random_of(spread), agent, owned);
    }
    for (auto& [agent, watched] : watched_) {
      if (!watched.subscription) subscribe(agent, watched);
      if (watched.ready) make_sure(agent);
    }
    tell_link(true);
  }

  void down() {
    up_ = false;
    for (auto const& [number, question] : std::exchange(questions_, {}))
      question.done(question.sent ? RequestEnd::unknown : RequestEnd::not_sent, {});
    tell_link(false);
  }

  // A server says "nobody" to plain subscriptions only. Of these, old servers may forget one that a connection ends while another
  // begins it: each connection has its own.
  void listen_for_answers() {
    answers_subject_ = inbox_subject(node_, std::to_string(++last_number_)) + '.';
    answers_ = link_.subscribe(answers_subject_ + '*', {}, [this](Received const& answer) { take_answer(answer); });
  }

  void closed() {
    down();
    inbox_.reset();
    answers_.reset();
    dropped_.clear();
    for (auto& [agent, owned] : owned_) owned.subscription.reset();
    for (auto& [agent, watched] : watched_) watched.subscription.reset();
    link_.close();
    worker_->after(refused_wait, [this] { connect(); });
  }

  void trouble(std::string const& why) {
    if (why != last_trouble_) warn(logger_, why);
    last_trouble_ = why;
  }

  void tell_link(bool is_up) {
    if (is_up) last_trouble_.clear();
    if (std::exchange(told_up_, is_up) == is_up) return;
    tell([server = server_.get(), is_up] { server->handlers.link(is_up); });
  }

  void end() {
    link_.close();  // its subscriptions end with it
    inbox_.reset();
    answers_.reset();
    dropped_.clear();
    owned_.clear();
    watched_.clear();
    questions_.clear();
  }

  // -- owners and watchers

  void subscribe(AgentKey const& agent, Owned& owned) {
    owned.subscription = link_.subscribe(commands_subject(agent), "own",
                                         [this, agent](Received const& message) { take_command(agent, message); });
  }
  void subscribe(AgentKey const& agent, Watched& watched) {
    watched.subscription = link_.subscribe(news_subject(agent), group(), [this, agent](Received const& message) {
      if (watched_.contains(agent))
        tell([server = server_.get(), agent, frame = message.data] { server->handlers.news(agent, frame); });
    });
  }

  std::string group() const { return "n-" + token(node_); }

  template <class Map>
  void drop(Map& map, AgentKey const& agent) {
    auto const node = map.extract(agent);
    // To tell the server of it while the library connects would wait for that.
    if (!node.empty() && !up_ && node.mapped().subscription) dropped_.push_back(std::move(node.mapped().subscription));
  }

  void say_own(AgentKey const& agent, Owned const& owned) {
    send(commands_subject(agent), write({.from = node_, .owner = owned.ownership}));
  }
  void say_own_after(milliseconds wait, AgentKey const& agent, Owned& owned) {
    owned.word = ++last_number_;
    worker_->after(wait, [this, agent, word = owned.word] {
      auto const found = owned_.find(agent);
      if (found == owned_.end() || found->second.word != word) return;
      say_own(agent, found->second);
      say_own_after(word_again * 3 / 4 + random_of(word_again / 2), agent, found->second);
    });
  }

  // Nobody listens there: when the server says so, it has read what was sent before, the subscription.
  void make_sure(AgentKey const& agent) {
    auto const done = [this, agent](RequestEnd end, std::string const&) {
      auto const found = watched_.find(agent);
      if (found == watched_.end() || !found->second.ready) return;
      if (end == RequestEnd::no_owner) tell(std::exchange(found->second.ready, nullptr));
      if (end == RequestEnd::unknown && up_) make_sure(agent);  // else when the connection is back
    };
    ask_once(nowhere, {}, Clock::now() + ready_wait, Retry::never(), done);
  }

  // -- what comes

  void take_command(AgentKey const& agent, Received const& message) {
    auto const envelope = read_envelope(message.data);
    auto const found = owned_.find(agent);
    if (!envelope) return;
    // A server hands a message on whose receiver has just left, and may hand it back to whom it came from.
    if (found == owned_.end() || envelope->from == node_) {
      if (!envelope->owner && is_inbox(message.reply)) send(message.reply, std::string{moved});
    } else if (envelope->owner) {
      tell_claimed(agent, *envelope->owner);
      if (envelope->from.size() <= longest_id)
        send(inbox_subject(envelope->from, owners),
             write({.from = node_, .agent = agent, .owner = found->second.ownership}));
    } else if (is_inbox(message.reply)) {
      tell([server = server_.get(), agent, from = envelope->from, frame = envelope->frame,
            respond = responder(message.reply)] { server->handlers.command(agent, from, frame, respond); });
    }
  }

  static std::string_view last_token(Received const& message) {
    return std::string_view{message.subject}.substr(message.subject.rfind('.') + 1);
  }

  void take_word(Received const& message) {
    auto const envelope = read_envelope(message.data);
    if (!envelope || !envelope->agent) return;
    auto const& agent = *envelope->agent;
    auto const what = last_token(message);
    if (what == owners) {
      if (envelope->owner && owned_.contains(agent)) tell_claimed(agent, *envelope->owner);
    } else if (what == questions && is_inbox(message.reply)) {
      tell([server = server_.get(), agent, frame = envelope->frame, respond = responder(message.reply)] {
        server->handlers.asked(agent, frame, respond);
      });
    }
  }

  void take_answer(Received const& message) {
    auto const what = last_token(message);
    std::uint64_t number = 0;
    std::from_chars(what.data(), what.data() + what.size(), number);
    auto const found = questions_.find(number);
    if (found == questions_.end()) return;
    auto const now = Clock::now();
    if (message.data.starts_with('+')) {
      // After this process stood still an answer may be read first that is far too late.
      if (now >= found->second.deadline) return finish(number, RequestEnd::unknown);
      finish(number, RequestEnd::answered, message.data.substr(1));
    } else if (message.nobody || message.data == moved) {
      found->second.sent = false;
      auto const wait = found->second.retry.next(now);
      if (!wait) return finish(number, RequestEnd::no_owner);
      worker_->after(*wait, [this, number] { try_now(number); });
    }
  }

  void tell_claimed(AgentKey const& agent, Ownership const& other) {
    tell([server = server_.get(), agent, other] { server->handlers.claimed(agent, other); });
  }

  Respond responder(std::string const& reply) {
    return [this, worker = worker_, reply](std::string frame) {
      auto const size = frame.size();
      worker->put([this, reply, frame = std::move(frame)] { send(reply, '+' + frame); }, size);
    };
  }

  // -- what goes

  void send(std::string const& subject, std::string const& data) {
    if (up_) link_.send(subject, data);
  }

  /// From the server's thread.
  void put_question(std::string subject, std::string data, milliseconds timeout, Done const& done) {
    auto const size = data.size();
    auto const now = Clock::now();
    bool const put = worker_->put(
        [this, subject = std::move(subject), data = std::move(data), now, timeout, done = done]() mutable {
          auto tell_done = [this, done = std::move(done)](RequestEnd end, std::string frame) {
            tell([done, end, frame = std::move(frame)] { done(end, frame); });
          };
          ask_once(std::move(subject), std::move(data), now + timeout, Retry{now, timeout}, std::move(tell_done));
        },
        size);
    if (!put) refuse(done, RequestEnd::not_sent);
  }

  void ask_once(std::string subject, std::string data, Clock::time_point deadline, Retry retry, Done done) {
    auto const left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    if (left <= milliseconds{0}) return done(RequestEnd::not_sent, {});
    auto const number = ++last_number_;
    questions_.emplace(number, Question{std::move(subject), std::move(data), retry, std::move(done), deadline});
    worker_->after(left, [this, number] {
      auto const found = questions_.find(number);
      if (found != questions_.end()) finish(number, found->second.sent ? RequestEnd::unknown : RequestEnd::no_owner);
    });
    try_now(number);
  }

  void try_now(std::uint64_t number) {
    auto const found = questions_.find(number);
    if (found == questions_.end()) return;
    auto& question = found->second;
    auto const sent =
        up_ ? link_.send(question.subject, question.data, answers_subject_ + std::to_string(number)) : Sent::no;
    question.sent = sent != Sent::no;
    if (sent == Sent::no) finish(number, RequestEnd::not_sent);
    if (sent == Sent::maybe) finish(number, RequestEnd::unknown);
  }

  void finish(std::uint64_t number, RequestEnd end, std::string frame = {}) {
    auto const question = questions_.extract(number);
    question.mapped().done(end, std::move(frame));
  }

  // -- what the server is told

  /// By the worker, with the rest of its batch.
  void tell(std::function<void()> what) { told_.push_back(std::move(what)); }

  void hand_over() {
    if (told_.empty()) return;
    auto batch = std::make_shared<std::vector<std::function<void()>>>(std::exchange(told_, {}));
    std::lock_guard const lock{post_mutex_};
    if (!post_) return;
    post_([server = server_, batch = std::move(batch)] {
      for (auto const& what : *batch)
        if (!server->stopped) what();
    });
  }

  /// By any thread, for what does not reach the worker.
  void refuse(Done done, RequestEnd end) {
    std::lock_guard const lock{post_mutex_};
    if (!post_) return;
    post_([server = server_, done = std::move(done), end] {
      if (!server->stopped) done(end, {});
    });
  }

  milliseconds random_of(milliseconds bound) {
    return milliseconds{std::uniform_int_distribution<milliseconds::rep>{0, bound.count()}(random_)};
  }

  Logger const logger_;
  std::shared_ptr<Server> const server_ = std::make_shared<Server>();
  std::shared_ptr<Worker> const worker_ = std::make_shared<Worker>();
  std::string node_;

  std::mutex post_mutex_;
  Post post_;

  // The worker's.
  Link link_;
  Link::Subscription inbox_;
  Link::Subscription answers_;
  std::string answers_subject_;
  std::vector<Link::Subscription> dropped_;  // to be ended when the connection is back
  std::map<AgentKey, Owned> owned_;
  std::map<AgentKey, Watched> watched_;
  std::unordered_map<std::uint64_t, Question> questions_;
  std::vector<std::function<void()>> told_;
  std::string last_trouble_;
  std::uint64_t last_number_ = 0;
  bool up_ = false;
  bool told_up_ = false;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace
}  // namespace flexcrm::detail

namespace flexcrm {

Result<std::unique_ptr<Backplane>> nats(NatsOptions options) {
  auto read = detail::Link::read(options);
  if (!read) return read.error();
  if (detail::wants_tls(options) && !detail::is_tls_sound())
    detail::warn(
        options.logger,
        std::string{"TLS of the client library is not safe before its version 3.11; this is "} + nats_GetVersion());
  return std::unique_ptr<Backplane>{std::make_unique<detail::NatsNode>(*std::move(read), std::move(options.logger))};
}

}  // namespace flexcrm
