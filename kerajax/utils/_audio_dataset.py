"""`audio_dataset_from_directory`."""

import wave

import numpy as np

from kerajax.utils._batched_dataset import stacked
from kerajax.utils._directory import Folder, datasets_of_folder


def audio_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    batch_size=32,
    sampling_rate=None,
    output_sequence_length=None,
    ragged=False,
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    follow_links=False,
    verbose=True,
):
    """A data set of the `.wav` files in a folder, whose subfolders are classes.

    Args:
        directory: Path of the folder.
        labels: `"inferred"` from the subfolders, None for no labels, or a list of ints for the
            files in alphabetical order.
        label_mode: `"int"` (int32), `"binary"` (float32, `(batch, 1)`), `"categorical"` (one-hot,
            float32) or None for no labels.
        class_names: Optional list of subfolders: the classes, in this order.
        batch_size: Int, or None for single sounds.
        sampling_rate: Optional int, in Hz, that sounds are resampled to; by a polyphase filter of
            scipy, which differs from TensorFlow I/O in small amounts.
        output_sequence_length: Optional int: sounds are cut or padded to so many samples. By
            default to the longest of the batch.
        ragged: Only False.
        shuffle: Bool. Whether files come in a random order, in a new one for each pass.
        seed: Optional int.
        validation_split: Optional fraction of the files, for validation.
        subset: With `validation_split`: `"training"`, `"validation"`, or `"both"` for a tuple of
            the two data sets.
        follow_links: Bool. Whether links to folders are followed.
        verbose: Bool. Whether to print how many files there are.

    Returns:
        A data set of sounds `(batch, samples, channels)`, float32 from -1 to 1, or of pairs
        `(sounds, labels)`. It has `class_names` and `file_paths`.

    Raises:
        ValueError: If arguments contradict each other, there are no such files, or a file is no
            PCM sound of 8, 16 or 32 bits.

    Example:

    ```python
    sounds = kerajax.utils.audio_dataset_from_directory("birds", output_sequence_length=16000)
    model.fit(sounds)
    ```
    """
    if ragged and output_sequence_length is not None:
        raise ValueError("Cannot set both `ragged` and `output_sequence_length`")
    if ragged:
        raise ValueError(
            "`ragged=True` can only be used with the TensorFlow backend. Leave it out: sounds are "
            "padded to the longest of the batch."
        )
    if sampling_rate is not None and not isinstance(sampling_rate, int):
        raise ValueError(
            f"`sampling_rate` should have an integer value. Received: sampling_rate={sampling_rate}"
        )
    if sampling_rate is not None and sampling_rate <= 0:
        raise ValueError(
            f"`sampling_rate` should be higher than 0. Received: sampling_rate={sampling_rate}"
        )
    folder = Folder(
        directory, labels, label_mode, class_names, batch_size, shuffle, seed, validation_split,
        subset, follow_links, verbose, kind="audio files", suffixes=(".wav",),
    )  # fmt: skip

    def load(path):
        sound, rate = _read(path)
        # Resampling after cutting, as in Keras.
        sound = _fitted(sound, output_sequence_length)
        return sound if sampling_rate in (None, rate) else _resampled(sound, rate, sampling_rate)

    def collate(sounds):
        longest = max(map(len, sounds))
        return stacked([_fitted(sound, longest) for sound in sounds])

    made = datasets_of_folder(folder, load, collate)
    return tuple(made) if subset == "both" else made


def _read(path):
    """A sound as a float32 array `(samples, channels)`, and its samples per second."""
    with wave.open(path) as file:
        width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
        content = file.readframes(file.getnframes())
    if width not in (1, 2, 4):
        raise ValueError(
            f"The sound {path} has samples of {8 * width} bits; 8, 16 and 32 can be read. Convert "
            "it to 16 bits."
        )
    if width == 1:
        # These alone have no sign.
        values = np.frombuffer(content, "uint8").astype("float32") / 128 - 1
    else:
        values = np.frombuffer(content, f"<i{width}").astype("float32") / 2 ** (8 * width - 1)
    return values.reshape(-1, channels), rate


def _fitted(sound, length):
    """A sound cut, or padded with silence, to a length."""
    if length is None:
        return sound
    return np.pad(sound[:length], [(0, max(length - len(sound), 0)), (0, 0)])


def _resampled(sound, old, new):
    from scipy.signal import resample_poly

    divisor = np.gcd(old, new)
    return resample_poly(sound, new // divisor, old // divisor, axis=0).astype("float32")
