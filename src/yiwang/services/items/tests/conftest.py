"""The whole city, for whoever looks for something in it."""

from tests.city import city, city_database

__all__ = ["city", "city_database"]
