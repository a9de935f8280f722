"""Dtype policies of layers: plain, mixed precision, quantized, and one per layer path."""

from kerajax.dtype_policies._get import deserialize as deserialize
from kerajax.dtype_policies._get import get as get
from kerajax.dtype_policies._get import serialize as serialize
from kerajax.dtype_policies._get import set_dtype_policy as set_dtype_policy
from kerajax.dtype_policies._map import DTypePolicyMap as DTypePolicyMap
from kerajax.dtype_policies._policy import DTypePolicy as DTypePolicy
from kerajax.dtype_policies._policy import FloatDTypePolicy as FloatDTypePolicy
from kerajax.dtype_policies._policy import dtype_policy as dtype_policy
from kerajax.dtype_policies._quantized import QUANTIZATION_MODES as QUANTIZATION_MODES
from kerajax.dtype_policies._quantized import AWQDTypePolicy as AWQDTypePolicy
from kerajax.dtype_policies._quantized import GPTQDTypePolicy as GPTQDTypePolicy
from kerajax.dtype_policies._quantized import Int4DTypePolicy as Int4DTypePolicy
from kerajax.dtype_policies._quantized import QuantizedDTypePolicy as QuantizedDTypePolicy
from kerajax.dtype_policies._quantized import (
    QuantizedFloat8DTypePolicy as QuantizedFloat8DTypePolicy,
)
