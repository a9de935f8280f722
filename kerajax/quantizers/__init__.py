"""Quantization: quantizers, configs, and the forms in which layers store their kernels."""

from kerajax.quantizers._configs import AWQConfig as AWQConfig
from kerajax.quantizers._configs import Float8QuantizationConfig as Float8QuantizationConfig
from kerajax.quantizers._configs import GPTQConfig as GPTQConfig
from kerajax.quantizers._configs import Int4QuantizationConfig as Int4QuantizationConfig
from kerajax.quantizers._configs import Int8QuantizationConfig as Int8QuantizationConfig
from kerajax.quantizers._configs import QuantizationConfig as QuantizationConfig
from kerajax.quantizers._fake import fake_quant_with_min_max_vars as fake_quant_with_min_max_vars
from kerajax.quantizers._float8 import compute_float8_amax_history as compute_float8_amax_history
from kerajax.quantizers._float8 import compute_float8_scale as compute_float8_scale
from kerajax.quantizers._float8 import quantize_and_dequantize as quantize_and_dequantize
from kerajax.quantizers._get import deserialize as deserialize
from kerajax.quantizers._get import get as get
from kerajax.quantizers._get import serialize as serialize
from kerajax.quantizers._grouped import (
    abs_max_quantize_grouped_with_zero_point as abs_max_quantize_grouped_with_zero_point,
)
from kerajax.quantizers._int4 import pack_int4 as pack_int4
from kerajax.quantizers._int4 import unpack_int4 as unpack_int4
from kerajax.quantizers._quantizer import AbsMaxQuantizer as AbsMaxQuantizer
from kerajax.quantizers._quantizer import Quantizer as Quantizer
from kerajax.quantizers._quantizer import abs_max_quantize as abs_max_quantize
