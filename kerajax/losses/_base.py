"""Loss: from targets and predictions to one number, with weights, masks and a reduction.

A loss of kerajax is a formula (`_formulas.py` and its neighbours) and a class around it.
`FormulaLoss` is that class; a subclass names the formula, and those arguments of its constructor
that the formula takes as well are passed on.
"""

import functools
import inspect

from kerajax import dtype_policies, ops, tree
from kerajax._checks import noted
from kerajax.backend import auto_name, floatx, get_keras_mask, name_scope
from kerajax.losses._align import match_ranks
from kerajax.losses._reduce import reduce_weighted, standardize_reduction
from kerajax.objects import Configurable, publish, serialize_keras_object
from kerajax.ops._operation import snake_case


@publish("keras.losses.Loss", "keras.Loss")
class Loss(Configurable):
    """Base of all losses: override `call(y_true, y_pred)`, which returns one value per sample.

    Targets and predictions come to `call` as tensors of the loss' dtype. A mask that hangs on the
    predictions leaves out masked steps; sample weights multiply the values.

    Args:
        name: Optional string.
        reduction: What happens to the values. `"sum_over_batch_size"` and `"mean"` (the same)
            average them, `"sum"` sums them, `"mean_with_sample_weight"` divides their sum by the
            sum of the weights, `"none"` and `None` return them as they are.
        dtype: String or dtype policy (its compute dtype counts); the default float if absent.

    Raises:
        ValueError: If `reduction` is unknown.

    Example:

    >>> class Distance(kerajax.losses.Loss):
    ...     def call(self, y_true, y_pred):
    ...         return kerajax.ops.max(kerajax.ops.abs(y_true - y_pred), axis=-1)
    >>> float(Distance()(np.zeros((2, 3)), np.array([[0.0, 1.0, 2.0], [0.0, 0.0, 4.0]])))
    3.0
    """

    _config_skip = frozenset({"dtype"})

    def __init__(self, name=None, reduction="sum_over_batch_size", dtype=None):
        self.name = name or auto_name(snake_case(type(self).__name__))
        self.reduction = standardize_reduction(reduction, type(self).__name__)
        self._dtype_policy = dtype_policies.get(dtype or floatx())
        self._dtype = self._dtype_policy.compute_dtype

    @property
    def dtype(self):
        """Name of the dtype of the computation."""
        return self._dtype

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The reduced loss.

        Args:
            y_true: Targets, a tensor or a structure of them.
            y_pred: Predictions.
            sample_weight: Optional weights, one per sample or per value.

        Returns:
            A scalar tensor; for the reduction `None` one value per sample.
        """
        mask = get_keras_mask(y_pred)
        given = {"y_true": y_true, "y_pred": y_pred, "sample_weight": sample_weight}
        with noted(self, **given), name_scope(self.name.replace("/", ">")):
            y_pred = self._as_tensors(y_pred)
            y_true = self._as_tensors(y_true)
            values = self.call(y_true, y_pred)
            mask = _both(mask, get_keras_mask(values))
            return reduce_weighted(values, sample_weight, mask, self.reduction, self._dtype)

    def call(self, y_true, y_pred):
        """One value per sample, to be written by subclasses."""
        raise NotImplementedError(f"{type(self).__name__} needs a method `call(y_true, y_pred)`.")

    def _as_tensors(self, structure):
        if hasattr(structure, "shape") or _is_numbers(structure):
            return ops.convert_to_tensor(structure, dtype=self._dtype)
        return tree.map_structure(lambda x: ops.convert_to_tensor(x, dtype=self._dtype), structure)

    def _base_config(self):
        return {"name": self.name, "reduction": self.reduction}

    def _obj_type(self):
        return "Loss"


class FormulaLoss(Loss):
    """A loss whose `call` is a function of targets and predictions.

    Attributes:
        formula: The function, as a static method. What it takes beside targets and predictions,
            and the constructor takes too, is passed to it.
        _config_if_not: Dict of arguments that are in the config only when they differ from this
            value, since Keras leaves them out.

    Example:

    >>> loss = kerajax.losses.Huber(delta=0.5)
    >>> loss.fn.__name__, loss.get_config()["delta"]
    ('huber', 0.5)
    """

    formula = None
    _config_if_not: dict = {}

    @property
    def fn(self):
        """The function behind the loss."""
        return type(self).formula

    def call(self, y_true, y_pred):
        """One value per sample, from the formula."""
        arguments = {name: getattr(self, name) for name in _passed_on(type(self))}
        return _applied(self.fn, y_true, y_pred, arguments)

    def get_config(self):
        """The constructor's arguments, without those that Keras does not write."""
        config = super().get_config()
        for name, usual in self._config_if_not.items():
            if config.get(name) == usual:
                config.pop(name, None)
        return config

    def __repr__(self):
        return f"<{type(self).__name__}({self.name}, reduction={self.reduction!r})>"


