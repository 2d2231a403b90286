// Delta debugging: ever smaller pieces are left out, as long as it fails.
// When a step is left out, its wait is either added to the next one or not:
// both are tried.

#include "test/sim/shrink.h"

#include <algorithm>

namespace rn::sim {
namespace {

class Shrinker {
 public:
  Shrinker(History history, const Fails &fails)
      : best_(std::move(history)), fails_(fails) {}

  History Run() {
    bool smaller = true;
    for (int round = 0; smaller && round < 6; round++) {
      smaller = false;
      for (const bool keep_wait : {false, true})
        smaller |= DropSteps(keep_wait);
      smaller |= DropBefore();
      smaller |= Simplify();
      smaller |= PlainerKinds();
      smaller |= ShortenWaits();
    }
    return best_;
  }

 private:
  bool Try(const History &candidate) {
    if (!fails_(candidate)) return false;
    best_ = candidate;
    return true;
  }

  static History Without(const History &from, size_t at, size_t count,
                         bool keep_wait) {
    History to = from;
    uint32_t wait = 0;
    for (size_t i = at; i < at + count; i++)
      if (from.steps[i].wait != kRest) wait += from.steps[i].wait;
    const auto begin = to.steps.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end =
        to.steps.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
    if (keep_wait && end != to.steps.end() && end->wait != kRest)
      end->wait += wait;
    return to;
  }

  bool DropSteps(bool keep_wait) {
    bool any = false;
    for (size_t count = std::max<size_t>(best_.steps.size() / 2, 1);;) {
      for (size_t at = 0; at + count <= best_.steps.size();) {
        if (Try(Without(best_, at, count, keep_wait)))
          any = true;
        else
          at += count;
      }
      if (count == 1) return any;
      count /= 2;
    }
  }

  bool DropBefore() {
    bool any = false;
    for (size_t at = best_.setup.before.size(); at-- > 0;) {
      History candidate = best_;
      candidate.setup.before.erase(candidate.setup.before.begin() +
                                   static_cast<std::ptrdiff_t>(at));
      any |= Try(candidate);
    }
    for (size_t at = best_.setup.roots.size(); at-- > 0;) {
      if (best_.setup.roots.size() == 1) break;
      History candidate = best_;
      candidate.setup.roots.erase(candidate.setup.roots.begin() +
                                  static_cast<std::ptrdiff_t>(at));
      any |= Try(candidate);
    }
    return any;
  }

  template <typename Change>
  bool TryChange(Change change) {
    History candidate = best_;
    return change(&candidate) && Try(candidate);
  }

  // Sets a value to a plainer one.
  template <typename Value>
  static bool Set(Value *place, Value value) {
    if (*place == value) return false;
    *place = value;
    return true;
  }

  bool Simplify() {
    const Setup plain;
    bool any = false;
    any |= TryChange([](History *h) { return Set(&h->setup.busy_add, false); });
    any |= TryChange([](History *h) { return Set(&h->setup.pace, 0); });
    any |= TryChange(
        [](History *h) { return Set(&h->setup.traits.list_types, true); });
    any |= TryChange([&plain](History *h) {
      return Set(&h->setup.traits.list_piece, plain.traits.list_piece);
    });
    any |= TryChange([&plain](History *h) {
      return Set(&h->setup.read_size, plain.read_size);
    });
    any |= TryChange([](History *h) {
      return Set(&h->setup.traits.list_order, ListOrder::kOldest);
    });
    for (size_t i = 0; i < best_.steps.size(); i++) {
      any |= TryChange(
          [i](History *h) { return Set(&h->steps[i].op.process, uint8_t{0}); });
      any |=
          TryChange([i](History *h) { return Set(&h->steps[i].wait, kRest); });
    }
    return any;
  }

  // Leaves out what makes a root another than a plain one.
  bool PlainerKinds() {
    bool any = false;
    for (uint32_t bit = 1; bit < 1U << kKindCount; bit <<= 1) {
      for (size_t i = 0; i < best_.setup.roots.size(); i++)
        any |= TryChange([i, bit](History *h) {
          uint32_t *kind = &h->setup.roots[i].kind;
          return Set(kind, *kind & ~bit);
        });
      for (size_t i = 0; i < best_.steps.size(); i++)
        any |= TryChange([i, bit](History *h) {
          Op *op = &h->steps[i].op;
          uint32_t kind = 0;
          if (op->kind != OpKind::kAdd && op->kind != OpKind::kUpdate)
            return false;
          ParseKind(op->b, &kind);
          return Set(&op->b, KindText(kind & ~bit));
        });
    }
    return any;
  }

  bool ShortenWaits() {
    bool any = false;
    for (size_t i = 0; i < best_.steps.size(); i++) {
      for (const uint32_t wait : {0U, 1U, 2U}) {
        if (best_.steps[i].wait == kRest || best_.steps[i].wait <= wait) break;
        if (TryChange([i, wait](History *h) {
              return Set(&h->steps[i].wait, wait);
            })) {
          any = true;
          break;
        }
      }
    }
    return any;
  }

  History best_;
  const Fails &fails_;
};

}  // namespace

History Shrink(History history, const Fails &fails) {
  return Shrinker(std::move(history), fails).Run();
}

}  // namespace rn::sim
