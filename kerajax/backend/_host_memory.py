"""The memory of the host that a device reaches by itself, where values can wait for their use.

JAX calls it `"pinned_host"`. A CPU has it too: there it is the memory that all values are in.
"""

import jax
import numpy as np

HOST = "pinned_host"


def check_reaches_host(what, instead) -> None:
    """Refuses what keeps values in the host's memory where the device reaches none.

    Args:
        what: String that begins the message: who keeps what.
        instead: String, what to do.

    Raises:
        NotImplementedError: If so.
    """
    device = jax.local_devices()[0]
    kinds = [memory.kind for memory in device.addressable_memories()]
    if HOST not in kinds:
        raise NotImplementedError(
            f"{what} in the memory '{HOST}', but device {device} reaches the memories {kinds} "
            f"alone. {instead}"
        )


def host_of_default_device():
    """The sharding of what waits for the device on which JAX puts arrays."""
    return jax.device_put(np.zeros(())).sharding.with_memory_kind(HOST)


def to_host(value, sharding=None):
    """An array in the host's memory; inside a compiled function, too.

    Args:
        value: `jax.Array`, or what stands for one.
        sharding: Optional sharding over devices, each of which has its part in the memory that it
            reaches; by default that of the value.
    """
    return _moved(value, sharding, HOST, jax.memory.Space.Host)


def to_device(value, sharding=None):
    """The opposite of `to_host`."""
    return _moved(value, sharding, "device", jax.memory.Space.Device)


def _moved(value, sharding, kind, space):
    if sharding is None and isinstance(value, jax.core.Tracer):
        return jax.device_put(value, space)
    # Not the space, for which JAX would compile a program for each shape.
    return jax.device_put(value, (sharding or value.sharding).with_memory_kind(kind))
