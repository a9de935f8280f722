"""Trainer: `compile`, `fit`, `evaluate`, `predict` and their one-batch forms.

The path of a batch through `fit`: this file checks arguments and chooses the feed; `_loop.py` runs
epochs; `_feed.py` brings the batches; `_step.py` has the step and compiles it; `graph/_pure.py`
makes the model a pure function inside it; `optimizers/_base.py` updates; `_compiled.py` holds what
`compile` set up.
"""

import contextlib
import functools
import warnings

import numpy as np

from kerajax import _checks, tree
from kerajax.backend import is_tensor
from kerajax.callbacks import CallbackList
from kerajax.callbacks._logs import as_python
from kerajax.config import max_epochs, max_steps_per_epoch
from kerajax.eras import older
from kerajax.objects import current_era, old_spellings
from kerajax.training import _loop, _step
from kerajax.training._compiled import outputs_for
from kerajax.training._compiling import Compiling
from kerajax.training._feed import make_feed
from kerajax.training._old_params import tell_as_before
from kerajax.training._own_steps import check_takes_state
from kerajax.training._place import Place, new_rng
from kerajax.training._prediction import JoinedPredictions, function_of, is_one_batch, of_batch
from kerajax.training.data import (
    ArrayData,
    InputsAlone,
    Loading,
    as_arrays,
    as_long_as_the_first,
    is_stream,
    make_data,
    split,
    with_what_is_none,
)

# Seconds that one compiled call may take: less where somebody watches a progress bar.
_WATCHED, _UNWATCHED = 0.1, 0.5
_LOADING = Loading()
_OLD_LOADING = [f"_old_{name}" for name in Loading._fields]


