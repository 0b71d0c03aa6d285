"""Divided losses, and a caller that counts optimizer steps: right."""
