"""All of it as one page.

The page is well-formed XML as well as HTML, loads nothing (a content security
policy forbids it), and needs no script.
"""

import os

from . import compare, fields, goals, plots, select, svg, tables
from .text import count, escape, percent, plural, slug

ORDER = ("drain", "live", "overflow", "latency", "setup", "storm", "lifecycle")

ABOUT = {
    "drain": "A full kernel queue emptied: the cost of an event once it is queued.",
    "live": "Producers write while events are read: what arrives, and on whose CPU.",
    "overflow": "A burst against the limits: what is absorbed, what is lost, and where.",
    "latency": "From the time a change was due to its handler.",
    "setup": "A recursive watch on a whole tree, beside a raw walk.",
    "storm": "Directories made, filled and moved at full speed: is every entry told once?",
    "lifecycle": "Starting, waiting for, stopping and freeing a notifier.",
}

MOST_CHANGES = 20  # rows of the plot of changes; the table has all


def make(runs):
    """The page as text."""
    scenarios = _scenarios(runs)
    parts = [_header(runs), _nav(runs, scenarios), _wrong(runs)]
    if len(runs) > 1:
        parts.append(_comparisons(runs))
    parts.append(_results(runs))
    parts += [_scenario(name, runs) for name in scenarios]
    parts.append(_conditions(runs))
    if len(runs) > 1:
        parts.append(_all_changes(runs))
    parts.append(_all_cases(scenarios, runs))
    return _frame(_title(runs), "".join(parts))


def _frame(title, body):
    with open(
        os.path.join(os.path.dirname(__file__), "page.css"), encoding="utf-8"
    ) as file:
        style = file.read()
    return (
        '<!DOCTYPE html>\n<html lang="en" xmlns="http://www.w3.org/1999/xhtml">\n<head>\n'
        '<meta charset="utf-8" />\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1" />\n'
        '<meta name="color-scheme" content="light dark" />\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\" />\n"
        "<title>%s</title>\n<style>\n%s</style>\n</head>\n<body>\n%s</body>\n</html>\n"
        % (escape(title), style, body)
    )


def _scenarios(runs):
    found = {case.scenario for run in runs for case in run.cases}
    known = [name for name in ORDER if name in found]
    return known + sorted(found - set(known))


def _title(runs):
    commits = " to ".join(run.raw["commit"] for run in runs)
    return "ringnotify bench: %s" % commits


def _header(runs):
    peers = {case.subject for run in runs for case in run.cases}
    peers -= {"ringnotify", "raw"}
    heading = "ringnotify beside a raw read loop"
    if peers:
        heading += " and %s" % plural(len(peers), "peer")
    heading += ": rate, loss and latency of inotify events"
    lines = "".join("<p>%s</p>" % _run_line(run, runs) for run in runs)
    return '<header><h1>%s</h1><div class="muted">%s</div></header>\n' % (
        escape(heading),
        lines,
    )


def _run_line(run, runs):
    machine = run.raw["machine"]
    facts = ["commit " + run.raw["commit"], run.raw["started"]]
    build = run.raw.get("build")  # older reports have none
    if isinstance(build, dict):
        facts.append(str(build.get("text")))
    for name, shape in (
        ("cpu", "%s"),
        ("cpus", "%s CPUs"),
        ("kernel", "%s"),
        ("file_system", "%s"),
    ):
        if name in machine:
            facts.append(shape % machine[name])
    letter = "<b>%s</b> " % escape(run.letter) if len(runs) > 1 else ""
    return letter + escape(" · ".join(facts))


def _nav(runs, scenarios):
    links = [("comparison", "comparison")] if len(runs) > 1 else []
    links.append(("result", "result"))
    links += [(slug(name), name) for name in scenarios]
    links.append(("conditions", "machine, noise, skipped"))
    links += [("changes", "all changes")] if len(runs) > 1 else []
    links.append(("cases", "all cases"))
    return '<nav aria-label="Contents">%s</nav>\n' % "".join(
        '<a href="#%s">%s</a>' % (escape(name), escape(title)) for name, title in links
    )


