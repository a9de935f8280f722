"""VGG with 16 layers of weights."""

from kerajax.applications import _build, _vgg
from kerajax.applications.imagenet_utils import decode_predictions as decode_predictions

VGG16 = _vgg.model(
    "VGG16",
    "vgg16",
    (2, 2, 3, 3, 3),
    "64373286793e3c8b2b4e3219cbf3544b",
    "6d6bbae143d832006294945121d1f1fc",
)
preprocess_input = _build.preprocessor("caffe")
