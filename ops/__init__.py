"""运维: the operators' commands, `python -m ops`."""
