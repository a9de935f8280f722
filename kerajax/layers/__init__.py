"""The layers."""

import importlib

from kerajax.layers._activation import Activation as Activation
from kerajax.layers._activation_layers import ELU as ELU
from kerajax.layers._activation_layers import LeakyReLU as LeakyReLU
from kerajax.layers._activation_layers import PReLU as PReLU
from kerajax.layers._activation_layers import ReLU as ReLU
from kerajax.layers._activation_layers import Softmax as Softmax
from kerajax.layers._activity_regularization import ActivityRegularization as ActivityRegularization
from kerajax.layers._adaptive_pooling import AdaptiveAveragePooling1D as AdaptiveAveragePooling1D
from kerajax.layers._adaptive_pooling import AdaptiveAveragePooling2D as AdaptiveAveragePooling2D
from kerajax.layers._adaptive_pooling import AdaptiveAveragePooling3D as AdaptiveAveragePooling3D
from kerajax.layers._adaptive_pooling import AdaptiveMaxPooling1D as AdaptiveMaxPooling1D
from kerajax.layers._adaptive_pooling import AdaptiveMaxPooling2D as AdaptiveMaxPooling2D
from kerajax.layers._adaptive_pooling import AdaptiveMaxPooling3D as AdaptiveMaxPooling3D
from kerajax.layers._attention import AdditiveAttention as AdditiveAttention
from kerajax.layers._attention import Attention as Attention
from kerajax.layers._base import InputSpec as InputSpec
from kerajax.layers._base import Layer as Layer
from kerajax.layers._batch_normalization import BatchNormalization as BatchNormalization
from kerajax.layers._bidirectional import Bidirectional as Bidirectional
from kerajax.layers._category_encoding import CategoryEncoding as CategoryEncoding
from kerajax.layers._concatenate import Concatenate as Concatenate
from kerajax.layers._concatenate import concatenate as concatenate
from kerajax.layers._conv import Conv1D as Conv1D
from kerajax.layers._conv import Conv1D as Convolution1D
from kerajax.layers._conv import Conv2D as Conv2D
from kerajax.layers._conv import Conv2D as Convolution2D
from kerajax.layers._conv import Conv3D as Conv3D
from kerajax.layers._conv import Conv3D as Convolution3D
from kerajax.layers._conv_lstm import ConvLSTM1D as ConvLSTM1D
from kerajax.layers._conv_lstm import ConvLSTM2D as ConvLSTM2D
from kerajax.layers._conv_lstm import ConvLSTM3D as ConvLSTM3D
from kerajax.layers._conv_transpose import Conv1DTranspose as Conv1DTranspose
from kerajax.layers._conv_transpose import Conv1DTranspose as Convolution1DTranspose
from kerajax.layers._conv_transpose import Conv2DTranspose as Conv2DTranspose
from kerajax.layers._conv_transpose import Conv2DTranspose as Convolution2DTranspose
from kerajax.layers._conv_transpose import Conv3DTranspose as Conv3DTranspose
from kerajax.layers._conv_transpose import Conv3DTranspose as Convolution3DTranspose
from kerajax.layers._dense import Dense as Dense
from kerajax.layers._depthwise_conv import DepthwiseConv1D as DepthwiseConv1D
from kerajax.layers._depthwise_conv import DepthwiseConv2D as DepthwiseConv2D
from kerajax.layers._discretization import Discretization as Discretization
from kerajax.layers._dot import Dot as Dot
from kerajax.layers._dot import dot as dot
from kerajax.layers._dropout import Dropout as Dropout
from kerajax.layers._dropout import SpatialDropout1D as SpatialDropout1D
from kerajax.layers._dropout import SpatialDropout2D as SpatialDropout2D
from kerajax.layers._dropout import SpatialDropout3D as SpatialDropout3D
from kerajax.layers._einsum_dense import EinsumDense as EinsumDense
from kerajax.layers._embedding import Embedding as Embedding
from kerajax.layers._gaussian import AlphaDropout as AlphaDropout
from kerajax.layers._gaussian import GaussianDropout as GaussianDropout
from kerajax.layers._gaussian import GaussianNoise as GaussianNoise
from kerajax.layers._get import deserialize as deserialize
from kerajax.layers._get import serialize as serialize
from kerajax.layers._global_pooling import GlobalAveragePooling1D as GlobalAveragePooling1D
from kerajax.layers._global_pooling import GlobalAveragePooling1D as GlobalAvgPool1D
from kerajax.layers._global_pooling import GlobalAveragePooling2D as GlobalAveragePooling2D
from kerajax.layers._global_pooling import GlobalAveragePooling2D as GlobalAvgPool2D
from kerajax.layers._global_pooling import GlobalAveragePooling3D as GlobalAveragePooling3D
from kerajax.layers._global_pooling import GlobalAveragePooling3D as GlobalAvgPool3D
from kerajax.layers._global_pooling import GlobalMaxPooling1D as GlobalMaxPool1D
from kerajax.layers._global_pooling import GlobalMaxPooling1D as GlobalMaxPooling1D
from kerajax.layers._global_pooling import GlobalMaxPooling2D as GlobalMaxPool2D
from kerajax.layers._global_pooling import GlobalMaxPooling2D as GlobalMaxPooling2D
from kerajax.layers._global_pooling import GlobalMaxPooling3D as GlobalMaxPool3D
from kerajax.layers._global_pooling import GlobalMaxPooling3D as GlobalMaxPooling3D
from kerajax.layers._group_normalization import GroupNormalization as GroupNormalization
from kerajax.layers._group_query_attention import GroupedQueryAttention as GroupQueryAttention
from kerajax.layers._gru import GRU as GRU
from kerajax.layers._gru import GRUCell as GRUCell
from kerajax.layers._hashed_crossing import HashedCrossing as HashedCrossing
from kerajax.layers._hashing import Hashing as Hashing
from kerajax.layers._identity import Identity as Identity
from kerajax.layers._image._aug_mix import AugMix as AugMix
from kerajax.layers._image._clahe import (
    ContrastLimitedAdaptiveHistogramEqualization as ContrastLimitedAdaptiveHistogramEqualization,
)
from kerajax.layers._image._histogram import AutoContrast as AutoContrast
from kerajax.layers._image._histogram import Equalization as Equalization
from kerajax.layers._image._max_num_bounding_boxes import MaxNumBoundingBoxes as MaxNumBoundingBoxes
from kerajax.layers._image._mixing import CutMix as CutMix
from kerajax.layers._image._mixing import MixUp as MixUp
from kerajax.layers._image._rand_augment import RandAugment as RandAugment
from kerajax.layers._image._random_color import RandomColorDegeneration as RandomColorDegeneration
from kerajax.layers._image._random_color import RandomGrayscale as RandomGrayscale
from kerajax.layers._image._random_color import RandomHue as RandomHue
from kerajax.layers._image._random_color import RandomSaturation as RandomSaturation
from kerajax.layers._image._random_color_jitter import RandomColorJitter as RandomColorJitter
from kerajax.layers._image._random_elastic_transform import (
    RandomElasticTransform as RandomElasticTransform,
)
from kerajax.layers._image._random_erasing import RandomErasing as RandomErasing
from kerajax.layers._image._random_flip import RandomFlip as RandomFlip
from kerajax.layers._image._random_focus import RandomGaussianBlur as RandomGaussianBlur
from kerajax.layers._image._random_focus import RandomSharpness as RandomSharpness
from kerajax.layers._image._random_levels import RandomInvert as RandomInvert
from kerajax.layers._image._random_levels import RandomPosterization as RandomPosterization
from kerajax.layers._image._random_levels import Solarization as Solarization
from kerajax.layers._image._random_light import RandomBrightness as RandomBrightness
from kerajax.layers._image._random_light import RandomContrast as RandomContrast
from kerajax.layers._image._random_perspective import RandomPerspective as RandomPerspective
from kerajax.layers._image._random_warps import RandomRotation as RandomRotation
from kerajax.layers._image._random_warps import RandomShear as RandomShear
from kerajax.layers._image._random_warps import RandomTranslation as RandomTranslation
from kerajax.layers._image._random_warps import RandomZoom as RandomZoom
from kerajax.layers._image._resizing import CenterCrop as CenterCrop
from kerajax.layers._image._resizing import RandomCrop as RandomCrop
from kerajax.layers._image._resizing import Resizing as Resizing
from kerajax.layers._input import Input as Input
from kerajax.layers._input import InputLayer as InputLayer
from kerajax.layers._integer_lookup import IntegerLookup as IntegerLookup
from kerajax.layers._lambda import Lambda as Lambda
from kerajax.layers._layer_normalization import LayerNormalization as LayerNormalization
from kerajax.layers._lstm import LSTM as LSTM
from kerajax.layers._lstm import LSTMCell as LSTMCell
from kerajax.layers._masking import Masking as Masking
from kerajax.layers._mel_spectrogram import MelSpectrogram as MelSpectrogram
from kerajax.layers._merge import Add as Add
from kerajax.layers._merge import Average as Average
from kerajax.layers._merge import Maximum as Maximum
from kerajax.layers._merge import Minimum as Minimum
from kerajax.layers._merge import Multiply as Multiply
from kerajax.layers._merge import Subtract as Subtract
from kerajax.layers._merge import add as add
from kerajax.layers._merge import average as average
from kerajax.layers._merge import maximum as maximum
from kerajax.layers._merge import minimum as minimum
from kerajax.layers._merge import multiply as multiply
from kerajax.layers._merge import subtract as subtract
from kerajax.layers._multi_head_attention import MultiHeadAttention as MultiHeadAttention
from kerajax.layers._pipeline import Pipeline as Pipeline
from kerajax.layers._pooling import AveragePooling1D as AveragePooling1D
from kerajax.layers._pooling import AveragePooling1D as AvgPool1D
from kerajax.layers._pooling import AveragePooling2D as AveragePooling2D
from kerajax.layers._pooling import AveragePooling2D as AvgPool2D
from kerajax.layers._pooling import AveragePooling3D as AveragePooling3D
from kerajax.layers._pooling import AveragePooling3D as AvgPool3D
from kerajax.layers._pooling import MaxPooling1D as MaxPool1D
from kerajax.layers._pooling import MaxPooling1D as MaxPooling1D
from kerajax.layers._pooling import MaxPooling2D as MaxPool2D
from kerajax.layers._pooling import MaxPooling2D as MaxPooling2D
from kerajax.layers._pooling import MaxPooling3D as MaxPool3D
from kerajax.layers._pooling import MaxPooling3D as MaxPooling3D
from kerajax.layers._rescaling import Rescaling as Rescaling
from kerajax.layers._reshaping import Flatten as Flatten
from kerajax.layers._reshaping import Permute as Permute
from kerajax.layers._reshaping import RepeatVector as RepeatVector
from kerajax.layers._reshaping import Reshape as Reshape
from kerajax.layers._reversible_embedding import ReversibleEmbedding as ReversibleEmbedding
from kerajax.layers._rms_normalization import RMSNormalization as RMSNormalization
from kerajax.layers._rnn import RNN as RNN
from kerajax.layers._separable_conv import SeparableConv1D as SeparableConv1D
from kerajax.layers._separable_conv import SeparableConv1D as SeparableConvolution1D
from kerajax.layers._separable_conv import SeparableConv2D as SeparableConv2D
from kerajax.layers._separable_conv import SeparableConv2D as SeparableConvolution2D
from kerajax.layers._simple_rnn import SimpleRNN as SimpleRNN
from kerajax.layers._simple_rnn import SimpleRNNCell as SimpleRNNCell
from kerajax.layers._spatial_edges import Cropping1D as Cropping1D
from kerajax.layers._spatial_edges import Cropping2D as Cropping2D
from kerajax.layers._spatial_edges import Cropping3D as Cropping3D
from kerajax.layers._spatial_edges import ZeroPadding1D as ZeroPadding1D
from kerajax.layers._spatial_edges import ZeroPadding2D as ZeroPadding2D
from kerajax.layers._spatial_edges import ZeroPadding3D as ZeroPadding3D
from kerajax.layers._spectral_normalization import SpectralNormalization as SpectralNormalization
from kerajax.layers._stacked_rnn_cells import StackedRNNCells as StackedRNNCells
from kerajax.layers._standardization import Normalization as Normalization
from kerajax.layers._stft_spectrogram import STFTSpectrogram as STFTSpectrogram
from kerajax.layers._string_lookup import StringLookup as StringLookup
from kerajax.layers._text_vectorization import TextVectorization as TextVectorization
from kerajax.layers._time_distributed import TimeDistributed as TimeDistributed
from kerajax.layers._unit_normalization import UnitNormalization as UnitNormalization
from kerajax.layers._up_sampling import UpSampling1D as UpSampling1D
from kerajax.layers._up_sampling import UpSampling2D as UpSampling2D
from kerajax.layers._up_sampling import UpSampling3D as UpSampling3D
from kerajax.layers._wrapper import Wrapper as Wrapper

# Layers made of foreign code stand on a higher floor and load their library when first used.
_ABOVE = dict.fromkeys(
    ("FlaxLayer", "JaxLayer", "TFSMLayer", "TorchModuleWrapper"), "kerajax.interop"
)


def __getattr__(name):
    if name in _ABOVE:
        return getattr(importlib.import_module(_ABOVE[name]), name)
    raise AttributeError(f"module 'kerajax.layers' has no attribute {name!r}")
