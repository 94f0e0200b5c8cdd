"""The acts of this app."""
