"""What is kept of the past, and recordings of it."""
