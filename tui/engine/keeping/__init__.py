"""What is kept beside the trends: today's amounts, the quarter-hour, costs."""
