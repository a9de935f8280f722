"""Lists of sequences of different lengths as one array."""

import numpy as np

from kerajax._checks import noting


@noting
def pad_sequences(
    sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre", value=0.0
):
    """Sequences as rows of one array: shorter ones are filled up, longer ones cut.

    Args:
        sequences: List of sequences, each `(steps, ...)` with equal shapes of steps.
        maxlen: Optional int, the length of the rows; the longest sequence's by default.
        dtype: Dtype of the array.
        padding: `"pre"` or `"post"`: where to fill.
        truncating: `"pre"` or `"post"`: where to cut.
        value: What to fill with.

    Returns:
        Array `(len(sequences), maxlen, ...)`.

    Raises:
        ValueError: If an argument is unknown, an entry is no sequence, or shapes of steps differ.

    Example:

    >>> kerajax.utils.pad_sequences([[1], [2, 3]]).tolist()
    [[0, 1], [2, 3]]
    """
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in ("pre", "post"):
            raise ValueError(f"`{name}` must be 'pre' or 'post', but received: {side!r}.")
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable, with a length. Wrap it in `list(...)`.")
    lengths = []
    for row in sequences:
        if not hasattr(row, "__len__"):
            raise ValueError(
                f"`sequences` must be a list of sequences, but has the entry {row!r}. "
                "Write [[1, 2], [3]]."
            )
        lengths.append(len(row))
    if maxlen is None:
        maxlen = max(lengths, default=0)
    step_shape = next((np.shape(row)[1:] for row in sequences if len(row)), ())
    is_text = np.issubdtype(dtype, np.str_)
    if isinstance(value, str) and np.dtype(dtype) != object and not is_text:
        raise ValueError(
            f"`dtype` {dtype} cannot hold the filling value {value!r}. Pass dtype=object."
        )
    padded = np.full((len(lengths), maxlen, *step_shape), value, dtype=dtype)
    for row, sequence in zip(padded, sequences, strict=True):
        if not len(sequence) or not maxlen:
            continue
        kept = sequence[-maxlen:] if truncating == "pre" else sequence[:maxlen]
        kept = np.asarray(kept, dtype=dtype)
        if kept.shape[1:] != step_shape:
            raise ValueError(
                f"Shape of sample {kept.shape[1:]} of a sequence is different from the expected "
                f"shape {step_shape}."
            )
        row[-len(kept) :] = kept if padding == "pre" else row[-len(kept) :]
        if padding == "post":
            row[: len(kept)] = kept
    return padded
