"""Sizes that all candidates share, and the data they learn from."""

import numpy as np

VOCABULARY, TIME_STEPS = 20_000, 80  # Of the recurrent models.
TOKEN_VOCABULARY, TOKENS = 2_000, 64  # Of the transformer: vocabulary and length, then widths.
WIDTH, HEADS, HIDDEN, BLOCKS = 128, 4, 512, 2
RESNET_WIDTHS, RESNET_UNITS = (16, 32, 64), 3
DEPTH_WIDTH = 256  # Of the blocks in the rows `depth_8` and `depth_50`.
BIG = (2048, 4096, 4096, 10)  # The MLP of `memory_mlp`.
IMAGES = {"mlp": (784,), "big_mlp": (BIG[0],), "convnet": (28, 28, 1), "resnet20": (32, 32, 3)}


def make_data(model, samples, seed=0):
    """Inputs and labels with something to learn, so that loss curves can be compared.

    Returns:
        Pair of numpy arrays: inputs (float32, or int32 tokens for `lstm`, `gru` and `transformer`),
        labels (float32 of shape `(samples, 1)` for the binary tasks, int32 classes of shape
        `(samples,)` otherwise).
    """
    rng = np.random.default_rng(seed)
    if model in ("lstm", "gru"):
        x = rng.integers(0, VOCABULARY, (samples, TIME_STEPS), dtype=np.int32)
        positive = np.mean(x[:, -10:], axis=1) > VOCABULARY / 2
        return x, positive.astype(np.float32)[:, None]
    if model in ("script_mlp", "custom_step"):
        x = rng.normal(size=(samples, 8)).astype(np.float32)
        score = np.sin(x[:, 0]) + x[:, 1] * x[:, 2] + 0.3 * rng.normal(size=samples)
        return x, (score > 0).astype(np.float32)[:, None]
    classes = rng.integers(0, 10, samples)
    if model == "transformer":
        # A third of the tokens comes from the class' own tenth of the vocabulary.
        tokens = rng.integers(0, TOKEN_VOCABULARY, (samples, TOKENS), dtype=np.int32)
        tenth = TOKEN_VOCABULARY // 10
        own = classes[:, None] * tenth + tokens % tenth
        x = np.where(rng.random(tokens.shape) < 1 / 3, own, tokens).astype(np.int32)
    else:
        shape = IMAGES.get(model, (DEPTH_WIDTH,))
        patterns = np.random.default_rng(seed + 1).random((10, *shape))[classes]
        x = (patterns + rng.random((samples, *shape))).astype(np.float32) / 2
    # A fifth of the labels is random, so that the loss does not vanish (nor the gradients with it).
    labels = np.where(rng.random(samples) < 0.2, rng.integers(0, 10, samples), classes)
    return x, labels.astype(np.int32)


def resnet_plan():
    """ResNet-20's convolutions in order: name, kernel size, channels in and out, stride.

    Where a stage halves the image, the shortcut is a strided 1x1 convolution with its own
    normalization (option B of He et al., 2015, https://arxiv.org/abs/1512.03385).
    """
    before = RESNET_WIDTHS[0]
    yield "stem", 3, 3, before, 1
    for stage, width in enumerate(RESNET_WIDTHS):
        for unit in range(RESNET_UNITS):
            stride = 2 if stage and not unit else 1
            yield f"{stage}.{unit}.a", 3, before, width, stride
            yield f"{stage}.{unit}.b", 3, width, width, 1
            if stride > 1:
                yield f"{stage}.{unit}.skip", 1, before, width, stride
            before = width


def run_resnet20(convolve, relu, x):
    """Runs ResNet-20 up to its last feature map.

    Args:
        convolve: `convolve(name, x)`: the convolution of that name and its normalization.
        relu: The activation.
        x: Images.
    """
    names = {name for name, *_ in resnet_plan()}
    x = relu(convolve("stem", x))
    for stage in range(len(RESNET_WIDTHS)):
        for unit in range(RESNET_UNITS):
            name = f"{stage}.{unit}"
            shortcut = convolve(f"{name}.skip", x) if f"{name}.skip" in names else x
            x = relu(convolve(f"{name}.a", x))
            x = relu(convolve(f"{name}.b", x) + shortcut)
    return x
