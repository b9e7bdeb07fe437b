"""Bar charts as SVG, drawn here, so that nothing has to be installed for them."""

from html import escape

WIDTH, LABEL, BAR, GAP = 760, 190, 20, 6
COLOUR = "#9aa5b1"
OURS_COLOUR = "#1f6feb"
FONT = 'font-family="sans-serif" font-size="13"'


def _text(x, y, text, more=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" {FONT} {more}>{escape(text)}</text>'


def _bar(y, share, label, number, colour):
    width = max(1.0, share * (WIDTH - LABEL - 90))
    return [_text(LABEL - 8, y + 15, label, 'text-anchor="end"'),
            f'<rect x="{LABEL}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{colour}"/>',
            _text(LABEL + width + 6, y + 15, number)]


def _picture(title, height, parts):
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img">', f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(12, 24, title, 'font-weight="bold"'), *parts, "</svg>", ""])


def grouped_bars(title, groups, form, highlighted):
    """groups: {group: {name: value}}; the bars of a group share a scale."""
    parts, y = [], 44
    for group, values in groups.items():
        if not values:
            continue
        if len(groups) > 1:
            parts.append(_text(12, y + 14, group, 'font-style="italic"'))
            y += 24
        most = max(values.values()) or 1
        for name, value in values.items():
            colour = OURS_COLOUR if name == highlighted else COLOUR
            parts += _bar(y, max(value, 0) / most, name, form.format(value), colour)
            y += BAR + GAP
        y += 10
    return _picture(title, y + 6, parts)


def bars(title, values, form, highlighted):
    return grouped_bars(title, {"": values}, form, highlighted)
