"""CompileMetrics: the metrics given to `compile`, matched to the model's outputs."""

from kerajax import metrics as metrics_module
from kerajax import tree
from kerajax.backend import shape_of
from kerajax.training._outputs import by_output, output_names_of


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
        self.built = False

    def build(self, y_true, y_pred):
        """Makes the metric objects; `'accuracy'` is decided by the shapes."""
        names = output_names_of(y_pred, self._output_names)
        targets = by_output(y_true, y_pred, names, "y")
        outputs = tree.flatten(y_pred)
        entries = []
        for given, weighted in zip(self._given, (False, True), strict=True):
            if given is None:
                continue
            for i, per_output in enumerate(_per_output(given, y_pred, names)):
                prefix = f"{names[i]}_" if len(names) > 1 else ""
                for identifier in _as_list(per_output):
                    if identifier is None or targets[i] is None:
                        continue
                    metric = as_metric(identifier, targets[i], outputs[i])
                    entries.append((i, prefix + metric.name, metric, weighted))
        self._entries = _with_unique_names(entries)
        self.built = True

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
        names = output_names_of(y_pred, self._output_names)
        targets = by_output(y_true, y_pred, names, "y", required=True)
        outputs = tree.flatten(y_pred)
        weights = by_output(sample_weight, y_pred, names, "sample_weight")
        for i, _, metric, weighted in self._entries:
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
    shapes = (shape_of(target), shape_of(output))
    if identifier in ("accuracy", "acc"):
        return metrics_module.accuracy_for(*shapes, identifier)
    if identifier in ("crossentropy", "ce"):
        return metrics_module.crossentropy_for(*shapes, identifier)
    metric = metrics_module.get(identifier)
    if not isinstance(metric, metrics_module.Metric):
        name = getattr(metric, "__name__", type(metric).__name__)
        metric = metrics_module.MeanMetricWrapper(fn=metric, name=name)
    if isinstance(identifier, str):
        # The logs carry the word that was written: "mae", not "mean_absolute_error".
        metric.name = identifier
    return metric


def _per_output(given, y_pred, names):
    if isinstance(given, dict):
        return by_output(given, y_pred, names, "metrics")
    given = _as_list(given)
    if len(names) == 1:
        nested = len(given) == 1 and isinstance(given[0], (list, tuple))
        return [given[0] if nested else given]
    if any(isinstance(entry, (list, tuple, type(None))) for entry in given):
        return by_output(list(given), y_pred, names, "metrics")
    if len(given) == len(names):
        return list(given)
    return [given for _ in names]


def _as_list(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _with_unique_names(entries):
    seen, unique = {}, []
    for i, name, metric, weighted in entries:
        if weighted and name in seen:
            name = f"weighted_{name}"
        count = seen.get(name, 0)
        seen[name] = count + 1
        unique.append((i, name if not count else f"{name}_{count}", metric, weighted))
    return unique
