"""Where batches come from: one class for each kind of source."""

from kerajax.training.data._arrays import ArrayData as ArrayData
from kerajax.training.data._arrays import InputsAlone as InputsAlone
from kerajax.training.data._arrays import PairAsGiven as PairAsGiven
from kerajax.training.data._arrays import ThreeAsGiven as ThreeAsGiven
from kerajax.training.data._arrays import as_arrays as as_arrays
from kerajax.training.data._arrays import as_long_as_the_first as as_long_as_the_first
from kerajax.training.data._arrays import weights_of_classes as weights_of_classes
from kerajax.training.data._arrays import with_what_is_none as with_what_is_none
from kerajax.training.data._select import is_stream as is_stream
from kerajax.training.data._select import make_data as make_data
from kerajax.training.data._select import split as split
from kerajax.training.data._streams import Loading as Loading
from kerajax.training.data._streams import StreamData as StreamData
