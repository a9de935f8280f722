"""Optimizers whose state waits in the host's memory while it is not needed."""

from kerajax.backend import check_reaches_host, context
from kerajax.objects import publish


@publish("keras.optimizers.OffloadScope")
class OffloadScope:
    """Optimizers made inside keep the state of weights in the host's memory between steps.

    For training on an accelerator whose memory holds the weights and not, beside them, the moments
    of Adam, which take twice as much again. Every array of the state that has axes is kept in the
    host's pinned memory: moments, moving averages of weights, accumulated gradients, whatever the
    method. A step brings each to the device for its update and puts it back, so that a step takes
    longer by the transfers; weights, activations and gradients stay on the device, as do counts and
    rates.

    Numbers are the same as without, bit for bit, and so are files, in which nothing tells of it: a
    model that is to be trained further is loaded inside the scope. A slot that is read, as by a
    callback, comes as a copy on the device; `numpy()` gets it from where it is. Under a
    distribution each device has its part in the memory of its own host. On a CPU, whose memory is
    the host's, nothing moves.

    `fit` and `evaluate` call such steps one by one, also where `steps_per_execution` asks for
    several at once: inside one compiled call the state would be on the device all the while. Steps
    that a program of the user's compiles by itself, from `optimizer.stateless_apply`, get the state
    on the device.

    Raises:
        NotImplementedError: If the device can reach no such memory of the host.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((3,)), kerajax.layers.Dense(2)])
    >>> with kerajax.optimizers.OffloadScope():
    ...     model.compile("adam", "mse")
    >>> history = model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    >>> [v.on_host for v in model.optimizer.variables]  # iteration and rate, then moments
    [False, False, True, True, True, True]
    """

    def __enter__(self):
        check_reaches_host(
            "OffloadScope keeps the state of optimizers",
            "Make the optimizer outside of the scope, which keeps its state on the device.",
        )
        self._outer, context.offloads = context.offloads, True
        return self

    def __exit__(self, *exc_info):
        context.offloads = self._outer
