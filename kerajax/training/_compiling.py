"""Compiling: what `compile` says of a model, and the loss, metrics and steps that follow from it.

`Trainer` adds the loops. The optimizer, losses and metrics themselves are kept in `_compiled.py`.
"""

import inspect
import numbers
import warnings

from kerajax import _checks, ops, optimizers, tree
from kerajax.backend import Variable, get_keras_mask
from kerajax.graph import with_values
from kerajax.metrics import Mean
from kerajax.objects import deserialize_keras_object, old_spellings, serialize_keras_object
from kerajax.optimizers._optax import MissingTransformation
from kerajax.training import _own_steps, _step
from kerajax.training._compiled import Compiled
from kerajax.training._state import TrainState
from kerajax.training._state_tree import get_state_tree, set_state_tree


class Compiling:
    """`compile`, and what a step is made of. Users override `compute_loss` and the steps."""

    def _init_trainer(self):
        # There is no `optimizer` before `compile`: scripts ask with `hasattr`.
        self._compiled = None
        self.stop_training = False
        self.stop_evaluating = False
        self.stop_predicting = False
        self.compiled = False
        self._run_eagerly = False
        self._jit_compile = "auto"
        self._loss_tracker = None
        self.train_function = self.test_function = self.predict_function = None

    @old_spellings("Model.compile")
    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        auto_scale_loss=True,
    ):
        """Says how the model is trained.

        Args:
            optimizer: Optimizer, its name, or any `optax.GradientTransformation`.
            loss: Loss, its name, or a function of `(y_true, y_pred)`; a list or dict of them for
                several outputs.
            loss_weights: Numbers in the same structure.
            metrics: List of metrics, names or functions; a list of lists or a dict for several
                outputs. `"accuracy"` means the accuracy that fits the shapes.
            weighted_metrics: The same, updated with the sample weights.
            run_eagerly: Bool. Whether steps run without compilation, for debugging.
            steps_per_execution: Int. Steps that one compiled call joins; 1 leaves it to `fit`.
            jit_compile: Bool or `"auto"`. False runs without compilation.
            auto_scale_loss: Bool. Whether a `mixed_float16` model gets a `LossScaleOptimizer`.

        Raises:
            ValueError: If a name is unknown.

        Example:

        >>> model = kerajax.Sequential([kerajax.Input((3,)), kerajax.layers.Dense(1)])
        >>> model.compile("sgd", "mse", metrics=["mae"])
        >>> history = model.fit(np.ones((8, 3)), np.ones((8, 1)), verbose=0)
        >>> sorted(history.history)
        ['loss', 'mae']
        """
        if jit_compile and run_eagerly and jit_compile != "auto":
            raise ValueError(
                "If `run_eagerly` is True, then `jit_compile` cannot also be True. Choose one."
            )
        _checks.positive_int(steps_per_execution, "steps_per_execution", "Model.compile")
        for name, given in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            if isinstance(given, numbers.Number):
                raise ValueError(
                    f"Model.compile: `{name}` must be a list, tuple or dict of metrics, but "
                    f"received {given!r}. Write for instance {name}=['accuracy']."
                )
        config = {
            "optimizer": optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }
        if not auto_scale_loss:
            config["auto_scale_loss"] = False
        chosen = optimizers.get(optimizer)
        if auto_scale_loss and _computes_in_float16(self) and chosen is not None:
            if not isinstance(chosen, optimizers.LossScaleOptimizer):
                chosen = optimizers.LossScaleOptimizer(chosen, name="loss_scale_optimizer")
        if self._compiled is not None:
            self._compiled.settle()
        compiled = Compiled(self, config)
        self.optimizer = chosen
        self._loss_tracker = Mean(name="loss")
        self._compiled = compiled
        self._run_eagerly, self._jit_compile = run_eagerly, jit_compile
        self.compiled = True
        self.stop_training = False
        self.train_function = self.test_function = self.predict_function = None

    def _shows_accuracy(self) -> bool:
        """Whether results have the accuracy: Keras 0 asked `fit` and `evaluate` for it.

        The metric is added when it is asked for first; the optimizer goes on as it is.
        """
        asked = self.__dict__.pop("_old_show_accuracy", False)
        if asked and self._compiled.config["metrics"] is None:
            config = {**self._compiled.config, "optimizer": self.optimizer, "metrics": ["acc"]}
            self.compile(**config)
            self._compiled.accuracy_on_demand = True
        return asked or not self._compiled.accuracy_on_demand

    @property
    def loss(self):
        """The loss given to `compile`."""
        return None if self._compiled is None else self._compiled.config["loss"]

    @property
    def run_eagerly(self) -> bool:
        """Whether steps run without compilation, for debugging. It may be set at any time."""
        return self._run_eagerly

    @run_eagerly.setter
    def run_eagerly(self, value):
        self._run_eagerly = value

    @property
    def jit_compile(self) -> bool:
        """Whether steps are compiled. It may be set at any time, also to `"auto"`."""
        return not self._run_eagerly and self._jit_compile is not False

    @jit_compile.setter
    def jit_compile(self, value):
        self._jit_compile = value

    @property
    def metrics(self) -> list:
        """The loss tracker, the metrics of `compile`, and those made in layers."""
        metrics = [self._loss_tracker] if self._loss_tracker is not None else []
        if self._compiled is not None:
            if self._compiled.metrics is not None:
                metrics.append(self._compiled.metrics)
            if self._compiled.loss is not None:
                metrics.extend(self._compiled.loss.metrics)
        return metrics + [m for m in super().metrics if m is not self._loss_tracker]

    @property
    def metrics_names(self) -> list:
        """The names of `metrics`."""
        return [m.name for m in self.metrics]

    @property
    def metrics_variables(self) -> list:
        """The variables of `metrics`."""
        return [v for metric in self.metrics for v in metric.variables]

    def reset_metrics(self) -> None:
        """Sets all metrics to where they start."""
        for metric in self.metrics:
            metric.reset_state()

    def get_metrics_result(self) -> dict:
        """The logs: name to current result of every metric."""
        logs = {}
        for metric in self.metrics:
            # A `result` may give a variable out, which holds other values outside of a step.
            result = tree.map_structure(_held, metric.result())
            logs.update(result if isinstance(result, dict) else {metric.name: result})
        return logs

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The scalar that training minimizes: the compiled losses plus those added by layers.

        Override it to train with a loss of your own.
        """
        total = None
        if self._compiled is not None and self._compiled.loss is not None:
            if y is None:
                raise ValueError(
                    "The model was compiled with a loss, which needs targets, but there are none: "
                    "y=None. Pass `y` to `fit`, or yield `(x, y)`."
                )
            total = self._compiled.loss(y, y_pred, sample_weight)
        for loss in self.losses:
            loss = ops.sum(ops.cast(loss, "float32"))
            total = loss if total is None else total + loss
        if total is not None:
            return total
        if training and not self._overrides("compute_loss"):
            raise ValueError(
                "No loss to compute. Provide a `loss` argument in `compile()`, call `add_loss` in "
                "a layer, or override `compute_loss`."
            )
        return ops.zeros(())

    def stateless_compute_loss(
        self,
        trainable_variables,
        non_trainable_variables,
        metrics_variables,
        x=None,
        y=None,
        y_pred=None,
        sample_weight=None,
        training=True,
    ):
        """`compute_loss` as a pure function.

        Returns:
            `(loss, (trainable_variables, non_trainable_variables, metrics_variables))`.
        """
        groups = (self.trainable_variables, self.non_trainable_variables, self.metrics_variables)
        values = [*trainable_variables, *non_trainable_variables, *metrics_variables]
        ran = with_values(
            lambda: self._compute_loss(x, y, y_pred, sample_weight, training),
            [v for group in groups for v in group],
            values,
            collect_losses=True,
        )
        first, second = len(groups[0]), len(groups[0]) + len(groups[1])
        return ran.outputs, (ran.values[:first], ran.values[first:second], ran.values[second:])

    def compute_loss_and_updates(
        self,
        trainable_variables,
        non_trainable_variables,
        metrics_variables,
        x,
        y,
        sample_weight,
        training=False,
        optimizer_variables=None,
    ):
        """Forward pass and loss as a pure function, to take gradients of in a custom step.

        Args:
            trainable_variables: Values of `model.trainable_variables`.
            non_trainable_variables: Values of `model.non_trainable_variables`.
            metrics_variables: Values of `model.metrics_variables`.
            x: Inputs of a batch.
            y: Targets, or None.
            sample_weight: Weights of the samples, or None.
            training: Bool. Whether to run in training mode, with the loss scaled for the optimizer.
            optimizer_variables: Values of `model.optimizer.variables`; those they have if None.

        Returns:
            `(loss, (unscaled_loss, y_pred, non_trainable_variables, metrics_variables))`.
        """
        groups = [self.trainable_variables, self.non_trainable_variables, self.metrics_variables]
        values = [trainable_variables, non_trainable_variables, metrics_variables]
        if optimizer_variables is not None:
            groups.append(self.optimizer.variables)
            values.append(optimizer_variables)

        def forward():
            y_pred = self(x, training=training)
            loss = self._compute_loss(x, y, y_pred, sample_weight, training)
            scales = training and self.optimizer is not None
            return self.optimizer.scale_loss(loss) if scales else loss, loss, y_pred

        ran = with_values(
            forward,
            [variable for group in groups for variable in group],
            [value for group in values for value in group],
            collect_losses=True,
        )
        loss, unscaled, y_pred = ran.outputs
        start = len(groups[0])
        middle, stop = start + len(groups[1]), start + len(groups[1]) + len(groups[2])
        return loss, (unscaled, y_pred, ran.values[start:middle], ran.values[middle:stop])

    def make_train_function(self, force=False):
        """Makes `train_function`: `(state, iterator) -> (logs, state)`, one call of `fit`.

        Override it to train by a function of your own: `fit` then calls that for each batch.

        Args:
            force: Bool. Whether to make it anew where there is one.
        """
        if self.train_function is None or force:
            self.train_function = _own_steps.function_of(self, "train")
        return self.train_function

    def make_test_function(self, force=False):
        """Makes `test_function`, as `make_train_function` does, for `evaluate`.

        Its state is `(trainable, non_trainable, metrics)`.

        Args:
            force: Bool. Whether to make it anew where there is one.
        """
        if self.test_function is None or force:
            self.test_function = _own_steps.function_of(self, "test")
        return self.test_function

    def get_state_tree(self, value_format="backend_tensor") -> dict:
        """The values of all variables as nested dicts: see `training/_state_tree.py`."""
        return get_state_tree(self, value_format)

    def set_state_tree(self, state_tree) -> None:
        """Assigns values in the form that `get_state_tree` returns."""
        set_state_tree(self, state_tree)

    def jax_state_sync(self) -> None:
        """Makes sure that the variables hold the values of the last step; they always do."""
        if self._compiled is not None:
            self._compiled.settle()

    def _own_loss(self, values, optimizer, data):
        batch = _step.unpack_batch(data)
        loss, (y_pred, *changed) = _own_steps.own_loss(self, values, optimizer, batch)
        return loss, ((y_pred, tree.map_structure(get_keras_mask, y_pred)), tuple(changed))

    def _compute_loss(self, x, y, y_pred, sample_weight, training):
        kwargs = {"x": x, "y": y, "y_pred": y_pred, "sample_weight": sample_weight}
        if "training" in inspect.signature(self.compute_loss).parameters:
            kwargs["training"] = training
        return self.compute_loss(**kwargs)

    def compute_metrics(self, x, y, y_pred, sample_weight=None) -> dict:
        """Updates the compiled metrics with a batch and returns all results."""
        if self._compiled.metrics is not None and y is not None:
            self._compiled.metrics.update_state(y, y_pred, sample_weight=sample_weight)
        return self.get_metrics_result()

    def train_step(self, state, data):
        """One training step as a pure function. Override it to train in another way.

        Args:
            state: `(trainable, non_trainable, optimizer, metrics)`, lists of values.
            data: `(x,)`, `(x, y)` or `(x, y, sample_weight)`.

        Returns:
            `(logs, state)`.
        """
        logs, state = _step.train_step(self, state, data)
        return _step.metric_results(self, state.metrics) if logs is None else logs, state

    def test_step(self, state, data):
        """One evaluation step as a pure function: `(state, data) -> (logs, state)`.

        Args:
            state: `(trainable, non_trainable, metrics)`, lists of values.
            data: As in `train_step`.
        """
        trainable, non_trainable, *optimizer, metrics = state
        values = [v.value for v in self._state_variables()[2]] if not optimizer else optimizer[0]
        whole = TrainState(trainable, non_trainable, values, metrics)
        logs, whole = _step.test_step(self, whole, data)
        logs = _step.metric_results(self, whole.metrics) if logs is None else logs
        return logs, whole if optimizer else _own_steps.without_optimizer(whole)

    def predict_step(self, state, data):
        """One prediction: `((trainable, non_trainable), data) -> (outputs, non_trainable)`."""
        return _step.predict_step(self, state, data)

    def get_compile_config(self):
        """The arguments of `compile` as a config, or None for a model that is not compiled."""
        if not self.compiled:
            return None
        config = dict(
            self._compiled.config,
            optimizer=self.optimizer,
            run_eagerly=self._run_eagerly,
            jit_compile=self._jit_compile,
        )
        try:
            return {name: serialize_keras_object(value) for name, value in config.items()}
        except NotImplementedError as error:
            warnings.warn(
                f"How model '{self.name}' was compiled cannot be saved: {error} A loaded model has "
                "to be compiled again.",
                stacklevel=3,
            )
            return None

    def compile_from_config(self, config) -> bool:
        """Compiles the model as `get_compile_config` described. Returns whether it did.

        A `compile` of the user's own may take other arguments, so there is a warning instead.
        """
        if not _is_own_method(self.compile):
            warnings.warn(
                "`compile()` was not called as part of model loading because the model's "
                "`compile()` method is custom. All subclassed Models that have `compile()` "
                "overridden should also override `get_compile_config()` and "
                "`compile_from_config(config)`. Alternatively, you can call `compile()` manually "
                "after loading.",
                stacklevel=3,
            )
            return False
        try:
            arguments = deserialize_keras_object(config)
        except MissingTransformation as error:
            self._warn_not_compiled(error)
            return False
        self.compile(**arguments)
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)
        return True

    def _warn_not_compiled(self, error):
        # Outside the two functions of the package that load a model.
        warnings.warn(f"Model '{self.name}' is not compiled. {error}", stacklevel=5)


def _is_own_method(method) -> bool:
    return getattr(method, "__module__", "").split(".")[0] == __name__.split(".")[0]


def _computes_in_float16(model) -> bool:
    policies = [layer.dtype_policy for layer in model._flatten_layers()]
    return any(p.compute_dtype == "float16" and p.variable_dtype == "float32" for p in policies)


def _held(x):
    return x.value if isinstance(x, Variable) else x
