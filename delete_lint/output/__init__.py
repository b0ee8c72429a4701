"""Reports and graphs put into words."""
