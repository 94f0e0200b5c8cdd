"""Stand-ins for outside systems that belong to no single app."""
