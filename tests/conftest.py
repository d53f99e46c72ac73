"""What holds for all tests."""

from hypothesis import settings

# A property is asked for what is true, not for how soon: a deadline makes a busy machine red.
# Half as many examples as by default: each run has others, and there are many runs.
settings.register_profile("facts", deadline=None, max_examples=50)
settings.load_profile("facts")
