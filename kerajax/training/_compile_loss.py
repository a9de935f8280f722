"""CompileLoss: the losses given to `compile`, matched to the model's outputs."""

from kerajax import losses, metrics, ops, tree
from kerajax.training._outputs import by_output, output_names_of


class CompileLoss:
    """Weighted sum of one loss for each output.

    Args:
        loss: Loss, its name, or a function; or a list or dict of them, one for each output. None
            for an output means that it has no loss.
        loss_weights: Numbers in the same structure; 1 by default.
        output_names: Names of the outputs, in order, where the model has names for them.

    Attributes:
        metrics: For a model with several outputs, a running mean of each loss.
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
            ValueError: If there are losses for other outputs than the model has.
        """
        names = output_names_of(y_pred, self.output_names)
        fns = by_output(self.loss, y_pred, names, "loss")
        weights = by_output(self.loss_weights, y_pred, names, "loss_weights")
        terms = []
        for name, fn, weight in zip(names, fns, weights, strict=True):
            if fn is None:
                terms.append(None)
                continue
            tracker = metrics.Mean(name=f"{name}_loss") if len(names) > 1 else None
            terms.append((name, as_loss(fn), weight, tracker))
        if all(term is None for term in terms):
            raise ValueError(
                "At least one of the outputs needs a loss, but all of them are None: "
                f"loss={self.loss!r}. Pass for instance `loss='mse'` to `compile`."
            )
        self._terms = terms
        self.metrics = [term[3] for term in terms if term is not None and term[3] is not None]

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The total loss of a batch, a scalar."""
        if not self.built:
            self.build(y_true, y_pred)
        names = output_names_of(y_pred, self.output_names)
        targets = by_output(y_true, y_pred, names, "y", required=True)
        outputs = _flat(y_pred)
        weights = by_output(sample_weight, y_pred, names, "sample_weight")
        total = None
        for term, target, output, sample_weight in zip(
            self._terms, targets, outputs, weights, strict=True
        ):
            if term is None:
                continue
            name, fn, weight, tracker = term
            if target is None:
                raise ValueError(
                    f"The output '{name}' has a loss but no target: y holds None for it. Pass a "
                    "target, or `loss=None` for this output."
                )
            value = ops.cast(fn(target, output, sample_weight), "float32")
            if tracker is not None:
                batch = output.shape[0] if output.shape else 1
                tracker.update_state(value, sample_weight=batch)
            if weight is not None:
                value = value * weight
            total = value if total is None else total + value
        return total


def as_loss(identifier):
    """A Loss object from a loss, a name, a config or a function of `(y_true, y_pred)`."""
    fn = losses.get(identifier)
    if isinstance(fn, losses.Loss):
        return fn
    if callable(fn):
        name = getattr(fn, "__name__", type(fn).__name__)
        return losses.LossFunctionWrapper(fn, name=name)
    raise ValueError(f"`loss` should be a callable, a Loss or a name. Received: {identifier!r}")


def _flat(y_pred):
    return tree.flatten(y_pred)
