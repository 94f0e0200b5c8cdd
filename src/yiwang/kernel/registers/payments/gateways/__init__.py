"""Shipped collecting gateways."""
