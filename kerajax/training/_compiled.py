"""What `compile` sets up: the optimizer, losses and metrics, the state they make, the programs.

`Compiled` is the part of a model that training needs and that a new `compile` replaces as a whole.
"""

import functools
import operator
import weakref

import jax
import numpy as np

from kerajax import tree
from kerajax.backend import KerasTensor, context, shape_of
from kerajax.backend._allocator import give_back_freed_memory
from kerajax.backend._distribution import in_force, put_everywhere
from kerajax.graph import abstract_call, loose_among, with_values
from kerajax.training import _own_steps, _step
from kerajax.training._account import account_of
from kerajax.training._compile_loss import CompileLoss
from kerajax.training._compile_metrics import CompileMetrics
from kerajax.training._layer_scan import LayerScan, layer_scan
from kerajax.training._rehearsal import rehearse
from kerajax.training._state import Loan

# Which model an optimizer trains, since scripts give one to several.
_TRAINED: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()

# A model that has methods of its own in place of these says itself how it is trained.
_OWN = (
    "train_step test_step compute_loss_and_updates make_train_function make_test_function".split()
)


class Compiled:
    """The compile-time choices of one model and all that follows from them.

    Args:
        model: The model.
        config: Dict of the arguments of `compile`.

    Attributes:
        trainable: The variables that train, as the flags stood at `compile`; None before the model
            is built. A flag changed afterwards counts from the next `compile` on.
    """

    def __init__(self, model, config):
        self.model = model
        self.config = config
        # Whether `compile` was not told of the accuracy that is among the metrics.
        self.accuracy_on_demand = False
        names = getattr(model, "output_names", None)
        self.loss = None
        if config["loss"] is not None:
            self.loss = CompileLoss(config["loss"], config["loss_weights"], names)
        self.metrics = None
        if config["metrics"] is not None or config["weighted_metrics"] is not None:
            self.metrics = CompileMetrics(
                config["metrics"], config["weighted_metrics"], output_names=names
            )
        self.trainable = list(model.trainable_variables) if model.built else None
        self._groups = None
        self._specs = None
        self._loans = {}
        self._scan = None
        self._programs = {}
        self._revision = None
        self._orders = {}

    @property
    def ready(self) -> bool:
        """Whether losses, metrics and the optimizer have their variables."""
        return self._groups is not None

    def prepare(self, batch) -> None:
        """Builds what depends on shapes: the model, losses, metrics and the optimizer.

        Args:
            batch: `(x, y, sample_weight)`, arrays of the shapes to come (values do not matter).
        """
        if self.ready and self._has_other_state():
            trainable = self.trainable
            self.forget()
            self.trainable = trainable
        if self.ready:
            return
        model = self.model
        x, y, _ = batch
        wants_outputs = (self.loss is not None and not self.loss.built and y is not None) or (
            self.metrics is not None and not self.metrics.built and y is not None
        )
        if not model.built or wants_outputs:
            y_pred = outputs_for(model, x)
            y_spec = tree.map_structure(_spec, y)
            if wants_outputs and self.loss is not None and not self.loss.built:
                self.loss.build(y_spec, y_pred)
            if wants_outputs and self.metrics is not None and not self.metrics.built:
                self.metrics.build(y_spec, y_pred)
        rehearse(model, tree.map_structure(_spec_of_batch, x), training=True)
        if self.trainable is None:
            self.trainable = list(model.trainable_variables)
        optimizer = self._build_optimizer()
        chosen = {id(v) for v in self.trainable}
        self._specs = tree.map_structure(_spec, (x, y))
        self._groups = (
            self.trainable,
            [v for v in model.variables if id(v) not in chosen],
            list(optimizer.variables) if optimizer is not None else [],
            list(model.metrics_variables),
        )
        self._groups[1].extend(self._loose_variables(batch))
        give_back_freed_memory()

    def _loose_variables(self, batch) -> list:
        """The variables of the script that its losses, metrics and layers read in a step."""
        model = self.model
        if any(map(model._overrides, _OWN)):
            return []
        step = _step.test_step if model.optimizer is None else _step.train_step
        step = functools.partial(step, model)
        state = _step.state_of_shapes(self._groups)
        known = [v for group in self._groups for v in group]
        return loose_among(known, lambda: jax.eval_shape(step, state, batch))

    def _build_optimizer(self):
        """The optimizer, which keeps state for this model's weights alone.

        One that trains another model counts on there, and has a sibling here, as until Keras 2.
        """
        optimizer = self.model.optimizer
        if optimizer is None:
            return None
        trained = _TRAINED.get(optimizer, lambda: self.model)()
        if trained is not self.model:
            optimizer = self.model.optimizer = optimizer.sibling()
        if not optimizer.built:
            optimizer.build(self.trainable)
            _TRAINED[optimizer] = weakref.ref(self.model)
        return optimizer

    def totals(self):
        """What the metrics hold, beside specs of the batches that they were made for.

        Returns:
            Pair of nested KerasTensors and a list of arrays; None before the first batch.
        """
        if not self.ready:
            return None
        return self._specs, [variable.numpy() for variable in self._groups[3]]

    def set_totals(self, totals) -> None:
        """Makes the metrics for the same batches, and gives them what they held."""
        specs, values = totals
        self.prepare((*specs, None))
        for variable, value in zip(self._groups[3], values, strict=True):
            variable.assign(value)

    def _has_other_state(self) -> bool:
        """Whether the optimizer has lost variables, as when a schedule takes the rate's place."""
        optimizer = self.model.optimizer
        now = [] if optimizer is None else optimizer.variables
        held = self._groups[2]
        return len(now) != len(held) or any(map(operator.is_not, now, held))

    @property
    def parts(self) -> tuple:
        """Losses and metrics, as `compile` was given them and as they are matched to outputs."""
        return self.loss, self.metrics

    @property
    def variables(self) -> tuple:
        """The four lists of variables, in the order of TrainState."""
        return self._groups

    def loan(self, layout=None) -> Loan:
        """The loan of these variables to the loops, stacked if there is a `LayerScan`."""
        if layout not in self._loans:
            self._loans[layout] = Loan(self._groups if layout is None else layout.groups)
        return self._loans[layout]

    def settle(self) -> None:
        """Makes sure that the variables have their values."""
        for loan in self._loans.values():
            loan.settle()

    def layout(self, batch) -> LayerScan | None:
        """The form of the state in which training on batches like this one compiles soonest."""
        model = self.model
        graph = model._graph_of_steps()
        if graph is None or not model.jit_compile or in_force.distribution is not None:
            return None
        if any(map(model._overrides, _OWN)):
            return None
        if self._scan is None:
            found = layer_scan(graph, self._groups, model.optimizer)
            self._scan = found or False
        given = [x for x in tree.flatten(batch[0]) if x is not None]
        longest = max((size for x in given for size in shape_of(x)[1:]), default=1)
        pays = self._scan and self._scan.pays(_step.batch_size_of(given), longest)
        return self._scan if pays else None

    def layout_at_hand(self, batch) -> LayerScan | None:
        """`layout` where `fit` has left the state in that form, which it costs time to change."""
        layout = self.layout(batch)
        return layout if layout is not None and self.loan(layout).state is not None else None

    def forget(self) -> None:
        """Drops what was derived from the model's structure, which has changed."""
        self.settle()
        self.trainable = self._groups = self._scan = None
        self._loans.clear()
        self._programs.clear()

    def programs(self, kind, through_function=True, layout=None) -> _step.Programs:
        """The compiled `"train"` or `"test"` step.

        Args:
            kind: `"train"` or `"test"`.
            through_function: Bool. Whether a `make_train_function` of the user's is asked for it.
            layout: Optional `LayerScan` in whose form the state is.
        """
        revision = getattr(self.model.optimizer, "revision", None), self.model.jit_compile
        revision = (*revision, in_force.distribution)
        if revision != self._revision:
            # What is a constant of the compiled steps, such as a hyperparameter, has been replaced.
            self._revision = revision
            for name in [name for name in self._programs if name != "reset"]:
                del self._programs[name]
        model = self.model
        own = f"make_{kind}_function"
        key = kind if through_function or not model._overrides(own) else f"{kind} itself"
        key = key if layout is None else (kind, layout)
        if key not in self._programs:
            through_function = through_function and model._overrides(own)
            account = None
            if through_function:
                step = _own_steps.own_function(model, kind)
            elif model._overrides(f"{kind}_step"):
                step = _own_steps.own_step(model, kind)
            else:
                step = functools.partial(getattr(_step, f"{kind}_step"), model)
                step = step if layout is None else functools.partial(layout.run, step)
                account = functools.partial(account_of, model, self, kind, layout)
            self._programs[key] = _step.Programs(
                step,
                lambda values: _step.metric_results(model, values),
                self._reset,
                self._groups if layout is None else layout.groups,
                model.jit_compile and not through_function,
                account,
            )
        return self._programs[key]

    def order_of(self, logs) -> list:
        """The names of the logs as `evaluate` lists their values: Keras' order.

        First those that bear the name of a metric, in the order of `model.metrics`, then the
        others, which are metrics of one of several outputs, by name.
        """
        names = tuple(logs)
        if names not in self._orders:
            known = []
            for metric in self.model.metrics:
                inside = metric.metrics if isinstance(metric, CompileMetrics) else [metric]
                known += [m.name for m in inside if m.name in logs]
            known = list(dict.fromkeys(known))
            self._orders[names] = known + sorted(set(names) - set(known))
        return self._orders[names]

    def fresh_metrics(self, values) -> list:
        """The values that the metrics start from."""
        if "reset" not in self._programs:
            self._programs["reset"] = _without_waiting(self._reset, values)
        fresh = self._programs["reset"](values)
        if in_force.distribution is not None:
            return put_everywhere(fresh)
        tied = [getattr(value, "committed", False) for value in values]
        return [
            jax.device_put(new, old.sharding) if fixed else new
            for new, old, fixed in zip(fresh, values, tied, strict=True)
        ]

    def _reset(self, values):
        def run():
            for metric in self.model.metrics:
                metric.reset_state()

        return with_values(run, self._groups[3], values).values


