"""How fast delete-lint is, side by side with what people would otherwise use."""
