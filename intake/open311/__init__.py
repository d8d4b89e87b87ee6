"""开放三一一: the front door for clients of the Open311 GeoReport v2 standard."""
