"""Servers that tests, faults and measurements start on free ports of 127.0.0.1, in temporary folders, and stop."""
