"""The report as one HTML page: findings, the picture of all models, a card for each, a view of each receiver."""
