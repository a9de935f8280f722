"""Rows of layers that go through the check list, but not through files of both packages.

Each group says why: the wheel's own cannot be compiled, needs TensorFlow, or is part of another
layer.
`test_lookups.py`, `image/test_image_agreement.py` and `test_lambda.py` compare their numbers.
"""

from tests.layers.row import Part, Row


def _drawn(layer, arguments, **options):
    return Row(
        layer,
        {**arguments, "seed": 9},
        (2, 6, 5, 3),
        kind="image",
        differentiable=False,
        random=True,
        masked=False,
        **options,
    )


# The wheel draws for these with values of a batch that must be known, or loses the seed.
AUGMENTATIONS = [
    _drawn("RandomCrop", {"height": 4, "width": 3}, unknown=False),
    _drawn("RandomElasticTransform", {"factor": (0.9, 1.0)}, unknown=False),
    _drawn("RandomGrayscale", {"factor": 0.5}),
    _drawn("CutMix", {"factor": 0.8}),
    _drawn("MixUp", {"alpha": 0.7}),
    _drawn("AugMix", {"num_chains": 1, "chain_depth": 1}),
    _drawn("RandAugment", {"num_ops": 1}),
]


def _host(layer, arguments, shape=(2, 3), kind="string", **options):
    return Row(layer, arguments, shape, kind, differentiable=False, masked=False, **options)


_WORDS = {"vocabulary": ["a", "c", "b"]}

# They work on the host, on strings or on integers of 64 bits; those of the wheel need TensorFlow.
LOOKUPS = [
    _host("Hashing", {"num_bins": 5}),
    _host("Hashing", {"num_bins": 5, "output_mode": "multi_hot", "salt": 3}, kind="int"),
    _host("HashedCrossing", {"num_bins": 5}, [(2, 1), (2, 1)], unknown=False),
    _host("StringLookup", _WORDS),
    _host("StringLookup", {**_WORDS, "output_mode": "one_hot"}, (2, 1)),
    _host("IntegerLookup", {"vocabulary": [1, 2, 4], "num_oov_indices": 2}, kind="int"),
    _host("TextVectorization", {**_WORDS, "output_sequence_length": 4}, (2, 1)),
    _host("TextVectorization", {**_WORDS, "output_mode": "count"}, (2, 1)),
]

_SEED = {"seed": 9}
_ONE, _TWO = [(2, 3), (2, 4)], [(2, 3), (2, 4), (2, 4)]

# One step each, with the states beside the inputs; files hold the layers over them.
CELLS = [
    Row("SimpleRNNCell", {"units": 4, **_SEED}, _ONE, states=True),
    Row("GRUCell", {"units": 4, **_SEED}, _ONE, states=True),
    Row("GRUCell", {"units": 4, "reset_after": False, **_SEED}, _ONE, states=True),
    Row("LSTMCell", {"units": 4, **_SEED}, _TWO, states=True),
    Row("LSTMCell", {"units": 4, "dropout": 0.4, **_SEED}, _TWO, states=True, random=True),
    Row(
        "StackedRNNCells",
        {
            "cells": [
                Part("SimpleRNNCell", {"units": 4, **_SEED}),
                Part("GRUCell", {"units": 3, **_SEED}),
            ]
        },
        [(2, 3), (2, 4), (2, 3)],
        states=True,
        # Its policy is not that of its cells.
        mixed=False,
    ),
]
