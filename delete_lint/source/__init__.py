"""The static front end: source files to the project graph. It never imports or runs what it reads."""
