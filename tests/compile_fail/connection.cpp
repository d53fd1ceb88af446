// Uses of Connection. With -DWRONG_<case> one of them is a mistake that the compiler has to find.
#include <flexcrm/connection.hpp>

#ifdef BOOST_BEAST_VERSION
#error "the vendor's file needs no Beast"
#endif

using namespace flexcrm;

void use(Connection& crm, DialRequest const& dial) {
#ifdef WRONG_wait_on_a_temporary
  (void)crm.request(dial).async_wait();
#else
  auto answer = crm.request(dial);
  (void)answer.async_wait();
#endif

#ifdef WRONG_answer_sent
  (void)crm.send(DialResult{});
#else
  (void)crm.send(DialRequest{});
#endif
}
