"""What goes into the log: no token and no hash, also where a database quotes a row in its error."""

import logging
import re

# Tokens are 64 hex digits, hashes 128, session keys 64, CSRF tokens 128; ids have 16. bcrypt begins with $2b$.
SECRET = re.compile(r"[0-9a-f]{32,}|\$2[abxy]\$[^\s,)'\"]+")


class MaskingFormatter(logging.Formatter):
    """As logging's own; what looks like a secret is masked, in messages and in tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRET.sub("[masked]", super().format(record))
