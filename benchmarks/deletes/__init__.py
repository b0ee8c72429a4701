"""A Django app whose deletes are weighed and timed by `benchmarks.memory`."""
