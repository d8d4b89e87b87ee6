"""演示: a story with scripted people, told on one machine."""
