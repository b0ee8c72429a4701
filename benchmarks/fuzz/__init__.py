"""What delete-lint does with what nobody wrote for it: ``python -m benchmarks.fuzz`` counts what it tried."""
