"""The installer's check: what was observed (`record`), rules over it (one module a family), and their findings."""
