"""The report of the check: what was found, as text, Markdown, JSON or one HTML file (`report.render`)."""
