"""Every case, the machines, what was skipped, the noise, the comparison.

A number is shown rounded and carried exactly: <data value="264.31">264</data>.
"""

from . import compare, fields, select
from .read import Figure
from .text import NARROW, count, escape, exact, number, percent, phrase, plural, slug


def table(name, caption, head, rows):
    """head: of (title, class); rows: of (class, [cell as HTML])."""
    titles = "".join(
        '<th scope="col"%s>%s</th>' % (_class(class_), escape(title))
        for title, class_ in head
    )
    lines = "".join(
        "<tr%s>%s</tr>" % (_class(class_), _cells(cells, head))
        for class_, cells in rows
    )
    return (
        '<div class="wide" role="region" tabindex="0" aria-label="%s">'
        '<table id="%s"><caption>%s</caption><thead><tr>%s</tr></thead>'
        "<tbody>%s</tbody></table></div>"
        % (escape(caption), name, escape(caption), titles, lines)
    )


def _class(name):
    return ' class="%s"' % name if name else ""


def _cells(cells, head):
    return "".join(
        "<td%s>%s</td>" % (_class(class_), cell)
        for cell, (_, class_) in zip(cells, head)
    )


def data(value, unit=""):
    """A number, rounded to read and exact to copy."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return escape(number(value, unit))
    return _data_shown(value, number(value, unit))


def figure(value, unit):
    """The median; below it the least and the greatest."""
    if value.min == value.max:
        return data(value.median, unit)
    spread = value.spread
    noise = "" if spread is None else ", " + percent(spread).lstrip("+")
    shown = [number(end, unit) for end in (value.min, value.max)]
    first, last = (text.rpartition(NARROW) for text in shown)
    if first[2] == last[2] and unit != "count":
        shown[0] = first[0]  # one unit will do
    return "%s<small>%s–%s%s</small>" % (
        data(value.median, unit),
        _data_shown(value.min, shown[0]),
        _data_shown(value.max, shown[1]),
        escape(noise),
    )


def _data_shown(value, shown):
    return '<data value="%s">%s</data>' % (exact(value), escape(shown))


# ---- cases ----


def cases(scenario, runs):
    """All cases of a scenario, of all runs; what is the same in all of them
    stands in the caption."""
    some = [(run, c) for run in runs for c in run.cases if c.scenario == scenario]
    names = _columns([case for _, case in some])
    shared = [name for name in names if _is_shared(name, some)]
    names = [name for name in names if name not in shared]
    several = len(runs) > 1
    head = [("run", "")] if several else []
    head += [(fields.field(n).title, _column_class(n, some)) for n in names]
    rows = []
    for run, case in some:
        cells = [escape(run.letter)] if several else []
        cells += [_cell(case, name) for name in names]
        is_wrong = compare.is_wrong(case)
        if is_wrong:
            index = 1 if several else 0
            cells[index] += _wrong_note(case)
        rows.append(
            (
                "wrong"
                if is_wrong
                else case.subject == "ringnotify" and "own-row" or "",
                cells,
            )
        )
    caption = "%s: %s" % (scenario, plural(len(some), "case"))
    if shared:
        values = [phrase(name, some[0][1].value(name)) for name in shared]
        caption += "; all with " + ", ".join(values)
    return table("cases-" + slug(scenario), caption, head, rows)


def _is_shared(name, some):
    """A setting, or the number of repetitions, that is the same in all."""
    if name == "subject" or len(some) < 2:
        return False
    if name != "repeats" and not all(name in case.settings for _, case in some):
        return False
    return len({str(case.value(name)) for _, case in some}) == 1


def _wrong_note(case):
    reason = case.wrong if case.wrong is not None else "missed or doubled"
    return '<small class="bad">✗ wrong: %s</small>' % escape(reason)


def _columns(some):
    names = {name for case in some for name in list(case.settings) + list(case.results)}
    names.discard("scenario")
    return sorted(names, key=fields.place)


def _column_class(name, some):
    for _, case in some:
        value = case.settings.get(name, case.results.get(name))
        if isinstance(value, (Figure, int, float)) and not isinstance(value, bool):
            return "n"
    return ""


def _cell(case, name):
    value = case.settings.get(name, case.results.get(name))
    unit = fields.field(name).unit
    if value is None:
        return '<span class="none">–</span>'
    if isinstance(value, Figure):
        return figure(value, unit)
    if name == "rate_wanted" and value == 0:
        return '<data value="0">full speed</data>'
    return data(value, unit)


def wrong(runs):
    """A line for each case whose counts or events were wrong."""
    lines = []
    for run in runs:
        for case in run.cases:
            if compare.is_wrong(case):
                name = escape(_name(case.settings))
                letter = escape(run.letter) + ": " if len(runs) > 1 else ""
                lines.append("<li>%s%s%s</li>" % (letter, name, _wrong_note(case)))
    return "<ul>%s</ul>" % "".join(lines) if lines else ""


def _name(settings):
    return ", ".join(phrase(k, settings[k]) for k in sorted(settings, key=fields.place))


# ---- the runs ----


def runs_table(runs):
    """Machine and options, a column a run."""
    facts = [_facts(run) for run in runs]
    names = list(dict.fromkeys(name for some in facts for name in some))
    head = [("", "")] + [(_heading(run, runs), "") for run in runs]
    rows = []
    for name in names:
        values = [some.get(name) for some in facts]
        differs = len({str(value) for value in values}) > 1
        cells = [escape(name)] + ["–" if v is None else v for v in values]
        rows.append(("differs" if differs and name not in _MAY_DIFFER else "", cells))
    return table("machine", "Machine and options", head, rows)


_MAY_DIFFER = ("file", "started", "took")


def _heading(run, runs):
    return "run %s" % run.letter if len(runs) > 1 else "this run"


# How the facts of a machine are shown: title, unit.
_MACHINE = {
    "cpu": ("CPU", ""),
    "cpus": ("CPUs", ""),
    "memory_bytes": ("memory", "bytes"),
    "queue_limit": ("max_queued_events", ""),
    "watch_limit": ("max_user_watches", ""),
    "root": ("as root", ""),
}


def _facts(run):
    facts = {
        "file": escape(run.path),
        "commit": escape(run.raw["commit"]),
        "started": escape(run.raw["started"]),
        "took": data(run.raw["seconds"], "seconds"),
    }
    for name, value in run.raw["machine"].items():
        title, unit = _MACHINE.get(name, (name.replace("_", " "), ""))
        facts[title] = data(value, unit)
    for name, value in run.raw["options"].items():
        if isinstance(value, list):
            value = ", ".join(map(str, value)) or "–"
        facts["option " + name] = data(value)
    return facts


def skipped(runs):
    rows = []
    for run in runs:
        for one in run.raw["skipped"]:
            cells = [escape(run.letter)] if len(runs) > 1 else []
            cells += [
                escape(one.get(name, "–")) for name in ("scenario", "subject", "reason")
            ]
            rows.append(("", cells))
    head = [("run", "")] if len(runs) > 1 else []
    head += [("scenario", ""), ("subject", ""), ("reason", "")]
    return table("skipped-cases", "Skipped", head, rows) if rows else ""


# ---- noise ----


def noise(runs):
    """How far the repetitions of one measurement lie apart, by scenario."""
    rows = []
    for run in runs:
        for scenario in select.values(run.cases, "scenario"):
            spreads = _spreads([c for c in run.cases if c.scenario == scenario])
            if not spreads:
                continue
            cells = [escape(run.letter)] if len(runs) > 1 else []
            values = [spread for spread, _ in spreads]
            cells += [
                escape(scenario),
                count(len(values)),
                data(values[len(values) // 2], "share"),
                data(values[len(values) * 9 // 10], "share"),
                data(values[-1], "share"),
                escape(spreads[-1][1]),
            ]
            rows.append(("", cells))
    head = [("run", "")] if len(runs) > 1 else []
    head += [
        ("scenario", ""),
        ("figures", "n"),
        ("median spread", "n"),
        ("nine of ten below", "n"),
        ("largest", "n"),
        ("the largest is", ""),
    ]
    return (
        table("noise-by-scenario", "Spread: (max − min) / median", head, rows)
        if rows
        else ""
    )


def _spreads(some):
    """[(spread, which figure)], the least first."""
    found = []
    names = select.differing([case.settings for case in some])
    for case in some:
        for name, value in case.results.items():
            if isinstance(value, Figure) and value.spread is not None:
                which = "%s, %s" % (
                    fields.field(name).title,
                    select.label(case.settings, names),
                )
                found.append((value.spread, which))
    return sorted(found)


# ---- comparison ----


def comparison(name, caption, base, run, pairs):
    head = [
        ("case", ""),
        ("figure", ""),
        ("%s: median" % base.letter, "n"),
        ("%s: median" % run.letter, "n"),
        ("change", "n"),
        ("verdict", ""),
    ]
    words = select.Words([case.settings for case in base.cases])
    rows = []
    for pair in pairs:
        shape = fields.field(pair.name)
        label = words.label(pair.settings)
        rows.append(
            (
                "v-" + pair.verdict,
                [
                    escape(label),
                    escape(shape.title),
                    figure(pair.base, shape.unit),
                    figure(pair.new, shape.unit),
                    escape(compare.change_text(pair)),
                    escape(compare.verdict_text(pair)),
                ],
            )
        )
    return table(name, caption, head, rows) if rows else ""