def _wrong(runs):
    listed = tables.wrong(runs)
    if not listed:
        return ""
    return (
        '<section class="alert" id="wrong"><b class="bad">✗ Wrong counts: '
        "do not use these figures</b>%s</section>\n" % listed
    )


# ---- result ----


def _results(runs):
    parts = ['<section id="result"><h2>Result</h2>']
    for run in runs:
        tiles = goals.tiles(run)
        if len(runs) > 1 and tiles:
            parts.append("<h3>Run %s</h3>" % escape(run.letter))
        if tiles:
            parts.append('<ul class="tiles">%s</ul>' % "".join(map(_tile, tiles)))
    parts.append(
        '<p class="muted">Figures are medians; a ratio is the median over pairs of '
        "measurements that follow each other directly. 1.00× is the raw loop, "
        "which reads the queue and does nothing else.</p></section>\n"
    )
    return "".join(parts)


def _tile(tile):
    verdict = "goal met: " if tile.met else "goal missed: "
    details = [tile.range, tile.note]
    return '<li%s><span>%s</span><b>%s</b><span class="%s">%s %s</span>%s</li>' % (
        "" if tile.met else ' class="missed"',
        escape(tile.title),
        escape(tile.value),
        "good" if tile.met else "bad",
        "✓" if tile.met else "✗",
        escape(verdict + tile.goal),
        "".join('<span class="muted">%s</span>' % escape(d) for d in details if d),
    )


# ---- scenarios ----


def _scenario(name, runs):
    drawn = plots.of_scenario(name, runs)
    about = ABOUT.get(name, "A scenario that this page has no plots for.")
    return (
        '<section id="%s"><h2>%s</h2><p>%s <a href="#cases-%s">All its cases</a></p>'
        '<div class="plots">%s</div></section>\n'
        % (
            slug(name),
            escape(name),
            escape(about),
            slug(name),
            "".join(_figure(plot, runs) for plot in drawn),
        )
    )


def _figure(plot, runs):
    caption = "<figcaption>%s<small>%s</small></figcaption>" % (
        escape(plot.title),
        escape(plot.note),
    )
    if len(runs) == 1:
        return "<figure>%s%s</figure>" % (caption, plot.panels[0][1])
    panels = "".join(
        "<div><p><b>%s</b> · %s</p>%s</div>"
        % (escape(run.letter), escape(run.raw["commit"]), drawn)
        for run, drawn in plot.panels
    )
    return '<figure class="pair">%s<div class="panels">%s</div></figure>' % (
        caption,
        panels,
    )


# ---- comparison ----


def _comparisons(runs):
    parts = ['<section id="comparison"><h2>Comparison</h2>']
    for run in runs[1:]:
        parts.append(_comparison(compare.compare(runs[0], run)))
    parts.append("</section>\n")
    return "".join(parts)


def _comparison(result):
    base, run = result.base, result.run
    ratios, others = compare.ratios(result), compare.others(result)
    letters = "%s to %s" % (base.letter, run.letter)
    parts = [
        "<h3>%s: commit %s to %s</h3>"
        % (letters, escape(base.raw["commit"]), escape(run.raw["commit"])),
        _summary("ratios", ratios),
        _summary("other figures", others),
        _machines_note(base, run),
        _drift_note(result),
        _changed_faults(result),
        '<div class="beside">',
        _change_plot(result, ratios),
        tables.comparison(
            "beyond-" + run.letter,
            "Beyond the spread, %s" % letters,
            base,
            run,
            [p for p in ratios + others if p.verdict in ("worse", "better")],
        ),
        "</div>",
        '<p><a href="#ratios-%s">All ratios</a> stand further down.</p>' % run.letter
        if ratios
        else "",
        _missing(result),
    ]
    return "".join(parts)


def _all_changes(runs):
    """Every ratio; of the other figures those that changed."""
    parts = []
    for run in runs[1:]:
        result = compare.compare(runs[0], run)
        letters = "%s to %s" % (runs[0].letter, run.letter)
        for name, title, pairs in (
            ("ratios-", "All ratios, ", compare.ratios(result)),
            ("figures-", "Other figures that changed, ", compare.others(result)),
        ):
            shown = [p for p in pairs if name == "ratios-" or p.verdict != "same"]
            parts.append(
                tables.comparison(
                    name + run.letter, title + letters, runs[0], run, shown
                )
            )
    if not any(parts):
        return ""
    return '<section id="changes"><h2>All changes</h2>%s</section>\n' % "".join(parts)


