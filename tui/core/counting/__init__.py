"""What was counted: counters cleaned and cut into days, today and yesterday, the quarter-hour and its peak."""
