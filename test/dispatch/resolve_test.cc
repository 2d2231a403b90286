// Which callback an event goes to: exact, else family, else default.

#include <errno.h>
#include <sys/inotify.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/dispatch/test_dispatch.h"

namespace rn {
namespace {

using Log = std::vector<std::string>;
using Callback = rn_event_fn *rn_handler::*;

int LogExact(const rn_event *, void *context) {
  static_cast<Calls *>(context)->log.push_back("exact");
  return 0;
}

int LogFamily(const rn_event *, void *context) {
  static_cast<Calls *>(context)->log.push_back("family");
  return 0;
}

int LogDefault(const rn_event *, void *context) {
  static_cast<Calls *>(context)->log.push_back("default");
  return 0;
}

struct Row {
  uint32_t mask;
  Callback exact;
  Callback family;  // or nullptr
  rn_record_kind kind = RN_RECORD_CHANGE;
};

const Row kRows[] = {
    {IN_ACCESS, &rn_handler::on_access, nullptr},
    {IN_MODIFY, &rn_handler::on_modify, nullptr},
    {IN_ATTRIB, &rn_handler::on_attrib, nullptr},
    {IN_CLOSE_WRITE, &rn_handler::on_close_write, &rn_handler::on_close},
    {IN_CLOSE_NOWRITE, &rn_handler::on_close_nowrite, &rn_handler::on_close},
    {IN_OPEN, &rn_handler::on_open, nullptr},
    {IN_MOVED_FROM, &rn_handler::on_moved_from, &rn_handler::on_move},
    {IN_MOVED_TO, &rn_handler::on_moved_to, &rn_handler::on_move},
    {IN_MOVE, &rn_handler::on_moved, &rn_handler::on_move},
    {IN_CREATE, &rn_handler::on_create, nullptr},
    {IN_DELETE, &rn_handler::on_delete, nullptr},
    {IN_DELETE_SELF, &rn_handler::on_delete_self, nullptr},
    {IN_MOVE_SELF, &rn_handler::on_move_self, nullptr},
    {IN_UNMOUNT, &rn_handler::on_unmount, nullptr},
    {IN_IGNORED, &rn_handler::on_ignored, nullptr},
    {IN_Q_OVERFLOW, &rn_handler::on_overflow, nullptr, RN_RECORD_OVERFLOW},
    {0, &rn_handler::on_error, nullptr, RN_RECORD_ERROR},
    {0, &rn_handler::on_rescan, nullptr, RN_RECORD_RESCAN},
    {0, &rn_handler::on_settled, nullptr, RN_RECORD_SETTLED},
};

// What a handler logs of one event of the row, and with IN_ISDIR of another.
Log LogOf(rn_handler handler, const Row &row) {
  Calls calls;
  TestDispatch dispatch;
  handler.context = &calls;
  rn_target *target = NewTarget(handler);
  for (const uint32_t flag : {uint32_t{0}, uint32_t{IN_ISDIR}}) {
    rn_event *event = dispatch.Write("n", target);
    event->mask = row.mask | flag;
    event->kind = static_cast<uint8_t>(row.kind);
  }
  dispatch.Run();
  rn_target_free(target);
  EXPECT_EQ(rn_dispatch_counts(dispatch.get()).delivered, 2U);
  return calls.log;
}

rn_handler HandlerWith(std::initializer_list<Callback> callbacks,
                       rn_event_fn *call) {
  rn_handler handler = HandlerOf(nullptr);
  for (const Callback callback : callbacks)
    if (callback != nullptr) handler.*callback = call;
  return handler;
}

TEST(Resolve, CallsTheExactOneFirst) {
  for (const Row &row : kRows) {
    rn_handler handler = HandlerWith({row.family}, LogFamily);
    handler.*row.exact = LogExact;
    handler.on_default = LogDefault;
    EXPECT_EQ(LogOf(handler, row), (Log{"exact", "exact"})) << row.mask;
  }
}

TEST(Resolve, CallsTheFamilyWhereThereIsNoExactOne) {
  for (const Row &row : kRows) {
    if (row.family == nullptr) continue;
    rn_handler handler = HandlerWith({row.family}, LogFamily);
    handler.on_default = LogDefault;
    EXPECT_EQ(LogOf(handler, row), (Log{"family", "family"})) << row.mask;
  }
}

TEST(Resolve, CallsTheDefaultWhereThereIsNeither) {
  for (const Row &row : kRows) {
    const rn_handler handler =
        HandlerWith({&rn_handler::on_default}, LogDefault);
    EXPECT_EQ(LogOf(handler, row), (Log{"default", "default"})) << row.mask;
  }
}

// Every callback is set but those that the event may go to.
TEST(Resolve, CallsNoOther) {
  for (const Row &row : kRows) {
    rn_handler handler = HandlerOf(nullptr);
    for (const Row &other : kRows) {
      handler.*other.exact = LogExact;
      if (other.family != nullptr) handler.*other.family = LogFamily;
    }
    handler.*row.exact = nullptr;
    if (row.family != nullptr) handler.*row.family = nullptr;
    EXPECT_EQ(LogOf(handler, row), Log{}) << row.mask;
  }
}

TEST(Resolve, PassesOverWhatNobodyHandles) {
  for (const Row &row : kRows)
    EXPECT_EQ(LogOf(HandlerOf(nullptr), row), Log{}) << row.mask;
}

TEST(Resolve, CallsTheDefaultForAMaskItDoesNotKnow) {
  const rn_handler handler = HandlerWith({&rn_handler::on_default}, LogDefault);

  EXPECT_EQ(LogOf(handler, {1U << 12, nullptr, nullptr}),
            (Log{"default", "default"}));
}

// -- pyinotify's families
// -------------------------------------------------------

// on_default is looked at by Resolve.KeepsOverflowsFromTheDefaultLikePyinotify.
const Row kPyinotifyRows[] = {
    {IN_ACCESS, &rn_handler::on_access, nullptr},
    {IN_CLOSE_WRITE, &rn_handler::on_close_write, &rn_handler::on_close},
    {IN_CLOSE_NOWRITE, &rn_handler::on_close_nowrite, &rn_handler::on_close},
    {IN_MOVED_FROM, &rn_handler::on_moved_from, &rn_handler::on_moved},
    {IN_MOVED_TO, &rn_handler::on_moved_to, &rn_handler::on_moved},
    {IN_MOVE, &rn_handler::on_moved, nullptr},
    {IN_CREATE, &rn_handler::on_create, nullptr},
    {IN_DELETE, &rn_handler::on_delete, nullptr},
    {IN_DELETE_SELF, &rn_handler::on_delete_self, &rn_handler::on_delete},
    {IN_MOVE_SELF, &rn_handler::on_move_self, &rn_handler::on_move},
    {IN_UNMOUNT, &rn_handler::on_unmount, nullptr},
    {IN_IGNORED, &rn_handler::on_ignored, nullptr},
    {0, &rn_handler::on_error, nullptr, RN_RECORD_ERROR},
    {0, &rn_handler::on_rescan, nullptr, RN_RECORD_RESCAN},
};

Log PyinotifyLogOf(rn_handler handler, const Row &row) {
  handler.flags = RN_HANDLER_PYINOTIFY_FAMILIES;
  return LogOf(handler, row);
}

TEST(Resolve, FindsTheFamiliesOfPyinotify) {
  for (const Row &row : kPyinotifyRows) {
    if (row.family == nullptr) continue;
    rn_handler handler = HandlerWith({row.family}, LogFamily);
    handler.on_default = LogDefault;
    EXPECT_EQ(PyinotifyLogOf(handler, row), (Log{"family", "family"}))
        << row.mask;
    handler.*row.exact = LogExact;
    EXPECT_EQ(PyinotifyLogOf(handler, row), (Log{"exact", "exact"}))
        << row.mask;
  }
}

TEST(Resolve, HasNoOtherFamiliesThanPyinotify) {
  for (const Row &row : kPyinotifyRows) {
    rn_handler handler = HandlerOf(nullptr);
    for (const Row &other : kPyinotifyRows) {
      handler.*other.exact = LogExact;
      if (other.family != nullptr) handler.*other.family = LogFamily;
    }
    handler.*row.exact = nullptr;
    if (row.family != nullptr) handler.*row.family = nullptr;
    handler.on_default = LogDefault;
    EXPECT_EQ(PyinotifyLogOf(handler, row), (Log{"default", "default"}))
        << row.mask;
  }
}

TEST(Resolve, KeepsOverflowsFromTheDefaultLikePyinotify) {
  const Row overflow = {IN_Q_OVERFLOW, &rn_handler::on_overflow, nullptr,
                        RN_RECORD_OVERFLOW};
  rn_handler handler = HandlerWith({&rn_handler::on_default}, LogDefault);
  EXPECT_EQ(PyinotifyLogOf(handler, overflow), Log{});

  handler.on_overflow = LogExact;
  EXPECT_EQ(PyinotifyLogOf(handler, overflow), (Log{"exact", "exact"}));
}

TEST(Resolve, RefusesAFlagItDoesNotKnow) {
  rn_target *target = nullptr;
  for (unsigned bit = 1; bit < 32; bit++) {
    rn_handler handler = HandlerOf(nullptr);
    handler.flags = RN_HANDLER_PYINOTIFY_FAMILIES | 1U << bit;
    EXPECT_EQ(rn_target_new(&handler, 1, &target), -EINVAL) << bit;
  }
  EXPECT_EQ(target, nullptr);
}

// What an older program has behind its handler is not taken for flags.
TEST(Resolve, HasNoFlagsInAnOlderHandler) {
  Calls calls;
  TestDispatch dispatch;
  rn_handler handler = HandlerOf(&calls);
  handler.on_default = LogDefault;
  handler.flags = ~0U;
  handler.size = offsetof(rn_handler, flags);
  rn_target *target = NewTarget(handler);

  rn_event *event = dispatch.Write("n", target);
  event->mask = IN_Q_OVERFLOW;
  event->kind = RN_RECORD_OVERFLOW;
  dispatch.Run();
  rn_target_free(target);

  EXPECT_EQ(calls.log, Log{"default"});
}

// -- The size of a handler ----------------------------------------------------

// An older program's handler: what stands behind its end is not the library's.
TEST(Resolve, ReadsAHandlerAsFarAsItsSize) {
  Calls calls;
  TestDispatch dispatch;
  rn_handler handler = HandlerOf(&calls);
  handler.on_create = LogName;
  handler.on_default = LogDefault;
  handler.on_batch = LogBatch;
  handler.on_release = CountRelease;
  handler.size = offsetof(rn_handler, on_default);
  rn_target *target = NewTarget(handler);

  dispatch.Write("a", target)->mask = IN_CREATE;
  dispatch.Write("b", target)->mask = IN_OPEN;
  dispatch.Run();
  rn_target_end(target);

  EXPECT_EQ(calls.log, Log{"a"});
  EXPECT_EQ(calls.released, 0);
}

// Memory behind the size is not touched: a sanitizer looks.
TEST(Resolve, ReadsNothingBehindTheSize) {
  constexpr size_t kSize = offsetof(rn_handler, on_attrib);
  const auto bytes = std::make_unique<uint64_t[]>(kSize / sizeof(uint64_t));
  bytes[0] = kSize;
  rn_target *target = nullptr;

  ASSERT_EQ(
      rn_target_new(reinterpret_cast<rn_handler *>(bytes.get()), 1, &target),
      0);

  rn_target_free(target);
}

TEST(Resolve, TakesAHandlerThatHasNoCallbacks) {
  Calls calls;
  rn_handler handler = HandlerOf(&calls);
  handler.on_access = LogName;
  handler.size = offsetof(rn_handler, on_access);
  TestDispatch dispatch;
  rn_target *target = NewTarget(handler);

  dispatch.Write("a", target)->mask = IN_ACCESS;
  dispatch.Run();
  rn_target_free(target);

  EXPECT_EQ(calls.log, Log{});
}

TEST(Resolve, RefusesAnImpossibleSize) {
  rn_handler handler = HandlerOf(nullptr);
  rn_target *target = nullptr;
  for (const size_t size :
       {size_t{0}, size_t{1}, sizeof(size_t),
        offsetof(rn_handler, on_access) - 1, size_t{4097}, SIZE_MAX}) {
    handler.size = size;
    EXPECT_EQ(rn_target_new(&handler, 1, &target), -EINVAL) << size;
  }
  EXPECT_EQ(target, nullptr);
}

// A newer program's handler.
TEST(Resolve, TakesALargerHandler) {
  std::vector<uint64_t> bytes(4096 / sizeof(uint64_t));
  rn_handler *handler = reinterpret_cast<rn_handler *>(bytes.data());
  rn_target *target = nullptr;
  for (const size_t size : {sizeof(rn_handler) + 8, size_t{4096}}) {
    handler->size = size;
    EXPECT_EQ(rn_target_new(handler, 1, &target), 0) << size;
    rn_target_free(target);
  }
}

// It sets a callback that is not known here.
TEST(Resolve, RefusesALargerHandlerThatWantsMore) {
  std::vector<uint64_t> bytes(sizeof(rn_handler) / sizeof(uint64_t) + 1);
  rn_handler *handler = reinterpret_cast<rn_handler *>(bytes.data());
  handler->size = sizeof(rn_handler) + 8;
  bytes.back() = 1;
  rn_target *target = nullptr;
  EXPECT_EQ(rn_target_new(handler, 1, &target), -EINVAL);
}

TEST(Resolve, KeepsACopy) {
  Calls calls;
  TestDispatch dispatch;
  rn_handler handler = HandlerOf(&calls);
  handler.on_default = LogName;
  rn_target *target = NewTarget(handler);

  handler = rn_handler{};
  dispatch.Write("a", target)->mask = IN_OPEN;
  dispatch.Run();
  rn_target_free(target);

  EXPECT_EQ(calls.log, Log{"a"});
}

}  // namespace
}  // namespace rn
