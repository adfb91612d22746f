"""Size of a server process, for the command that starts it and for checks of what it needs."""

# Sign-ins occupy their thread with bcrypt for a quarter of a second; other requests must not wait for them.
THREADS_PER_WORKER = 8
