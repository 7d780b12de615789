"""Plots of figures as SVG, which a browser and a code host show beside the text: no library is needed for so few."""

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from bench.figures import Figure, number

WIDTH = 1060
ROW = 26
NAMES = 640
MARGIN = 20
HEIGHT, CURVE, LEFT, BOTTOM = 260, 430, 60, 50
MET, MISSED, PLAIN, LINE = "#2f855a", "#c53030", "#2b6cb0", "#a0aec0"


def bars(figures: Sequence[Figure]) -> str:
    """A line for each: its value as a bar, from the least to the most of its rounds as a line, its bound as a mark."""
    shown = [(figure, figure.value) for figure in figures if figure.value is not None]
    most = max((max(value, *_marks(figure)) for figure, value in shown), default=1.0)
    scale = (WIDTH - NAMES - 4 * MARGIN) / most
    parts = []
    for row, (figure, value) in enumerate(shown):
        middle = MARGIN + row * ROW + ROW / 2
        parts.append(_text(NAMES - 8, middle + 4, f"{figure.part}: {figure.name}", "end"))
        parts.append(_box(NAMES, middle - 7, value * scale, 14, _colour(figure, value)))
        if figure.extent is not None:
            least, greatest = figure.extent
            parts.append(_stroke(NAMES + least * scale, middle, NAMES + greatest * scale, middle, "#1a202c"))
        if figure.target is not None:
            bound = NAMES + figure.target.bound * scale
            parts.append(_stroke(bound, middle - 10, bound, middle + 10, "#1a202c", 2))
        end = NAMES + max(value, *_marks(figure)) * scale + 6
        parts.append(_text(end, middle + 4, f"{number(value)} {figure.unit}"))
    return _drawing(2 * MARGIN + len(shown) * ROW, parts)


def curve(figures: Sequence[Figure], axis: str) -> str:
    """Of points: how a value grows. They stand at equal distances, since what grows does so by factors."""
    points = sorted((figure.point.at, figure) for figure in figures if figure.point and figure.value is not None)
    most = max((max(figure.value or 0.0, *_marks(figure)) for _, figure in points), default=1.0)
    step = (CURVE - LEFT - 2 * MARGIN) / max(1, len(points) - 1)
    height = HEIGHT - BOTTOM - 2 * MARGIN

    def up(value: float) -> float:
        return MARGIN + height * (1 - value / most)

    parts = [_stroke(LEFT, up(level * most), CURVE, up(level * most), "#e2e8f0") for level in (0.0, 0.5, 1.0)]
    parts += [_text(LEFT - 6, up(level * most) + 4, number(level * most), "end") for level in (0.0, 0.5, 1.0)]
    places = [
        (LEFT + MARGIN + number_of * step, up(figure.value or 0.0)) for number_of, (_, figure) in enumerate(points)
    ]
    parts += [_stroke(*here, *there, PLAIN, 2) for here, there in pairwise(places)]
    for (x, y), (at, figure) in zip(places, points, strict=True):
        if figure.extent is not None:
            parts.append(_stroke(x, up(figure.extent[0]), x, up(figure.extent[1]), LINE, 3))
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{PLAIN}"/>')
        parts.append(_text(x, up(0) + 18, f"{at:,g}", "middle"))
    parts.append(_text(LEFT + (CURVE - LEFT) / 2, HEIGHT - MARGIN + 6, axis, "middle"))
    return _drawing(HEIGHT, parts, CURVE + 2 * MARGIN)


def _marks(figure: Figure) -> tuple[float, ...]:
    """What has to find room beside the value; never nothing."""
    bound = (figure.target.bound,) if figure.target else ()
    return (0.0, *bound, *(figure.extent or ()))


def _colour(figure: Figure, value: float) -> str:
    if figure.target is None:
        return PLAIN
    return MET if figure.target.met(value) else MISSED


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def _stroke(x: float, y: float, to_x: float, to_y: float, colour: str, width: float = 1) -> str:
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{colour}" stroke-width="{width:g}"/>'
    )


def _drawing(height: float, parts: Sequence[str], width: float = WIDTH) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
    style = ' font-family="sans-serif" font-size="12" fill="#1a202c">'
    ground = f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>'
    return "\n".join([head + style, ground, *parts, "</svg>\n"])
