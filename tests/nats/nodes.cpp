#include "nodes.hpp"

namespace flexcrm::test {

Backplane::Post Loop::post() {
  return [this](std::function<void()> work) {
    std::lock_guard const lock{mutex_};
    work_.push_back(std::move(work));
    changed_.notify_one();
  };
}

bool Loop::run_until(std::function<bool()> const& so, std::chrono::milliseconds patience) {
  auto const deadline = std::chrono::steady_clock::now() + patience;
  while (!so()) {
    std::function<void()> work;
    {
      std::unique_lock lock{mutex_};
      if (!changed_.wait_until(lock, deadline, [&] { return !work_.empty(); })) return false;
      work = std::move(work_.front());
      work_.pop_front();
    }
    work();
  }
  return true;
}

Node::Node(Loop& its_loop, std::shared_ptr<Backplane> its_backplane, std::string its_name)
    : loop{its_loop}, backplane{std::move(its_backplane)}, name{std::move(its_name)} {
  auto const answer = [this](std::string const& frame, Backplane::Respond const& respond) {
    for (int i = 0; i < answers; ++i) respond(name + ": " + frame);
  };
  Backplane::Handlers handlers;
  handlers.command = [this, answer](AgentKey const& agent, std::string const& from, std::string const& frame,
                                    Backplane::Respond const& respond) {
    commands.push_back({agent, from, frame});
    answer(frame, respond);
  };
  handlers.asked = [this, answer](AgentKey const& agent, std::string const& frame, Backplane::Respond const& respond) {
    asked.emplace_back(agent, frame);
    answer(frame, respond);
  };
  handlers.news = [this](AgentKey const& agent, std::string const& frame) { news.emplace_back(agent, frame); };
  handlers.claimed = [this](AgentKey const& agent, Ownership const& other) { claimed.emplace_back(agent, other); };
  handlers.link = [this](bool up) { links.push_back(up); };
  backplane->start(name, std::move(handlers), [this, post = loop.post()](std::function<void()> work) {
    post([this, work = std::move(work)] {
      ++posts;
      work();
    });
  });
}

bool Node::watch(AgentKey const& agent) {
  auto const ready = std::make_shared<bool>(false);
  backplane->watch(agent, [ready] { *ready = true; });
  return loop.run_until([&] { return *ready; });
}

namespace {

Backplane::Done into(std::shared_ptr<End> const& end) {
  return [end](RequestEnd how, std::string frame) {
    end->end = how;
    end->frame = std::move(frame);
    ++end->times;
  };
}

}  // namespace

std::shared_ptr<End> Node::request(AgentKey const& agent, std::string frame, std::chrono::milliseconds timeout) {
  auto end = std::make_shared<End>();
  backplane->request(agent, std::move(frame), timeout, into(end));
  return end;
}

std::shared_ptr<End> Node::ask(std::string const& node, AgentKey const& agent, std::string frame,
                               std::chrono::milliseconds timeout) {
  auto end = std::make_shared<End>();
  backplane->ask(node, agent, std::move(frame), timeout, into(end));
  return end;
}

}  // namespace flexcrm::test
