// Chains: which links an event reaches, what they return, and who holds what.

#include "ringnotify/chain.h"

#include <errno.h>
#include <sys/inotify.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/memory.h"
#include "test/dispatch/test_dispatch.h"

namespace rn {
namespace {

using Log = std::vector<std::string>;

// A link that logs its own name and gives back what it is told to.
struct Named {
  Log *log;
  std::string name;
  int result = 0;
  bool condition = true;
};

int LogLink(const rn_event *, void *context) {
  const Named *named = static_cast<Named *>(context);
  named->log->push_back(named->name);
  return named->result;
}

bool AskLink(const rn_event *event, void *context) {
  (void)LogLink(event, context);
  return static_cast<Named *>(context)->condition;
}

void LogRelease(void *context) {
  const Named *named = static_cast<Named *>(context);
  named->log->push_back("release " + named->name);
}

rn_handler LinkOf(Named *named) {
  rn_handler handler = HandlerOf(nullptr);
  handler.context = named;
  handler.on_default = LogLink;
  return handler;
}

class Chain : public testing::Test {
 protected:
  Chain() { chain_ = NewChain(); }
  // What the test has not let go.
  ~Chain() override { rn_chain_free(chain_); }

  static rn_chain *NewChain() {
    rn_chain *chain = nullptr;
    EXPECT_EQ(rn_chain_new(&chain), 0);
    return chain;
  }

  static rn_handler HandlerFrom(rn_chain *chain) {
    rn_handler handler = HandlerOf(nullptr);
    EXPECT_EQ(rn_chain_handler(chain, &handler), 0);
    return handler;
  }

  Named *NewNamed(const std::string &name) {
    named_.push_back(std::make_unique<Named>(Named{&log_, name}));
    return named_.back().get();
  }

  // Add a link that logs its name.
  Named *Add(const std::string &name, rn_chain *to = nullptr) {
    Named *named = NewNamed(name);
    const rn_handler handler = LinkOf(named);
    EXPECT_EQ(rn_chain_add(to == nullptr ? chain_ : to, &handler), 0);
    return named;
  }

  Named *AddCondition(const std::string &name, bool condition,
                      rn_chain *to = nullptr) {
    Named *named = NewNamed(name);
    named->condition = condition;
    EXPECT_EQ(rn_chain_add_condition(to == nullptr ? chain_ : to, AskLink,
                                     named, nullptr),
              0);
    return named;
  }

  void AddChain(rn_chain *nested) {
    const rn_handler handler = HandlerFrom(nested);
    EXPECT_EQ(rn_chain_add(chain_, &handler), 0);
    rn_chain_free(nested);
  }

  // Send one event along the chain.
  void Send(uint32_t mask = IN_CREATE, rn_record_kind kind = RN_RECORD_CHANGE) {
    log_.clear();
    rn_target *target = NewTarget(HandlerFrom(chain_));
    rn_event *event = dispatch_.Write("n", target);
    event->mask = mask;
    event->kind = static_cast<uint8_t>(kind);
    dispatch_.Run();
    rn_target_end(target);
  }

  uint64_t Errors() const {
    return rn_dispatch_counts(dispatch_.get()).handler_errors;
  }

  Log log_;
  TestDispatch dispatch_;
  rn_chain *chain_ = nullptr;

