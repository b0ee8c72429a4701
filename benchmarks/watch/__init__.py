"""What watching deletes costs, and what it tells, on a real project's own tests."""
