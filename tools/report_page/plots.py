"""The plots of each scenario: one function each."""

from . import select, svg
from .read import Figure
from .shapes import Plot, all_cases, bar_plot, each, fixed_of, joined, keep, line_plot
from .text import count, digits, handler, load, number, short_count

_PERCENTILES = ("p50", "p99", "p999", "max")


def of_scenario(scenario, runs):
    """The plots of a scenario; none for one that is not known."""
    make = _MAKERS.get(scenario)
    if make is None:
        return []
    cases = [
        (run, [case for case in run.cases if case.scenario == scenario]) for run in runs
    ]
    return [plot for plot in make(cases) if plot is not None]


# ---- drain ----


def _rate(case):
    """Millions of events a second."""
    figure = case.figure("ns_per_event")
    if figure is None or figure.min <= 0:
        return None
    return Figure(*(1e3 / ns for ns in (figure.max, figure.median, figure.min)))


def _cost(case):
    return case.figure("ns_per_event")


def _cost_text(case):
    ratio = case.value("ratio_to_raw")
    shown = number(_cost(case).median, "ns")
    if ratio is None or case.subject == "raw":
        return shown
    return "%s · %s raw" % (shown, number(ratio, "ratio"))


_DRAIN = ("order", "callback", "events", "watches", "name_size", "queue_limit")


def _drain(cases):
    family = _bars_of(cases)
    for value, some in each(cases, "handler"):
        title = "A full queue emptied"
        if value is not None:
            title += ": %s handler" % handler(value)
        some = _bars_of(_drain_with_raw(cases, some))
        yield bar_plot(
            "drain-peers-%s" % value,
            title,
            select.in_words(select.shared(all_cases(some), _DRAIN)),
            some,
            _cost,
            _cost_text,
            ("wall time an event, ns", digits, None),
            ["subject", "workers"],
            family,
        )
    yield from _drain_workers(cases)
    yield from _drain_sizes(cases)


def _bars_of(cases):
    """A case for each subject, number of workers and handler."""
    each_of = ("subject", "workers", "handler")
    return [(run, select.one_each(some, each_of, _DRAIN)) for run, some in cases]


def _drain_with_raw(cases, some):
    """The raw loop needs no handler: it stands beside each of them."""
    joined = []
    for (run, own), (_, all_of_run) in zip(some, cases):
        has_raw = any(case.subject == "raw" for case in own)
        raw = [c for c in all_of_run if c.subject == "raw" and not has_raw]
        joined.append((run, own + select.one_each(raw, ("subject",), _DRAIN)))
    return joined


def _drain_workers(cases):
    for value, some in each(cases, "handler"):
        if value is None:
            continue
        sizes = ("events", "watches", "name_size", "queue_limit")
        left, fixed = fixed_of(some, *sizes)
        beside = dict(
            (run.letter, _drain_rules(own))
            for run, own in _bars_of(_drain_with_raw(cases, some))
        )
        yield line_plot(
            "drain-workers-%s" % value,
            "Rate against workers: %s handler" % handler(value),
            select.in_words(fixed),
            left,
            "workers",
            _rate,
            ("workers", count, False),
            ("million events a second", digits, False),
            beside,
        )


def _drain_rules(some):
    """The rates of those who have no workers to choose."""
    found = []
    for subject in ("raw", "libuv"):
        rates = [_rate(c) for c in some if c.subject == subject]
        if rates and rates[0]:
            found.append((subject, select.colour(subject), rates[0]))
    return found


def _drain_sizes(cases):
    sizes = (
        ("watches", "Cost against watches", "watches"),
        ("name_size", "Cost against the length of names", "name, bytes"),
        ("events", "Cost against the length of the queue", "events in the queue"),
    )
    for x, title, x_title in sizes:
        others = [size[0] for size in sizes if size[0] != x]
        left, fixed = fixed_of(
            cases, "handler", "order", "callback", "workers", *others
        )
        yield line_plot(
            "drain-" + x,
            title,
            select.in_words(fixed),
            left,
            x,
            _cost,
            (x_title, short_count, None),
            ("wall time an event, ns", digits, False),
        )


