"""Clients of a service that is disturbed, a record of what they were told, and the verification of it afterwards."""
