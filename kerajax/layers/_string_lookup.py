"""StringLookup: an index for each string."""

from kerajax.layers._index_lookup import IndexLookup
from kerajax.objects import publish


@publish("keras.layers.StringLookup")
class StringLookup(IndexLookup):
    """Maps strings to integer indices by a vocabulary, or with `invert` indices to strings.

    The vocabulary is given, or learned by `adapt`. The layer works on the host: call it on data, or
    make it a layer of a Functional or Sequential model, which runs it before its compiled part.

    Args:
        max_tokens: Optional int > 1. The largest size of the vocabulary, special tokens included.
        num_oov_indices: Int. Indices for strings that are not in the vocabulary; with several, a
            hash chooses one. With 0, such strings are an error.
        mask_token: Optional string that means padding: index 0, and nothing in vectors.
        oov_token: String that stands for unknown ones where indices become strings.
        vocabulary: Optional list, array, or path of a text file with a string a line.
        idf_weights: For `output_mode="tf_idf"` with a given vocabulary: a weight for each string.
        invert: Bool. Whether indices become strings.
        output_mode: `"int"` for indices; `"one_hot"` for a vector for each string; `"multi_hot"`,
            `"count"` or `"tf_idf"` for one vector for each row of strings.
        pad_to_max_tokens: Bool. Whether vectors have `max_tokens` entries whatever the vocabulary.
        sparse: Only False.
        encoding: String. Kept for configs; strings are UTF-8.
        name: String.
        salt: Optional int or pair of ints: the key of the hash, which is SipHash-2-4 with a key
            and FarmHash without.
        **kwargs: Arguments of every layer.

    Input shape: any; strings. Lists, numpy arrays of strings, bytes or objects, pandas columns.
    Output shape: that of the input, int; `(..., size)` for vectors, in the default float type.

    Raises:
        ValueError: If arguments contradict each other, inputs are no strings, or a string is
            unknown and `num_oov_indices` is 0.

    Example:

    >>> layer = kerajax.layers.StringLookup(vocabulary=["a", "b"])
    >>> layer(["b", "z", "a"]).tolist()
    [2, 0, 1]
    >>> layer = kerajax.layers.StringLookup()
    >>> layer.adapt(["dog", "cat", "dog"])
    >>> layer.get_vocabulary()
    ['[UNK]', 'dog', 'cat']
    """

    def __init__(
        self,
        max_tokens=None,
        num_oov_indices=1,
        mask_token=None,
        oov_token="[UNK]",
        vocabulary=None,
        idf_weights=None,
        invert=False,
        output_mode="int",
        pad_to_max_tokens=False,
        sparse=False,
        encoding="utf-8",
        name=None,
        salt=None,
        **kwargs,
    ):
        self.encoding = encoding
        super().__init__(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            vocabulary_dtype="string",
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            pad_to_max_tokens=pad_to_max_tokens,
            sparse=sparse,
            name=name,
            salt=salt,
            **kwargs,
        )

    def get_config(self):
        """The arguments of the constructor, and the size of the vocabulary."""
        config = super().get_config()
        del config["vocabulary_dtype"]
        return {**config, "encoding": self.encoding}
