"""How many programs JAX compiles before a model trains: each costs ten milliseconds or more."""

import logging

import jax
import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.random import _host


@pytest.fixture
def compiled(caplog):
    """What JAX says of each program compiled since."""
    with jax.log_compiles(), caplog.at_level(logging.WARNING):
        yield lambda: [
            record.getMessage()
            for record in caplog.records
            if "Finished XLA compilation" in record.getMessage()
        ]


def _lstm():
    # Sizes that no other test has: JAX keeps what it compiled.
    return [layers.Embedding(53, 7), layers.LSTM(19), layers.Dense(3)], (11,)


def _convnet():
    convolution = layers.Conv2D(5, 3, kernel_initializer="he_normal", activation="relu")
    pooled = [layers.BatchNormalization(), layers.MaxPooling2D(), layers.Flatten()]
    return [convolution, *pooled, layers.Dropout(0.5), layers.Dense(3)], (13, 13, 2)


@pytest.mark.parametrize("make", [_lstm, _convnet])
def test_models_compile_the_step_and_one_draw(make, compiled):
    """The inverse of the error function is JAX's own; all else that building needs is numpy."""
    # Other models have drawn before.
    _host._normal_of.clear_cache()
    stack, shape = make()
    model = kerajax.Sequential([kerajax.Input(shape), *stack])
    model.compile("adam", "mse")
    assert len(compiled()) == 1 and "_normal_of" in compiled()[0]
    model.fit(np.zeros((8, *shape)), np.zeros((8, 3)), verbose=0)
    assert len(compiled()) == 2
