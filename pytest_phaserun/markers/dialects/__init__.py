"""Who reads the marks: ours, and those of other plugins."""
