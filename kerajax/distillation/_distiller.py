"""Distiller: a model whose training makes a student like its teacher."""

import warnings

from kerajax import ops, tree
from kerajax._checks import unit_interval
from kerajax.backend import shape_of
from kerajax.metrics import Mean
from kerajax.models import Model
from kerajax.objects import publish


@publish("keras.distillation.Distiller")
class Distiller(Model):
    """Trains a student on labels and on what a frozen teacher makes of the same inputs.

    `loss = w * student_loss + (1 - w) * sum(weight_i * distillation_loss_i)`, where `w` is
    `student_loss_weight`. The outputs are the student's. Only the student trains: the teacher is
    set to `trainable = False` and runs in inference mode. Where a loss names a layer of the
    student, the student runs once more for its features.

    The logs hold `student_loss`, `distillation_loss` and `total_loss` beside `loss`.

    Args:
        teacher: Model that has learned.
        student: Model with inputs and outputs of the same shapes and dtypes.
        distillation_losses: `DistillationLoss`, or a list of them.
        distillation_loss_weights: List of numbers, one per loss; 1 by default.
        student_loss_weight: Number in [0, 1]. At 1 the teacher is not asked, at 0 the labels are
            not looked at.
        name: String.
        **kwargs: Arguments of every model.

    Raises:
        ValueError: If the models or losses do not go together, or a weight is out of its range.

    Example:

    >>> teacher = kerajax.Sequential([kerajax.Input((4,)), kerajax.layers.Dense(3)])
    >>> student = kerajax.Sequential([kerajax.Input((4,)), kerajax.layers.Dense(3)])
    >>> distiller = kerajax.distillation.Distiller(
    ...     teacher, student, kerajax.distillation.LogitsDistillation(temperature=2.0)
    ... )
    >>> distiller.compile("adam", "mse")
    >>> history = distiller.fit(np.ones((8, 4)), np.ones((8, 3)), verbose=0)
    >>> sorted(history.history)
    ['distillation_loss', 'loss', 'student_loss', 'total_loss']

    Reference:
        Hinton, Vinyals and Dean, 2015, "Distilling the Knowledge in a Neural Network",
        https://arxiv.org/abs/1503.02531
    """

    def __init__(
        self,
        teacher,
        student,
        distillation_losses,
        distillation_loss_weights=None,
        student_loss_weight=0.5,
        name="distiller",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        _check_alike(teacher, student)
        if distillation_losses is None:
            raise ValueError(
                "Distiller: `distillation_losses` cannot be None. Pass a distillation loss such as "
                "`LogitsDistillation()`, or a list of them."
            )
        if not isinstance(distillation_losses, (list, tuple)):
            distillation_losses = [distillation_losses]
        if distillation_loss_weights is None:
            distillation_loss_weights = [1.0] * len(distillation_losses)
        if len(distillation_loss_weights) != len(distillation_losses):
            raise ValueError(
                f"Distiller: the number of `distillation_loss_weights` must match the "
                f"{len(distillation_losses)} losses, but received {distillation_loss_weights!r}."
            )
        self.student_loss_weight = unit_interval(student_loss_weight, "student_loss_weight", self)
        for loss in distillation_losses:
            loss.validate_model_compatibility(teacher, student)
        self.teacher = teacher
        self.student = student
        self.distillation_losses = list(distillation_losses)
        self.distillation_loss_weights = list(distillation_loss_weights)
        self._taught, self._learned = (
            _Features(model, [_name(loss, whose) for loss in distillation_losses])
            for whose, model in (("teacher", teacher), ("student", student))
        )
        teacher.trainable = False
        self.student_loss_tracker = Mean(name="student_loss")
        self.distillation_loss_tracker = Mean(name="distillation_loss")
        self.total_loss_tracker = Mean(name="total_loss")

    def build(self, input_shape):
        """Builds both models for inputs of a shape, or of nested shapes."""
        for model in (self.teacher, self.student):
            if not model.built:
                model.build(input_shape)
        self.built = True

    def compile(self, optimizer="adam", loss=None, metrics=None, **kwargs):
        """Says how the student is trained.

        Args:
            optimizer: Optimizer of the student.
            loss: Loss of the student's outputs against the labels, as in `Model.compile`.
            metrics: Metrics of the student's outputs against the labels.
            **kwargs: Other arguments of `Model.compile`.

        Raises:
            ValueError: If there is no loss.
        """
        if loss is None:
            raise ValueError(
                "Distiller.compile: `loss` cannot be None. Pass the student's loss against the "
                "labels, such as 'sparse_categorical_crossentropy'; to train without labels, set "
                "`student_loss_weight=0` as well."
            )
        super().compile(optimizer=optimizer, loss=loss, metrics=metrics, **kwargs)

    def compile_from_config(self, config):
        """Compiles as `get_compile_config` described; Keras' files do not say the loss."""
        if config.get("loss") is None:
            warnings.warn(
                f"Distiller '{self.name}' is not compiled: its file does not say the student's "
                "loss. Call `compile` before training goes on.",
                stacklevel=2,
            )
            return False
        return super().compile_from_config(config)

    def call(self, inputs, training=None, **kwargs):
        """The student's outputs."""
        return self.student(inputs, training=training, **kwargs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The weighted sum of the student's loss and the distillation losses, a scalar.

        Args:
            x: Inputs.
            y: Targets; None leaves the student's loss out.
            y_pred: The student's outputs; computed from `x` if None.
            sample_weight: Weights of the samples in the student's loss.
            training: Bool.
        """
        if y_pred is None:
            y_pred = self(x, training=training)
        student_loss = distillation_loss = 0.0
        share = self.student_loss_weight
        if share > 0 and y is not None:
            student_loss = self._compiled.loss(y, y_pred, sample_weight)
        if share < 1:
            distillation_loss = self._distillation_loss(x, y_pred, training)
        total = ops.add(share * student_loss, (1 - share) * distillation_loss)
        self.student_loss_tracker.update_state(student_loss)
        self.distillation_loss_tracker.update_state(distillation_loss)
        self.total_loss_tracker.update_state(total)
        return total

    def _distillation_loss(self, x, y_pred, training):
        taught = self._taught(x, training=False)
        # Outputs are compared in the same draw of dropout that the student's loss looks at.
        features = self._learned(x, training=training) if self._learned.names else {}
        learned = {**features, None: y_pred}
        total = 0.0
        for loss, weight in zip(
            self.distillation_losses, self.distillation_loss_weights, strict=True
        ):
            outputs = taught[_name(loss, "teacher")], learned[_name(loss, "student")]
            loss.validate_outputs(*outputs)
            value = loss.compute_loss(*outputs)
            if shape_of(value):
                raise ValueError(
                    f"{type(loss).__name__}.compute_loss must return a scalar, but returned a "
                    f"non-scalar loss of shape {tuple(shape_of(value))}. Reduce it by "
                    "`keras.ops.mean`."
                )
            total = total + weight * value
        return total


def _name(loss, whose):
    """The name of the layer whose output a loss looks at; None for the outputs of the model."""
    return getattr(loss, f"{whose}_layer_name", None) or None


class _Features:
    """What named layers of a model compute for inputs, beside its outputs, which have no name."""

    def __init__(self, model, names):
        self.names = [name for name in dict.fromkeys(names) if name is not None]
        self._run = model
        if self.names:
            inside = [model.get_layer(name).output for name in self.names]
            self._run = Model(model.inputs, [model.output, *inside])

    def __call__(self, x, training):
        outputs = self._run(x, training=training)
        return (
            dict(zip([None, *self.names], outputs, strict=True)) if self.names else {None: outputs}
        )


def _check_alike(teacher, student):
    """Raises ValueError unless both are models with inputs and outputs of one kind."""
    for whose, model in (("Teacher", teacher), ("Student", student)):
        if not isinstance(model, Model):
            raise ValueError(
                f"Distiller: {whose} must be a `keras.Model`, but received {model!r} of type "
                f"{type(model).__name__}."
            )
    for what in ("inputs", "outputs"):
        ends = [getattr(model, what, None) for model in (teacher, student)]
        if all(end is not None for end in ends):
            tree.map_structure(lambda *pair, what=what: _check_end(*pair, what), *ends)


def _check_end(teacher, student, what):
    sizes = zip(teacher.shape, student.shape, strict=False)
    differ = any(None not in pair and pair[0] != pair[1] for pair in sizes)
    if differ or len(teacher.shape) != len(student.shape) or teacher.dtype != student.dtype:
        raise ValueError(
            f"Distiller: teacher and student {what} must have the same shapes and dtypes, but the "
            f"teacher has {teacher.dtype} {teacher.shape} and the student {student.dtype} "
            f"{student.shape}."
        )
