"""Runs data through the blocks of a model and quantizes each block on what it gets."""

import math
import re

import numpy as np

from kerajax.backend import convert_to_numpy, convert_to_tensor
from kerajax.quantizers._forms._calibrated import Calibrated


def calibrate(config, structure, filters=None) -> None:
    """Quantizes the layers of blocks that wait for data, block after block.

    A block sees what the blocks before it give once they are quantized, so that errors do not add
    up unseen.

    Args:
        config: `GPTQConfig` or `AWQConfig`.
        structure: Dict with the lists `"pre_block_layers"` and `"sequential_blocks"`.
        filters: Which layers to quantize; see `is_chosen`.

    Raises:
        ValueError: If the config has no data or the structure no blocks.
    """
    mode = config.mode.upper()
    if config.dataset is None or config.tokenizer is None:
        raise ValueError(
            f"{mode} quantization requires a dataset and a tokenizer. Please provide them in the "
            f"`{type(config).__name__}`."
        )
    blocks = structure.get("sequential_blocks")
    if not blocks:
        raise ValueError(
            "No sequential blocks found in the provided structure to quantize. Name them under "
            "'sequential_blocks'."
        )
    data = []
    for tokens in token_windows(config):
        x = convert_to_tensor(tokens)
        for layer in structure.get("pre_block_layers", ()):
            x = layer(x)
        data.append(x)
    for number, block in enumerate(blocks, 1):
        forms = [
            layer._form
            for layer in block._flatten_layers()
            if isinstance(getattr(layer, "_form", None), Calibrated)
            and not layer._form.calibrated
            and is_chosen(layer, filters)
        ]
        for form in forms:
            form.start()
        for x in data if forms else ():
            block(x)
        for form in forms:
            form.finish()
        if number < len(blocks):
            data = [block(x) for x in data]


def token_windows(config):
    """Tokens to calibrate with: windows spread evenly over the data, which repeat if few.

    Args:
        config: `GPTQConfig` or `AWQConfig`.

    Returns:
        int32 array `(num_samples, 1, sequence_length)`.

    Raises:
        TypeError: If the data set is no iterable of strings or arrays.
        ValueError: If it is empty.

    Example:

    >>> options = {"num_samples": 2, "sequence_length": 4}
    >>> config = kerajax.quantizers.GPTQConfig([np.arange(5)], None, **options)
    >>> token_windows(config)[:, 0].tolist()
    [[0, 1, 2, 3], [3, 4, 0, 1]]
    """
    dataset, length, count = config.dataset, config.sequence_length, config.num_samples
    if not hasattr(dataset, "__iter__") or isinstance(dataset, (str, bytes)):
        raise TypeError(
            "The `dataset` argument must be an iterable (e.g., a list of strings, a generator, or "
            f"a NumPy array). Got type: {type(dataset).__name__}. Please pass the loaded dataset "
            "directly."
        )
    pieces = [
        convert_to_numpy(config.tokenizer.tokenize(x) if isinstance(x, str) else x).reshape(-1)
        for x in dataset
    ]
    tokens = np.concatenate(pieces).astype("int32") if pieces else np.zeros(0)
    if not len(tokens):
        raise ValueError("Provided dataset is empty. Pass texts or tokens to calibrate with.")
    if len(tokens) < count * length:
        tokens = np.tile(tokens, math.ceil(count * length / len(tokens)))
    places = len(tokens) - length + 1
    starts = np.arange(count) * max(1, places // count) % places
    return np.lib.stride_tricks.sliding_window_view(tokens, length)[starts][:, None]


def is_chosen(layer, filters) -> bool:
    """Whether filters let a layer be quantized.

    Args:
        layer: The layer.
        filters: Regular expression that is searched in its name, a list of them, a function of the
            layer, or None for all layers.

    Raises:
        ValueError: If `filters` is something else.
    """
    if filters is None:
        return True
    if callable(filters):
        return bool(filters(layer))
    if not isinstance(filters, (str, list, tuple)):
        raise ValueError(
            "The `filters` argument must be a regex string, a list of regex strings, or a "
            f"callable. Received: {type(filters)}"
        )
    patterns = [filters] if isinstance(filters, str) else filters
    return any(re.search(pattern, layer.name) for pattern in patterns)
