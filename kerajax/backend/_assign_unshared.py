"""Many variables assigned at once, from arrays that become their memory."""

import jax


def assign_unshared(pairs) -> None:
    """Gives variables arrays of numpy that nobody else can reach, so that they may keep the memory.

    JAX places those for the default device by one call, which takes less than many.

    Args:
        pairs: List of pairs of a variable and an array.

    Raises:
        ValueError: If an array has another shape than its variable.

    Example:

    >>> v = kerajax.Variable([1.0, 2.0])
    >>> kerajax.backend.assign_unshared([(v, np.array([3.0, 4.0], "float32"))])
    >>> v.numpy().tolist()
    [3.0, 4.0]
    """
    values = [variable._in_own_dtype(array) for variable, array in pairs]
    together = [i for i, (variable, _) in enumerate(pairs) if variable._place() is None]
    placed = dict(zip(together, jax.device_put([values[i] for i in together]), strict=True))
    for i, (variable, _) in enumerate(pairs):
        variable._accept(placed[i] if i in placed else variable._put(values[i]))
