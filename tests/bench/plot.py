# SPDX-License-Identifier: ISC
"""Curves as SVG: panels below each other, on light and dark pages."""
import math
from html import escape

WIDTH = 900
LEFT, RIGHT = 84, 20               # beside the curves
LETTER = 7                         # of a name on the right
HEAD, ABOVE, BELOW, FOOT = 34, 30, 26, 22
LINE = 14                          # between names
LIGHT = {"paper": "#fff", "ink": "#222", "soft": "#5b5b5b", "grid": "#ddd", "curves": (
    "#0b5cad", "#5f6368", "#b3400e", "#7a2f8f", "#1a7431", "#8a6100", "#a3195b", "#00707a")}
DARK = {"paper": "#16181c", "ink": "#e6e6e6", "soft": "#a9adb3", "grid": "#3a3d42", "curves": (
    "#7ab8ff", "#b0b3b8", "#ff9d6b", "#d8a0ee", "#7fd694", "#e0c060", "#ff8fc0", "#6fd3dd")}
COLOURS = len(LIGHT["curves"])


class Axis:
    """From the first to the last of the ticks, at which it is labelled; log: each as far
    from another as its logarithm."""

    def __init__(self, ticks, log=False):
        self.ticks, self.log = ticks, log

    def part(self, value):
        """0 at its beginning, 1 at its end."""
        least, most, value = (math.log(v) if self.log else v
                              for v in (self.ticks[0], self.ticks[-1], value))
        return (value - least) / (most - least) if most > least else 0.5


def from_zero(most):
    """To the next round number above."""
    unit = 10.0 ** math.floor(math.log10(most))
    end = next(unit * n for n in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if unit * n >= most)
    return Axis([end * part / 4 for part in range(5)])


def decades(least, most):
    """Between round numbers around both, by logarithm."""
    steps = (1, 2, 5) if most / least < 1000 else (1,)
    numbers = [n * 10.0 ** e for e in range(math.floor(math.log10(least)) - 1,
                                            math.ceil(math.log10(most)) + 1) for n in steps]
    begin = max(n for n in numbers if n <= least)
    return Axis([n for n in numbers if n >= begin and
                 n <= min(end for end in numbers if end >= most)], log=True)


class Curve:
    """points: (x, y), or (x, y, least, most, what is told of it). colour: less than COLOURS;
    name: stands at its end."""

    def __init__(self, points, colour=0, dashed=False, name=""):
        self.points, self.colour, self.dashed, self.name = points, colour, dashed, name


class Panel:
    def __init__(self, title, x, y, curves, height=190):
        self.title, self.x, self.y, self.curves, self.height = title, x, y, curves, height

    def drawn(self, top, right):
        width, height = WIDTH - LEFT - right, self.height - ABOVE - BELOW

        def x(value):
            return LEFT + width * self.x.part(value)

        def y(value):
            return top + ABOVE + height * (1 - self.y.part(value))
        made = ['<text class="title" x="%d" y="%d">%s</text>' % (LEFT, top + 20,
                                                               escape(self.title))]
        for value in self.y.ticks:
            made.append('<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>' % (
                LEFT, LEFT + width, y(value), y(value)))
            made.append('<text class="soft" x="%d" y="%.1f" text-anchor="end">%s</text>' % (
                LEFT - 8, y(value) + 4, "{:,.6g}".format(value)))
        for value in self.x.ticks:
            made.append('<text class="soft" x="%.1f" y="%d" text-anchor="middle">%s</text>' % (
                x(value), top + self.height - 8, "{:,.4g}".format(value)))
        for curve in self.curves:
            made.append('<polyline class="c%d"%s points="%s"/>' % (
                curve.colour, ' stroke-dasharray="5 4"' if curve.dashed else "",
                " ".join("%.1f,%.1f" % (x(p[0]), y(p[1])) for p in curve.points)))
            for at, value, least, most, told in (p for p in curve.points if len(p) > 2):
                made.append('<g class="c%d"><title>%s</title>'
                            '<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>'
                            '<circle cx="%.1f" cy="%.1f" r="3"/></g>' % (
                                curve.colour, escape(told), x(at), x(at), y(least), y(most),
                                x(at), y(value)))
        return made + self.names(x, y, WIDTH - right + 20, top + self.height - BELOW)

    def names(self, x, y, at, bottom):
        """Beside the ends of the curves, none upon another."""
        ends = sorted(((curve.points[-1], curve) for curve in self.curves if curve.name),
                      key=lambda end: y(end[0][1]))
        places = [y(point[1]) for point, _ in ends]
        for i in range(1, len(places)):
            places[i] = max(places[i], places[i - 1] + LINE)
        for i in range(len(places) - 1, -1, -1):
            places[i] = min(places[i], places[i + 1] - LINE if i + 1 < len(places) else bottom)
        made = []
        for place, (point, curve) in zip(places, ends):
            made.append('<line class="c%d lead" x1="%.1f" x2="%d" y1="%.1f" y2="%.1f"/>' % (
                curve.colour, x(point[0]) + 4, at - 3, y(point[1]), place))
            made.append('<text class="c%d" x="%d" y="%.1f">%s</text>' % (
                curve.colour, at, place + 4, escape(curve.name)))
        return made


def rules(look):
    made = ("text{fill:%(ink)s}.soft{fill:%(soft)s}.paper{fill:%(paper)s}"
            ".grid{stroke:%(grid)s}" % look)
    for number, colour in enumerate(look["curves"]):
        made += ".c%d{stroke:%s}text.c%d,.c%d circle{fill:%s;stroke:none}" % (
            number, colour, number, number, colour)
    return made


def picture(title, panels, unit, about=""):
    """All of it; unit: of the values along the panels; about: a line below."""
    longest = max(len(curve.name) for panel in panels for curve in panel.curves)
    right = RIGHT + LETTER * longest
    height = HEAD + sum(panel.height for panel in panels) + FOOT
    made = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" font-family='
            '"sans-serif" font-size="12">' % (WIDTH, height),
            "<title>%s</title>" % escape(title),
            "<style>polyline{fill:none;stroke-width:1.75}.title{font-weight:bold}"
            ".lead{stroke-width:.5}%s@media (prefers-color-scheme:dark){%s}</style>" % (
                rules(LIGHT), rules(DARK)),
            '<rect class="paper" width="100%" height="100%"/>',
            '<text x="%d" y="22" font-size="14">%s</text>' % (LEFT, escape(title))]
    top = HEAD
    for panel in panels:
        made += panel.drawn(top, right)
        top += panel.height
    made.append('<text class="soft" x="%d" y="%d">%s</text>' % (LEFT, height - 6, escape(about)))
    made.append('<text class="soft" x="%d" y="%d" text-anchor="end">%s</text></svg>' % (
        WIDTH - right, height - 6, escape(unit)))
    return "\n".join(made) + "\n"
