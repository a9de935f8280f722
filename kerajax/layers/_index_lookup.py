"""IndexLookup: what StringLookup and IntegerLookup share, a vocabulary and where it is looked up.

Index 0 is the mask's where there is one and indices are put out, then come `num_oov_indices` for
values that are not in the vocabulary, then the vocabulary. `_vocabulary_counts.py` learns it.
"""

import itertools

import numpy as np

from kerajax._checks import one_of
from kerajax.backend import KerasTensor, convert_to_tensor, floatx
from kerajax.layers import _categories
from kerajax.layers._hash_bins import hash_bins, hash_key
from kerajax.layers._host_layer import HostLayer, as_bytes, as_host_array, batches_of
from kerajax.layers._vocabulary_counts import VocabularyCounts
from kerajax.layers._vocabulary_files import read_asset, read_given_file, write_asset
from kerajax.objects import SafeModeScope, in_safe_mode

_MODES = (*_categories.MODES, "tf_idf")
_MSG_RESERVED = (
    "Found reserved {kind} token at unexpected location in `vocabulary`. Note that passed "
    "`vocabulary` does not need to include the OOV and mask tokens. Either remove all mask and OOV "
    "tokens, or include them only at the start of the vocabulary in precisely this order: "
    "{special}. Received: {kind}_token={token!r} at vocabulary index {index}"
)


