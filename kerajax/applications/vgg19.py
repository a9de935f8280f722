"""VGG with 19 layers of weights."""

from kerajax.applications import _build, _vgg
from kerajax.applications.imagenet_utils import decode_predictions as decode_predictions

VGG19 = _vgg.model(
    "VGG19",
    "vgg19",
    (2, 2, 4, 4, 4),
    "cbe5617147190e668d6c5d5026f83318",
    "253f8cb515780f3b799900260a226db6",
)
preprocess_input = _build.preprocessor("caffe")