 private:
  std::vector<std::unique_ptr<Named>> named_;
};

// -- The way of an event ------------------------------------------------------

TEST_F(Chain, CallsItsLinksInTheirOrder) {
  for (const char *name : {"a", "b", "c"}) Add(name);

  Send();

  EXPECT_EQ(log_, (Log{"a", "b", "c"}));
  EXPECT_EQ(Errors(), 0U);
}

TEST_F(Chain, DoesNothingWithoutLinks) {
  Send();

  EXPECT_EQ(log_, Log{});
  EXPECT_EQ(Errors(), 0U);
}

TEST_F(Chain, EndsWhereALinkStopsIt) {
  Add("a");
  Add("b")->result = RN_CHAIN_STOP;
  Add("c");

  Send();

  EXPECT_EQ(log_, (Log{"a", "b"}));
  EXPECT_EQ(Errors(), 0U);
}

TEST_F(Chain, GoesOnBehindALinkThatFails) {
  Add("a")->result = -EIO;
  Add("b")->result = 7;
  Add("c");

  Send();
  EXPECT_EQ(log_, (Log{"a", "b", "c"}));
  EXPECT_EQ(Errors(), 1U);

  Send();
  EXPECT_EQ(Errors(), 2U);
}

TEST_F(Chain, CountsAFailureBeforeAStop) {
  Add("a")->result = -EIO;
  Add("b")->result = RN_CHAIN_STOP;

  Send();

  EXPECT_EQ(log_, (Log{"a", "b"}));
  EXPECT_EQ(Errors(), 1U);
}

TEST_F(Chain, PassesOverALinkWithoutACallback) {
  rn_handler none = LinkOf(NewNamed("none"));
  none.on_open = none.on_default;
  none.on_default = nullptr;
  ASSERT_EQ(rn_chain_add(chain_, &none), 0);
  Add("b");

  Send(IN_CREATE);
  EXPECT_EQ(log_, Log{"b"});
  Send(IN_OPEN);
  EXPECT_EQ(log_, (Log{"none", "b"}));
}

TEST_F(Chain, LetsEachLinkHaveItsFamilies) {
  rn_handler clean = LinkOf(NewNamed("clean"));
  clean.on_move = clean.on_default;
  clean.on_default = nullptr;
  rn_handler compatible = LinkOf(NewNamed("compatible"));
  compatible.on_move = compatible.on_default;
  compatible.on_default = nullptr;
  compatible.flags = RN_HANDLER_PYINOTIFY_FAMILIES;
  ASSERT_EQ(rn_chain_add(chain_, &clean), 0);
  ASSERT_EQ(rn_chain_add(chain_, &compatible), 0);

  Send(IN_MOVED_FROM);
  EXPECT_EQ(log_, Log{"clean"});
  Send(IN_MOVE_SELF);
  EXPECT_EQ(log_, Log{"compatible"});
}

TEST_F(Chain, BringsEveryKindOfEvent) {
  Add("a");
  for (const rn_record_kind kind : {RN_RECORD_CHANGE, RN_RECORD_OVERFLOW,
                                    RN_RECORD_ERROR, RN_RECORD_RESCAN}) {
    Send(0, kind);
    EXPECT_EQ(log_, Log{"a"}) << kind;
  }
}

// -- Conditions ---------------------------------------------------------------

TEST_F(Chain, GoesOnWhereAConditionIsTrue) {
  Add("a");
  AddCondition("if", true);
  Add("b");

  Send();

  EXPECT_EQ(log_, (Log{"a", "if", "b"}));
}

TEST_F(Chain, EndsWhereAConditionIsFalse) {
  Add("a");
  AddCondition("if", false);
  Add("b");

  Send();

  EXPECT_EQ(log_, (Log{"a", "if"}));
  EXPECT_EQ(Errors(), 0U);
}

TEST_F(Chain, AsksNoConditionOfALossAFailureOrARepair) {
  AddCondition("if", false);
  Add("b");

  for (const rn_record_kind kind :
       {RN_RECORD_OVERFLOW, RN_RECORD_ERROR, RN_RECORD_RESCAN}) {
    Send(0, kind);
    EXPECT_EQ(log_, Log{"b"}) << kind;
  }
}

// -- Chains in chains
// -----------------------------------------------------------

TEST_F(Chain, IsALinkOfAnother) {
  rn_chain *inner = NewChain();
  Add("b", inner);
  Add("c", inner);
  Add("a");
  AddChain(inner);
  Add("d");

  Send();

  EXPECT_EQ(log_, (Log{"a", "b", "c", "d"}));
}

TEST_F(Chain, BranchesAtAConditionOfANestedOne) {
  rn_chain *inner = NewChain();
  AddCondition("if", false, inner);
  Add("b", inner);
  AddChain(inner);
  Add("c");

  Send();

  EXPECT_EQ(log_, (Log{"if", "c"}));
}

TEST_F(Chain, EndsWithAStopInANestedOne) {
  rn_chain *inner = NewChain();
  Add("a", inner)->result = -EIO;
  Add("b", inner)->result = RN_CHAIN_STOP;
  Add("c", inner);
  AddChain(inner);
  Add("d");

  Send();

  EXPECT_EQ(log_, (Log{"a", "b"}));
  EXPECT_EQ(Errors(), 1U);
}

TEST_F(Chain, CountsAFailureInANestedOne) {
  rn_chain *inner = NewChain();
  Add("a", inner)->result = -EIO;
  AddChain(inner);
  Add("b")->result = -EACCES;

  Send();

  EXPECT_EQ(log_, (Log{"a", "b"}));
  EXPECT_EQ(Errors(), 1U);
}

// -- What cannot be done
// --------------------------------------------------------

TEST_F(Chain, TakesNoLinkOnceItHasAHandler) {
  HandlerFrom(chain_);
  const rn_handler link = LinkOf(NewNamed("a"));

  EXPECT_EQ(rn_chain_add(chain_, &link), -EBUSY);
  EXPECT_EQ(rn_chain_add_condition(chain_, AskLink, nullptr, LogRelease),
            -EBUSY);
}

TEST_F(Chain, CannotContainItself) {
  rn_chain *other = NewChain();
  const rn_handler own = HandlerFrom(chain_);
  EXPECT_EQ(rn_chain_add(chain_, &own), -EBUSY);
  EXPECT_EQ(rn_chain_add(other, &own), 0);

  const rn_handler round = HandlerFrom(other);
  EXPECT_EQ(rn_chain_add(chain_, &round), -EBUSY);
  rn_chain_free(other);
}

TEST_F(Chain, RefusesWhatNoHandlerIs) {
  rn_handler handler = LinkOf(NewNamed("a"));
  handler.on_release = LogRelease;
  handler.on_batch = LogBatch;
  EXPECT_EQ(rn_chain_add(chain_, &handler), -EINVAL);
  handler.on_batch = nullptr;
  handler.flags = ~0U;
  EXPECT_EQ(rn_chain_add(chain_, &handler), -EINVAL);
  handler.flags = 0;
  handler.size = 1;
  EXPECT_EQ(rn_chain_add(chain_, &handler), -EINVAL);

  Send();
  EXPECT_EQ(log_, Log{});
}

TEST_F(Chain, FillsAHandlerOfAnySizeThatHasRoom) {
  std::vector<uint64_t> bytes(4096 / sizeof(uint64_t), ~uint64_t{0});
  rn_handler *handler = reinterpret_cast<rn_handler *>(bytes.data());
  handler->size = 4096;
  ASSERT_EQ(rn_chain_handler(chain_, handler), 0);
  EXPECT_EQ(handler->size, 4096U);
  EXPECT_EQ(handler->on_create, nullptr);
  EXPECT_EQ(bytes.back(), 0U);

  for (const size_t size : {size_t{0}, offsetof(rn_handler, on_retain),
                            offsetof(rn_handler, flags) - 1, size_t{4097}}) {
    handler->size = size;
    EXPECT_EQ(rn_chain_handler(chain_, handler), -EINVAL) << size;
  }
  handler->size = offsetof(rn_handler, flags);
  EXPECT_EQ(rn_chain_handler(chain_, handler), 0);
}

// -- Who holds it
// ---------------------------------------------------------------

class HeldChain : public Chain {
 protected:
  HeldChain() {
    for (const char *name : {"a", "b"}) {
      rn_handler link = LinkOf(NewNamed(name));
      link.on_release = LogRelease;
      EXPECT_EQ(rn_chain_add(chain_, &link), 0);
    }
    EXPECT_EQ(
        rn_chain_add_condition(chain_, AskLink, NewNamed("if"), LogRelease), 0);
  }