# ---- live ----


def _lost_share(case):
    """Of the events that were made, how many were not delivered, in percent."""
    made, delivered = case.value("events"), case.value("delivered")
    if not made or delivered is None:
        return None
    share = 100.0 * max(0, made - delivered) / made
    return Figure(share, share, share)


def _lost_text(case):
    lost = max(0, case.value("events") - case.value("delivered"))
    if lost == 0:
        return "0 of %s lost" % count(case.value("events"))
    return "%s of %s lost" % (count(lost), count(case.value("events")))


def _live(cases):
    left, fixed = fixed_of(cases, "producers", "events", "order", "callback")
    full_speed = keep(left, {"rate_wanted": 0})
    for value, some in each(full_speed, "handler"):
        yield bar_plot(
            "live-lost-%s" % value,
            "Lost at full speed: %s handler" % handler(value),
            select.in_words(fixed),
            some,
            _lost_share,
            _lost_text,
            ("lost, % of the events made", digits, False),
        )
    for value, some in each(left, "handler"):
        yield line_plot(
            "live-rate-%s" % value,
            "Delivered against wanted rate: %s handler" % handler(value),
            select.in_words(fixed),
            [(run, [c for c in own if c.value("rate_wanted")]) for run, own in some],
            "rate_wanted",
            lambda case: case.figure("delivered_per_s"),
            ("events wanted a second", short_count, None),
            ("events delivered a second", short_count, None),
        )
    yield from _live_cpu(full_speed, fixed)


def _live_cpu(cases, fixed):
    def figure(case):
        parts = [case.value("cpu_ns_per_event." + p) for p in ("reader", "workers")]
        if parts == [None, None]:
            return None
        total = sum(part or 0 for part in parts)
        return Figure(total, total, total)

    def text(case):
        shown = []
        for part in ("reader", "workers"):
            value = case.value("cpu_ns_per_event." + part)
            if value is not None:
                shown.append("%s %s" % (part, number(value, "ns")))
        return " + ".join(shown)

    left, more = fixed_of(cases, "handler")
    yield bar_plot(
        "live-cpu",
        "CPU time an event at full speed",
        joined(select.in_words(fixed), select.in_words(more)),
        left,
        figure,
        text,
        ("CPU time an event, reader and workers, ns", digits, None),
    )


# ---- overflow ----


def _overflow_share(case):
    burst = case.value("burst")
    lost = [case.value("lost_kernel"), case.value("lost_ring")]
    if not burst or lost == [None, None]:
        return None
    share = 100.0 * sum(part or 0 for part in lost) / burst
    return Figure(share, share, share)


def _overflow(cases):
    x_axis = ("max_queued_events", short_count, True)
    left, fixed = fixed_of(cases, "slots", "workers", "burst")
    for value, some in each(left, "full"):
        when = "" if value is None else ": %s when full" % value
        yield line_plot(
            "overflow-lost-%s" % value,
            "Lost against queue limit and handler cost" + when,
            select.in_words(fixed),
            some,
            "queue_limit",
            _overflow_share,
            x_axis,
            ("lost, % of the burst", digits, False),
            family=left,
        )
    for value, some in each(left, "full"):
        when = "" if value is None else ": %s when full" % value
        yield line_plot(
            "overflow-absorbed-%s" % value,
            "Largest burst without a loss" + when,
            select.in_words({k: v for k, v in fixed.items() if k != "burst"}),
            some,
            "queue_limit",
            lambda case: case.figure("absorbed"),
            x_axis,
            ("events", short_count, None),
            family=left,
        )
    yield from _overflow_slots(cases)


def _overflow_slots(cases):
    left, fixed = fixed_of(cases, "queue_limit", "workers", "handler", "burst")
    figures = (
        (
            "absorbed",
            "Largest burst without a loss, against slots",
            "events",
            short_count,
        ),
        ("peak_bytes", "Memory at the peak, against slots", "bytes", short_count),
    )
    for name, title, unit, shape in figures:
        yield line_plot(
            "overflow-slots-" + name,
            title,
            select.in_words(fixed),
            left,
            "slots",
            lambda case, name=name: case.figure(name),
            ("slots of a ring", short_count, True),
            (unit, shape, None),
        )


