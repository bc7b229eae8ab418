"""HTML that somebody else wrote, as the text of a report holds it in the style of some archives."""

import re

import nh3

from appliance.domain.errors import Malformed
from pacs_bridge.prepare.reports.page import MOST_CHARACTERS, TAGS, Page, clean

_MARKUP = re.compile(
    r"<(?:!doctype html|/?(?:html|body|p|br|div|span|b|i|u|strong|em|font|table|tr|td|ul|ol|li|h[1-6]|pre|style"
    r"|script))(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_KEPT = frozenset(TAGS) - {"a"}
_SAME = {"h1": "h3", "h2": "h3", "strong": "b", "em": "i"}
_RENAMED = re.compile(r"<(/?)(h1|h2|strong|em)(?=[\s>/])", re.IGNORECASE)
_SPANS = {"colspan", "rowspan"}
_DROPPED = {"script", "style", "head", "title", "template", "noscript", "iframe", "object", "svg", "math", "textarea"}


def is_html(words: str) -> bool:
    """Whether a text is written in HTML, not only with a few angle brackets."""
    return _MARKUP.search(words) is not None


def put_html(page: Page, html: str) -> None:
    """Add foreign HTML: structure and words stay; scripts, styles, links, pictures and forms go."""
    if len(html) > MOST_CHARACTERS:
        raise Malformed("report_too_large")
    renamed = _RENAMED.sub(lambda found: f"<{found.group(1)}{_SAME[found.group(2).lower()]}", clean(html))
    cells = {"td": _SPANS, "th": _SPANS}
    page.raw(
        nh3.clean(
            renamed,
            tags=set(_KEPT),
            clean_content_tags=_DROPPED,
            attributes=cells,
            url_schemes=set(),
            link_rel=None,
        )
    )


def put_words(page: Page, words: str) -> None:
    """Add a text, plain or in HTML."""
    if is_html(words):
        put_html(page, words)
    else:
        page.paragraphs(words)
