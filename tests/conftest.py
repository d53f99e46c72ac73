"""What holds for all tests."""

from hypothesis import settings

# A property is asked for what is true, not for how soon: a deadline makes a busy machine red.
settings.register_profile("facts", deadline=None)
settings.load_profile("facts")
