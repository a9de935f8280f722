"""Profiles of what the device and Python do."""

import jax


def profile(folder):
    """Context manager that writes a profile of what runs inside it, for TensorBoard or Perfetto.

    Args:
        folder: Path of the folder to write to.

    Example:

    ```python
    with profile("logs/train"):
        model.fit(x, y)
    ```
    """
    return jax.profiler.trace(folder)
