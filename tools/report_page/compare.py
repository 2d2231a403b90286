"""Two runs or more, figure by figure.

The first run is the base.  A case of another run is held against the case of
the base that has the same settings.  A change counts only when it is larger
than the spread, (max - min) / median, of both: a figure that moves that much
between repetitions of one run says nothing when it moves as much between two.
"""

from collections import namedtuple

from . import fields
from .text import count, percent

# settings   of the case
# name       of the figure
# base, new  Figure
# change     new / base - 1; None when the base is 0
# spread     the larger of the two; None when either is a single value
# verdict    "worse", "better", "within", "same", "unknown" or "neutral"
Pair = namedtuple("Pair", "settings name base new change spread verdict")

# run       the new one
# pairs     of all figures
# only_base, only_new   cases without a partner
# broken, mended        (base case, new case): wrong in one of them only
Comparison = namedtuple("Comparison", "base run pairs only_base only_new broken mended")

WORDS = {
    "worse": "worse, beyond the spread",
    "better": "better, beyond the spread",
    "within": "within the spread",
    "same": "the same",
    "unknown": "single values: no spread known",
    "neutral": "changed; neither better nor worse",
}


def compare(base, run):
    partners = _by_key(base.cases)
    pairs, only_new, matched = [], [], set()
    broken, mended = [], []
    for key, case in _by_key(run.cases).items():
        partner = partners.get(key)
        if partner is None:
            only_new.append(case)
            continue
        matched.add(key)
        pairs += _pairs(partner, case)
        if is_wrong(case) and not is_wrong(partner):
            broken.append((partner, case))
        if is_wrong(partner) and not is_wrong(case):
            mended.append((partner, case))
    only_base = [case for key, case in partners.items() if key not in matched]
    return Comparison(base, run, pairs, only_base, only_new, broken, mended)


def is_wrong(case):
    """Its counts did not balance, or the library told a wrong story of a storm.

    That a peer misses entries of a storm is a finding, not a fault of the
    measurement."""
    is_own = case.subject == "ringnotify"
    return case.wrong is not None or (is_own and case.value("correct") is False)


def ratios(comparison):
    """The ratios, what changed most beyond the spread first."""
    return _ranked(p for p in comparison.pairs if fields.is_ratio(p.name))


def others(comparison):
    return _ranked(p for p in comparison.pairs if not fields.is_ratio(p.name))


def drift(comparison):
    """(least, greatest) change of the raw loop's own time; None if unknown.

    It runs no code of the library's: what it changed by, the machine did."""
    changes = [
        pair.change
        for pair in comparison.pairs
        if pair.settings["subject"] == "raw"
        and pair.name in ("ns_per_event", "seconds")
        and pair.change is not None
    ]
    return (min(changes), max(changes)) if changes else None


def tally(pairs):
    """{verdict: how many}."""
    counts = {}
    for pair in pairs:
        counts[pair.verdict] = counts.get(pair.verdict, 0) + 1
    return counts


def verdict_text(pair):
    """ "+5.1 %, within the spread (8 %)" """
    words = WORDS[pair.verdict]
    if pair.spread is not None and pair.verdict in ("worse", "better", "within"):
        words += " of %s" % percent(pair.spread).lstrip("+")
    return words


def change_text(pair):
    if pair.change is not None:
        return percent(pair.change)
    return "0" if pair.new.median == 0 else "0 → %s" % count(pair.new.median)


def _by_key(cases):
    """{settings and how many times they came before: case}."""
    found = {}
    for case in cases:
        settings = tuple(sorted((k, str(v)) for k, v in case.settings.items()))
        times = 0
        while (settings, times) in found:
            times += 1
        found[settings, times] = case
    return found


_ORDER = ("worse", "better", "unknown", "within", "neutral", "same")


def _ranked(pairs):
    def rank(pair):
        return (_ORDER.index(pair.verdict), -abs(pair.change or 0))

    return sorted(pairs, key=rank)


def _pairs(base, new):
    for name in base.results:
        old, now = base.figure(name), new.figure(name)
        if old is None or now is None or _says_nothing(base, name):
            continue
        yield _pair(base, name, old, now, (base.results[name], new.results[name]))


def _says_nothing(case, name):
    """The raw loop's ratio to itself; how often it was measured."""
    own = case.subject == "raw" and fields.is_ratio(name)
    return own or name in ("repeats", "samples", "delivered", "rate")


def _pair(case, name, old, now, as_read):
    change = now.median / old.median - 1 if old.median else None
    spreads = [f.spread for f in (old, now)]
    has_spread = all(hasattr(value, "spread") for value in as_read)
    spread = max(spreads) if has_spread and None not in spreads else None
    verdict = _judge(fields.field(name).good, old, now, change, spread)
    return Pair(case.settings, name, old, now, change, spread, verdict)


def _judge(good, old, now, change, spread):
    if old.median == now.median:
        return "same"
    if good == "":
        return "neutral"
    if change is not None:
        if spread is None:
            return "unknown"
        if abs(change) <= spread:
            return "within"
    is_less = now.median < old.median
    return "better" if is_less == (good == "less") else "worse"
