"""IntegerLookup: an index for each integer."""

from kerajax._checks import described
from kerajax.layers._index_lookup import IndexLookup
from kerajax.objects import publish


@publish("keras.layers.IntegerLookup")
class IntegerLookup(IndexLookup):
    """Maps integers of any size to indices by a vocabulary, or with `invert` indices to integers.

    The vocabulary is given, or learned by `adapt`. The layer works on the host: call it on data, or
    make it a layer of a Functional or Sequential model, which runs it before its compiled part.

    Args:
        max_tokens: Optional int > 1. The largest size of the vocabulary, special tokens included.
        num_oov_indices: Int. Indices for integers that are not in the vocabulary; with several,
            `oov_method` chooses one. With 0, such integers are an error.
        mask_token: Optional int that means padding: index 0, and nothing in vectors.
        oov_token: Int that stands for unknown ones where indices become integers.
        vocabulary: Optional list, array, or path of a text file with an integer a line.
        vocabulary_dtype: Only `"int64"`.
        idf_weights: For `output_mode="tf_idf"` with a given vocabulary: a weight for each integer.
        invert: Bool. Whether indices become integers.
        output_mode: `"int"` for indices; `"one_hot"` for a vector for each integer; `"multi_hot"`,
            `"count"` or `"tf_idf"` for one vector for each row of integers.
        sparse: Only False.
        pad_to_max_tokens: Bool. Whether vectors have `max_tokens` entries whatever the vocabulary.
        oov_method: `"floormod"`, the remainder by `num_oov_indices`, or `"farmhash"`, which is even
            where integers have a common factor.
        salt: Optional int or pair of ints, for `"farmhash"`: the key of SipHash-2-4, which replaces
            it then.
        name: String.
        **kwargs: Arguments of every layer.

    Input shape: any; int. Lists, arrays, pandas columns.
    Output shape: that of the input, int; `(..., size)` for vectors, in the default float type.

    Raises:
        ValueError: If arguments contradict each other, inputs are no integers, or an integer is
            unknown and `num_oov_indices` is 0.

    Example:

    >>> layer = kerajax.layers.IntegerLookup(vocabulary=[12, 36, 1138])
    >>> layer([[36, 1138], [7, 12]]).tolist()
    [[2, 3], [0, 1]]
    """

    def __init__(
        self,
        max_tokens=None,
        num_oov_indices=1,
        mask_token=None,
        oov_token=-1,
        vocabulary=None,
        vocabulary_dtype="int64",
        idf_weights=None,
        invert=False,
        output_mode="int",
        sparse=False,
        pad_to_max_tokens=False,
        oov_method="floormod",
        salt=None,
        name=None,
        **kwargs,
    ):
        if vocabulary_dtype != "int64":
            raise ValueError(
                f"Only `vocabulary_dtype='int64'` is supported by {described(type(self))}. "
                f"Received: vocabulary_dtype={vocabulary_dtype}"
            )
        super().__init__(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            vocabulary_dtype=vocabulary_dtype,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            sparse=sparse,
            pad_to_max_tokens=pad_to_max_tokens,
            oov_method=oov_method,
            salt=salt,
            name=name,
            **kwargs,
        )
