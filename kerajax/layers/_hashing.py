"""Hashing: a bin for each value, without a vocabulary."""

import numpy as np

from kerajax.backend import KerasTensor, convert_to_tensor, floatx
from kerajax.layers import _categories
from kerajax.layers._hash_bins import as_hashed_strings, hash_bins, hash_key
from kerajax.layers._host_layer import HostLayer
from kerajax.objects import publish


@publish("keras.layers.Hashing")
class Hashing(HostLayer):
    """Maps strings and integers to bins by a hash that is the same everywhere and always.

    Numbers are hashed as the strings they print as; floats lose their fraction first. The layer
    works on the host: call it on data, or make it a layer of a Functional or Sequential model,
    which runs it before its compiled part.

    Args:
        num_bins: Int > 0. Number of bins, that of the mask included.
        mask_value: Optional value that means padding: it alone has bin 0.
        salt: Optional int or pair of ints: the key of the hash, which is SipHash-2-4 with a key
            and FarmHash without.
        output_mode: `"int"` for bins, `"one_hot"` for a vector for each value, `"multi_hot"` or
            `"count"` for one vector for each row of values.
        sparse: Only False.
        **kwargs: Arguments of every layer. `dtype` is that of the output: int64 for `"int"`, the
            default float type otherwise.

    Input shape: any; strings or numbers. Lists, numpy arrays, pandas columns.
    Output shape: that of the input; `(..., num_bins)` for vectors.

    Raises:
        ValueError: If an argument is none of these.

    Example:

    >>> kerajax.layers.Hashing(3)([["A"], ["B"], ["E"]]).tolist()
    [[1], [0], [2]]

    Reference:
        FarmHash, Google, 2014, https://github.com/google/farmhash.
        Aumasson and Bernstein, 2012, "SipHash: a fast short-input PRF",
        https://eprint.iacr.org/2012/351
    """

    def __init__(
        self, num_bins, mask_value=None, salt=None, output_mode="int", sparse=False, **kwargs
    ):
        if kwargs.get("dtype") is None:
            kwargs["dtype"] = "int64" if output_mode == "int" else floatx()
        super().__init__(**kwargs)
        if num_bins is None or num_bins <= 0:
            raise ValueError(
                "The `num_bins` for `Hashing` cannot be `None` or non-positive values. Received: "
                f"num_bins={num_bins}."
            )
        if output_mode == "int" and self.dtype_policy.name not in ("int32", "int64"):
            raise ValueError(
                'When `output_mode="int"`, `dtype` should be an integer type, `"int32"` or '
                f'`"int64"`. Received: dtype={kwargs["dtype"]}'
            )
        if output_mode not in _categories.MODES:
            raise ValueError(
                "Invalid value for argument `output_mode`. Expected one of "
                f"{_categories.MODES}. Received: output_mode={output_mode}"
            )
        self.num_bins = num_bins
        self.mask_value = mask_value
        self.salt = hash_key(salt, self)
        self.output_mode = output_mode
        self.sparse = _categories.refuse_sparse(sparse, self, output_mode)

    def call(self, inputs):
        bins = self._bins(np.asarray(inputs))
        encoded = _categories.encode_array(bins, self.output_mode, self.num_bins, floatx())
        return convert_to_tensor(encoded, self.dtype)

    def _bins(self, values):
        strings = as_hashed_strings(values)
        if self.mask_value is None or self.num_bins == 1:
            return hash_bins(strings, self.num_bins, self.salt).reshape(values.shape)
        # Bin 0 is the mask's.
        bins = hash_bins(strings, self.num_bins - 1, self.salt).reshape(values.shape) + 1
        return np.where(values == self.mask_value, 0, bins)

    def compute_output_shape(self, input_shape):
        """Shape of the outputs for a shape of the inputs."""
        return _categories.encoded_shape(input_shape, self.output_mode, self.num_bins)

    def compute_output_spec(self, inputs):
        """The output for a symbolic input."""
        return KerasTensor(self.compute_output_shape(inputs.shape), self.dtype)

    def get_config(self):
        """The arguments of the constructor."""
        config = super().get_config()
        return {**config, "salt": None if self.salt is None else list(self.salt)}
