"""Lines, bars and changes as SVG.

Written here and not by a library, because a page that has to be read in light
and dark, in print and by a screen reader wants of its plots what the libraries
that Debian has do not give.  Tried on one plot of three lines:

- matplotlib 3.6 (svg.fonttype "none"): 18 KB, the colours written into each of
  89 style attributes, no title of a mark, labels at the ends of lines to be
  placed by hand; 63 MB of packages.
- gnuplot 5.4 (svg): 13 KB for one line, colours as attributes, "Gnuplot" as
  the title, labels by hand.
- pygal 2.4: 28 KB, style sheets and titles, but a legend only, no label at the
  line, and its tool-tips load a script from the network.
- plots drawn by a script in the page (D3, uPlot, Vega): 50 to 900 KB, nothing
  without the script, and a canvas cannot be searched or printed sharply.

Here a plot is 5 KB, one of eleven lines 12: every colour is a class that the style sheet of the
page gives a value for light, dark and print; every mark has its exact value as
a title; lines are labelled where they end.  The widths are those of a phone,
so that the text keeps its size on one and plots stand side by side elsewhere.
"""

from collections import namedtuple

from .scale import Places, Scale
from .text import escape, slug

WIDTH = 430
HEIGHT = 270
LETTER = 6.1  # width of one at the size of the labels, on average
LABEL_LETTER = 7.0  # of a label, which is bold
CHANGE_LETTERS = 50  # of a label that has a number at its right
LINE = 14  # height of a line of text

# name    what stands at its end
# colour  class of the style sheet: "own", "raw", "p1" ...
# points  of (x, Figure, title)
Line = namedtuple("Line", "name colour points")

# label, colour, Figure, text (behind the label, right), wrong
Bar = namedtuple("Bar", "label colour figure text wrong")

# title, unit (format of the ticks: value -> text), values
Axis = namedtuple("Axis", "title format values log")

# label, change (0.1: 10 % more), spread or None, verdict: class, text
Change = namedtuple("Change", "label change spread verdict text")


