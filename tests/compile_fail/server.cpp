// Uses of Server. With -DWRONG_<case> one of them is a mistake that the compiler has to find.
#include <flexcrm/client.hpp>
#include <flexcrm/server.hpp>
#include <flexcrm/ticket.hpp>

#if defined(BOOST_ASIO_VERSION) || defined(BOOST_BEAST_VERSION) || defined(OPENSSL_VERSION_NUMBER)
#error "a server, a client and tickets need no Asio, Beast or OpenSSL in the vendor's file"
#endif

using namespace flexcrm;

void use(Server& server, Client& client) {
#ifdef WRONG_handler_of_no_message
  server.on<DialResult>([](std::string const&, DialResult const&) {});
#else
  server.on<TaskSelected>([](std::string const&, TaskSelected const&) {});
#endif

#ifdef WRONG_handler_without_agent
  server.on<TaskDeselected>([](TaskDeselected const&) {});
#else
  server.on<TaskDeselected>([](std::string const&, TaskDeselected const&) {});
#endif

#ifdef WRONG_handler_without_result
  client.on<DialRequest>([](DialRequest const&) {});
#else
  client.on<DialRequest>([](DialRequest const&) -> Result<DialResult> { return DialResult{}; });
#endif

#ifdef WRONG_result_of_another_type
  client.on<ContactLookupRequest>([](ContactLookupRequest const&) -> Result<DialResult> { return DialResult{}; });
#else
  client.on<ContactLookupRequest>(
      [](ContactLookupRequest const&) -> Result<ContactLookupResult> { return ContactLookupResult{}; });
#endif

#ifdef WRONG_request_of_no_message
  server.request("alice", DialResult{}, {});
#else
  server.request("alice", DialRequest{}, {});
#endif

#ifdef WRONG_answer_of_another_type
  server.request("alice", OpenRecordRequest{}, [](Result<DialResult> const&) {});
#else
  server.request("alice", OpenRecordRequest{}, [](Result<NullResult> const&) {});
#endif

  client.on<SetAgentRequest>([](SetAgentRequest const&, Reply<NullResult> reply) {
#ifdef WRONG_two_replies
    auto other = reply;
#else
    auto other = std::move(reply);
#endif
    other(NullResult{});
  });

#ifdef WRONG_tickets_without_keys
  TicketKeys const keys{};
#else
  auto const keys = TicketKeys::make({}).value();
#endif
  (void)keys;
}
