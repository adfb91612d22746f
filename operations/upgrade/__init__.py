"""What applying migrations means for the release that serves meanwhile."""
