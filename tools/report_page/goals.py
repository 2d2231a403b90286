"""The figures that stand first: what the project promises of its speed.

Each goal is looked for in the results; what was not measured is left out.
"""

from collections import namedtuple

from . import select
from .text import count, number, phrase

# title    what was measured
# value    the figure, as text
# range    "1.02× to 1.13×", or ""
# goal     "at most 1.10×"
# met      True, False
Tile = namedtuple("Tile", "title value range goal met note")


def tiles(run):
    made = []
    for make in (_drain, _parallel, _burst, _latency, _setup, _flat):
        made += [tile for tile in make(run.cases) if tile is not None]
    return made


def _own(cases, scenario, **settings):
    wanted = {"scenario": scenario, "subject": "ringnotify", **settings}
    return [c for c in cases if all(c.settings.get(k) == v for k, v in wanted.items())]


def _first(cases, *names):
    """The case with the usual settings."""
    left = select.keep(cases, select.fix(cases, *names))
    return left[0] if left else None


_DRAIN = ("events", "watches", "name_size", "order", "callback", "queue_limit")


def _at_most(title, case, name, limit, note=""):
    figure = case.figure(name) if case else None
    if figure is None:
        return None
    spread = ""
    if figure.min < figure.max:
        spread = "%s to %s" % (number(figure.min, "ratio"), number(figure.max, "ratio"))
    return Tile(
        title,
        number(figure.median, "ratio"),
        spread,
        "at most " + number(limit, "ratio"),
        figure.median <= limit,
        note,
    )


def _drain(cases):
    """One worker; the handler that asks for the path, else the empty one."""
    own = _own(cases, "drain", workers=1)
    with_path = [c for c in own if c.settings.get("handler") == "path"]
    noop = [c for c in own if c.settings.get("handler") in ("noop", None)]
    case = _first(with_path or noop, *_DRAIN)
    if case is None:
        return
    note = select.label(case.settings, ["handler", "callback", "events", "watches"])
    yield _at_most(
        "Drain, one worker, to the raw loop", case, "ratio_to_raw", 1.10, note
    )
    yield _at_most(
        "CPU of its threads, to the raw loop's", case, "cpu_ratio_to_raw", 1.35, note
    )
    yield _at_most("Drain, one worker, to libuv", case, "ratio_to_libuv", 1.05, note)


def _parallel(cases):
    """Two workers against libuv, both with a handler of 1 us."""
    own = _first(_own(cases, "drain", workers=2, handler="1us"), *_DRAIN)
    libuv = [
        c
        for c in cases
        if (c.scenario, c.subject) == ("drain", "libuv")
        and c.settings.get("handler") == "1us"
    ]
    peer = _first(libuv, *_DRAIN)
    times = [c.value("ns_per_event") if c else None for c in (own, peer)]
    if not all(times):
        return
    rate = times[1] / times[0]
    yield Tile(
        "Rate of two workers to libuv's",
        number(rate, "ratio"),
        "",
        "at least 1.80×",
        rate >= 1.8,
        phrase("handler", "1us"),
    )


def _burst(cases):
    """Full speed, 2 us handler: nothing may be lost."""
    for case in _own(cases, "live", handler="2us", rate_wanted=0)[:1]:
        made, delivered = case.value("events"), case.value("delivered")
        if made is None or delivered is None:
            return
        lost = max(0, made - delivered)
        yield Tile(
            "Lost of %s made at full speed" % count(made),
            count(lost),
            "%s kernel overflows" % count(case.value("kernel_overflows") or 0),
            "none",
            lost == 0 and not case.value("kernel_overflows"),
            phrase("handler", "2us"),
        )


def _latency(cases):
    for case in _own(cases, "latency", load="idle")[:1]:
        p50 = case.value("latency_ns.p50")
        note = "" if p50 is None else "p50 " + number(p50, "time")
        yield _at_most(
            "Latency when idle, p50, to the raw loop's",
            case,
            "ratio_p50_to_raw",
            2,
            note,
        )


def _setup(cases):
    own = [c for c in _own(cases, "setup") if c.value("directories")]
    if not own:
        return
    case = max(own, key=lambda c: c.value("directories"))
    note = phrase("directories", case.value("directories"))
    yield _at_most("Recursive watch, to the raw walk", case, "ratio_to_raw", 1.20, note)
    memory = case.value("bytes_per_watch")
    if memory is not None:
        yield Tile(
            "Memory a watch",
            number(memory, "bytes"),
            "",
            "at most 128" + "\u202f" + "B",
            memory <= 128,
            note,
        )


def _flat(cases):
    """What an event costs with most watches, to what it costs with least."""
    own = _own(cases, "drain", workers=1)
    names = [name for name in _DRAIN if name != "watches"]
    found = []
    for settings, sweep in select.sweeps(
        select.keep(own, select.fix(own, "handler", *names)), "watches"
    ):
        found.append(sweep)
    if not found:
        return
    least, most = found[0][0], found[0][-1]
    costs = [c.value("ns_per_event") for c in (least, most)]
    if all(costs) and most.value("watches") >= 100000:
        yield Tile(
            "An event with %s watches, to %s"
            % (count(most.value("watches")), count(least.value("watches"))),
            number(costs[1] / costs[0], "ratio"),
            "",
            "at most 1.30×",
            costs[1] <= 1.3 * costs[0],
            "",
        )
