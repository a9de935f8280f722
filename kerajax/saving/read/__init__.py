"""Reading model files to inert records: dicts, lists, strings and lazy arrays.

`open_model_file` is the entrance. What comes out has been checked against a `Budget` and holds
nothing that runs; `kerajax.saving` builds objects from it.
"""

from ._archive import Archive as Archive
from ._archive import Asset as Asset
from ._budget import Budget as Budget
from ._budget import Meter as Meter
from ._budget import size as size
from ._container import identify as identify
from ._era import Writer as Writer
from ._era import writer_of as writer_of
from ._errors import BrokenFileError as BrokenFileError
from ._errors import MissingFileError as MissingFileError
from ._errors import UnreadableFileError as UnreadableFileError
from ._errors import UnsafeFileError as UnsafeFileError
from ._json import parse_json as parse_json
from ._legacy_h5 import LayerWeights as LayerWeights
from ._legacy_h5 import LegacyFile as LegacyFile
from ._open import Architecture as Architecture
from ._open import open_model_file as open_model_file
from ._progress import advance as advance
from ._progress import progress_to as progress_to
from ._records import Group as Group
from ._records import LazyArray as LazyArray
from ._sums import crc32_of as crc32_of
from ._weights_h5 import VariableGroup as VariableGroup
from ._weights_h5 import WeightsFile as WeightsFile
from ._yaml import yaml_to_json as yaml_to_json
