"""Residual networks whose blocks normalize first, of 50, 101 and 152 layers."""

from kerajax.applications import _build, _resnet
from kerajax.applications.imagenet_utils import decode_predictions as decode_predictions

ResNet50V2 = _resnet.model(
    *("ResNet50V2", 2, (3, 4, 6, 3)),
    "3ef43a0b657b3be2300d5770ece849e0",
    "fac2f116257151a9d068a22e544a4917",
)
ResNet101V2 = _resnet.model(
    *("ResNet101V2", 2, (3, 4, 23, 3)),
    "6343647c601c52e1368623803854d971",
    "c0ed64b8031c3730f411d2eb4eea35b5",
)
ResNet152V2 = _resnet.model(
    *("ResNet152V2", 2, (3, 8, 36, 3)),
    "a49b44d1979771252814e80f8ec446f9",
    "ed17cf2e0169df9d443503ef94b23b33",
)
preprocess_input = _build.preprocessor("tf")
