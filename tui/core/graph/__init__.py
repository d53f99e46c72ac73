"""The graph that one walks through: columns of time from seconds to months, bars with bands, ticks, and the walk."""
