"""The devices there are, and the processes that share them."""

import os

import jax

_PREFIX = "KERAS_DISTRIBUTION_"


def list_devices(device_type=None) -> list:
    """The devices of one kind in all processes, as strings like `"gpu:3"`.

    Args:
        device_type: `"cpu"`, `"gpu"` or `"tpu"`; by default the kind that JAX computes on.

    Example:

    >>> list_devices("cpu")[0]
    'cpu:0'
    """
    return [f"{device.platform}:{device.id}" for device in _devices(device_type)]


def get_device_count(device_type=None) -> int:
    """How many devices of one kind there are in all processes.

    Args:
        device_type: `"cpu"`, `"gpu"` or `"tpu"`; by default the kind that JAX computes on.
    """
    return len(_devices(device_type))


def _devices(device_type):
    return jax.devices(device_type.lower() if device_type else None)


def device_named(name):
    """The device of JAX with a name that `list_devices` gave, or `name` if it is a device.

    Raises:
        ValueError: If there is none.
    """
    if isinstance(name, jax.Device):
        return name
    kind, _, number = str(name).partition(":")
    known = _devices(kind)
    for device in known:
        if device.id == int(number or 0):
            return device
    raise ValueError(f"There is no device '{name}'. There are: {list_devices(kind)}.")


def initialize(job_addresses=None, num_processes=None, process_id=None) -> None:
    """Joins this process with others, so that their devices work together.

    To be called before anything is computed, in each process. What is not given is taken from the
    environment variables `KERAS_DISTRIBUTION_JOB_ADDRESSES`, `KERAS_DISTRIBUTION_NUM_PROCESSES`
    and `KERAS_DISTRIBUTION_PROCESS_ID`; on a cloud TPU nothing needs to be said.

    Args:
        job_addresses: String, `"host:port"` of the first process, or of all with commas between.
        num_processes: Int, processes in all.
        process_id: Int, the number of this process, from 0.

    Raises:
        ValueError: If there are other numbers of addresses and of processes.

    Example:

    ```python
    kerajax.distribution.initialize("10.0.0.1:1234", num_processes=2, process_id=0)
    ```
    """
    job_addresses = job_addresses or os.environ.get(f"{_PREFIX}JOB_ADDRESSES")
    if num_processes is None:
        num_processes = _number("NUM_PROCESSES")
    if process_id is None:
        process_id = _number("PROCESS_ID")
    addresses = job_addresses.split(",") if job_addresses else [None]
    if len(addresses) > 1 and num_processes not in (None, len(addresses)):
        raise ValueError(
            f"`job_addresses` names {len(addresses)} processes, but num_processes={num_processes}."
        )
    jax.distributed.initialize(
        coordinator_address=addresses[0], num_processes=num_processes, process_id=process_id
    )


def _number(name):
    value = os.environ.get(_PREFIX + name)
    return None if value is None else int(value)
