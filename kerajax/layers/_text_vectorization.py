"""TextVectorization: from texts to indices of words, or to one vector for each text."""

import itertools

import numpy as np

from kerajax._checks import described, one_of
from kerajax.backend import KerasTensor, convert_to_tensor, floatx
from kerajax.layers import _categories
from kerajax.layers import _rows_of_tokens as tokens
from kerajax.layers._host_layer import HostLayer, as_host_array, batches_of
from kerajax.layers._string_lookup import StringLookup
from kerajax.objects import (
    SafeModeScope,
    deserialize_keras_object,
    in_safe_mode,
    publish,
    serialize_keras_object,
)

_MODES = (*_categories.MODES, "tf_idf")


@publish("keras.layers.TextVectorization")
class TextVectorization(HostLayer):
    """Standardizes and splits texts, and looks their tokens up in a vocabulary.

    The vocabulary is given, or learned by `adapt`. Index 0 is padding and 1 stands for unknown
    tokens; vectors have no place for padding. The layer works on the host: call it on data, or make
    it a layer of a Functional or Sequential model, which runs it before its compiled part.

    Args:
        max_tokens: Optional int > 1. The largest size of the vocabulary, special tokens included.
        standardize: `"lower_and_strip_punctuation"` (of ASCII), `"lower"`, `"strip_punctuation"`,
            None, or a function of a numpy array of unicode strings that returns such an array.
        split: `"whitespace"`, `"character"`, None, or a function of a numpy array of unicode
            strings that returns the tokens of each.
        ngrams: Optional int or tuple of ints: tokens are joined to n-grams of each width up to the
            int, or of the widths in the tuple.
        output_mode: `"int"` for indices; `"multi_hot"`, `"count"` or `"tf_idf"` for one vector for
            each text; `"one_hot"` for a vector for each token.
        output_sequence_length: Optional int, for `"int"`: texts are cut or padded to so many
            tokens. By default to the longest text of the batch.
        pad_to_max_tokens: Bool. Whether vectors have `max_tokens` entries whatever the vocabulary.
        vocabulary: Optional list, array, or path of a text file with a token a line.
        idf_weights: For `"tf_idf"` with a given vocabulary: a weight for each token.
        sparse: Only False.
        ragged: Only False.
        encoding: String. Kept for configs; strings are UTF-8.
        name: String.
        **kwargs: Arguments of every layer.

    Input shape: `(batch,)` or `(batch, 1)`, strings. Lists, numpy arrays of strings, bytes or
        objects, pandas columns.
    Output shape: `(batch, tokens)`, int; `(batch, size)` for vectors, in the default float type.

    Raises:
        ValueError: If arguments contradict each other, or inputs are no strings.

    Example:

    >>> layer = kerajax.layers.TextVectorization(output_sequence_length=4)
    >>> layer.adapt(["foo bar", "bar baz", "baz bada boom"])
    >>> layer(["Foo, qux bar!"]).tolist()
    [[4, 1, 3, 0]]
    """

    _extra_arguments = frozenset(("vocabulary_size", "has_input_vocabulary"))

    def __init__(
        self,
        max_tokens=None,
        standardize="lower_and_strip_punctuation",
        split="whitespace",
        ngrams=None,
        output_mode="int",
        output_sequence_length=None,
        pad_to_max_tokens=False,
        vocabulary=None,
        idf_weights=None,
        sparse=False,
        ragged=False,
        encoding="utf-8",
        name=None,
        **kwargs,
    ):
        lookup = {k: kwargs.pop(k) for k in self._extra_arguments if k in kwargs}
        # Strings have a dtype; that of the layer has no meaning.
        kwargs.pop("dtype", None)
        super().__init__(name=name, **kwargs)
        if ragged:
            raise ValueError(
                "`ragged=True` can only be used with the TensorFlow backend, but "
                f"{described(self)} received ragged={ragged}. Leave it out: texts are padded."
            )
        self.standardize = _choice(standardize, "standardize", self, tokens.STANDARDIZE)
        self.split = _choice(split, "split", self, tokens.SPLIT)
        self.ngrams = tuple(ngrams) if isinstance(ngrams, list) else ngrams
        self._widths = _widths(self.ngrams, self)
        self.output_mode = _categories.output_mode(output_mode, self, _MODES)
        self.output_sequence_length = output_sequence_length
        self.ragged = False
        self._check_length()
        self._lookup_layer = StringLookup(
            max_tokens=max_tokens,
            mask_token="",
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            output_mode=self.output_mode,
            pad_to_max_tokens=pad_to_max_tokens,
            sparse=sparse,
            encoding=encoding,
            **lookup,
        )

    def _check_length(self):
        length = self.output_sequence_length
        if length is not None and self.output_mode != "int":
            raise ValueError(
                "`output_sequence_length` must not be set if `output_mode` is not 'int'. Received: "
                f"output_sequence_length={length}, output_mode={self.output_mode}."
            )
        if length is not None and not isinstance(length, int):
            raise ValueError(
                "`output_sequence_length` must be either None or an integer when `output_mode` is "
                f"'int'. Received: output_sequence_length={length}"
            )

    @property
    def compute_dtype(self) -> str:
        """`"string"`."""
        return "string"

    @property
    def variable_dtype(self) -> str:
        """`"string"`."""
        return "string"

    @property
    def _has_input_vocabulary(self) -> bool:
        return self._lookup_layer._has_input_vocabulary

    def vocabulary_size(self) -> int:
        """Number of indices: those of the vocabulary, of padding and of unknown tokens."""
        return self._lookup_layer.vocabulary_size()

    def get_vocabulary(self, include_special_tokens=True) -> list:
        """The vocabulary as a list.

        Args:
            include_special_tokens: Bool. Whether to begin with the tokens of padding and of unknown
                tokens, so that positions are indices.
        """
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def set_vocabulary(self, vocabulary, idf_weights=None) -> None:
        """Replaces the vocabulary.

        Args:
            vocabulary: List, tuple or array of distinct tokens, or the path of a file with one
                token a line.
            idf_weights: For `output_mode="tf_idf"`: a weight for each entry of `vocabulary`.
        """
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights=idf_weights)

    def adapt(self, data, batch_size=None, steps=None) -> None:
        """Learns the vocabulary: the tokens of the texts in `data`, the most frequent first.

        Args:
            data: List, array or pandas column of texts; or a source of batches of texts, such as a
                generator or a data set.
            batch_size: Not used; data in memory is one batch.
            steps: Optional int: the batches of a source after which to stop.
        """
        self.reset_state()
        for batch in batches_of(data, self, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data) -> None:
        """Counts the tokens of one batch."""
        prepared = self._prepared(as_host_array(data, self))
        if isinstance(prepared, np.ndarray):
            self._lookup_layer.update_state(prepared)
        else:
            self._lookup_layer.update_state_by_row(prepared)

    def finalize_state(self) -> None:
        """Makes the vocabulary from what was counted."""
        self._lookup_layer.finalize_state()

    def reset_state(self) -> None:
        """Forgets what was counted, not the vocabulary."""
        self._lookup_layer.reset_state()

    def _prepared(self, texts):
        """The tokens of each text: lists, or an array where texts are not split."""
        texts = tokens.standardized(texts, self.standardize)
        if self.split is None:
            if self._widths is None:
                return texts
            rows = [tokens.with_ngrams(row.tolist(), self._widths) for row in np.atleast_2d(texts)]
            array = np.array(rows, object)
            return array[0] if texts.ndim == 1 else array
        if texts.ndim > 1:
            if texts.ndim > 2 or texts.shape[-1] != 1:
                raise ValueError(
                    "When using `TextVectorization` to tokenize strings, the input rank must be 1 "
                    f"or the last shape dimension must be 1. Received: shape={texts.shape}. Pass "
                    "one text for each sample."
                )
            texts = texts[:, 0]
        rows = tokens.split_texts(np.atleast_1d(texts), self.split)
        if self._widths is not None:
            rows = [tokens.with_ngrams(row, self._widths) for row in rows]
        return np.array(rows[0], object) if texts.ndim == 0 else rows

    def call(self, inputs):
        prepared = self._prepared(as_host_array(inputs, self))
        if isinstance(prepared, np.ndarray):
            outputs = self._lookup_layer(prepared)
            return outputs if self.output_mode != "int" else self._cut(np.asarray(outputs))
        found = self._lookup_layer.look_up(np.array([t for row in prepared for t in row], object))
        lengths = [len(row) for row in prepared]
        if self.output_mode in ("int", "one_hot"):
            rows = [found[i:j] for i, j in itertools.pairwise(np.cumsum([0, *lengths]))]
            if self.output_mode == "int":
                return convert_to_tensor(tokens.padded(rows, self.output_sequence_length))
            return self._lookup_layer.encoded(tokens.padded(rows, fill=-1))
        row_of = np.repeat(np.arange(len(prepared)), lengths)
        return self._lookup_layer.encoded(found, row_of, len(prepared))

    def _cut(self, indices):
        length = self.output_sequence_length
        if length is None:
            return convert_to_tensor(indices)
        cut = indices[..., :length]
        missing = length - cut.shape[-1]
        return convert_to_tensor(np.pad(cut, [(0, 0)] * (cut.ndim - 1) + [(0, missing)]))

    def compute_output_shape(self, input_shape):
        """Shape of the outputs for a shape of the inputs."""
        shape = tuple(input_shape)
        if self.output_mode == "int":
            return (shape[0], self.output_sequence_length)
        if self.split is None:
            shape = shape if len(shape) > 1 else (*shape, 1)
        else:
            shape = (*(shape[:-1] if len(shape) > 1 else shape), None)
        return self._lookup_layer.compute_output_shape(shape)

    def compute_output_spec(self, inputs):
        """The output for a symbolic input."""
        dtype = "int64" if self.output_mode == "int" else floatx()
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype)

    def get_config(self):
        """The arguments of the constructor, and the size of the vocabulary."""
        lookup = self._lookup_layer.get_config()
        return {
            **self._base_config(),
            "max_tokens": lookup["max_tokens"],
            "standardize": serialize_keras_object(self.standardize),
            "split": serialize_keras_object(self.split),
            "ngrams": self.ngrams,
            "output_mode": self.output_mode,
            "output_sequence_length": self.output_sequence_length,
            "pad_to_max_tokens": lookup["pad_to_max_tokens"],
            "sparse": lookup["sparse"],
            "ragged": self.ragged,
            "vocabulary": lookup["vocabulary"],
            "idf_weights": lookup["idf_weights"],
            "encoding": lookup["encoding"],
            "vocabulary_size": self.vocabulary_size(),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The layer from its config.

        Args:
            config: Dict that `get_config` returned.
            custom_objects: Optional dict of names to functions that the config may name.
        """
        config = dict(config)
        for name in ("standardize", "split"):
            if isinstance(config.get(name), dict):
                config[name] = deserialize_keras_object(config[name], custom_objects)
        # Where nobody said that the config is trusted, it may not name a file with the vocabulary.
        with SafeModeScope(in_safe_mode() is not False):
            return super().from_config(config)

    def save_own_variables(self, store) -> None:
        """Writes the weights of `output_mode="tf_idf"` into the dict-like `store`."""
        self._lookup_layer.save_own_variables(store)

    def load_own_variables(self, store) -> None:
        """Reads what `save_own_variables` wrote."""
        self._lookup_layer.load_own_variables(store)

    def save_assets(self, dir_path) -> None:
        """Writes a vocabulary that is not part of the config into a folder."""
        self._lookup_layer.save_assets(dir_path)

    def load_assets(self, dir_path) -> None:
        """Reads the vocabulary that `save_assets` wrote."""
        self._lookup_layer.load_assets(dir_path)


def _choice(value, name, owner, choices):
    """One of the choices, None, or a function."""
    return value if value is None or callable(value) else one_of(value, name, owner, choices)


def _widths(ngrams, owner):
    """The widths of n-grams as a tuple, or None."""
    if ngrams is None:
        return None
    if isinstance(ngrams, int):
        return tuple(range(1, ngrams + 1))
    if isinstance(ngrams, tuple) and all(isinstance(n, int) for n in ngrams):
        return ngrams
    raise ValueError(
        "`ngrams` must be None, an integer, or a tuple of integers, but "
        f"{described(owner)} received: ngrams={ngrams!r}"
    )
