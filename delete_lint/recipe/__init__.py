"""Deletes in bounded batches, written for one model: the project graph in, steps as data, Python out."""
