"""The project graph: models, relations, receivers, delete sites, and Django's Collector restated over them."""