class _Drawing:
    """Elements with one decimal: a tenth of a pixel is enough."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.parts = []

    def add(self, name, title=None, text=None, **attributes):
        words = "".join(
            ' %s="%s"' % (key.rstrip("_").replace("_", "-"), _shape(value))
            for key, value in attributes.items()
        )
        inner = ""
        if title is not None:
            inner = "<title>%s</title>" % escape(title)
        if text is not None:
            inner += escape(text)
        end = ">%s</%s>" % (inner, name) if inner else "/>"
        self.parts.append("<%s%s%s" % (name, words, end))

    def text(self, x, y, text, class_="", anchor="start"):
        self.add("text", text=text, x=x, y=y, class_=class_ or "t", text_anchor=anchor)

    def line(self, x1, y1, x2, y2, class_):
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)

    def finish(self, name, title, description):
        name = slug(name)
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" '
            'role="img" aria-labelledby="%s-t %s-d">'
            '<title id="%s-t">%s</title><desc id="%s-d">%s</desc>%s</svg>'
            % (
                self.width,
                self.height,
                name,
                name,
                name,
                escape(title),
                name,
                escape(description),
                "".join(self.parts),
            )
        )


def _shape(value):
    if isinstance(value, float):
        return ("%.1f" % value).removesuffix(".0")
    return escape(value)


# ---- lines ----


def lines(name, title, x_axis, y_axis, series, rules=()):
    """A plot of lines.

    x_axis   an Axis; values that are words stand evenly spaced.
    series   of Line
    rules    of (name, colour, Figure): level lines across, the raw loop's say
    """
    labels = [line.name for line in series] + [rule[0] for rule in rules]
    right = min(200, max(map(len, labels), default=0) * LABEL_LETTER + 14)
    left = 14 + LETTER * max(len(y_axis.format(v)) for v in _scale_y(y_axis).ticks())
    drawing = _Drawing(WIDTH, HEIGHT)
    y = _scale_y(y_axis)
    x = _scale_x(x_axis, left, WIDTH - right)
    _draw_frame(drawing, x, y, x_axis, y_axis, left, WIDTH - right)
    ends = []
    for rule_name, colour, figure in rules:
        at = y(figure.median)
        drawing.line(left, at, WIDTH - right, at, "rule " + colour)
        ends.append((at, WIDTH - right, rule_name, colour))
    for index, line in enumerate(series):
        below = len(series) - 1 - index if len(series) <= 4 else 0
        ends.append(_draw_line(drawing, x, y, line, index, below))
    _draw_labels(drawing, ends, WIDTH - right + 8)
    return drawing.finish(name, title, _describe(x_axis, y_axis, series, rules))


def _scale_y(axis):
    return Scale(axis.values, HEIGHT - 38.0, 26.0, axis.log)


def _scale_x(axis, left, right):
    if any(isinstance(value, str) for value in axis.values):
        return Places(axis.values, left, right)
    return Scale(axis.values, float(left + 6), float(right - 6), axis.log)


def _draw_frame(drawing, x, y, x_axis, y_axis, left, right):
    drawing.text(2, 12, y_axis.title + _log_note(y), "axis")
    for value in y.ticks(5):
        drawing.line(left, y(value), right, y(value), "grid")
        drawing.text(left - 6, y(value) + 4, y_axis.format(value), "t", "end")
    drawing.line(left, y.start, right, y.start, "frame")
    for value in _x_ticks(x, x_axis):
        drawing.line(x(value), y.start, x(value), y.start + 4, "frame")
        drawing.text(x(value), y.start + 17, x_axis.format(value), "t", "middle")
    middle = (left + right) / 2
    drawing.text(middle, HEIGHT - 4, x_axis.title + _log_note(x), "axis", "middle")


def _log_note(scale):
    return " (log)" if scale.log else ""


def _x_ticks(x, axis):
    """The values themselves, as many as have room."""
    values = sorted(set(axis.values)) if not isinstance(x, Places) else axis.values
    widest = max(len(axis.format(value)) for value in values) * LETTER + 8
    if isinstance(x, Places):
        return values
    kept = [values[-1]]
    for value in reversed(values[:-1]):
        if x(kept[-1]) - x(value) >= widest:
            kept.append(value)
    return kept


def _draw_line(drawing, x, y, line, index, later):
    """Lines that later ones may hide are wider: both are seen where they meet.

    Returns where its label belongs: (y, x, name, colour)."""
    places = [(x(at), y(figure.median)) for at, figure, _ in line.points]
    drawing.add(
        "polyline",
        points=" ".join("%.1f,%.1f" % place for place in places),
        class_="line " + line.colour,
        stroke_width=2 + 1.5 * later,
    )
    for (at, level), (_, figure, title) in zip(places, line.points):
        if figure.min < figure.max:
            drawing.line(at, y(figure.min), at, y(figure.max), "range " + line.colour)
        _draw_mark(drawing, at, level, line.colour, index, title)
    return (places[-1][1], places[-1][0], line.name, line.colour)


def _draw_mark(drawing, x, y, colour, index, title):
    """Shapes differ as well as colours."""
    shape = index % 4
    class_ = "mark " + colour
    if shape == 0:
        drawing.add("circle", title, cx=x, cy=y, r=4, class_=class_)
    elif shape == 1:
        drawing.add(
            "rect", title, x=x - 3.5, y=y - 3.5, width=7, height=7, class_=class_
        )
    else:
        reach = ((0, -5), (5, 0), (0, 5), (-5, 0))
        if shape == 3:
            reach = ((0, -5), (5, 4), (-5, 4))
        points = " ".join("%.1f,%.1f" % (x + dx, y + dy) for dx, dy in reach)
        drawing.add("polygon", title, points=points, class_=class_)


def _draw_labels(drawing, ends, at):
    """Each at the end of its line, pushed apart where they would overlap."""
    ends = sorted(ends)
    wanted = [end[0] for end in ends]
    for (level, x, name, colour), y in zip(
        ends, spread_out(wanted, LINE, 20.0, HEIGHT - 36.0)
    ):
        if abs(y - level) > 2 or at - x > 14:
            drawing.add(
                "polyline",
                points="%.1f,%.1f %.1f,%.1f" % (x + 6, level, at - 3, y),
                class_="leader",
            )
        drawing.text(at, y + 4, _cut(name, 27), "label " + colour)


def _cut(label, most):
    """What has no room; the description of the plot has all of it."""
    return label if len(label) <= most else label[: most - 1] + "…"


def spread_out(wanted, gap, low, high):
    """Sorted places, moved as little as keeps them `gap` apart in low..high."""
    places = list(wanted)
    if not places:
        return places
    gap = min(gap, (high - low) / max(1, len(places) - 1))
    for _ in range(200):
        moved = False
        for i in range(len(places) - 1):
            lack = gap - (places[i + 1] - places[i])
            if lack > 0.05:
                places[i] -= lack / 2
                places[i + 1] += lack / 2
                moved = True
        for i, place in enumerate(places):
            places[i] = min(max(place, low), high)
        if not moved:
            break
    return places


def _describe(x_axis, y_axis, series, rules):
    parts = ["%s against %s." % (y_axis.title, x_axis.title)]
    for line in series:
        parts.append(line.name + ": " + "; ".join(p[2] for p in line.points) + ".")
    for rule_name, _, figure in rules:
        parts.append("%s: %s." % (rule_name, y_axis.format(figure.median)))
    return " ".join(parts)


# ---- bars ----


def bars(name, title, axis, rows):
    """Bars from 0, or, where the values differ 20 times and more, dots on a
    logarithmic axis: the length of a bar would mean nothing there.

    Each row has its label and its value above it, on one line.
    """
    height = 34
    top, left, right = 6, 4.0, WIDTH - 10.0
    bottom = top + height * len(rows)
    x = Scale(axis.values, left, right, axis.log)
    drawing = _Drawing(WIDTH, bottom + 36)
    for value in x.ticks(5):
        drawing.line(x(value), top, x(value), bottom + 4, "grid")
        anchor = "start" if x(value) < left + 12 else "middle"
        anchor = "end" if x(value) > right - 20 else anchor
        drawing.text(x(value), bottom + 17, axis.format(value), "t", anchor)
    drawing.text(WIDTH / 2, bottom + 32, axis.title + _log_note(x), "axis", "middle")
    for index, row in enumerate(rows):
        _draw_bar(drawing, x, row, top + height * index)
    description = (
        axis.title
        + ". "
        + " ".join(
            "%s: %s%s." % (row.label, row.text, " (wrong)" if row.wrong else "")
            for row in rows
        )
    )
    return drawing.finish(name, title, description)


def _draw_bar(drawing, x, row, top):
    drawing.text(x.start, top + 13, row.label, "label " + row.colour)
    if row.wrong:
        drawing.text(
            x.start + len(row.label) * LABEL_LETTER + 10,
            top + 13,
            "✗ wrong",
            "label bad",
        )
    drawing.text(x.end, top + 13, row.text, "t value", "end")
    level = top + 23.0
    if row.figure is None:
        return
    at = x(row.figure.median)
    title = "%s: %s" % (row.label, row.text)
    if x.log:
        drawing.line(x.start, level, x.end, level, "grid")
    else:
        drawing.add(
            "rect",
            title,
            x=x.start,
            y=level - 4,
            width=max(at - x.start, 1.0),
            height=8,
            class_="bar " + row.colour,
        )
    if row.figure.min < row.figure.max:
        drawing.line(x(row.figure.min), level, x(row.figure.max), level, "range over")
    if x.log:
        drawing.add("circle", title, cx=at, cy=level, r=5, class_="mark " + row.colour)


# ---- changes ----


def changes(name, title, axis_title, rows):
    """A row a figure: a band for the spread around 0, a mark for the change."""
    top, left, right = 6, 4.0, WIDTH - 4.0
    labels = [_wrap(row.label, CHANGE_LETTERS) for row in rows]
    bottom = top + sum(map(_change_height, labels))
    reach = max([abs(row.change) for row in rows] + [row.spread or 0 for row in rows])
    reach = max(reach * 1.08, 0.02)
    middle = (left + right) / 2
    drawing = _Drawing(WIDTH, bottom + 36)

    def x(value):
        return middle + (right - left) / 2 * value / reach

    half = Scale([reach], 0.0, 1.0, False)
    for tick in half.ticks(3):
        for value in {tick, -tick}:
            if abs(value) <= reach:
                _draw_change_tick(drawing, x(value), value, top, bottom, left, right)
    drawing.text(middle, bottom + 32, axis_title, "axis", "middle")
    for row, label in zip(rows, labels):
        _draw_change(drawing, x, row, label, top, (left, right))
        top += _change_height(label)
    description = (
        axis_title + ". " + " ".join("%s: %s." % (row.label, row.text) for row in rows)
    )
    return drawing.finish(name, title, description)


def _draw_change_tick(drawing, x, value, top, bottom, left, right):
    drawing.line(x, top, x, bottom + 4, "frame" if value == 0 else "grid")
    shown = "0" if value == 0 else "%+g %%" % round(value * 100, 2)
    anchor = "start" if x < left + 20 else "end" if x > right - 20 else "middle"
    drawing.text(x, bottom + 17, shown.replace("-", "\u2212"), "t", anchor)


def _wrap(label, most):
    """Lines of at most so many letters, broken behind commas."""
    lines = [""]
    for part in label.replace(", ", ", \0").split("\0"):
        if lines[-1] and len(lines[-1]) + len(part.rstrip()) > most:
            lines.append("")
        lines[-1] += part
    return [_cut(line.rstrip(), most + 4) for line in lines]


def _change_height(label):
    return 20 + LINE * len(label)


def _draw_change(drawing, x, row, label, top, ends):
    for index, line in enumerate(label):
        drawing.text(ends[0], top + 13 + LINE * index, line, "label " + row.verdict)
    drawing.text(ends[1], top + 13, row.text, "t value", "end")
    level = top + 9.0 + LINE * len(label)
    if row.spread:
        drawing.add(
            "rect",
            "spread: \u00b1%.3g %%" % (row.spread * 100),
            x=x(-row.spread),
            y=level - 5,
            width=x(row.spread) - x(-row.spread),
            height=10,
            class_="band",
        )
    drawing.line(x(0), level, x(row.change), level, "stem " + row.verdict)
    title = "%s: %s" % (row.label, row.text)
    drawing.add(
        "circle", title, cx=x(row.change), cy=level, r=5, class_="mark " + row.verdict
    )
