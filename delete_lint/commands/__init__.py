"""The commands, each a module of its name, and what they share. What takes long to import is imported when needed."""
