"""How many processor cores there are to share out work to."""

import os


def usable_cores() -> int:
    """The cores that this process may use, which can be fewer than the machine has; at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
