"""Which cases belong into one plot, and what tells them apart.

A sweep changes one setting and keeps the others; so a line is a set of cases
that differ in the x setting only, and its name is what differs between lines.
"""

from collections import Counter

from .fields import place
from .text import phrase

# Where a setting has several values and a plot shows one: this, if it is there.
USUAL = {
    "order": "directory",
    "callback": "single",
    "full": "spill",
    "workers": 1,
    "slots": 1024,
    "producers": 1,
}

COLOURS = {
    "ringnotify": "own",
    "raw": "raw",
    "libuv": "c1",
    "libinotifytools": "c2",
    "inotifywait": "c3",
    "fsnotify": "c4",
    "pyinotify": "c5",
    "pyinotify-threaded": "c6",
    "watchdog": "c7",
    "fswatch": "c8",
}

VARIANTS = ("own", "c1", "c4", "c2", "c5", "c3", "c7", "c6", "c8")


def colour(subject):
    return COLOURS.get(subject, "c%d" % (sum(map(ord, subject)) % 8 + 1))


def values(cases, name):
    """The values of a setting, in order: numbers by size, "10us" behind "2us"."""
    found = {case.settings[name] for case in cases if name in case.settings}
    return sorted(found, key=_rank)


def _rank(value):
    if isinstance(value, str):
        number = "".join(filter(str.isdigit, value))
        known = (
            "noop",
            "path",
            "idle",
            "directory",
            "mkdir",
            "untar",
            "spill",
            "block",
        )
        first = known.index(value) if value in known else len(known)
        return (1, first, int(number) if number else 0, value)
    return (0, value, 0, "")


def usual(cases, name):
    """The value of a setting that a plot of something else is drawn for."""
    counts = Counter(case.settings[name] for case in cases if name in case.settings)
    if USUAL.get(name) in counts:
        return USUAL[name]
    return max(counts, key=lambda v: (counts[v], _rank(v)), default=None)


def keep(cases, fixed):
    """The cases that have these settings, or lack them."""
    return [
        case
        for case in cases
        if all(case.settings.get(name, want) == want for name, want in fixed.items())
    ]


def fix(cases, *names):
    """{name: usual value} of those of the settings that have several.

    One after the other, so that the second is usual among what the first one
    left."""
    fixed = {}
    for name in names:
        left = keep(cases, fixed)
        if len(values(left, name)) > 1:
            fixed[name] = usual(left, name)
    return fixed


def one_each(cases, names, among):
    """For each combination of `names` one case: that with most of the usual
    values of `among`, and of these that of most events.

    Not all subjects are measured with the same: a slow one gets fewer events."""
    wanted = {name: usual(cases, name) for name in among}
    best = {}
    for case in cases:
        key = tuple(str(case.settings.get(name)) for name in names)
        fit = sum(case.settings.get(n) in (None, wanted[n]) for n in among)
        rank = (fit, case.settings.get("events") or 0)
        if key not in best or rank > best[key][0]:
            best[key] = (rank, case)
    return [case for _, case in best.values()]


def shared(cases, names):
    """{name: value} of those that are the same in all cases that have them."""
    return {
        name: values(cases, name)[0] for name in names if len(values(cases, name)) == 1
    }


def sweeps(cases, x):
    """[(settings, [case, ...])]: cases that differ in x only, two at least."""
    groups = {}
    for case in cases:
        if x in case.settings:
            rest = {k: v for k, v in case.settings.items() if k != x}
            groups.setdefault(tuple(sorted(rest.items())), []).append(case)
    found = []
    for rest, group in groups.items():
        by_x = {case.settings[x]: case for case in group}
        if len(by_x) > 1:
            found.append((dict(rest), [by_x[k] for k in sorted(by_x, key=_rank)]))
    return sorted(found, key=lambda sweep: _rank_settings(sweep[0]))


def _rank_settings(settings):
    own = settings.get("subject") != "ringnotify"
    return (own, [_rank(settings[name]) for name in sorted(settings, key=place)])


def differing(all_settings):
    """The names of what tells these apart: the subject, and the settings in
    which those of one subject differ.  That the raw loop has no workers needs
    no word."""
    found = []
    values = {}
    for settings in all_settings:
        subject = settings.get("subject")
        values.setdefault("subject", set()).add(subject)
        for name, value in settings.items():
            values.setdefault((subject, name), set()).add(str(value))
    for key, different in values.items():
        name = key if isinstance(key, str) else key[1]
        if len(different) > 1 and name not in found:
            found.append(name)
    return found


def label(settings, names):
    """What tells one from the others, in words."""
    told = [(n, settings[n]) for n in sorted(names, key=place) if n in settings]
    words = [phrase(*one) for one in told if one not in _UNSAID]
    if not words:
        words = [phrase(*one) for one in told]
    return ", ".join(words) or settings.get("subject", "")


class Words:
    """Short names of cases of several scenarios, for a list of them.

    Without a subject it is the library.  Left out is what is the same in all of
    a scenario, and a size that is the most frequent one."""

    def __init__(self, all_settings):
        counts = {}
        for settings in all_settings:
            for name, value in settings.items():
                key = (settings["scenario"], name)
                counts.setdefault(key, Counter())[value] += 1
        self.common = {key: count.most_common(1)[0][0] for key, count in counts.items()}
        self.varies = {key for key, count in counts.items() if len(count) > 1}

    def label(self, settings):
        scenario = settings["scenario"]
        names = ["scenario", "subject"]
        for name, value in settings.items():
            is_usual = name in SIZES and self.common.get((scenario, name)) == value
            if (scenario, name) in self.varies and not is_usual:
                names.append(name)
        return label(settings, set(names) - {"subject" if is_own(settings) else ""})


def is_own(settings):
    return settings["subject"] == "ringnotify"


SIZES = ("events", "watches", "name_size", "slots", "producers", "burst")

# What everyone expects needs no word in a label.
_UNSAID = {("callback", "single")}


def colours(all_settings):
    """A colour each: the subject's own where it has one line only."""
    counts = Counter(settings.get("subject") for settings in all_settings)
    given = []
    used = Counter()
    for settings in all_settings:
        subject = settings.get("subject")
        if counts[subject] == 1 or subject == "raw":
            given.append(colour(subject))
        else:
            given.append(VARIANTS[used[""] % len(VARIANTS)])
            used[""] += 1
    return given


def in_words(fixed):
    return ", ".join(phrase(name, value) for name, value in fixed.items())