  void LetGo() { rn_chain_free(std::exchange(chain_, nullptr)); }

  const Log kReleased{"release a", "release b", "release if"};
};

TEST_F(HeldChain, ReleasesItsLinksInTheirOrder) {
  LetGo();

  EXPECT_EQ(log_, kReleased);
}

TEST_F(HeldChain, LivesAsLongAsATargetOfItsHandler) {
  const rn_handler handler = HandlerFrom(chain_);
  rn_target *first = NewTarget(handler);
  rn_target *second = NewTarget(handler);

  LetGo();
  rn_target_end(first);
  EXPECT_EQ(log_, Log{});
  dispatch_.Write("n", second)->mask = IN_CREATE;
  dispatch_.Run();
  EXPECT_EQ(log_, (Log{"a", "b", "if"}));
  log_.clear();

  rn_target_release(second);
  EXPECT_EQ(log_, kReleased);
}

TEST_F(HeldChain, LivesAsLongAsItsMakerHoldsIt) {
  rn_target_end(NewTarget(HandlerFrom(chain_)));
  rn_target_end(NewTarget(HandlerFrom(chain_)));
  EXPECT_EQ(log_, Log{});

  LetGo();
  EXPECT_EQ(log_, kReleased);
}

TEST_F(HeldChain, LivesAsLongAsAChainAroundIt) {
  rn_chain *outer = NewChain();
  const rn_handler handler = HandlerFrom(chain_);
  ASSERT_EQ(rn_chain_add(outer, &handler), 0);
  LetGo();
  EXPECT_EQ(log_, Log{});

  rn_chain_free(outer);
  EXPECT_EQ(log_, kReleased);
}

// The links' contexts are plain memory.
TEST_F(Chain, IsFreedOnceAmongThreads) {
  for (int round = 0; round < 200; round++) {
    struct Context {
      uint64_t written[4];
      uint64_t *sum;
    };
    uint64_t sum = 0;
    Context *context = new Context{{}, &sum};
    rn_handler link = HandlerOf(nullptr);
    link.context = context;
    link.on_release = [](void *released) {
      Context *own = static_cast<Context *>(released);
      for (const uint64_t written : own->written) *own->sum += written;
      delete own;
    };
    rn_chain *chain = NewChain();
    ASSERT_EQ(rn_chain_add(chain, &link), 0);
    const rn_handler handler = HandlerFrom(chain);
    std::vector<std::thread> threads;
    for (uint64_t i = 0; i < 4; i++)
      threads.emplace_back([=, target = NewTarget(handler)] {
        context->written[i] = i + 1;
        rn_target_release(target);
      });
    rn_chain_free(chain);
    for (std::thread &thread : threads) thread.join();
    ASSERT_EQ(sum, 10U);
  }
}

TEST_F(Chain, MayBeNoneToFree) { rn_chain_free(nullptr); }

// -- Memory -------------------------------------------------------------------

TEST_F(Chain, SaysThatThereIsNoMemory) {
  const int64_t before = LiveBlocks();
  rn_handler link = LinkOf(NewNamed("a"));
  link.on_retain = LogRelease;
  link.on_release = LogRelease;
  rn_chain *none = nullptr;
  {
    const MemoryEnd end(0);
    EXPECT_EQ(rn_chain_new(&none), -ENOMEM);
    EXPECT_EQ(rn_chain_add(chain_, &link), -ENOMEM);
    EXPECT_EQ(rn_chain_add_condition(chain_, AskLink, nullptr, LogRelease),
              -ENOMEM);
  }
  {
    const MemoryEnd end(1);
    EXPECT_EQ(rn_chain_add(chain_, &link), -ENOMEM);
  }
  EXPECT_EQ(LiveBlocks(), before);
  EXPECT_EQ(none, nullptr);
  Send();
  EXPECT_EQ(log_, Log{});
}

TEST_F(Chain, TakesNoMemoryForAnEvent) {
  rn_handler link = HandlerOf(nullptr);
  link.on_default = [](const rn_event *, void *) { return 0; };
  ASSERT_EQ(rn_chain_add(chain_, &link), 0);
  rn_target *target = NewTarget(HandlerFrom(chain_));
  const uint64_t before = TakenBlocks();
  for (int i = 0; i < 1000; i++) {
    dispatch_.Write("a", target);
    dispatch_.Run();
  }

  EXPECT_EQ(TakenBlocks(), before);
  rn_target_end(target);
}

}  // namespace
}  // namespace rn
