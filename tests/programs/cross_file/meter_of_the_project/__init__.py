"""The project's own meter lives in a file of utilities."""
