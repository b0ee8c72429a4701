"""How quick the report's page is."""
