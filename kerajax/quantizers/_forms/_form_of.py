"""The form of a kernel for each mode."""

from kerajax.quantizers._forms._awq import AWQ
from kerajax.quantizers._forms._float8 import Float8
from kerajax.quantizers._forms._gptq import GPTQ
from kerajax.quantizers._forms._int4 import Int4, Int4Reverse
from kerajax.quantizers._forms._int8 import Int8

_FORMS = {form.mode: form for form in (Int8, Int4, Float8, GPTQ, AWQ)}


def form_of(mode, layer, use, config=None):
    """A new form of a layer's kernel, whose variables `build` makes.

    Args:
        mode: String.
        layer: The layer.
        use: How it uses its kernel.
        config: `QuantizationConfig` or None; the dtype policy of the layer then has the settings.
    """
    form = _FORMS[mode]
    if form is Int4 and use.attribute == "reverse_embeddings":
        form = Int4Reverse
    return form(layer, use, config)
