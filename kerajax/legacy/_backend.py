"""The functions of `K`, as `from keras import backend as K` gave them before Keras 3.

Arguments, their order and their defaults are those of Keras 2; what Keras 3 kept is among them.
`_tensor_functions.py` has what computes, `_window_functions.py` convolutions and images,
`_ctc_functions.py` what reads sequences,
`_state_functions.py` variables, the learning phase and random numbers, `_graph_functions.py` what
runs symbolic tensors, `_symbolic_gradients.py` their derivatives.
"""

from kerajax.activations import elu as elu
from kerajax.backend import backend as backend
from kerajax.backend import epsilon as epsilon
from kerajax.backend import floatx as floatx
from kerajax.backend import get_uid as get_uid
from kerajax.backend import image_data_format as image_data_format
from kerajax.backend import is_float_dtype as is_float_dtype
from kerajax.backend import is_int_dtype as is_int_dtype
from kerajax.backend import is_keras_tensor as is_keras_tensor
from kerajax.backend import is_tensor as is_tensor
from kerajax.backend import name_scope as name_scope
from kerajax.backend import reset_uids as reset_uids
from kerajax.backend import result_type as result_type
from kerajax.backend import set_epsilon as set_epsilon
from kerajax.backend import set_floatx as set_floatx
from kerajax.backend import set_image_data_format as set_image_data_format
from kerajax.backend import standardize_dtype as standardize_dtype
from kerajax.legacy._ctc_functions import ctc_batch_cost as ctc_batch_cost
from kerajax.legacy._ctc_functions import ctc_decode as ctc_decode
from kerajax.legacy._graph_functions import function as function
from kerajax.legacy._graph_functions import moving_average_update as moving_average_update
from kerajax.legacy._graph_functions import update as update
from kerajax.legacy._graph_functions import update_add as update_add
from kerajax.legacy._graph_functions import update_sub as update_sub
from kerajax.legacy._state_functions import batch_get_value as batch_get_value
from kerajax.legacy._state_functions import batch_set_value as batch_set_value
from kerajax.legacy._state_functions import constant as constant
from kerajax.legacy._state_functions import dropout as dropout
from kerajax.legacy._state_functions import eval as eval
from kerajax.legacy._state_functions import eye as eye
from kerajax.legacy._state_functions import get_value as get_value
from kerajax.legacy._state_functions import image_dim_ordering as image_dim_ordering
from kerajax.legacy._state_functions import in_test_phase as in_test_phase
from kerajax.legacy._state_functions import in_train_phase as in_train_phase
from kerajax.legacy._state_functions import is_placeholder as is_placeholder
from kerajax.legacy._state_functions import is_variable as is_variable
from kerajax.legacy._state_functions import learning_phase as learning_phase
from kerajax.legacy._state_functions import ones as ones
from kerajax.legacy._state_functions import placeholder as placeholder
from kerajax.legacy._state_functions import random_bernoulli as random_bernoulli
from kerajax.legacy._state_functions import random_binomial as random_binomial
from kerajax.legacy._state_functions import random_normal as random_normal
from kerajax.legacy._state_functions import random_normal_variable as random_normal_variable
from kerajax.legacy._state_functions import random_uniform as random_uniform
from kerajax.legacy._state_functions import random_uniform_variable as random_uniform_variable
from kerajax.legacy._state_functions import set_image_dim_ordering as set_image_dim_ordering
from kerajax.legacy._state_functions import set_learning_phase as set_learning_phase
from kerajax.legacy._state_functions import set_value as set_value
from kerajax.legacy._state_functions import symbolic as symbolic
from kerajax.legacy._state_functions import truncated_normal as truncated_normal
from kerajax.legacy._state_functions import variable as variable
from kerajax.legacy._state_functions import zeros as zeros
from kerajax.legacy._symbolic_gradients import gradients as gradients
from kerajax.legacy._tensor_functions import arange as arange
from kerajax.legacy._tensor_functions import argmax as argmax
from kerajax.legacy._tensor_functions import argmin as argmin
from kerajax.legacy._tensor_functions import batch_dot as batch_dot
from kerajax.legacy._tensor_functions import batch_flatten as batch_flatten
from kerajax.legacy._tensor_functions import batch_normalization as batch_normalization
from kerajax.legacy._tensor_functions import binary_crossentropy as binary_crossentropy
from kerajax.legacy._tensor_functions import cast as cast
from kerajax.legacy._tensor_functions import cast_to_floatx as cast_to_floatx
from kerajax.legacy._tensor_functions import categorical_crossentropy as categorical_crossentropy
from kerajax.legacy._tensor_functions import clip as clip
from kerajax.legacy._tensor_functions import concatenate as concatenate
from kerajax.legacy._tensor_functions import count_params as count_params
from kerajax.legacy._tensor_functions import cumprod as cumprod
from kerajax.legacy._tensor_functions import cumsum as cumsum
from kerajax.legacy._tensor_functions import dot as dot
from kerajax.legacy._tensor_functions import dtype as dtype
from kerajax.legacy._tensor_functions import expand_dims as expand_dims
from kerajax.legacy._tensor_functions import flatten as flatten
from kerajax.legacy._tensor_functions import foldl as foldl
from kerajax.legacy._tensor_functions import foldr as foldr
from kerajax.legacy._tensor_functions import gather as gather
from kerajax.legacy._tensor_functions import hard_sigmoid as hard_sigmoid
from kerajax.legacy._tensor_functions import identity as identity
from kerajax.legacy._tensor_functions import in_top_k as in_top_k
from kerajax.legacy._tensor_functions import int_shape as int_shape
from kerajax.legacy._tensor_functions import is_sparse as is_sparse
from kerajax.legacy._tensor_functions import l2_normalize as l2_normalize
from kerajax.legacy._tensor_functions import map_fn as map_fn
from kerajax.legacy._tensor_functions import ndim as ndim
from kerajax.legacy._tensor_functions import (
    normalize_batch_in_training as normalize_batch_in_training,
)
from kerajax.legacy._tensor_functions import one_hot as one_hot
from kerajax.legacy._tensor_functions import ones_like as ones_like
from kerajax.legacy._tensor_functions import permute_dimensions as permute_dimensions
from kerajax.legacy._tensor_functions import pow as pow
from kerajax.legacy._tensor_functions import print_tensor as print_tensor
from kerajax.legacy._tensor_functions import relu as relu
from kerajax.legacy._tensor_functions import repeat as repeat
from kerajax.legacy._tensor_functions import repeat_elements as repeat_elements
from kerajax.legacy._tensor_functions import reshape as reshape
from kerajax.legacy._tensor_functions import reverse as reverse
from kerajax.legacy._tensor_functions import shape as shape
from kerajax.legacy._tensor_functions import slice as slice
from kerajax.legacy._tensor_functions import (
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
)
from kerajax.legacy._tensor_functions import sqrt as sqrt
from kerajax.legacy._tensor_functions import squeeze as squeeze
from kerajax.legacy._tensor_functions import std as std
from kerajax.legacy._tensor_functions import switch as switch
from kerajax.legacy._tensor_functions import tile as tile
from kerajax.legacy._tensor_functions import to_dense as to_dense
from kerajax.legacy._tensor_functions import var as var
from kerajax.legacy._tensor_functions import zeros_like as zeros_like
from kerajax.legacy._window_functions import bias_add as bias_add
from kerajax.legacy._window_functions import conv1d as conv1d
from kerajax.legacy._window_functions import conv2d as conv2d
from kerajax.legacy._window_functions import conv2d_transpose as conv2d_transpose
from kerajax.legacy._window_functions import conv3d as conv3d
from kerajax.legacy._window_functions import conv3d_transpose as conv3d_transpose
from kerajax.legacy._window_functions import depthwise_conv2d as depthwise_conv2d
from kerajax.legacy._window_functions import local_conv1d as local_conv1d
from kerajax.legacy._window_functions import local_conv2d as local_conv2d
from kerajax.legacy._window_functions import pool2d as pool2d
from kerajax.legacy._window_functions import pool3d as pool3d
from kerajax.legacy._window_functions import resize_images as resize_images
from kerajax.legacy._window_functions import resize_volumes as resize_volumes
from kerajax.legacy._window_functions import separable_conv1d as separable_conv1d
from kerajax.legacy._window_functions import separable_conv2d as separable_conv2d
from kerajax.legacy._window_functions import spatial_2d_padding as spatial_2d_padding
from kerajax.legacy._window_functions import spatial_3d_padding as spatial_3d_padding
from kerajax.legacy._window_functions import temporal_padding as temporal_padding
from kerajax.legacy.windows import normalize_data_format as normalize_data_format
from kerajax.ops import abs as abs
from kerajax.ops import all as all
from kerajax.ops import any as any
from kerajax.ops import cos as cos
from kerajax.ops import equal as equal
from kerajax.ops import exp as exp
from kerajax.ops import greater as greater
from kerajax.ops import greater_equal as greater_equal
from kerajax.ops import less as less
from kerajax.ops import less_equal as less_equal
from kerajax.ops import log as log
from kerajax.ops import logsumexp as logsumexp
from kerajax.ops import max as max
from kerajax.ops import maximum as maximum
from kerajax.ops import mean as mean
from kerajax.ops import min as min
from kerajax.ops import minimum as minimum
from kerajax.ops import not_equal as not_equal
from kerajax.ops import prod as prod
from kerajax.ops import rnn as rnn
from kerajax.ops import round as round
from kerajax.ops import sigmoid as sigmoid
from kerajax.ops import sign as sign
from kerajax.ops import sin as sin
from kerajax.ops import size as size
from kerajax.ops import softmax as softmax
from kerajax.ops import softplus as softplus
from kerajax.ops import softsign as softsign
from kerajax.ops import square as square
from kerajax.ops import stack as stack
from kerajax.ops import stop_gradient as stop_gradient
from kerajax.ops import sum as sum
from kerajax.ops import tanh as tanh
from kerajax.ops import transpose as transpose
from kerajax.utils import clear_session as clear_session

# Keras 1 had these names.
lesser = less
lesser_equal = less_equal
deconv2d = conv2d_transpose
get_variable_shape = int_shape
pack = stack
