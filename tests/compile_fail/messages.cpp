// Uses of flexcrm::messages. With -DWRONG_<case> one of them is a mistake that the compiler has to find.
#include <flexcrm/messages.hpp>

using namespace flexcrm;

void use(Codec& codec, Session& session, Moment now) {
#ifdef WRONG_answer_as_message
  DialResult const message{};
#else
  DialRequest const message{};
#endif
  (void)codec.encode(RequestId::number(1), message);

#ifdef WRONG_type_of_answer
  (void)type_of<DialResult>;
#else
  (void)type_of<DialRequest>;
#endif

#ifdef WRONG_message_as_answer
  (void)codec.encode_answer(RequestId::number(1), DialRequest{});
#else
  (void)codec.encode_answer(RequestId::number(1), DialResult{});
#endif

#ifdef WRONG_unchecked_id
  (void)session.answer(RequestId{1}, NullResult{}, now);
#else
  (void)session.answer(RequestKey{1}, Answer{NullResult{}}, now);
#endif

#ifdef WRONG_unchecked_attributes
  TaskSelected const task{.attributes = std::string{"{}"}};
#else
  TaskSelected const task{.attributes = Attributes::from_text("{}").value()};
#endif
  (void)task;

#ifdef WRONG_copied_session
  Session other = session;
#else
  Session other = std::move(session);
#endif
}
