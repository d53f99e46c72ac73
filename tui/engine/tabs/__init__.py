"""The same screen in browsers: one engine, and a process for each tab that hears what it hears."""
