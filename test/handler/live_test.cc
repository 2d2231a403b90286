// The ready handlers with a notifier: chains shared by watches, printing and
// counting by several workers, and what adding does to an owner.

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <fstream>

#include "test/notifier/notifier_fixture.h"

namespace rn {
namespace {

class Ready : public NotifierFixture {
 protected:
  static rn_handler HandlerFrom(rn_chain *chain) {
    rn_handler handler = Sized<rn_handler>();
    EXPECT_EQ(rn_chain_handler(chain, &handler), 0);
    return handler;
  }

  // A chain whose one link counts its releases.
  rn_chain *NewChain() {
    rn_chain *chain = nullptr;
    EXPECT_EQ(rn_chain_new(&chain), 0);
    rn_handler link = own_.Handler();
    EXPECT_EQ(rn_chain_add(chain, &link), 0);
    return chain;
  }

  int AddWith(const std::string &name, const rn_handler &handler,
              uint32_t mask = IN_CREATE) {
    rn_watch_options options = Watch(mask);
    options.handler = &handler;
    return AddPath(Path(name), options);
  }

  EventLog own_;
};

TEST_F(Ready, OneChainServesManyWatches) {
  rn_chain *chain = NewChain();
  const rn_handler handler = HandlerFrom(chain);
  WatchAll(IN_OPEN);
  for (const char *name : {"a", "b"}) {
    MkDir(name);
    ASSERT_EQ(AddWith(name, handler), 0);
  }
  rn_chain_free(chain);

  Touch("a/f");
  RmDir("b");
  Touch("a/g");
  ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0);
  EXPECT_EQ(own_.Texts(dir_.path()),
            (Strings{"CREATE a/f", "IGNORED b", "CREATE a/g"}));
  EXPECT_EQ(own_.Released(), 0);

  Drain();
  EXPECT_EQ(own_.Released(), 1);
}

TEST_F(Ready, AChainIsItsMakersAgainWhenAddingFails) {
  rn_chain *chain = NewChain();
  const rn_handler handler = HandlerFrom(chain);
  WatchAll(IN_OPEN);

  EXPECT_EQ(AddWith("none", handler), -ENOENT);
  EXPECT_EQ(AddWith("", handler, 0), -EINVAL);
  EXPECT_EQ(own_.Released(), 0);
  ASSERT_EQ(AddWith("", handler), 0);
  Touch("f");
  Drain();
  EXPECT_EQ(AddWith("", handler), -ESHUTDOWN);

  EXPECT_EQ(own_.Texts(dir_.path())[0], "CREATE f");
  EXPECT_EQ(own_.Released(), 0);
  rn_chain_free(chain);
  EXPECT_EQ(own_.Released(), 1);
}

TEST_F(Ready, ANotifierThatCannotBeMadeHoldsNoChain) {
  rn_chain *chain = NewChain();
  rn_handler handler = HandlerFrom(chain);
  options_.handler = &handler;
  options_.slot_count = 3;
  EXPECT_EQ(rn_thread_notifier_new(&options_, &notifier_), -EINVAL);
  options_.slot_count = 0;
  handler.flags = ~0U;
  EXPECT_EQ(rn_thread_notifier_new(&options_, &notifier_), -EINVAL);
  EXPECT_EQ(own_.Released(), 0);

  rn_chain_free(chain);

  EXPECT_EQ(own_.Released(), 1);
}

TEST_F(Ready, CountAndPrintEveryEventOfManyWorkers) {
  const std::string path = outside_.Path("lines");
  FILE *stream = fopen(path.c_str(), "we");
  ASSERT_NE(stream, nullptr);
  rn_counter *counter = nullptr;
  rn_chain *chain = nullptr;
  ASSERT_EQ(rn_counter_new(&counter), 0);
  ASSERT_EQ(rn_chain_new(&chain), 0);
  rn_handler count = Sized<rn_handler>();
  rn_handler print = Sized<rn_handler>();
  ASSERT_EQ(rn_counter_handler(counter, &count), 0);
  ASSERT_EQ(rn_print_stream_handler(stream, &print), 0);
  ASSERT_EQ(rn_chain_add(chain, &count), 0);
  ASSERT_EQ(rn_chain_add(chain, &print), 0);
  const rn_handler handler = HandlerFrom(chain);
  options_.handler = &handler;
  options_.worker_count = 4;
  for (int i = 0; i < 16; i++) MkDir(std::to_string(i));
  WatchAll(IN_ALL_EVENTS, RN_WATCH_RECURSIVE);
  rn_chain_free(chain);

  for (int i = 0; i < 1000; i++)
    Touch(std::to_string(i % 16) + "/line\n" + std::to_string(i));
  MkDir("new");
  Drain();

  const uint64_t delivered = Statistics().delivered;
  EXPECT_EQ(rn_counter_total(counter), delivered);
  EXPECT_EQ(rn_counter_get(counter, IN_CREATE), 1001U);
  EXPECT_GE(rn_counter_get(counter, IN_ISDIR), 1U);
  EXPECT_EQ(Statistics().handler_errors, 0U);
  uint64_t lines = 0;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line); lines++)
    ASSERT_EQ(line.rfind("kind=change\tmask=IN_", 0), 0U) << line;
  EXPECT_EQ(lines, delivered);
  rn_counter_free(counter);
  fclose(stream);
}

}  // namespace
}  // namespace rn
