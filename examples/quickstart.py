"""The main job from end to end: train, save, load, and load a file of real Keras 2.2.4.

A small convnet learns scikit-learn's handwritten digits (1,797 images of 8 x 8 pixels). The script
writes `digits.h5`, `digits_best.keras` and two pictures into a folder, which is the first argument.

    pip install 'kerajax[demo]'
    python examples/quickstart.py [folder]
"""

import subprocess
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split

import kerajax as keras
from kerajax import layers

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures"
OLD_MODEL = FIXTURES / "keras-2.2.4-tf__cnn2d.h5"


def load_data():
    """Digits as float images in [0, 1], `(samples, 8, 8, 1)`, split 70 / 10 / 20."""
    digits = load_digits()
    x = digits.images[..., np.newaxis].astype("float32") / 16.0
    x, x_test, y, y_test = train_test_split(
        x, digits.target, test_size=0.2, random_state=0, stratify=digits.target
    )
    x_train, x_val, y_train, y_val = train_test_split(
        x, y, test_size=0.125, random_state=0, stratify=y
    )
    return (x_train, y_train), (x_val, y_val), (x_test, y_test)


def build_model():
    """Two convolutions, batch normalization, dropout, two dense layers."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ],
        name="digits",
    )


def train(model, train_data, validation_data, folder):
    """Trains with early stopping and keeps the best model on disk."""
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model.fit(
        *train_data,
        batch_size=64,
        epochs=30,
        validation_data=validation_data,
        callbacks=[
            keras.callbacks.EarlyStopping(patience=6, restore_best_weights=True),
            keras.callbacks.ModelCheckpoint(folder / "digits_best.keras", save_best_only=True),
        ],
    )


def predict_in_fresh_process(path, x, folder):
    """What a new Python process predicts with the model in a file."""
    np.save(folder / "x.npy", x)
    code = (
        "import sys, numpy as np, kerajax\n"
        "model = kerajax.models.load_model(sys.argv[1])\n"
        "np.save(sys.argv[3], model.predict(np.load(sys.argv[2]), verbose=0))\n"
    )
    files = [str(path), str(folder / "x.npy"), str(folder / "y.npy")]
    subprocess.run([sys.executable, "-c", code, *files], check=True)
    predictions = np.load(folder / "y.npy")
    (folder / "x.npy").unlink()
    (folder / "y.npy").unlink()
    return predictions


def check_old_file():
    """Loads what Keras 2.2.4 saved, and compares with what it predicted then."""
    recorded = np.load(OLD_MODEL.with_suffix(".npz"))
    model = keras.models.load_model(OLD_MODEL)
    difference = np.abs(model.predict(recorded["x0"], verbose=0) - recorded["y0"]).max()
    return model, difference


def draw_curves(history, path):
    """Loss and accuracy by epoch."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
        epochs = np.arange(1, len(history[name]) + 1)
        axis.plot(epochs, history[name], label="training")
        axis.plot(epochs, history[f"val_{name}"], label="validation")
        axis.set(xlabel="epoch", ylabel=name, title=name.capitalize())
        axis.grid(alpha=0.3)
        axis.legend(frameon=False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def draw_confusion(y_true, y_pred, accuracy, path):
    """Which digits are taken for which."""
    figure, axis = plt.subplots(figsize=(5, 4.6), layout="constrained")
    ConfusionMatrixDisplay.from_predictions(y_true, y_pred, ax=axis, colorbar=False, cmap="Blues")
    axis.set_title(f"Test digits, accuracy {accuracy:.1%}")
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(0)
    train_data, validation_data, (x_test, y_test) = load_data()
    model = build_model()
    model.summary()
    history = train(model, train_data, validation_data, folder).history

    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"\ntest loss {loss:.4f}, test accuracy {accuracy:.2%} on {len(x_test)} digits")
    if accuracy < 0.97:
        raise SystemExit("The test accuracy is below 97 %.")

    predictions = model.predict(x_test, verbose=0)
    model.save(folder / "digits.h5")
    again = predict_in_fresh_process(folder / "digits.h5", x_test, folder)
    difference = np.abs(predictions - again).max()
    print(f"digits.h5 in a fresh process: predictions differ by at most {difference:.1e}")

    old, difference = check_old_file()
    print(
        f"{OLD_MODEL.name}, written by Keras 2.2.4: '{old.name}' with {len(old.layers)} layers, "
        f"predictions differ from those recorded by at most {difference:.1e}"
    )

    draw_curves(history, folder / "training_curves.png")
    draw_confusion(y_test, predictions.argmax(-1), accuracy, folder / "confusion_matrix.png")
    print(f"wrote {', '.join(sorted(p.name for p in folder.iterdir()))} to {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo_output"))
