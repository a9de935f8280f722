"""The residual network of 50 layers under the path it has had since Keras 1."""

from kerajax.applications.resnet import ResNet50 as ResNet50
from kerajax.applications.resnet import decode_predictions as decode_predictions
from kerajax.applications.resnet import preprocess_input as preprocess_input
