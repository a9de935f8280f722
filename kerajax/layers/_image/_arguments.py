"""Arguments that many image layers share: intervals to draw from, ranges of values, modes."""

from numbers import Real

from kerajax._checks import described

FILL_MODES = ("reflect", "wrap", "constant", "nearest")
INTERPOLATIONS = ("nearest", "bilinear")


def interval(value, name, owner, low, high, *, both=False, low_itself=True):
    """The interval that a factor is drawn from: a number f stands for [-f, f], cut off at `low`.

    Args:
        value: A number, or two of them.
        name: The argument's name.
        owner: Whose argument it is.
        low: Number. The least that a factor can be.
        high: Number. The most.
        both: Bool. Whether both ends of a pair must lie in the range; otherwise, as in most layers
            of Keras, the pair must overlap it.
        low_itself: Bool. Whether `low` belongs to the range.

    Returns:
        Tuple `(lower, upper)`.

    Raises:
        ValueError: If the value is none of these or out of the range.

    Example:

    >>> interval(0.2, "factor", "Demo", 0, 1), interval([0.3, 0.1], "factor", "Demo", 0, 1)
    ((0, 0.2), (0.1, 0.3))
    """
    ends = list(value) if isinstance(value, (list, tuple)) else [value]
    numbers = [x for x in ends if isinstance(x, Real) and not isinstance(x, bool)]
    if len(numbers) == len(ends) and len(ends) in (1, 2):
        inside = [low <= x <= high and (low_itself or x != low) for x in ends]
        if len(ends) == 1 and inside[0]:
            return max(-abs(value), low), abs(value)
        overlaps = ends[0] <= high and ends[-1] >= low
        if len(ends) == 2 and (all(inside) if both else overlaps):
            return min(ends), max(ends)
    raise ValueError(
        f"{described(owner)}: The `{name}` argument should be a number (or a list of two numbers) "
        f"in the range {'[' if low_itself else '('}{low}, {high}]. Received: {name}={value}. Pass "
        "a number f for [-f, f], or the two ends."
    )


def pair_of_values(value, owner):
    """The range of the values in images, ascending, as a list.

    Raises:
        ValueError: If it is no list or tuple of two.
    """
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ValueError(
            f"{described(owner)}: The `value_range` argument should be a list of two numbers. "
            f"Received: value_range={value}. Pass the darkest and the brightest value that images "
            "can have, such as (0, 255)."
        )
    return sorted(value)


def mode(value, name, owner, choices):
    """One of the choices; Keras raises `NotImplementedError` for others.

    Raises:
        NotImplementedError: If it is none of them.
    """
    if value not in choices:
        raise NotImplementedError(
            f"{described(owner)}: Unknown `{name}` {value}. Expected one of {choices}."
        )
    return value


def rescaled(images, source, target):
    """Images with values from one range in another."""
    if tuple(source) == tuple(target):
        return images
    unit = (images - source[0]) / (source[1] - source[0])
    return unit * (target[1] - target[0]) + target[0]