@publish("keras.src.losses.losses.LossFunctionWrapper", "keras.losses.LossFunctionWrapper")
class LossFunctionWrapper(Loss):
    """A loss from any function of targets and predictions that returns one value per sample.

    `compile(loss=fn)` makes one of every function.

    Args:
        fn: Function `(y_true, y_pred, **kwargs)`.
        reduction: As in `Loss`.
        name: Optional string.
        dtype: As in `Loss`.
        **kwargs: Passed to `fn`.

    Example:

    >>> loss = kerajax.losses.LossFunctionWrapper(kerajax.losses.huber, delta=2.0)
    >>> float(loss(np.array([[0.0]]), np.array([[1.0]])))
    0.5
    """

    _any_arguments = True

    def __init__(self, fn, reduction="sum_over_batch_size", name=None, dtype=None, **kwargs):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true, y_pred):
        """One value per sample, from the function."""
        return _applied(self.fn, y_true, y_pred, self._fn_kwargs)

    def get_config(self):
        """The function and its arguments, beside those of `Loss`."""
        fn = serialize_keras_object(self.fn)
        return {**self._base_config(), "fn": fn, **serialize_keras_object(self._fn_kwargs)}

    def __repr__(self):
        return f"<LossFunctionWrapper({self.fn}, kwargs={self._fn_kwargs})>"


def _applied(fn, y_true, y_pred, arguments):
    """`fn` on a pair whose ranks were matched, leaf by leaf where both are structures."""
    if hasattr(y_pred, "shape") != hasattr(y_true, "shape"):
        raise ValueError(
            "Targets and predictions must be one tensor each, or structures of the same form, but "
            f"received y_true={type(y_true).__name__} and y_pred={type(y_pred).__name__}. Pass "
            "one loss for each output."
        )
    if hasattr(y_pred, "shape"):
        y_true, y_pred = match_ranks(y_true, y_pred)
    else:
        pairs = list(map(match_ranks, tree.flatten(y_true), tree.flatten(y_pred)))
        y_true = tree.pack_sequence_as(y_true, [pair[0] for pair in pairs])
        y_pred = tree.pack_sequence_as(y_pred, [pair[1] for pair in pairs])
    return fn(y_true, y_pred, **arguments)


@functools.cache
def _passed_on(cls):
    """The arguments that a constructor and its formula share."""
    taken = tuple(inspect.signature(cls.formula).parameters)[2:]
    given = inspect.signature(cls._own_class.__init__).parameters
    return tuple(name for name in taken if name in given)


def _is_numbers(structure):
    """Whether nested lists hold plain numbers: they are one tensor, not a structure of them."""
    if isinstance(structure, (list, tuple)):
        return bool(structure) and all(map(_is_numbers, structure))
    return isinstance(structure, (int, float))


def _both(mask, other):
    if mask is None or other is None:
        return other if mask is None else mask
    return ops.logical_and(mask, other)
