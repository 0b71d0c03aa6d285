"""The total of divided losses is right in its file, and N times too low where it is divided."""
