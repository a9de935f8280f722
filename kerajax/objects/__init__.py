"""Names, objects and configs: the registry, serialization, and the constructor hook."""

from kerajax.objects._code import dump_code as dump_code
from kerajax.objects._code import load_code as load_code
from kerajax.objects._configurable import Configurable as Configurable
from kerajax.objects._configurable import modern_arguments as modern_arguments
from kerajax.objects._deserialize import deserialize_keras_object as deserialize_keras_object
from kerajax.objects._lookup import lookup as lookup
from kerajax.objects._registry import find as find
from kerajax.objects._registry import get_custom_objects as get_custom_objects
from kerajax.objects._registry import get_registered_name as get_registered_name
from kerajax.objects._registry import get_registered_object as get_registered_object
from kerajax.objects._registry import public_path as public_path
from kerajax.objects._registry import publish as publish
from kerajax.objects._registry import register_keras_serializable as register_keras_serializable
from kerajax.objects._scopes import CustomObjectScope as CustomObjectScope
from kerajax.objects._scopes import EraScope as EraScope
from kerajax.objects._scopes import ObjectSharingScope as ObjectSharingScope
from kerajax.objects._scopes import SafeModeScope as SafeModeScope
from kerajax.objects._scopes import current_era as current_era
from kerajax.objects._scopes import custom_object_scope as custom_object_scope
from kerajax.objects._scopes import enable_unsafe_deserialization as enable_unsafe_deserialization
from kerajax.objects._scopes import in_safe_mode as in_safe_mode
from kerajax.objects._scopes import set_era as set_era
from kerajax.objects._serialize import serialize_argument as serialize_argument
from kerajax.objects._serialize import serialize_keras_object as serialize_keras_object
from kerajax.objects._spellings import LegacySpellingWarning as LegacySpellingWarning
from kerajax.objects._spellings import old_spellings as old_spellings
