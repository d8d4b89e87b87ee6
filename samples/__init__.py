"""样例: reports of real river matters, for the demo and for trying the service out."""
