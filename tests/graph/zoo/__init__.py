"""The app that the models of these tests are made in."""
