"""With other plugins; skipped where they are not installed."""
