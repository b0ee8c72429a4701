"""The runtime front end: asks Django's registries, in a project that is running."""
