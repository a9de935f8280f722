"""Nested structures: lists, tuples, dicts and their kin as trees whose leaves are everything else.

`None` is a leaf, dicts are visited in the order of their sorted keys and rebuilt in the order in
which they were written. `_nodes.py` says which types are containers and how to walk them;
the public functions are in `_api.py` and `_compare.py`.
"""

from ._api import MAP_TO_NONE as MAP_TO_NONE
from ._api import flatten as flatten
from ._api import flatten_with_path as flatten_with_path
from ._api import is_nested as is_nested
from ._api import lists_to_tuples as lists_to_tuples
from ._api import map_shape_structure as map_shape_structure
from ._api import map_structure as map_structure
from ._api import map_structure_up_to as map_structure_up_to
from ._api import pack_sequence_as as pack_sequence_as
from ._api import traverse as traverse
from ._compare import assert_same_paths as assert_same_paths
from ._compare import assert_same_structure as assert_same_structure
from ._nodes import register_tree_node_class as register_tree_node_class
