"""Checks of a deployment, one function per question. runner.py runs them all."""
