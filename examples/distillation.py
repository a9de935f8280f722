"""Teacher and student: a small model learns from the outputs of a large one.

The student sees few labels, but the teacher's soft outputs for all images. The loss is custom: a
frozen model inside `compute_loss`, so that `fit`, callbacks and metrics work as for any model.

    pip install 'kerajax[demo]'
    python examples/distillation.py

Reference:
    Hinton et al., 2015, "Distilling the Knowledge in a Neural Network",
    https://arxiv.org/abs/1503.02531
"""

import numpy as np
from sklearn.datasets import load_digits

import kerajax as keras
from kerajax import layers, ops


def build_teacher(width):
    """A convnet with dropout; outputs are logits."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(width, 3, padding="same", activation="relu"),
            layers.Conv2D(2 * width, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.4),
            layers.Dense(10),
        ],
        name="teacher",
    )


def build_student(name):
    """One hidden layer of 16 units."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(16, activation="relu"),
            layers.Dense(10),
        ],
        name=name,
    )


class Distiller(keras.Model):
    """A student that learns from labels, where there are any, and from a teacher.

    Args:
        student, teacher: Models whose outputs are logits. The teacher does not train.
        temperature: Float > 0; the higher, the softer the teacher's answers.
        alpha: Float in [0, 1], the weight of the labels.
    """

    def __init__(self, student, teacher, temperature=3.0, alpha=0.3):
        super().__init__()
        teacher.trainable = False
        self.student = student
        self.teacher = teacher
        self.temperature = temperature
        self.alpha = alpha
        self.imitation = keras.metrics.Mean(name="imitation")

    def call(self, x, training=False):
        return self.student(x, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        from_labels = super().compute_loss(x, y, y_pred, sample_weight, training)
        answers = ops.softmax(self.teacher(x, training=False) / self.temperature)
        imitation = ops.mean(
            keras.losses.kl_divergence(answers, ops.softmax(y_pred / self.temperature))
        )
        self.imitation.update_state(imitation)
        # Gradients of soft answers shrink with the square of the temperature.
        return self.alpha * from_labels + (1 - self.alpha) * self.temperature**2 * imitation


def compiled(model):
    """`model`, ready to train on labels; a sample weight of 0 means that a label is unknown."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"])
    return model


def main(epochs=40, teacher_epochs=20, width=32, labels=100):
    keras.utils.set_random_seed(0)
    digits = load_digits()
    images = digits.images[..., None].astype("float32") / 16
    x, y, x_test, y_test = images[:1500], digits.target[:1500], images[1500:], digits.target[1500:]
    known = (np.arange(len(x)) < labels).astype("float32")

    teacher = compiled(build_teacher(width))
    teacher.fit(x, y, batch_size=100, epochs=teacher_epochs, verbose=0)
    alone = compiled(build_student("alone"))
    alone.fit(x, y, sample_weight=known, batch_size=100, epochs=epochs, verbose=0)
    distiller = compiled(Distiller(build_student("student"), teacher))
    distiller.fit(x, y, sample_weight=known, batch_size=100, epochs=epochs, verbose=0)

    models = {"teacher": teacher, "alone": alone, "distilled": compiled(distiller.student)}
    scores = {name: model.evaluate(x_test, y_test, verbose=0)[1] for name, model in models.items()}
    print(
        f"test accuracy: teacher {scores['teacher']:.1%}; student with {labels} labels "
        f"{scores['alone']:.1%} alone, {scores['distilled']:.1%} with the teacher"
    )
    return scores


if __name__ == "__main__":
    main()
