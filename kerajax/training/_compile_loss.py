"""CompileLoss: the losses given to `compile`, matched to the model's outputs."""

import numbers
from typing import NamedTuple

from kerajax import losses, metrics, ops, tree
from kerajax.backend import is_array_like, shape_of
from kerajax.training._outputs import at, flat_names, like_outputs, name_at, naming


class Term(NamedTuple):
    """One summand of the total loss.

    Attributes:
        path: Where in the outputs its predictions stand; they may be several tensors.
        name: What logs call it.
        fn: The loss.
        weight: Number, or None for 1.
        tracker: Metric with the mean of its value, or None where it is the only term.
    """

    path: tuple
    name: str
    fn: object
    weight: object
    tracker: object


class CompileLoss:
    """Weighted sum of losses of a model's outputs.

    Args:
        loss: Loss, its name, or a function: it is applied to every output tensor. Or a list, dict
            or nested structure of them, laid out like the outputs. One that stands where several
            outputs are nested gets all of these at once. None means no loss.
        loss_weights: Numbers in the same structure; 1 by default.
        output_names: Names of the outputs, in order, where the model has names for them.

    Attributes:
        metrics: Where there are several terms, a running mean of each.
    """

    def __init__(self, loss, loss_weights=None, output_names=None):
        self.loss = loss
        self.loss_weights = loss_weights
        self.output_names = output_names
        self.metrics = []
        self._terms = None

    @property
    def built(self) -> bool:
        """Whether the losses are matched to outputs already."""
        return self._terms is not None

    def build(self, y_true, y_pred):
        """Matches the losses to the outputs.

        Raises:
            KeyError: If there is a loss for an output that a dict or list of outputs has not.
            ValueError: If names are unknown, or if there is no loss at all.
        """
        names = flat_names(y_pred, self.output_names)
        loss = _by_name(self.loss, y_pred, names, "loss")
        weights = _by_name(self.loss_weights, y_pred, names, "loss_weights")
        if not tree.is_nested(loss):
            loss = tree.map_structure(lambda _: loss, y_pred)
            if isinstance(weights, (list, tuple)) and len(weights) == len(names):
                weights = tree.pack_sequence_as(y_pred, weights)
        if isinstance(weights, dict) and isinstance(loss, dict) and not set(weights) <= set(loss):
            raise ValueError(
                f"`loss_weights` has entries for {sorted(set(weights) - set(loss), key=str)}, but "
                f"the losses are for the outputs {list(loss)}. Name these."
            )
        found = list(_matched(loss, weights, y_pred, ()))
        if not found:
            raise ValueError(
                "At least one of the outputs needs a loss, but all of them are None: "
                f"loss={self.loss!r}. Pass for instance `loss='mse'` to `compile`."
            )
        terms = []
        for path, identifier, weight in found:
            if not (weight is None or is_array_like(weight) or isinstance(weight, numbers.Real)):
                raise _wrong_weights(weight, found)
            if isinstance(identifier, str) and identifier.lower() in ("crossentropy", "ce"):
                sole = path if len(found) == 1 else None
                target = at(like_outputs(y_true, y_pred, names, "y_true", sole), path)
                fn = as_loss(losses.crossentropy_for(shape_of(target), shape_of(at(y_pred, path))))
            else:
                fn = as_loss(identifier)
            own_name = identifier if isinstance(identifier, str) else fn.name
            name = f"{name_at(path, y_pred, names, own_name)}_loss"
            tracker = metrics.Mean(name=name) if len(found) > 1 else None
            terms.append(Term(path, name, fn, weight, tracker))
        self._terms = terms
        self.metrics = [term.tracker for term in terms if term.tracker is not None]

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The total loss of a batch, a scalar."""
        if not self.built:
            self.build(y_true, y_pred)
        names = flat_names(y_pred, self.output_names)
        sole = self._terms[0].path if len(self._terms) == 1 else None
        targets = like_outputs(y_true, y_pred, names, "y_true", sole)
        if tree.is_nested(sample_weight):
            sample_weight = like_outputs(sample_weight, y_pred, names, "sample_weight")
        total = None
        for path, name, fn, weight, tracker in self._terms:
            target, output = at(targets, path), at(y_pred, path)
            if all(leaf is None for leaf in tree.flatten(target)):
                raise ValueError(
                    f"The output of '{name}' has a loss but no target: y holds None for it. Pass "
                    "a target, or `loss=None` for this output."
                )
            weights = sample_weight
            if tree.is_nested(sample_weight):
                weights = at(sample_weight, path)
            with naming(f"Loss '{fn.name}'", self._output_name(name), target, output, weights):
                value = ops.cast(fn(target, output, weights), "float32")
            if tracker is not None:
                tracker.update_state(value, sample_weight=_batch_size(output))
            if weight is not None:
                value = value * weight
            total = value if total is None else total + value
        return total

    def _output_name(self, name):
        return name.removesuffix("_loss") if len(self._terms) > 1 else None


def as_loss(identifier):
    """A Loss object from a loss, a name, a config or a function of `(y_true, y_pred)`."""
    fn = losses.get(identifier)
    if isinstance(fn, losses.Loss):
        return fn
    if callable(fn):
        name = getattr(fn, "__name__", type(fn).__name__)
        return losses.LossFunctionWrapper(fn, name=name)
    raise ValueError(f"`loss` should be a callable, a Loss or a name. Received: {identifier!r}")


def _matched(loss, weights, outputs, path):
    """Yields `(path, loss, weight)` for each loss of a structure."""
    if loss is None:
        return
    if not tree.is_nested(loss):
        yield path, loss, weights
        return
    if isinstance(loss, (list, tuple)):
        leaves = tree.flatten(outputs)
        if len(loss) == len(leaves) and not any(map(tree.is_nested, loss)):
            loss = tree.pack_sequence_as(outputs, loss)
            if isinstance(weights, (list, tuple)) and len(weights) == len(leaves):
                weights = tree.pack_sequence_as(outputs, weights)
            if not tree.is_nested(loss):
                yield from _matched(loss, weights, outputs, path)
                return
        elif not isinstance(outputs, type(loss)):
            # Several losses for the same outputs.
            for i, part in enumerate(loss):
                yield from _matched(part, _part(weights, i), outputs, path)
            return
    for key, part in loss.items() if isinstance(loss, dict) else enumerate(loss):
        if part is None:
            continue
        if not _has(outputs, key):
            raise KeyError(
                f"The path: {(*path, key)} in the `loss` argument, can't be found in either the "
                "model's output (`y_pred`) or in the labels (`y_true`)."
            )
        yield from _matched(part, _part(weights, key), outputs[key], (*path, key))


def _by_name(value, y_pred, names, argument):
    """A dict by output name as a structure like that of outputs that are no dict."""
    if not isinstance(value, dict) or isinstance(y_pred, dict):
        return value
    if len(names) == len(value) == 1 and names[0] is None:
        return next(iter(value.values()))
    if not set(value) <= set(names):
        raise ValueError(
            f"Expected keys {names} in {argument} dict, but found {argument}.keys()="
            f"{list(value)}. Name the output layers so, or change the keys."
        )
    return tree.pack_sequence_as(y_pred, [value.get(name) for name in names])


def _has(outputs, key) -> bool:
    if isinstance(outputs, dict):
        return key in outputs
    return isinstance(outputs, (list, tuple)) and isinstance(key, int) and key < len(outputs)


def _part(weights, key):
    if isinstance(weights, dict):
        return weights.get(key)
    if not isinstance(weights, (list, tuple)):
        return weights
    # What a list has no place for is refused with the list, as a weight that is no number.
    fits = isinstance(key, int) and key < len(weights)
    return weights[key] if fits else weights


def _wrong_weights(weight, found):
    return ValueError(
        f"`loss_weights` must have one number for each of the {len(found)} losses, in a list or "
        f"dict like that of the losses, but received {weight!r} for one of them. Write for "
        "instance `loss_weights=[1.0, 0.5]`."
    )


def _batch_size(outputs):
    shape = tree.flatten(outputs)[0].shape
    return shape[0] if shape else 1