def _without_waiting(fn, values):
    """`fn` as a function of values that the device may still compute.

    Results that do not depend on the values are kept on the host, as numpy arrays, so that no
    compiled program stands between two epochs: 65 microseconds of processor time less in each.
    """
    closed = jax.make_jaxpr(fn)(values)
    jaxpr = closed.jaxpr
    read = {id(v) for eqn in jaxpr.eqns for v in eqn.invars} | {id(v) for v in jaxpr.outvars}
    if any(id(v) in read for v in jaxpr.invars):
        return jax.jit(fn)
    if jaxpr.eqns:
        results = jax.jit(fn)(values)
    else:
        # Numbers alone: there is nothing to compile.
        results = jax.core.eval_jaxpr(jaxpr, closed.consts, *values)
    results = [np.asarray(r, v.aval.dtype) for r, v in zip(results, jaxpr.outvars, strict=True)]
    # A copy each time, since steps take over the buffers that they are given.
    return lambda values: [v.copy() for v in results]


def outputs_for(model, x):
    """The model's outputs for inputs like `x`, as KerasTensors; builds the model."""
    specs = tree.map_structure(_spec, x)
    if not model.built:
        outer, context.symbolic = context.symbolic, True
        try:
            model._build_on(specs)
        finally:
            context.symbolic = outer
    if getattr(model, "_outputs_struct", None) is not None:
        return model._outputs_struct
    return abstract_call(model, specs)


def _spec_of_batch(x):
    # With the size of the batch, which functions of old scripts take from a constant.
    if x is None or isinstance(x, KerasTensor):
        return x
    return KerasTensor(shape_of(x), x.dtype.name)


def _spec(a):
    """A symbolic tensor like `a` with any batch size."""
    if a is None or isinstance(a, KerasTensor):
        return a
    return KerasTensor((None, *shape_of(a)[1:]), dtype=a.dtype.name)
