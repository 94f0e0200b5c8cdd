"""演示: the city with sample people and officials, and the walk through its main journey."""
