"""The total of raw losses leaves its file and meets the optimizer steps in another."""
