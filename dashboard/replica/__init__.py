"""Reads from a replica of PostgreSQL, READ_DATABASE_URL: how far it lags, who reads from it, and what if it fails.

`reads.py` is what others call. docs/decisions/0021-read-replica.md has the reasons.
"""
