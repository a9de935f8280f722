"""Starting anew within one process."""

import gc

from kerajax.backend._scopes import context, reset_uids


def clear_session(free_memory=True):
    """Forgets what the process remembers about models made so far.

    Names start again at `dense`, settings of the thread (dtype policy, default seed) at their
    defaults. Models that are still referenced keep working.

    Args:
        free_memory: Bool. Whether to collect what is no longer referenced at once.

    Example:

    >>> kerajax.utils.clear_session()
    >>> kerajax.layers.Dense(1).name
    'dense'
    """
    reset_uids()
    context.settings.clear()
    if free_memory:
        gc.collect()