# ---- latency ----


def _latency(cases):
    shape = {"p50": "p50", "p99": "p99", "p999": "p99.9", "max": "max"}
    values = [
        case.value("latency_ns." + p)
        for case in all_cases(cases)
        for p in _PERCENTILES
        if case.value("latency_ns." + p) is not None
    ]
    if not values:
        return
    x_axis = svg.Axis("percentile", shape.get, list(_PERCENTILES), False)
    y_axis = svg.Axis("change to handler", lambda v: number(v, "time"), values, True)
    for value, some in each(cases, "load"):
        title = "Latency, %s" % load(value)
        panels = []
        for run, own in some:
            series = _latency_lines(own, y_axis)
            if series:
                name = "latency-%s%s" % (value, run.letter)
                panels.append((run, svg.lines(name, title, x_axis, y_axis, series)))
        if panels:
            yield Plot(title, "", panels)


def _latency_lines(cases, y_axis):
    settings = [case.settings for case in cases]
    names = select.differing(settings)
    series = []
    for case, colour in zip(cases, select.colours(settings)):
        points = []
        name = select.label(case.settings, names)
        for p in _PERCENTILES:
            value = case.value("latency_ns." + p)
            if value is not None:
                title = "%s: %s %s" % (
                    name,
                    p.replace("999", "99.9"),
                    y_axis.format(value),
                )
                points.append((p, Figure(value, value, value), title))
        if points:
            series.append(svg.Line(name, colour, points))
    return series


# ---- setup, storm, lifecycle ----


def _setup(cases):
    def text(case):
        shown = number(case.value("seconds"), "seconds")
        ratio = case.value("ratio_to_raw")
        if ratio is None or case.subject == "raw":
            return shown
        return "%s · %s raw" % (shown, number(ratio, "ratio"))

    for value, some in each(cases, "directories"):
        yield bar_plot(
            "setup-%s" % value,
            "Watching a tree of %s directories" % count(value or 0),
            "",
            some,
            lambda case: case.figure("seconds"),
            text,
            ("seconds", digits, None),
        )
    largest, fixed = keep(cases, {}), {}
    if select.values(all_cases(cases), "directories"):
        fixed = {"directories": select.values(all_cases(cases), "directories")[-1]}
        largest = keep(cases, fixed)
    yield bar_plot(
        "setup-bytes",
        "Memory a watch",
        select.in_words(fixed),
        largest,
        lambda case: case.figure("bytes_per_watch"),
        lambda case: number(case.value("bytes_per_watch"), "bytes"),
        ("bytes of user memory a watch", digits, None),
    )


def _storm(cases):
    def text(case):
        shown = number(case.value("events_per_s"), "rate")
        if case.value("correct") is True:
            return shown + " · complete"
        faults = [
            "%s %s" % (count(case.value(name)), name)
            for name in ("missed", "doubled")
            if case.value(name)
        ]
        return joined(shown, ", ".join(faults))

    for value, some in each(cases, "kind"):
        yield bar_plot(
            "storm-%s" % value,
            "Storm: %s" % value,
            "",
            some,
            lambda case: case.figure("events_per_s"),
            text,
            ("events a second", short_count, None),
            most_first=True,
        )


def _lifecycle(cases):
    for name, title in (
        ("start", "Start"),
        ("sync", "Sync"),
        ("stop", "Stop"),
        ("free", "Free"),
    ):
        yield bar_plot(
            "lifecycle-" + name,
            title,
            "",
            cases,
            lambda case, name=name: case.figure(name + "_ns"),
            lambda case, name=name: number(case.value(name + "_ns"), "time"),
            ("time", lambda ns: number(ns, "time"), None),
            ["subject", "load", "workers"],
        )


_MAKERS = {
    "drain": _drain,
    "live": _live,
    "overflow": _overflow,
    "latency": _latency,
    "setup": _setup,
    "storm": _storm,
    "lifecycle": _lifecycle,
}
