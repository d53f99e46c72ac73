"""All drawing, as pure functions: from the model and a size to lines of styled text. No Textual here.

A line is a tuple of spans, a span is text and the name of a style; only `ui.widgets.rows` puts them on the screen.
"""
