#!/usr/bin/env python3
"""Renders a Markdown report with GitHub's parser and looks for what text from files must not become.

    markdown.py REPORT.md

Needs `pip install cmarkgfm`.
"""

import re
import sys
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

OURS = {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "strong", "br"}


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.wrong, self.rows, self.cells, self.inside_code = [], [], 0, 0

    def handle_starttag(self, tag, attributes):
        if tag not in OURS or attributes:
            self.wrong.append((tag, attributes))
        if tag == "tr":
            self.cells = 0
        if tag in ("td", "th"):
            self.cells += 1
        if tag == "code":
            self.inside_code += 1

    def handle_endtag(self, tag):
        if tag == "tr":
            self.rows.append(self.cells)
        if tag == "code":
            self.inside_code -= 1

    def handle_data(self, data):
        # GitHub makes mentions and references of what is left outside of code.
        if not self.inside_code and re.search(r"(@|#)\w", data):
            self.wrong.append(("mention", data))


text = open(sys.argv[1], encoding="utf-8").read()
page = Page()
page.feed(cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE))
print(f"{len(page.rows)} rows, of {sorted(set(page.rows))} cells; wrong: {page.wrong or 'nothing'}")
sys.exit(bool(page.wrong))
