"""One file a rule, named for the bad pattern. A rule is discovered by lying here; nothing registers it."""
