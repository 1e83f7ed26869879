"""Live parts of pages: what one changes with the mouse or the keys, instead of looking at it.

A page has a mark on a line of its own, and after it a paragraph for code hosts and for browsers
without JavaScript:

    <!-- live: toy -->

    The site that `make docs` builds has this live: ...

On the site, `parts/toy.html` and its scripts take the paragraph's place. The scripts are not
modules, which browsers refuse to load from a folder (file://).
"""

import pathlib
import re

from docutils import nodes

_PARTS = pathlib.Path(__file__).parents[1] / "parts"
_MARK = re.compile(r"<!-- live: (\w+) -->\s*")

# In the order in which they are loaded; the last one starts the part.
SCRIPTS = {
    "transposed_convolution": ("arithmetic", "arithmetic_picture", "transposed_convolution"),
    "toy": (
        "random",
        "network",
        "losses",
        "toy_data",
        "toy_gan",
        "canvas",
        "toy_picture",
        "loss_curve",
        "toy",
    ),
    "playground": ("playground",),
}


def _insert_parts(app, doctree: nodes.document) -> None:
    """Puts the parts next to the paragraphs, which the scripts hide."""
    names = []
    for node in list(doctree.findall(nodes.raw)):
        found = _MARK.fullmatch(node.astext())
        if not found:
            continue
        name = found[1]
        names.append(name)
        paragraph = node.next_node(descend=False, siblings=True)
        if not isinstance(paragraph, nodes.paragraph):
            raise ValueError(f"<!-- live: {name} -->: no paragraph follows")
        file = _PARTS / f"{name}.html"
        app.env.note_dependency(str(file))  # the page is made anew when it changes
        body = file.read_text(encoding="utf-8")
        node.replace_self(_html(f'<div class="live" id="live-{name}">'))
        place = paragraph.parent.index(paragraph)
        paragraph["classes"].append("live-fallback")
        paragraph.parent.insert(place + 1, _html(body + "</div>"))
    if names:
        app.env.metadata[app.env.docname]["live"] = " ".join(names)


def _html(markup: str) -> nodes.raw:
    return nodes.raw("", markup, format="html")


def _add_scripts(app, page: str, template: str, context: dict, doctree) -> None:
    """Only the pages that have a part load its scripts."""
    for name in app.env.metadata.get(page, {}).get("live", "").split():
        for script in SCRIPTS[name]:
            app.add_js_file(f"live/{script}.js", loading_method="defer")


def setup(app) -> dict[str, bool]:
    """Connects the functions above to the build."""
    app.connect("doctree-read", _insert_parts)
    app.connect("html-page-context", _add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
