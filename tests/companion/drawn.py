"""What a table or a picture shows, as numbers: to be held against the frame that it was made of."""

from html.parser import HTMLParser

import numpy as np
from matplotlib.collections import PolyCollection


class Cells(HTMLParser):
    """Header cells with their attributes, and the text of every cell."""

    def __init__(self, html):
        super().__init__()
        self.headers, self.boxes, self.rows, self.inside = [], [], [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "th":
            self.headers.append(dict(attrs))
        if tag == "div":
            self.boxes.append(dict(attrs))
        if tag == "tr":
            self.rows.append([])
        if tag == "wbr":  # a place where a long label may break
            return
        self.inside = tag in ("th", "td")
        if self.inside:
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data.strip()

    def handle_endtag(self, tag):
        self.inside = self.inside and tag not in ("th", "td")


def columns_of(html, names):
    """Column -> its texts, row by row; of columns of one name, from left to right. Names stand in one heading row."""
    rows = Cells(html).rows
    at = max(i for i, row in enumerate(rows) if set(names) <= set(row))
    heads, body = rows[at], [row for row in rows[at + 1 :] if len(row) >= len(names) and any(row[1:])]
    places = {name: [i - len(heads) for i, head in enumerate(heads) if head == name] for name in names}
    return {name: [row[i] for row in body for i in at] for name, at in places.items()}


def bars(container):
    """Lower and upper ends of horizontal error bars."""
    segments = np.array([part for collection in container.lines[2] for part in collection.get_segments()])
    return segments[:, 0, 0], segments[:, 1, 0]


def bands(axis):
    """Of each filled band: where it is, its lower and its upper edge."""
    found = []
    for collection in (c for c in axis.collections if isinstance(c, PolyCollection)):
        corners = collection.get_paths()[0].vertices
        x = np.unique(corners[:, 0])
        edges = [corners[corners[:, 0] == at, 1] for at in x]
        found.append((x, np.array([e.min() for e in edges]), np.array([e.max() for e in edges])))
    return found


def is_hollow(line):
    return line.get_markerfacecolor() == "white"
