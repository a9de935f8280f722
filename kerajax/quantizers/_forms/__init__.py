"""Forms of kernels: one file for each way to store a kernel and to multiply with it.

Read `_form.py` first, then `_uses.py`; `_int8.py` is the shortest form.
"""

from kerajax.quantizers._forms._calibrate import calibrate as calibrate
from kerajax.quantizers._forms._calibrate import is_chosen as is_chosen
from kerajax.quantizers._forms._form_of import form_of as form_of
from kerajax.quantizers._forms._lora import LowRank as LowRank
from kerajax.quantizers._forms._uses import EinsumUse as EinsumUse
from kerajax.quantizers._forms._uses import MatrixUse as MatrixUse
from kerajax.quantizers._forms._uses import TableUse as TableUse
