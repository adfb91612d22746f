"""What a thread keeps ends with it: the server ends a thread that has had nothing to do for half a minute.

A connection would otherwise stay open until Python looks through all that there is for garbage, because it is part of
a cycle: that may take hours, and as many connections as there were threads meanwhile.
"""

import os
import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary, finalize

_kept = threading.local()


class CloseOnThreadExit:
    """Closes something when nothing refers to this any more: what a `threading.local` has, when its thread ends.

    A process that was forked leaves to its parent what is the parent's.
    """

    def __init__(self, close: Callable[[], object]) -> None:
        finalize(self, _close, os.getpid(), close)


def close_on_thread_exit(connection: Any, **signal: Any) -> None:
    """Receiver of `connection_created`: the thread is the one that keeps the connection."""
    closings = vars(_kept).setdefault("closings", WeakKeyDictionary())
    closings[connection] = CloseOnThreadExit(connection.connection.close)


def _close(pid: int, close: Callable[[], object]) -> None:
    if os.getpid() == pid:
        close()
