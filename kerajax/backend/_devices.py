"""What JAX computes on, in words, for `kerajax doctor`."""

import jax


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
