"""Floor 3: the screen, and the only floor that imports Textual or Rich."""