class IndexLookup(HostLayer):
    """A layer with a vocabulary: from values to indices, or with `invert` from indices to values.

    Args:
        max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert,
            output_mode, sparse, pad_to_max_tokens, oov_method, salt: As `IntegerLookup` has them.
        vocabulary_dtype: `"int64"` or `"string"`.
        vocabulary_size: Optional int, from configs: the size of a vocabulary that is not there yet.
        has_input_vocabulary: Optional bool: whether the vocabulary is fixed, so that it cannot be
            adapted.
        **kwargs: Arguments of every layer.
    """

    _extra_arguments = frozenset(("vocabulary_size", "has_input_vocabulary", "oov_method"))

    def __init__(
        self,
        *,
        max_tokens,
        num_oov_indices,
        mask_token,
        oov_token,
        vocabulary_dtype,
        vocabulary,
        idf_weights,
        invert,
        output_mode,
        sparse,
        pad_to_max_tokens,
        oov_method="floormod",
        salt=None,
        vocabulary_size=None,
        has_input_vocabulary=None,
        **kwargs,
    ):
        # The vocabulary has a dtype; that of the layer has no meaning.
        kwargs.pop("dtype", None)
        super().__init__(**kwargs)
        self.max_tokens = max_tokens
        self.num_oov_indices = num_oov_indices
        self.mask_token = mask_token
        self.oov_token = oov_token
        self.vocabulary_dtype = vocabulary_dtype
        self.invert = invert
        self.output_mode = _categories.output_mode(output_mode, self, _MODES)
        self.sparse = _categories.refuse_sparse(sparse, self, self.output_mode)
        self.pad_to_max_tokens = pad_to_max_tokens
        self.oov_method = one_of(oov_method, "oov_method", self, _OOV_METHODS)
        self.salt = hash_key(salt, self)
        # The content of a file is saved as a file beside the model, not in the config.
        in_config = vocabulary is not None and not isinstance(vocabulary, str)
        self.input_vocabulary = as_host_array(vocabulary, self) if in_config else None
        self.input_idf_weights = None if idf_weights is None else np.asarray(idf_weights)
        self._check_arguments(idf_weights)
        given = vocabulary is not None
        self._has_input_vocabulary = given if has_input_vocabulary is None else has_input_vocabulary
        # A layer without a vocabulary writes the number of special tokens into its config.
        is_known = vocabulary_size not in (None, self._token_start)
        self._vocabulary_size = vocabulary_size if is_known else None
        self._table = _Table((), {})
        self._counts = VocabularyCounts()
        self.idf_weights = None
        if given:
            if self.output_mode == "tf_idf" and idf_weights is None:
                raise ValueError(
                    "When specifying the `vocabulary` argument, in TF-IDF output mode, the "
                    "`idf_weights` argument must also be provided."
                )
            self.set_vocabulary(vocabulary, idf_weights)

    @classmethod
    def from_config(cls, config):
        """The layer from its config, which holds no path to a vocabulary unless it is trusted."""
        with SafeModeScope(in_safe_mode() is not False):
            return super().from_config(config)

    def _check_arguments(self, idf_weights):
        if self.max_tokens is not None and self.max_tokens <= 1:
            raise ValueError(
                f"If `max_tokens` is set for `{type(self).__name__}`, it must be greater than 1. "
                f"Received: max_tokens={self.max_tokens}"
            )
        if self.pad_to_max_tokens and self.max_tokens is None:
            raise ValueError(
                "If pad_to_max_tokens is True, must set `max_tokens`. "
                f"Received: max_tokens={self.max_tokens}"
            )
        if self.num_oov_indices < 0:
            raise ValueError(
                f"The value of `num_oov_indices` argument for `{type(self).__name__}` must be >= "
                f"0. Received: num_oov_indices={self.num_oov_indices}"
            )
        if self.salt is not None and self._holds_ints and self.oov_method != "farmhash":
            raise ValueError(
                "`salt` can only be used when `oov_method='farmhash'`. "
                f"Received: oov_method={self.oov_method}"
            )
        if self.invert and self.output_mode != "int":
            raise ValueError(
                "`output_mode` must be `'int'` when `invert` is true. "
                f"Received: output_mode={self.output_mode}"
            )
        if idf_weights is not None and self.output_mode != "tf_idf":
            raise ValueError(
                "`idf_weights` should only be set if `output_mode` is `'tf_idf'`. Received: "
                f"idf_weights={idf_weights} and output_mode={self.output_mode}"
            )

    @property
    def _holds_ints(self) -> bool:
        return self.vocabulary_dtype != "string"

    @property
    def compute_dtype(self) -> str:
        """The dtype of the vocabulary."""
        return self.vocabulary_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of the vocabulary."""
        return self.vocabulary_dtype

    @property
    def _oov_start(self) -> int:
        return 1 if self.mask_token is not None and self.output_mode == "int" else 0

    @property
    def _token_start(self) -> int:
        return self._oov_start + self.num_oov_indices

    @property
    def _special_tokens(self) -> list:
        return [self.mask_token] * self._oov_start + [self.oov_token] * self.num_oov_indices

    @property
    def _depth(self):
        return self.max_tokens if self.pad_to_max_tokens else self._vocabulary_size

    def vocabulary_size(self) -> int:
        """Number of indices: those of the vocabulary, of the mask and of unknown values."""
        return len(self._table.tokens) + self._token_start

    def get_vocabulary(self, include_special_tokens=True) -> list:
        """The vocabulary as a list.

        Args:
            include_special_tokens: Bool. Whether to begin with the mask token and the tokens of
                unknown values, so that positions are indices.
        """
        return (self._special_tokens if include_special_tokens else []) + list(self._table.tokens)

    def set_vocabulary(self, vocabulary, idf_weights=None) -> None:
        """Replaces the vocabulary.

        Args:
            vocabulary: List, tuple or array of distinct values, with or without the special tokens
                in front; or the path of a file with one value a line.
            idf_weights: For `output_mode="tf_idf"`: a weight for each entry of `vocabulary`.

        Raises:
            ValueError: If a value comes twice, special tokens stand elsewhere, or weights are
                missing or do not match.
            RuntimeError: If the size of the outputs would change.
        """
        if self.output_mode == "tf_idf" and idf_weights is None:
            raise ValueError("`idf_weights` must be set if output_mode is 'tf_idf'.")
        if self.output_mode != "tf_idf" and idf_weights is not None:
            raise ValueError(
                "`idf_weights` should only be set if output_mode is `'tf_idf'`. Received: "
                f"output_mode={self.output_mode} and idf_weights={idf_weights}"
            )
        if isinstance(vocabulary, str):
            if self.output_mode == "tf_idf":
                raise ValueError(
                    "output_mode `'tf_idf'` does not support loading a vocabulary from file. Pass "
                    "lists as `vocabulary` and `idf_weights`."
                )
            self._set_tokens(read_given_file(vocabulary, self._holds_ints))
            return
        given = self._as_tokens(vocabulary)
        if not given:
            raise ValueError(f"Cannot set an empty vocabulary. Received: vocabulary={vocabulary}")
        special = self._special_tokens
        has_special = special == given[: len(special)]
        self._set_tokens(given[len(special) :] if has_special else given)
        if idf_weights is not None:
            self._set_idf_weights(np.asarray(idf_weights, floatx()), len(given), has_special)

    def _as_tokens(self, vocabulary) -> list:
        array = as_host_array(vocabulary, self)
        return self._in_key_dtype(array, self.vocabulary_dtype).ravel().tolist()

    def _set_tokens(self, tokens):
        start = self._token_start
        index = dict(zip(tokens, itertools.count(start)))
        if len(index) != len(tokens):
            repeated = sorted({t for i, t in enumerate(tokens) if index[t] != start + i})
            raise ValueError(
                "The passed vocabulary has at least one repeated term. Please uniquify your "
                f"dataset. The repeated terms are: {repeated}"
            )
        reserved = {"mask": self.mask_token}
        if self.invert:
            reserved["oov"] = self.oov_token
        for kind, token in reserved.items():
            if token is not None and token in index:
                message = _MSG_RESERVED.format(
                    kind=kind, token=token, index=index[token], special=self._special_tokens
                )
                raise ValueError(message)
        if self.max_tokens is not None and start + len(tokens) > self.max_tokens:
            raise ValueError(
                "Attempted to set a vocabulary larger than the maximum vocab size. Received "
                f"vocabulary size is {start + len(tokens)}; `max_tokens` is {self.max_tokens}."
            )
        table = dict(enumerate(tokens, start)) if self.invert else index
        self._replace_table(_Table(tuple(tokens), table))

    def _replace_table(self, table):
        size = len(table.tokens) + self._token_start
        fixed = self.output_mode != "int" and not self.pad_to_max_tokens
        if fixed and self._vocabulary_size not in (None, size):
            raise RuntimeError(
                f"When using `output_mode={self.output_mode}` and `pad_to_max_tokens=False`, the "
                "vocabulary size cannot be changed after the layer is called. Old vocab size is "
                f"{self._vocabulary_size}, new vocab size is {size}. Make a new layer."
            )
        self._table = table
        self._vocabulary_size = size

    def _set_idf_weights(self, weights, expected, has_special):
        if weights.shape != (expected,):
            raise ValueError(
                "`idf_weights` must be the same length as vocabulary. `idf_weights` has shape "
                f"{weights.shape}; len(vocabulary) is {expected}"
            )
        # Unknown values have no frequency of their own; the mean stands for it.
        front = 0 if has_special else self._token_start
        self.idf_weights = self._padded(weights, front)

    def _padded(self, weights, front):
        back = self.max_tokens - front - len(weights) if self.pad_to_max_tokens else 0
        parts = (np.full(front, weights.mean() if len(weights) else 0), weights, np.zeros(back))
        return np.concatenate(parts).astype(floatx())

    def adapt(self, data, steps=None) -> None:
        """Learns the vocabulary: the values in `data`, the most frequent first.

        Of values that are equally frequent the greater comes first. With `output_mode="tf_idf"`,
        the weight of a value is `log(1 + samples / (1 + samples with the value))`.

        Args:
            data: List, array, pandas object, where each entry or row is a sample; or a source of
                batches, such as a generator or a data set.
            steps: Optional int: the batches of a source after which to stop.

        Raises:
            ValueError: If the vocabulary was given.
        """
        self.reset_state()
        for batch in batches_of(data, self, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data) -> None:
        """Counts the values of one batch; an array of one axis is one sample."""
        array = self._in_key_dtype(as_host_array(data, self), self.vocabulary_dtype)
        self.update_state_by_row(np.atleast_2d(array).tolist())

    def update_state_by_row(self, rows) -> None:
        """Counts the values of samples that are lists of any lengths."""
        if self._has_input_vocabulary:
            raise ValueError(
                f"Cannot adapt layer '{self.name}' after setting a static vocabulary via "
                "`vocabulary` argument or `set_vocabulary()` method."
            )
        self._counts.update(rows, documents=self.output_mode == "tf_idf")

    def finalize_state(self) -> None:
        """Makes the vocabulary from what was counted."""
        if self._has_input_vocabulary or not self._counts:
            self._replace_table(self._table)
            return
        limit = None if self.max_tokens is None else self.max_tokens - self._token_start
        tokens = self._counts.most_common((self.mask_token, self.oov_token), limit)
        self._set_tokens(tokens)
        if self.output_mode == "tf_idf":
            self.idf_weights = self._padded(self._counts.idf_weights(tokens), self._token_start)
        self.reset_state()

    def reset_state(self) -> None:
        """Forgets what was counted, not the vocabulary."""
        self._counts = VocabularyCounts()

    def call(self, inputs):
        found = self.look_up(as_host_array(inputs, self))
        # Strings stay in numpy.
        return found if found.dtype.kind == "U" else self.encoded(found)

    def encoded(self, indices, rows=None, count=None):
        """Indices as a tensor of the layer's output mode.

        Args:
            indices: Int array.
            rows: Optional int array of the same shape: the sample that each index belongs to.
            count: Int, with `rows`: number of samples.
        """
        if self.output_mode == "int":
            return convert_to_tensor(indices)
        self._check_depth()
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        if rows is None:
            encoded = _categories.encode_array(indices, mode, self._depth, floatx())
        else:
            encoded = _categories.encode_rows(rows, indices, count, mode, self._depth, floatx())
        return convert_to_tensor(self._weighted(encoded))

    def _weighted(self, encoded):
        if self.output_mode != "tf_idf":
            return encoded
        if self.idf_weights is None:
            raise ValueError("When `output_mode` is `'tf_idf'`, `idf_weights` must be provided.")
        return encoded * self.idf_weights

    def _check_depth(self):
        if self._depth is None:
            raise RuntimeError(
                f"When using `output_mode={self.output_mode}` and `pad_to_max_tokens=False`, you "
                "must set the layer's vocabulary before calling it. Either pass a `vocabulary` "
                "argument to the layer, or call `adapt` with some sample data."
            )

    def look_up(self, values) -> np.ndarray:
        """Indices of values, int64; with `invert`, values of indices.

        Args:
            values: Array of numpy, of any shape.

        Raises:
            ValueError: If a value is unknown and `num_oov_indices` is 0.
        """
        values = self._in_key_dtype(values, "int64" if self.invert else self.vocabulary_dtype)
        flat = values.ravel().tolist()
        found = list(map(self._table.index.get, flat, itertools.repeat(_UNKNOWN)))
        if self.invert:
            masked = {0: self.mask_token} if self._oov_start else {}
            found = [
                masked.get(value, self.oov_token) if token is _UNKNOWN else token
                for value, token in zip(flat, found, strict=True)
            ]
            dtype = "int64" if self._holds_ints else str
            return np.asarray(found, dtype).reshape(values.shape)
        unknown = [i for i, f in enumerate(found) if f is _UNKNOWN]
        if self.mask_token is not None:
            for i in unknown:
                if flat[i] == self.mask_token:
                    # No place in a vector of categories, so that masked values count nowhere.
                    found[i] = 0 if self._oov_start else _NOWHERE
            unknown = [i for i in unknown if found[i] is _UNKNOWN]
        if unknown:
            for i, index in zip(
                unknown, self._oov_indices([flat[i] for i in unknown]), strict=True
            ):
                found[i] = index
        return np.asarray(found, "int64").reshape(values.shape)

    def _oov_indices(self, values):
        if self.num_oov_indices == 0:
            raise ValueError(
                "When `num_oov_indices=0` all inputs should be in vocabulary, found OOV values "
                f"{values[:10]}, consider setting `num_oov_indices=1`."
            )
        if self.num_oov_indices == 1:
            return [self._oov_start] * len(values)
        if self._holds_ints and self.oov_method == "floormod":
            return [value % self.num_oov_indices + self._oov_start for value in values]
        strings = as_bytes(np.asarray(list(map(str, values)), object))
        bins = hash_bins(strings, self.num_oov_indices, self.salt)
        return (bins + self._oov_start).tolist()

    def _in_key_dtype(self, values, dtype):
        wanted = "strings" if dtype == "string" else "integers"
        if values.size and (values.dtype.kind == "O") != (dtype == "string"):
            raise self._wrong_kind(wanted, values)
        if dtype == "string":
            return values
        if values.size and values.dtype.kind not in "iub":
            raise self._wrong_kind(wanted, values)
        return values.astype("int64")

    def _wrong_kind(self, wanted, values):
        return ValueError(
            f"{type(self).__name__} '{self.name}' takes {wanted}, but received values of dtype "
            f"{values.dtype}: {values.ravel()[:5].tolist()}. Convert them, for instance by "
            f"`x.astype({'str' if wanted == 'strings' else repr('int64')})`."
        )

    def compute_output_shape(self, input_shape):
        """Shape of the outputs for a shape of the inputs."""
        return _categories.encoded_shape(input_shape, self.output_mode, self._depth)

    def compute_output_spec(self, inputs):
        """The output for a symbolic input."""
        dtype = "int64" if self.output_mode == "int" else floatx()
        if self.invert:
            dtype = self.vocabulary_dtype
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype)

    def get_config(self):
        """The arguments of the constructor, and the size of the vocabulary."""
        given = self.input_vocabulary, self.input_idf_weights
        vocabulary, idf_weights = (None if x is None else x.tolist() for x in given)
        return {
            **self._base_config(),
            "invert": self.invert,
            "max_tokens": self.max_tokens,
            "num_oov_indices": self.num_oov_indices,
            "oov_token": self.oov_token,
            "mask_token": self.mask_token,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "pad_to_max_tokens": self.pad_to_max_tokens,
            "vocabulary_dtype": self.vocabulary_dtype,
            "idf_weights": idf_weights,
            "vocabulary": vocabulary,
            "vocabulary_size": self._vocabulary_size,
            "oov_method": self.oov_method,
            "salt": None if self.salt is None else list(self.salt),
        }

    def save_own_variables(self, store) -> None:
        """Writes the weights of `output_mode="tf_idf"` into the dict-like `store`."""
        if self.output_mode == "tf_idf" and self.idf_weights is not None:
            store["idf_weights"] = self.idf_weights

    def load_own_variables(self, store) -> None:
        """Reads what `save_own_variables` wrote."""
        if self.output_mode == "tf_idf" and "idf_weights" in store:
            self.idf_weights = np.asarray(store["idf_weights"], floatx())

    def save_assets(self, dir_path) -> None:
        """Writes a vocabulary that is not part of the config into a folder."""
        if self.input_vocabulary is None:
            write_asset(dir_path, self.get_vocabulary())

    def load_assets(self, dir_path) -> None:
        """Reads the vocabulary that `save_assets` wrote."""
        tokens = read_asset(dir_path, self._holds_ints)
        if self.input_vocabulary is None and tokens is not None:
            special = self._special_tokens
            # A mask token that is an empty string is an empty line.
            has_special = special == tokens[: len(special)]
            self._set_tokens(tokens[len(special) :] if has_special else tokens)


_OOV_METHODS = ("floormod", "farmhash")
_UNKNOWN = object()
_NOWHERE = -1


class _Table:
    """The values in order, and the dict in which to look up.

    Args:
        tokens: Tuple of strings or ints.
        index: Dict of value to index; of index to value where the layer inverts.
    """

    def __init__(self, tokens, index):
        self.tokens = tokens
        self.index = index