def _summary(what, pairs):
    counts = compare.tally(pairs)
    if not pairs:
        return ""
    worse, better = counts.get("worse", 0), counts.get("better", 0)
    return (
        '<p>Of %s %s <b class="%s">%s worse</b> and <b class="%s">%s better</b> '
        "beyond the spread; %s within it, %s the same, %s without a known spread.</p>"
        % (
            count(len(pairs)),
            what,
            "bad" if worse else "muted",
            count(worse),
            "good" if better else "muted",
            count(better),
            count(counts.get("within", 0)),
            count(counts.get("same", 0)),
            count(counts.get("unknown", 0) + counts.get("neutral", 0)),
        )
    )


def _machines_note(base, run):
    names = ("cpu", "cpus", "kernel", "file_system", "queue_limit")
    differ = [
        name.replace("_", " ")
        for name in names
        if base.raw["machine"].get(name) != run.raw["machine"].get(name)
    ]
    if not differ:
        return ""
    return (
        '<p class="bad">The runs differ in %s: only ratios can be compared, and they '
        "with care.</p>" % escape(", ".join(differ))
    )


def _drift_note(result):
    drift = compare.drift(result)
    if drift is None:
        return ""
    return (
        '<p class="muted">The raw loop, which has none of the library in it, '
        "changed by %s to %s: so much did the machine.</p>"
        % tuple(escape(percent(change)) for change in drift)
    )


def _changed_faults(result):
    parts = []
    for cases, text in (
        (result.broken, "Wrong now, right before"),
        (result.mended, "Right now, wrong before"),
    ):
        for _, case in cases:
            class_ = "bad" if cases is result.broken else "good"
            parts.append(
                '<p class="%s">%s: %s</p>'
                % (class_, text, escape(tables._name(case.settings)))
            )
    return "".join(parts)


def _change_plot(result, pairs):
    chosen = [p for p in pairs if p.change is not None][:MOST_CHANGES]
    if not chosen:
        return ""
    words = select.Words([p.settings for p in result.pairs])
    rows = [
        svg.Change(
            "%s · %s" % (words.label(p.settings), fields.field(p.name).title),
            p.change,
            p.spread,
            p.verdict,
            percent(p.change),
        )
        for p in chosen
    ]
    title = "Change of ratios, %s to %s" % (result.base.letter, result.run.letter)
    note = "grey band: the spread; the %s of %s that count most" % (
        count(len(rows)),
        count(len(pairs)),
    )
    drawn = svg.changes(
        "changes-" + result.run.letter,
        title,
        "change, %; left is less, so faster",
        rows,
    )
    return "<figure><figcaption>%s<small>%s</small></figcaption>%s</figure>" % (
        escape(title),
        escape(note),
        drawn,
    )


def _missing(result):
    parts = []
    for run, some in ((result.base, result.only_base), (result.run, result.only_new)):
        if some:
            items = "".join(
                "<li>%s</li>" % escape(tables._name(c.settings)) for c in some
            )
            parts.append(
                "<p>Only in %s: %s</p><ul>%s</ul>"
                % (escape(run.letter), plural(len(some), "case"), items)
            )
    return "".join(parts)


# ---- the rest ----


def _conditions(runs):
    return (
        '<section id="conditions"><h2>Machine, noise, skipped</h2>%s<h3>Noise</h3>'
        "<p>A difference smaller than the spread of the figures compared says "
        "nothing.</p>%s%s</section>\n"
        % (tables.runs_table(runs), tables.noise(runs), tables.skipped(runs))
    )


def _all_cases(scenarios, runs):
    if not scenarios:
        return '<section id="cases"><h2>All cases</h2><p>There are no cases.</p></section>\n'
    return (
        '<section id="cases"><h2>All cases</h2><p class="muted">Median; below it '
        "the least and the greatest of the repetitions, and their spread.</p>%s"
        "</section>\n" % "".join(tables.cases(name, runs) for name in scenarios)
    )
