"""What RandAugment and AugMix choose from: layers, one of which is applied at a time.

Which one it is, is drawn. With values at hand only that layer runs; in compiled code all are
compiled and one runs.
"""

import functools

from kerajax import ops
from kerajax.backend import is_traced
from kerajax.layers._image._histogram import AutoContrast, Equalization
from kerajax.layers._image._random_color import RandomColorDegeneration
from kerajax.layers._image._random_focus import RandomSharpness
from kerajax.layers._image._random_levels import RandomPosterization, Solarization
from kerajax.layers._image._random_light import RandomBrightness, RandomContrast
from kerajax.layers._image._random_warps import RandomRotation, RandomShear, RandomTranslation


def make_candidates(owner, names):
    """The layers that an augmentation of a certain strength chooses from, by name.

    Args:
        owner: The layer that chooses: it has a `factor`, `value_range`, `interpolation`, a `seed`,
            a `data_format` and a dtype policy.
        names: The names wanted.
    """
    low, high = factor = tuple(owner.factor)
    every = {"data_format": owner.data_format, "dtype": owner.dtype_policy}
    every["bounding_box_format"] = owner.bounding_box_format
    color = {**every, "value_range": owner.value_range}
    drawn = {**color, "seed": owner.seed}
    moved = {**every, "seed": owner.seed, "interpolation": owner.interpolation}
    makers = {
        "random_shear": lambda: RandomShear(factor, factor, **moved),
        "random_translation": lambda: RandomTranslation(factor, factor, **moved),
        "random_rotation": lambda: RandomRotation(factor, **moved),
        "random_brightness": lambda: RandomBrightness(factor, **drawn),
        "random_color_degeneration": lambda: RandomColorDegeneration(factor, **drawn),
        "random_contrast": lambda: RandomContrast(factor, **drawn),
        "random_sharpness": lambda: RandomSharpness(factor, **drawn),
        "random_posterization": lambda: RandomPosterization(max(1, int(8 * high)), **drawn),
        "solarization": lambda: Solarization(factor, factor, **drawn),
        "auto_contrast": lambda: AutoContrast(**color),
        "equalization": lambda: Equalization(**color),
    }
    return {name: makers[name]() for name in names}


def apply_chosen(index, layers, transforms, method, x, *, or_none=False):
    """What a method of the layer of number `index` makes of `x`; the number may be traced.

    Args:
        index: Int scalar.
        layers: List of layers.
        transforms: List of what was drawn for them.
        method: Name of the method, such as `"transform_images"`.
        x: The argument.
        or_none: Bool. Whether the number past the last layer stands for no change.
    """
    functions = [
        functools.partial(getattr(layer, method), transformation=drawn, training=True)
        for layer, drawn in zip(layers, transforms, strict=True)
    ]
    functions += [lambda x: x] * or_none
    if is_traced(index):
        return ops.switch(index, functions, x)
    return functions[int(index)](x)
