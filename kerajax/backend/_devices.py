"""Devices: choosing one for a while, and describing them in words for `kerajax doctor`."""

import jax


def device(device_name):
    """Inside, new arrays are placed on this device.

    Args:
        device_name: String such as `"cpu:0"` or `"gpu:1"` (the number may be absent), or a
            `jax.Device`.

    Returns:
        Context manager.

    Raises:
        ValueError: If it is neither, or if there is no such device.

    Example:

    >>> with kerajax.device("cpu:0"):
    ...     x = kerajax.ops.ones((2,))
    >>> next(iter(x.devices())).platform
    'cpu'
    """
    if isinstance(device_name, jax.Device):
        return jax.default_device(device_name)
    if not isinstance(device_name, str):
        raise ValueError(
            "Invalid value for argument `device_name`. Expected a string like 'gpu:0' or a "
            f"`jax.Device`. Received: device_name='{device_name}'"
        )
    platform, _, number = device_name.lower().partition(":")
    try:
        found = jax.devices(platform)
        return jax.default_device(found[int(number or 0)])
    except (RuntimeError, ValueError, IndexError) as error:
        raise ValueError(
            f"There is no device '{device_name}'. JAX sees: {', '.join(map(str, jax.devices()))}. "
            f"Received: device_name='{device_name}'"
        ) from error


def describe_devices() -> dict[str, str]:
    """Devices and settings of JAX as text; opens the devices.

    Example:

    >>> sorted(describe_devices())
    ['compilation cache', 'devices', 'double precision']
    """
    devices: dict[str, int] = {}
    for device in jax.devices():
        kind = f"{device.platform}: {device.device_kind}"
        devices[kind] = devices.get(kind, 0) + 1
    counted = [f"{kind} x {n}" if n > 1 else kind for kind, n in devices.items()]
    return {
        "devices": ", ".join(counted),
        "double precision": "on" if jax.config.jax_enable_x64 else "off",
        "compilation cache": jax.config.jax_compilation_cache_dir or "",
    }
