"""From the exact vertex to a plan in whole cents, by project."""
