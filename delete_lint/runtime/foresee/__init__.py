"""Django's ``Collector`` run over keys: the exact plan of a delete, without doing it and without loading its rows."""
