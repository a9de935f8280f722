"""CompileMetrics: the metrics given to `compile`, matched to the model's outputs."""

import functools

from kerajax import metrics as metrics_module
from kerajax import tree
from kerajax.backend import shape_of
from kerajax.graph import abstract_call
from kerajax.objects import current_era
from kerajax.training._outputs import flat_names, like_outputs, naming, per_output
from kerajax.training._stateful_metric import LayerMetric, is_stateful_layer


class CompileMetrics(metrics_module.Metric):
    """All metrics of a model as one metric whose result is a dict.

    Args:
        metrics: Metrics, names or functions: a list for a model with one output; for several
            outputs a list of lists or a dict by output name, or a list that serves each.
        weighted_metrics: The same, updated with the sample weights.
        output_names: Names of the outputs, in order.
    """

    def __init__(
        self, metrics=None, weighted_metrics=None, name="compile_metrics", output_names=None
    ):
        super().__init__(name=name)
        self._given = (metrics, weighted_metrics)
        self._output_names = output_names
        self._entries = []
        self._sole = None
        self.built = False

    def build(self, y_true, y_pred):
        """Makes the metric objects; `'accuracy'` is decided by the shapes."""
        names = flat_names(y_pred, self._output_names)
        outputs = tree.flatten(y_pred)
        lists = [
            (weighted, per_output(given, y_pred, names, argument))
            for argument, given, weighted in zip(
                ("metrics", "weighted_metrics"), self._given, (False, True), strict=True
            )
        ]
        wanted = {i for _, given in lists for i, identifiers in enumerate(given) if identifiers}
        paths = [path for path, _ in tree.flatten_with_path(y_pred)]
        self._sole = paths[next(iter(wanted))] if len(wanted) == 1 else None
        targets = self._flat_targets(y_true, y_pred, names)
        entries = []
        for weighted, given in lists:
            for i, identifiers in enumerate(given):
                for identifier in identifiers:
                    if identifier is not None and targets[i] is not None:
                        metric = as_metric(identifier, targets[i], outputs[i])
                        entries.append((i, metric, weighted))
        self._entries = _named(entries, names)
        for i, _, metric, _ in self._entries:
            if not metric.variables or getattr(metric, "_built", True) is False:
                # It makes its variables at the first update, which must not be a compiled one.
                with naming(f"Metric '{metric.name}'", names[i], targets[i], outputs[i]):
                    abstract_call(functools.partial(_updated, metric), targets[i], outputs[i])
        self.built = True

    def _flat_targets(self, y_true, y_pred, names):
        return tree.flatten(like_outputs(y_true, y_pred, names, "y_true", self._sole))

    @property
    def metrics(self) -> list:
        """The metric objects."""
        return [metric for _, _, metric, _ in self._entries]

    @property
    def variables(self) -> list:
        """The variables of all metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Updates every metric with its output."""
        if not self.built:
            self.build(y_true, y_pred)
        names = flat_names(y_pred, self._output_names)
        targets = self._flat_targets(y_true, y_pred, names)
        outputs = tree.flatten(y_pred)
        if tree.is_nested(sample_weight):
            weights = tree.flatten(like_outputs(sample_weight, y_pred, names, "sample_weight"))
        else:
            weights = [sample_weight] * len(outputs)
        for i, _, metric, weighted in self._entries:
            with naming(f"Metric '{metric.name}'", names[i], targets[i], outputs[i]):
                if weighted and weights[i] is not None:
                    metric.update_state(targets[i], outputs[i], sample_weight=weights[i])
                else:
                    metric.update_state(targets[i], outputs[i])

    def result(self) -> dict:
        """Name to result; a metric whose result is a dict adds its entries."""
        results = {}
        for _, name, metric, _ in self._entries:
            value = metric.result()
            if isinstance(value, dict):
                results.update(value)
            else:
                results[name] = value
        return results

    def reset_state(self):
        """Resets every metric."""
        for metric in self.metrics:
            metric.reset_state()

    def get_config(self):
        raise NotImplementedError(
            "CompileMetrics belongs to a compiled model and has no config of its own. Use "
            "`model.get_compile_config()`."
        )


def as_metric(identifier, target, output):
    """A Metric from a metric, a name or a function; `'accuracy'` according to the shapes."""
    if isinstance(identifier, metrics_module.Metric):
        return identifier
    if is_stateful_layer(identifier):
        return LayerMetric(identifier)
    shapes = (shape_of(target), shape_of(output))
    by_function = current_era() in ("1", "2.2")
    if identifier in ("accuracy", "acc"):
        return metrics_module.accuracy_for(*shapes, "acc" if by_function else identifier)
    if identifier in ("crossentropy", "ce"):
        return metrics_module.crossentropy_for(*shapes, identifier)
    metric = metrics_module.get(identifier)
    if not isinstance(metric, metrics_module.Metric):
        # Keras calls a lambda `lambda` in the logs.
        name = getattr(metric, "__name__", type(metric).__name__).strip("<>")
        metric = metrics_module.MeanMetricWrapper(fn=metric, name=name)
    if isinstance(identifier, str) and not by_function:
        # The logs carry the word that was written, "mae"; until Keras 2.2 "mean_absolute_error".
        metric.name = identifier
    return metric


def _updated(metric, target, output):
    metric.update_state(target, output)
    return output


def _named(entries, names) -> list:
    """`(output, name, metric, weighted)` for each metric, names made unique.

    A name begins with that of the output where there are several. One that is both weighted and
    not for the same output says so.
    """
    plain = {(names[i], metric.name) for i, metric, weighted in entries if not weighted}
    taken, named = {}, []
    for i, metric, weighted in entries:
        name = metric.name
        if weighted and (names[i], name) in plain:
            name = f"weighted_{name}"
        if len(names) > 1 and names[i] is not None:
            name = f"{names[i]}_{name}"
        count = taken[name] = taken.get(name, -1) + 1
        named.append((i, f"{name}_{count}" if count else name, metric, weighted))
    return named
