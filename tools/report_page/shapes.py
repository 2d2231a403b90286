"""The two shapes of plots, drawn from cases: lines and bars.

All functions take `cases`: [(run, its cases)], and draw a panel a run, all in
one scale.
"""

from collections import namedtuple

from . import compare, select, svg

# title   what it shows
# note    the settings that all of it shares
# panels  of (Run, svg)
Plot = namedtuple("Plot", "title note panels")


def all_cases(cases):
    return [case for _, some in cases for case in some]


def keep(cases, fixed):
    return [(run, select.keep(some, fixed)) for run, some in cases]


def fixed_of(cases, *names):
    """(cases with the usual values of those settings, those values)."""
    fixed = select.fix(all_cases(cases), *names)
    return keep(cases, fixed), fixed


def each(cases, name):
    """(value, cases that have it) for each value; all cases if none has it."""
    found = select.values(all_cases(cases), name)
    if not found:
        return [(None, cases)]
    return [
        (
            value,
            [
                (run, [c for c in some if c.settings.get(name) == value])
                for run, some in cases
            ],
        )
        for value in found
    ]


def joined(*notes):
    return " · ".join(note for note in notes if note)


def line_plot(name, title, note, cases, x, y, x_axis, y_axis, rules=None, family=None):
    """Lines of y(case) against the setting x.

    x_axis, y_axis   (title, format, log)
    rules            {letter of a run: [(name, colour, Figure)]}; one far above the
                     lines, which would press them down, is left out
    family           cases whose values the y axis has room for; default: its own
    """
    sweeps = {run.letter: _swept(some, x, y) for run, some in cases}
    if not any(sweeps.values()):
        return None
    everyone = [
        p for _, some in family or cases for _, ps in _swept(some, x, y) for p in ps
    ]
    values = [value for _, figure in everyone for value in figure]
    all_rules = {
        run.letter: [
            rule
            for rule in (rules or {}).get(run.letter, [])
            if rule[2].median <= 3 * max(values)
        ]
        for run, _ in cases
    }
    values += [rule[2].median for some in all_rules.values() for rule in some]
    x_values = sorted({p[0] for some in sweeps.values() for _, ps in some for p in ps})
    axes = (
        svg.Axis(x_axis[0], x_axis[1], x_values, x_axis[2]),
        svg.Axis(y_axis[0], y_axis[1], values, y_axis[2]),
    )
    panels = []
    for run, _ in cases:
        series = _name_lines(sweeps[run.letter], axes)
        if series:
            drawn = svg.lines(
                name + run.letter, title, *axes, series, all_rules[run.letter]
            )
            panels.append((run, drawn))
    return Plot(title, note, panels)


def _swept(some, x, y):
    """[(settings, [(value of x, Figure)])], a line each."""
    return [
        (settings, [(case.settings[x], y(case)) for case in group])
        for settings, group in select.sweeps([c for c in some if y(c)], x)
    ]


def _name_lines(sweeps, axes):
    settings = [one for one, _ in sweeps]
    names = select.differing(settings)
    return [
        svg.Line(
            select.label(one, names),
            colour,
            [
                (at, figure, _point_title(one, names, at, figure, axes))
                for at, figure in points
            ],
        )
        for (one, points), colour in zip(sweeps, select.colours(settings))
    ]


def _point_title(settings, names, at, figure, axes):
    x_axis, y_axis = axes
    text = "%s: %s at %s" % (
        select.label(settings, names),
        y_axis.format(figure.median),
        x_axis.format(at),
    )
    if figure.min < figure.max:
        text += " (%s to %s)" % (y_axis.format(figure.min), y_axis.format(figure.max))
    return text


def bar_plot(
    name,
    title,
    note,
    cases,
    figure,
    text,
    axis,
    names=None,
    family=None,
    most_first=False,
):
    """A bar a case, the least first.

    figure   case -> Figure or None: no bar
    text     case -> what stands at its right
    axis     (title, format, log)
    family   as for lines
    """
    rows = {
        run.letter: sorted(
            (case for case in some if figure(case)),
            key=lambda c: figure(c).median,
            reverse=most_first,
        )
        for run, some in cases
    }
    if not any(rows.values()):
        return None
    values = [v for c in all_cases(family or cases) if figure(c) for v in figure(c)]
    panels = []
    for run, _ in cases:
        some = rows[run.letter]
        tell = names or select.differing([case.settings for case in some])
        drawn = [
            svg.Bar(
                select.label(
                    case.settings, ["subject"] + [n for n in tell if n != "subject"]
                ),
                select.colour(case.subject),
                figure(case),
                text(case),
                compare.is_wrong(case),
            )
            for case in some
        ]
        if drawn:
            shape = svg.Axis(axis[0], axis[1], values, axis[2])
            panels.append((run, svg.bars(name + run.letter, title, shape, drawn)))
    return Plot(title, note, panels)
