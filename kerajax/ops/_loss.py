"""Crossentropies between targets and predicted probabilities or logits, one value per sample.

Probabilities are kept `epsilon` away from 0 and 1 before the logarithm, as in Keras.
"""

import jax
import jax.numpy as jnp

from kerajax._checks import axis as one_axis
from kerajax.backend import epsilon
from kerajax.ops._op import op


@op
def binary_crossentropy(target, output, from_logits=False):
    """`-(target * log(output) + (1 - target) * log(1 - output))`, elementwise.

    Args:
        target: Tensor of the shape of `output`, values in [0, 1].
        output: Tensor of probabilities, or of logits.
        from_logits: Bool. Whether `output` is what would go into a sigmoid.

    Raises:
        ValueError: If the shapes differ.

    Example:

    >>> print(kerajax.ops.binary_crossentropy([1.0, 0.0], [0.5, 0.25]).round(3))
    [0.693      0.28800002]
    """
    target, output = jnp.asarray(target), jnp.asarray(output)
    _check_same_shape(target, output, "binary_crossentropy")
    if from_logits:
        log_prob, log_not = jax.nn.log_sigmoid(output), jax.nn.log_sigmoid(-output)
    else:
        output = jnp.clip(output, epsilon(), 1.0 - epsilon())
        log_prob, log_not = jnp.log(output), jnp.log(1.0 - output)
    return -(target * log_prob + (1.0 - target) * log_not)


@op
def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """`-sum(target * log(output))` along an axis.

    Args:
        target: Tensor of the shape of `output`: probabilities of the classes.
        output: Tensor of probabilities (normalized here), or of logits.
        from_logits: Bool. Whether `output` is what would go into a softmax.
        axis: Int. The axis of the classes.

    Raises:
        ValueError: If the shapes differ.

    Example:

    >>> print(kerajax.ops.categorical_crossentropy([0.0, 1.0], [0.5, 0.5]).round(3))
    0.693
    """
    target, output = jnp.asarray(target), jnp.asarray(output)
    _check_same_shape(target, output, "categorical_crossentropy")
    _check_has_axis(output, "categorical_crossentropy")
    return -jnp.sum(target * _log_probabilities(output, from_logits, axis), axis=axis)


@op
def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """`-log(output[target])` along an axis, for class numbers `target`.

    Args:
        target: Integer tensor of the shape of `output` without the axis of the classes (or with
            size 1 there).
        output: Tensor of probabilities (normalized here), or of logits.
        from_logits: Bool. Whether `output` is what would go into a softmax.
        axis: Int. The axis of the classes.

    Raises:
        ValueError: If the shapes do not fit.

    Example:

    >>> print(kerajax.ops.sparse_categorical_crossentropy([1], [[0.5, 0.5]]).round(3))
    [0.693]
    """
    target, output = jnp.asarray(target).astype("int32"), jnp.asarray(output)
    _check_has_axis(output, "sparse_categorical_crossentropy")
    if target.ndim == output.ndim and target.shape[-1] == 1:
        target = jnp.squeeze(target, -1)
    axis = one_axis(axis, "axis", "sparse_categorical_crossentropy", output.ndim)
    if target.shape != output.shape[:axis] + output.shape[axis + 1 :]:
        raise ValueError(
            "sparse_categorical_crossentropy: Arguments `target` and `output` must have the same "
            f"shape up until the last dimension: target.shape={target.shape}, "
            f"output.shape={output.shape}"
        )
    log_prob = _log_probabilities(output, from_logits, axis)
    hot = jax.nn.one_hot(target, output.shape[axis], axis=axis, dtype=log_prob.dtype)
    return -jnp.sum(hot * log_prob, axis=axis)


def _log_probabilities(output, from_logits, axis):
    if from_logits:
        return jax.nn.log_softmax(output, axis=axis)
    output = output / jnp.sum(output, axis=axis, keepdims=True)
    return jnp.log(jnp.clip(output, epsilon(), 1.0 - epsilon()))


def _check_same_shape(target, output, name):
    if target.shape != output.shape:
        raise ValueError(
            f"{name}: `target` and `output` must have the same shape. Received: "
            f"target.shape={target.shape}, output.shape={output.shape}"
        )


def _check_has_axis(output, name):
    if output.ndim < 1:
        raise ValueError(
            f"{name}: `output` needs an axis of classes. Received: output.shape={output.shape}"
        )
