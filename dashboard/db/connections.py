"""Close a thread's database connection when the thread ends, as the server's threads do after 30 idle seconds.

A Django connection is part of a reference cycle, so it would otherwise stay open until the next full garbage
collection. That may take hours, with a connection left behind by each thread that ended meanwhile.
"""

import os
import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary, finalize

_kept = threading.local()


class CloseOnThreadExit:
    """Call `close` when this object is freed. A `threading.local` frees its objects when their thread ends.

    A forked process does not close the connections of its parent.
    """

    def __init__(self, close: Callable[[], object]) -> None:
        finalize(self, _close, os.getpid(), close)


def close_on_thread_exit(connection: Any, **signal: Any) -> None:
    """Close this connection with the current thread, which uses it alone. A receiver of `connection_created`."""
    closings = vars(_kept).setdefault("closings", WeakKeyDictionary())
    closings[connection] = CloseOnThreadExit(connection.connection.close)


def _close(pid: int, close: Callable[[], object]) -> None:
    if os.getpid() == pid:
        close()
