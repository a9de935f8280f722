"""How far a student is from its teacher: in its outputs, or in what layers inside compute."""

from kerajax import losses, ops, tree
from kerajax._checks import positive_float
from kerajax.objects import Configurable, deserialize_keras_object, publish


@publish("keras.distillation.DistillationLoss")
class DistillationLoss(Configurable):
    """Base of distillation losses: override `compute_loss`.

    A subclass with the attributes `teacher_layer_name` and `student_layer_name` is given what these
    layers compute; any other is given the outputs of the models.

    Example:

    >>> class Distance(kerajax.distillation.DistillationLoss):
    ...     def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
    ...         return kerajax.ops.mean(kerajax.ops.abs(teacher_outputs - student_outputs))
    >>> float(Distance().compute_loss(np.ones((2, 3)), np.zeros((2, 3))))
    1.0
    """

    teacher_layer_name = None
    student_layer_name = None

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        """The loss of a batch, to be written by subclasses.

        Args:
            teacher_outputs: Tensor, or the structure of tensors that the teacher returns.
            student_outputs: The same of the student.
            **kwargs: For arguments of a subclass.

        Returns:
            A scalar tensor.
        """
        raise NotImplementedError(
            f"{type(self).__name__} needs a method `compute_loss(teacher_outputs, "
            "student_outputs)` that returns a scalar."
        )

    def validate_outputs(self, teacher_outputs, student_outputs):
        """Checks that the outputs can be compared.

        Raises:
            ValueError: If they are nested in different ways.
        """
        tree.assert_same_structure(teacher_outputs, student_outputs)

    def validate_model_compatibility(self, teacher, student):
        """Checks that the loss can be computed for two models; a subclass raises ValueError."""


class _PerOutput(DistillationLoss):
    """A loss for each output, summed; None leaves an output out."""

    def _set_loss(self, loss):
        self.loss = tree.map_structure(losses.get, loss)
        if all(x is None for x in tree.flatten(self.loss)):
            raise ValueError(
                f"{type(self).__name__}: at least one entry of `loss` must be a loss, but received "
                f"{loss!r}. Pass for instance `loss='mse'`."
            )

    @classmethod
    def from_config(cls, config):
        """A loss from the dict that `get_config` returned."""
        return cls(**{**config, "loss": deserialize_keras_object(config["loss"])})

    def _sum(self, value_of, teacher_outputs, student_outputs):
        def value(loss, teacher, student):
            return 0.0 if loss is None else ops.mean(value_of(loss, teacher, student))

        values = tree.map_structure(value, self.loss, teacher_outputs, student_outputs)
        return ops.sum(ops.stack(tree.flatten(values)))


@publish("keras.distillation.LogitsDistillation")
class LogitsDistillation(_PerOutput):
    """Compares the logits of the models, softened by a temperature.

    Both logits are divided by `temperature`. For the Kullback-Leibler divergence they become
    probabilities by softmax, and the loss is `temperature**2 * KL(teacher || student)`, so that
    its gradients keep their size when the temperature changes. Any other loss is called with the
    divided logits, the teacher's in the place of targets.

    Args:
        temperature: Number > 0. A higher one gives the classes that are not the most likely more
            weight.
        loss: Loss, its name, or a structure of them like the outputs; None leaves an output out.

    Raises:
        ValueError: If the temperature is no positive number, a name is unknown, or all losses are
            None.

    Example:

    >>> loss = kerajax.distillation.LogitsDistillation(temperature=2.0)
    >>> round(float(loss.compute_loss(np.array([[0.0, 2.0]]), np.array([[2.0, 0.0]]))), 3)
    1.848

    Reference:
        Hinton, Vinyals and Dean, 2015, "Distilling the Knowledge in a Neural Network",
        https://arxiv.org/abs/1503.02531
    """

    def __init__(self, temperature=3.0, loss="kl_divergence"):
        self.temperature = positive_float(temperature, "temperature", self)
        self._set_loss(loss)

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        """The sum of the losses of all outputs, a scalar."""
        return self._sum(self._value, teacher_outputs, student_outputs)

    def _value(self, loss, teacher, student):
        teacher, student = (ops.divide(x, self.temperature) for x in (teacher, student))
        if isinstance(loss, losses.KLDivergence) or loss is losses.kl_divergence:
            divergence = loss(ops.softmax(teacher, axis=-1), ops.softmax(student, axis=-1))
            return divergence * self.temperature**2
        return loss(teacher, student)


@publish("keras.distillation.FeatureDistillation")
class FeatureDistillation(_PerOutput):
    """Compares what a layer of each model computes.

    Args:
        loss: Loss, its name, or a structure of them like the outputs of the layers; None leaves an
            output out. It is called with the teacher's features in the place of targets.
        teacher_layer_name: Name of the teacher's layer; None means the outputs of the model.
        student_layer_name: Name of the student's layer; None means the outputs of the model.

    Raises:
        ValueError: If a name of a loss is unknown, or all losses are None.

    Example:

    >>> loss = kerajax.distillation.FeatureDistillation("mse", "encoder", "small_encoder")
    >>> float(loss.compute_loss(np.full((2, 3), 2.0), np.zeros((2, 3))))
    4.0

    Reference:
        Romero et al., 2014, "FitNets: Hints for Thin Deep Nets", https://arxiv.org/abs/1412.6550
    """

    def __init__(self, loss="mse", teacher_layer_name=None, student_layer_name=None):
        self.teacher_layer_name = teacher_layer_name
        self.student_layer_name = student_layer_name
        self._set_loss(loss)

    def validate_model_compatibility(self, teacher, student):
        """Checks that the named layers can be found.

        Raises:
            ValueError: If a model has no such layer, or no graph to find its output in.
        """
        for whose, model, name in (
            ("teacher", teacher, self.teacher_layer_name),
            ("student", student, self.student_layer_name),
        ):
            if name is None:
                continue
            if getattr(model, "inputs", None) is None:
                raise ValueError(
                    f"FeatureDistillation needs a Functional or Sequential {whose} that is built "
                    f"to find the output of its layer '{name}', but '{model.name}' has no symbolic "
                    "inputs. It may be subclassed. Use such a model, or leave the name of the "
                    "layer out to compare outputs."
                )
            try:
                model.get_layer(name=name)
            except ValueError as error:
                raise ValueError(f"In {whose} model: {error}") from error

    def validate_outputs(self, teacher_outputs, student_outputs):
        """Checks that the features can be compared, and that there is a loss for each.

        Raises:
            ValueError: If they are nested in different ways.
        """
        super().validate_outputs(teacher_outputs, student_outputs)
        try:
            tree.assert_same_structure(self.loss, teacher_outputs)
        except ValueError as error:
            raise ValueError(
                f"Loss structure mismatch: FeatureDistillation has losses {self.loss!r}, which are "
                f"not nested like the outputs. {error}"
            ) from error

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        """The sum of the losses of all features, a scalar."""
        return self._sum(lambda loss, *features: loss(*features), teacher_outputs, student_outputs)
