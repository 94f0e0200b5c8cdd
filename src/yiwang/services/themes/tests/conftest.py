"""The city of all tests, for those of themes."""

from tests.city import city, city_database

__all__ = ["city", "city_database"]
