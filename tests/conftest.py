"""What tests through several parts share."""

from tests.city import city, city_database

__all__ = ["city", "city_database"]
