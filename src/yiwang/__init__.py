"""一网: an open digital-government platform for a whole city."""