class Trainer(Compiling):
    """What a layer needs to be trained. `Model` is Layer plus Trainer."""

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
        self._shows_accuracy()
        loading = self._take_loading()
        epochs, steps_per_epoch = _limited(epochs, steps_per_epoch)
        if validation_split and validation_data is None:
            x = x if is_stream(x) else self._on_host(x)
            (x, y, sample_weight), validation_data = split(x, y, sample_weight, validation_split)
        data = self._data(
            x,
            y,
            sample_weight,
            batch_size=batch_size,
            shuffle=shuffle,
            class_weight=class_weight,
            loading=loading,
        )
        feed = make_feed(data, steps_per_epoch)
        example = feed.example()
        self._prepare(example)
        if not self._compiled.trainable:
            warnings.warn(
                f"Model '{self.name}' has no trainable variables: training will change nothing.",
                stacklevel=3,
            )
        verbose = 1 if verbose == "auto" else verbose
        callbacks = CallbackList.of(
            callbacks, model=self, verbose=verbose, epochs=epochs, steps=feed.steps
        )
        tell_as_before(callbacks, self, data, example, validation_data is not None)
        layout = None
        if not callbacks.watches_batches("train"):
            layout = self._compiled.layout(example)
        held_out, validate = self._validation(
            validation_data,
            batch_size=validation_batch_size or batch_size,
            steps=validation_steps,
            freq=validation_freq,
            callbacks=callbacks,
            loading=loading,
            layout=layout,
            trained=example,
        )
        place = Place(feed, *new_rng(shuffle))
        with _closing(data), _closing(held_out), self._at(place):
            _loop.train(
                self,
                feed,
                callbacks=callbacks,
                epochs=epochs,
                initial_epoch=initial_epoch,
                chunk=self._chunk(callbacks, "train"),
                validate=validate,
                place=place,
                target=_WATCHED if verbose else _UNWATCHED,
                layout=layout,
            )
        return self.history

    @contextlib.contextmanager
    def _at(self, place):
        """While it trains, callbacks find the place of the training in the data here."""
        self.__dict__["_place"] = place
        try:
            yield
        finally:
            self.__dict__.pop("_place", None)

    def _take_loading(self):
        """What old arguments of `fit` said about the workers of data sets."""
        given = self.__dict__
        if given.keys().isdisjoint(_OLD_LOADING):
            return _LOADING
        return Loading(*[given.pop(name, None) for name in _OLD_LOADING])

    def _validation(self, data, *, batch_size, steps, freq, callbacks, loading, layout, trained):
        if isinstance(freq, bool) or not isinstance(freq, (int, list, tuple)):
            raise ValueError(
                "Expected `validation_freq` to be a list or int. Received: "
                f"validation_freq={freq} of the type {type(freq)}. Write 2 for every second epoch, "
                "or a list of epochs counted from 1."
            )
        if isinstance(freq, int):
            _checks.positive_int(freq, "validation_freq", "Model.fit")
        if data is None:
            return None, lambda epoch: None
        if self._overrides("test_step"):
            # Not after an epoch of training.
            check_takes_state(self, "test")
        x, y, sample_weight = data, None, None
        if isinstance(data, (list, tuple)):
            x, y, sample_weight = _step.unpack_batch(tuple(data))
            if y is not None and not is_stream(x) and callbacks.of_users():
                callbacks.set_validation_data(*self._batch(x, y, sample_weight, None))
        _, steps = _limited(1, steps)
        data = self._data(x, y, sample_weight, batch_size=batch_size, loading=loading)
        feed = make_feed(data, steps)
        if isinstance(data, ArrayData) and self.jit_compile:
            _step.check_evaluates(self, feed.example(), trained)
        # Each validation begins where the data begins, unless it can be read once only.
        anew = steps is not None and not getattr(data, "one_pass", False)

        def validate(epoch):
            due = (epoch + 1) % freq == 0 if isinstance(freq, int) else epoch + 1 in freq
            if not due:
                return None
            chunk = self._chunk(callbacks, "test")
            source = make_feed(data, steps) if anew else feed
            return _loop.evaluate(
                self, source, callbacks=callbacks, chunk=chunk, target=_UNWATCHED, layout=layout
            )

        return data, validate

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
            dict by name. For several outputs the list is the loss, the loss of each output, and
            the metrics of all outputs, sorted by name.
        """
        _no_keywords(kwargs, "evaluate")
        self._check_compiled("evaluate")
        shows_accuracy = self._shows_accuracy()
        _, steps = _limited(1, steps)
        loading = self._take_loading()
        data = self._data(x, y, sample_weight, batch_size=batch_size, loading=loading)
        feed = make_feed(data, steps)
        example = feed.example()
        self._prepare(example)
        verbose = 1 if verbose == "auto" else verbose
        callbacks = CallbackList.of(
            callbacks, model=self, verbose=verbose, epochs=1, steps=feed.steps, history=False
        )
        layout = None
        if not callbacks.watches_batches("test"):
            layout = self._compiled.layout_at_hand(example)
        with _closing(data):
            logs = _loop.evaluate(
                self,
                feed,
                callbacks=callbacks,
                chunk=self._chunk(callbacks, "test"),
                target=_WATCHED if verbose else _UNWATCHED,
                layout=layout,
            )
        self._loan().settle()
        return self._as_results(logs.copy(), return_dict, shows_accuracy)

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
        loading = self._take_loading()
        if older(current_era(), "tf2"):
            x = as_long_as_the_first(x)
        if verbose == 0 and callbacks is None and not steps and is_one_batch(x, batch_size):
            # Nothing is to be told and nothing to be joined.
            self.__dict__["stop_predicting"] = False
            return self._predict_one(x, InputsAlone)
        _, steps = _limited(1, steps)
        data = self._data(x, batch_size=batch_size, loading=loading)
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
        joined = self._compiled.config["steps_per_execution"] if self.compiled else 1
        alone = (
            joined > 1 or not isinstance(data, ArrayData) or callbacks.watches_batches("predict")
        )
        if joined > 1:
            callbacks = JoinedPredictions(callbacks, joined)
        with _closing(data):
            return _loop.predict(
                self,
                data,
                steps=steps,
                callbacks=callbacks,
                alone=alone,
                target=_WATCHED if verbose else _UNWATCHED,
            )

    @old_spellings("Model.train_on_batch")
    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One training step on one batch. Returns what `evaluate` returns, for this batch alone."""
        self._check_compiled("train_on_batch")
        batch = self._batch(x, y, sample_weight, class_weight)
        return self._on_batch("train", batch, return_dict)

    @old_spellings("Model.test_on_batch")
    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Loss and metrics of one batch. Returns what `evaluate` returns."""
        self._check_compiled("test_on_batch")
        batch = self._batch(x, y, sample_weight, None)
        return self._on_batch("test", batch, return_dict)

    def make_predict_function(self, force=False):
        """Makes `predict_function`: `(state, iterator) -> (outputs, state)`, a call of `predict`.

        Its state is `(trainable, non_trainable)`. Override it to predict by a function of your own.

        Args:
            force: Bool. Whether to make it anew where there is one.
        """
        if self.predict_function is None or force:
            self.predict_function = function_of(self)
        return self.predict_function

    def predict_on_batch(self, x):
        """The outputs for one batch, as numpy arrays."""
        return self._predict_one(x, _in_tuple)

    def _predict_one(self, x, as_batch):
        x = as_arrays(self._on_host(x), "x")
        if not self.built:
            self._build_on_data(x)
        as_batch = as_batch if self._has_own_steps() else _in_tuple
        outputs = of_batch(self, as_batch(x))
        # Copies, since arrays that JAX holds cannot be written to.
        return np.array(outputs) if is_tensor(outputs) else tree.map_structure(np.array, outputs)

    def _on_host(self, x):
        """Inputs after the layers that cannot be compiled, where a model has such layers."""
        return x

    def _data(self, x, y=None, sample_weight=None, *, loading=None, **options):
        options["as_given"] = self._has_own_steps()
        if is_stream(x):
            options = {"prepare": self._on_host, "loading": loading, **options}
            return make_data(x, y, sample_weight, **options)
        return make_data(self._on_host(x), y, sample_weight, **options)

    def _batch(self, x, y, sample_weight, class_weight):
        x = self._on_host(x)
        if class_weight is not None:
            return ArrayData(x, y, sample_weight, class_weight=class_weight).arrays
        parts = {"x": x, "y": y, "sample_weight": sample_weight}
        batch = tuple(as_arrays(part, name) for name, part in parts.items())
        return with_what_is_none(batch, 3) if self._has_own_steps() else batch

    def _on_batch(self, kind, batch, return_dict):
        shows_accuracy = self._shows_accuracy()
        self._prepare(batch)
        loan = self._loan()
        programs = self._programs(kind)
        values, state = programs.alone(loan.borrow(), batch)
        loan.put(state)
        logs = programs.named(map(as_python, values))
        return self._as_results(logs, return_dict, shows_accuracy)

    def _as_results(self, logs, return_dict, shows_accuracy):
        if return_dict:
            return logs
        if not shows_accuracy:
            logs = {name: value for name, value in logs.items() if name != "acc"}
        if len(logs) == 1:
            return next(iter(logs.values()))
        return [logs[name] for name in self._compiled.order_of(logs)]

    def _prepare(self, batch):
        self._compiled.prepare(batch)

    def _build_on_data(self, x):
        outputs_for(self, x)

    def _call_on_batch(self, x, training):
        return self(x, training=training)

    def _graph_of_steps(self):
        """The `Function` that a step runs, where the model is one."""

    def _state_variables(self):
        return self._compiled.variables

    def _programs(self, kind, layout=None):
        return self._compiled.programs(kind, layout=layout)

    def _loan(self, layout=None):
        return self._compiled.loan(layout)

    def _reset_metrics_on(self, loan):
        state = loan.borrow()
        loan.put(state.replace(metrics=self._compiled.fresh_metrics(state.metrics)))

    def _overrides(self, method) -> bool:
        return getattr(type(self), method) is not getattr(Trainer, method)

    def _has_own_steps(self) -> bool:
        """Whether the form of a batch matters, since the user wrote code that sees it."""
        return _has_own_steps(type(self))

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


@functools.lru_cache(maxsize=256)
def _has_own_steps(cls) -> bool:
    kinds = ("train", "test", "predict")
    names = [name for kind in kinds for name in (f"{kind}_step", f"make_{kind}_function")]
    return any(getattr(cls, name) is not getattr(Trainer, name) for name in names)


def _in_tuple(x):
    return x, None, None


def _limited(epochs, steps):
    """Epochs and steps of an epoch, no more than `kerajax.config` allows."""
    most_epochs, most_steps = max_epochs(), max_steps_per_epoch()
    # As in Keras, no steps are as many as the data has.
    steps = steps or None
    if most_epochs and most_epochs < epochs:
        warnings.warn(f"Limiting epochs to {most_epochs}", stacklevel=4)
        epochs = most_epochs
    if most_steps and (not steps or most_steps < steps):
        warnings.warn(f"Limiting steps_per_epoch to {most_steps}", stacklevel=4)
        steps = most_steps
    return epochs, steps


@contextlib.contextmanager
def _closing(data):
    """Ends what the data may have started: its worker processes."""
    try:
        yield
    finally:
        if hasattr(data, "close"):
            data.close()


def _no_keywords(kwargs, method):
    if kwargs:
        raise ValueError(f"Arguments not recognized by `{method}`: {sorted(kwargs)}.")
