"""Trainer: `compile`, `fit`, `evaluate`, `predict` and their one-batch forms.

The path of a batch through `fit`: this file checks arguments and chooses the feed; `_loop.py` runs
epochs; `_feed.py` brings the batches; `_step.py` has the step and compiles it; `graph/_pure.py` makes
the model a pure function inside it; `optimizers/_base.py` updates; `_compiled.py` holds what
`compile` set up.
"""

import inspect

import numpy as np

from kerajax import ops, optimizers, tree
from kerajax.backend import is_tensor
from kerajax.callbacks import CallbackList, LazyLogs
from kerajax.metrics import Mean
from kerajax.objects import deserialize_keras_object, old_spellings, serialize_keras_object
from kerajax.training import _loop, _step
from kerajax.training._compiled import Compiled
from kerajax.training._feed import make_feed
from kerajax.training._prediction import prediction_of
from kerajax.training._state import TrainState
from kerajax.training.data import ArrayData, as_arrays, make_data, split

# Seconds that one compiled call may take: less where somebody watches a progress bar.
_WATCHED, _UNWATCHED = 0.1, 0.5


class Trainer:
    """What a layer needs to be trained. `Model` is Layer plus Trainer."""

    def _init_trainer(self):
        self._compiled = None
        self.optimizer = None
        self.stop_training = False
        self.compiled = False
        self._loss_tracker = None

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
        chosen = optimizers.get(optimizer)
        if auto_scale_loss and _computes_in_float16(self) and chosen is not None:
            if not isinstance(chosen, optimizers.LossScaleOptimizer):
                chosen = optimizers.LossScaleOptimizer(chosen, name="loss_scale_optimizer")
        if self._compiled is not None and self._compiled._loan is not None:
            self._compiled._loan.settle()
        compiled = Compiled(self, config)
        self.optimizer = chosen
        self._loss_tracker = Mean(name="loss")
        self._compiled = compiled
        self.compiled = True
        self.stop_training = False

    @property
    def loss(self):
        """The loss given to `compile`."""
        return None if self._compiled is None else self._compiled.config["loss"]

    @property
    def run_eagerly(self) -> bool:
        """Whether steps run without compilation."""
        return self._compiled is not None and self._compiled.config["run_eagerly"]

    @property
    def metrics(self) -> list:
        """The loss tracker, the metrics of `compile`, and those made in layers."""
        metrics = [self._loss_tracker] if self._loss_tracker is not None else []
        metrics += [m for m in super().metrics if m is not self._loss_tracker]
        if self._compiled is not None:
            if self._compiled.metrics is not None:
                metrics.append(self._compiled.metrics)
            if self._compiled.loss is not None:
                metrics.extend(self._compiled.loss.metrics)
        return metrics

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
            result = metric.result()
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
        if total is None:
            raise ValueError(
                "No loss to compute. Provide a `loss` argument in `compile()`, call `add_loss` in "
                "a layer, or override `compute_loss`."
            )
        return total

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
            data: `(x, y, sample_weight)`.

        Returns:
            `(logs, state)`.
        """
        _, state = _step.train_step(self, state, data)
        return _step.metric_results(self, state.metrics), state

    def test_step(self, state, data):
        """One evaluation step as a pure function: `(state, data) -> (logs, state)`."""
        _, state = _step.test_step(self, TrainState.of(state), data)
        return _step.metric_results(self, state.metrics), state

    def predict_step(self, state, data):
        """One prediction: `((trainable, non_trainable), data) -> (outputs, non_trainable)`."""
        return _step.predict_step(self, state, data)

    @old_spellings("Model.fit")
    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
    ):
        """Trains the model.

        Args:
            x: Inputs: an array, a list or dict of arrays, or a source of batches (generator,
                `PyDataset`, iterable) that yields `(x, y)` or `(x, y, sample_weight)`.
            y: Targets, where `x` is made of arrays.
            batch_size: Int, samples of a step; 32 by default.
            epochs: Int, passes over the data (counted from 0, not from `initial_epoch`).
            verbose: 0 silent, 1 progress bar, 2 one line an epoch, `"auto"` 1.
            callbacks: List of callbacks.
            validation_split: Fraction in [0, 1): the last samples are for validation.
            validation_data: `(x, y)` or `(x, y, sample_weight)`, or a source of batches.
            shuffle: Bool, or `"batch"`. Whether each epoch takes the samples in a new order.
            class_weight: Dict of class index to weight.
            sample_weight: Weights of the samples.
            initial_epoch: Int, the epoch to start with.
            steps_per_epoch: Int, steps of an epoch; by default one pass over the data.
            validation_steps: Int, steps of a validation.
            validation_batch_size: Int; `batch_size` by default.
            validation_freq: Int, epochs between validations, or a list of epochs counted from 1.

        Returns:
            `History`, whose `history` has a list for each metric with a value for each epoch.

        Raises:
            RuntimeError: If the model is not compiled.
            ValueError: If the data does not fit.
        """
        self._check_compiled("fit")
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = split(x, y, sample_weight, validation_split)
        data = make_data(
            x, y, sample_weight, batch_size=batch_size, shuffle=shuffle, class_weight=class_weight
        )
        feed = make_feed(data, steps_per_epoch)
        self._prepare(feed.example())
        verbose = 1 if verbose == "auto" else verbose
        callbacks = CallbackList.of(
            callbacks, model=self, verbose=verbose, epochs=epochs, steps=feed.steps
        )
        validate = self._validation(
            validation_data,
            batch_size=validation_batch_size or batch_size,
            steps=validation_steps,
            freq=validation_freq,
            callbacks=callbacks,
        )
        rng = np.random.RandomState(np.random.randint(1 << 31)) if shuffle else None
        _loop.train(
            self,
            feed,
            callbacks=callbacks,
            epochs=epochs,
            initial_epoch=initial_epoch,
            chunk=self._chunk(callbacks, "train"),
            validate=validate,
            rng=rng,
            target=_WATCHED if verbose else _UNWATCHED,
        )
        return self.history

    def _validation(self, data, *, batch_size, steps, freq, callbacks):
        if data is None:
            return lambda epoch: None
        x, y, sample_weight = data, None, None
        if isinstance(data, (list, tuple)):
            x, y, sample_weight = _step.unpack_batch(tuple(data))
        feed = make_feed(make_data(x, y, sample_weight, batch_size=batch_size), steps)

        def validate(epoch):
            due = epoch + 1 in freq if hasattr(freq, "__contains__") else (epoch + 1) % freq == 0
            if not due:
                return None
            chunk = self._chunk(callbacks, "test")
            return _loop.evaluate(self, feed, callbacks=callbacks, chunk=chunk, target=_UNWATCHED)

        return validate

    @old_spellings("Model.evaluate")
    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        steps=None,
        callbacks=None,
        return_dict=False,
        **kwargs,
    ):
        """Computes loss and metrics on data, without training.

        Arguments are those of `fit`.

        Returns:
            The loss; a list `[loss, *metrics]` where there are metrics; or, with `return_dict`, a
            dict by name.
        """
        _no_keywords(kwargs, "evaluate")
        self._check_compiled("evaluate")
        data = make_data(x, y, sample_weight, batch_size=batch_size)
        feed = make_feed(data, steps)
        self._prepare(feed.example())
        verbose = 1 if verbose == "auto" else verbose
        callbacks = CallbackList.of(
            callbacks, model=self, verbose=verbose, epochs=1, steps=feed.steps, history=False
        )
        logs = _loop.evaluate(
            self,
            feed,
            callbacks=callbacks,
            chunk=self._chunk(callbacks, "test"),
            target=_WATCHED if verbose else _UNWATCHED,
        )
        self._loan().settle()
        return self._as_results(logs.copy(), return_dict)

    @old_spellings("Model.predict")
    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """The model's outputs for data, as numpy arrays.

        Args:
            x: Inputs: arrays or a source of batches, as in `fit`.
            batch_size: Int, samples of a step; 32 by default.
            verbose: 0 silent, 1 progress bar, 2 a line, `"auto"` 1.
            steps: Int, the steps after which to stop.
            callbacks: List of callbacks.

        Returns:
            Array, or the structure of arrays the model has for outputs.
        """
        data = make_data(x, batch_size=batch_size)
        if not self.built:
            first = data.take(slice(0, 1)) if isinstance(data, ArrayData) else data.peek()
            self._build_on_data(first[0])
        verbose = 1 if verbose == "auto" else verbose
        callbacks = CallbackList.of(
            callbacks,
            model=self,
            verbose=verbose,
            epochs=1,
            steps=steps or data.num_batches,
            history=False,
        )
        return _loop.predict(self, _first(data.batches(), steps), callbacks=callbacks)

    @old_spellings("Model.train_on_batch")
    def train_on_batch(
        self, x, y=None, sample_weight=None, class_weight=None, return_dict=False
    ):
        """One training step on one batch. Returns what `evaluate` returns."""
        self._check_compiled("train_on_batch")
        batch = _batch(x, y, sample_weight, class_weight)
        return self._on_batch("train", batch, return_dict)

    @old_spellings("Model.test_on_batch")
    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Loss and metrics of one batch. Returns what `evaluate` returns."""
        self._check_compiled("test_on_batch")
        return self._on_batch("test", _batch(x, y, sample_weight, None), return_dict)

    def predict_on_batch(self, x):
        """The outputs for one batch, as numpy arrays."""
        x = as_arrays(x, "x")
        if not self.built:
            self._build_on_data(x)
        prediction = prediction_of(self)
        outputs, _ = prediction.program(prediction.values(), (x, None, None))
        return tree.map_structure(np.asarray, outputs)

    def _on_batch(self, kind, batch, return_dict):
        self._prepare(batch)
        loan = self._loan()
        programs = self._programs(kind)
        values, state = programs.single(loan.borrow(), batch)
        loan.put(state)
        return self._as_results(LazyLogs(programs.named(values)).copy(), return_dict)

    def _as_results(self, logs, return_dict):
        if return_dict:
            return logs
        values = list(logs.values())
        return values[0] if len(values) == 1 else values

    def _prepare(self, batch):
        self._compiled.prepare(batch)

    def _build_on_data(self, x):
        from_data = Compiled(self, dict.fromkeys(("loss", "loss_weights", "metrics",
                                                  "weighted_metrics")))
        from_data.prepare((x, None, None))

    def _call_on_batch(self, x, training):
        return self(x, training=training)

    def _state_variables(self):
        return self._compiled.variables

    def _programs(self, kind):
        return self._compiled.programs(kind)

    def _loan(self):
        return self._compiled.loan

    def _reset_metrics_on(self, loan):
        state = loan.borrow()
        loan.put(state.replace(metrics=self._compiled.fresh_metrics(state.metrics)))

    def _overrides(self, method) -> bool:
        return getattr(type(self), method) is not getattr(Trainer, method)

    def _chunk(self, callbacks, kind):
        """How many steps a compiled call joins; None leaves it to measurement."""
        steps = self._compiled.config["steps_per_execution"]
        if steps > 1:
            return steps
        return 1 if callbacks.watches_batches(kind) else None

    def _check_compiled(self, method):
        if not self.compiled:
            raise ValueError(
                f"You must call `compile()` before calling `{method}()`, for instance "
                "`model.compile(optimizer='adam', loss='mse')`."
            )

    def get_compile_config(self):
        """The arguments of `compile` as a config, or None for a model that is not compiled."""
        if not self.compiled:
            return None
        config = dict(self._compiled.config, optimizer=self.optimizer)
        return {name: serialize_keras_object(value) for name, value in config.items()}

    def compile_from_config(self, config) -> None:
        """Compiles the model as `get_compile_config` described."""
        self.compile(**deserialize_keras_object(config))
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)


def _batch(x, y, sample_weight, class_weight):
    if class_weight is not None:
        return ArrayData(x, y, sample_weight, class_weight=class_weight).arrays
    batch = tuple(
        a if is_tensor(a) or a is None else as_arrays(a, name)
        for a, name in ((x, "x"), (y, "y"), (sample_weight, "sample_weight"))
    )
    return batch


def _first(batches, steps):
    for i, batch in enumerate(batches):
        if i == steps:
            return
        yield batch


def _no_keywords(kwargs, method):
    if kwargs:
        raise ValueError(f"Arguments not recognized by `{method}`: {sorted(kwargs)}.")


def _computes_in_float16(model) -> bool:
    policies = [layer.dtype_policy for layer in model._flatten_layers()]
    return any(p.compute_dtype == "float16" and p.variable_dtype == "float32" for p in policies)


