"""Django projects of any size, to measure with.

The same seed gives the same project, byte for byte, and the apps of a smaller one are the first apps of a larger one.
Each app is like those of real projects: half of its lines are tests, a fourteenth migrations, and few of the rest have
to do with deletes. What is wrong with it is marked as in the examples, ``# <- rule_name`` on the line; beside each kind
of mistake stand its clean twins, which are not.
"""
