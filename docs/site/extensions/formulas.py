"""Formulas as MathML, which browsers show by themselves: no script, nothing to download.

docutils converts them. It knows the part of LaTeX that the pages use; a formula that it does not
know is a warning, at which `make docs` stops.
"""

import re

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

_LOG = logging.getLogger(__name__)


def _mathml(node: nodes.Element, *, block: bool) -> str:
    try:
        markup = tex2mathml(node.astext(), as_block=block)
    except MathError as error:
        _LOG.warning("formula %r: %s", node.astext(), error, location=node)
        return ""
    # TeX's space between a function's name and what follows, unless that is a bracket.
    return re.sub(
        r"(<mo>&ApplyFunction;</mo>)(?!\s*<mo)", r'\1<mspace width="0.1667em"></mspace>', markup
    )


def _visit_inline(translator, node: nodes.math) -> None:
    translator.body.append(_mathml(node, block=False))
    raise nodes.SkipNode


def _visit_block(translator, node: nodes.math_block) -> None:
    # It scrolls on its own where the page is narrower than the formula.
    translator.body.append(translator.starttag(node, "div", CLASS="formula"))
    translator.body.append(_mathml(node, block=True) + "</div>\n")
    raise nodes.SkipNode


def setup(app) -> dict[str, bool]:
    """Registers the renderer; `html_math_renderer = "mathml"` chooses it."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
