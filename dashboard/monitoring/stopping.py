"""Whether the server is about to stop, which its main process tells its workers by a file in the folder of counters."""

import os
from contextlib import suppress
from pathlib import Path

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the variable that `serve` sets for its workers
FILE = "stopping"


def announce_stop() -> None:
    """Have every worker report that it is no longer ready, unless somebody has deleted the folder."""
    with suppress(FileNotFoundError):
        (Path(os.environ[FOLDER]) / FILE).touch()


def is_stopping() -> bool:
    """Return whether the server of this worker is about to stop."""
    folder = os.environ.get(FOLDER, "")
    return folder != "" and (Path(folder) / FILE).exists()
