"""What is known beforehand about the standard library, Django and other packages, as data with a small door each."""
