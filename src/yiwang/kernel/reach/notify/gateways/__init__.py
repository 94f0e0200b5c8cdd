"""Shipped SMS gateways."""
