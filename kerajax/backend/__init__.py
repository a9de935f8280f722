"""The JAX floor: settings, dtypes, variables, symbolic tensors, scopes and shape inference."""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.backend._allocator import dispatch_synchronously as _dispatch_synchronously
from kerajax.backend._allocator import keep_freed_memory as _keep_freed_memory
from kerajax.backend._arrays import as_array as as_array
from kerajax.backend._arrays import cast as cast
from kerajax.backend._arrays import convert_to_numpy as convert_to_numpy
from kerajax.backend._arrays import convert_to_tensor as convert_to_tensor
from kerajax.backend._arrays import filled as filled
from kerajax.backend._arrays import is_array_like as is_array_like
from kerajax.backend._arrays import is_sparse as is_sparse
from kerajax.backend._arrays import is_tensor as is_tensor
from kerajax.backend._arrays import is_traced as is_traced
from kerajax.backend._arrays import shape_of as shape_of
from kerajax.backend._arrays import to_dense as to_dense
from kerajax.backend._assign_unshared import assign_unshared as assign_unshared
from kerajax.backend._compilation_cache import (
    compilation_cache_from_environment as _compilation_cache_from_environment,
)
from kerajax.backend._config import backend as backend
from kerajax.backend._config import epsilon as epsilon
from kerajax.backend._config import floatx as floatx
from kerajax.backend._config import image_data_format as image_data_format
from kerajax.backend._config import keras_home as keras_home
from kerajax.backend._config import set_epsilon as set_epsilon
from kerajax.backend._config import set_floatx as set_floatx
from kerajax.backend._config import set_image_data_format as set_image_data_format
from kerajax.backend._config import standardize_data_format as standardize_data_format
from kerajax.backend._devices import device as device
from kerajax.backend._dtypes import canonical_dtype as canonical_dtype
from kerajax.backend._dtypes import dtype_of as dtype_of
from kerajax.backend._dtypes import is_float_dtype as is_float_dtype
from kerajax.backend._dtypes import is_int_dtype as is_int_dtype
from kerajax.backend._dtypes import result_type as result_type
from kerajax.backend._dtypes import standardize_dtype as standardize_dtype
from kerajax.backend._equal_calls import call_once as call_once
from kerajax.backend._equal_calls import equal_calls_once as equal_calls_once
from kerajax.backend._graph_values import graph_values as graph_values
from kerajax.backend._graph_values import value_of_symbol as value_of_symbol
from kerajax.backend._graph_values import values_kept as values_kept
from kerajax.backend._graph_values import with_graph_values as with_graph_values
from kerajax.backend._host_memory import check_reaches_host as check_reaches_host
from kerajax.backend._host_memory import to_host as to_host
from kerajax.backend._infer import infer as infer
from kerajax.backend._infer import infer_as as infer_as
from kerajax.backend._infer import infer_once as infer_once
from kerajax.backend._keras_tensor import KerasTensor as KerasTensor
from kerajax.backend._keras_tensor import Node as Node
from kerajax.backend._keras_tensor import any_keras_tensor as any_keras_tensor
from kerajax.backend._keras_tensor import is_keras_tensor as is_keras_tensor
from kerajax.backend._keras_tensor import keras_tensors_in as keras_tensors_in
from kerajax.backend._keras_tensor import standardize_shape as standardize_shape
from kerajax.backend._masks import get_keras_mask as get_keras_mask
from kerajax.backend._masks import set_keras_mask as set_keras_mask
from kerajax.backend._remat import RematMode as RematMode
from kerajax.backend._remat import RematScope as RematScope
from kerajax.backend._remat import get_current_remat_mode as get_current_remat_mode
from kerajax.backend._remat import on_host as on_host
from kerajax.backend._remat import remat as remat
from kerajax.backend._remat import remat_from_host as remat_from_host
from kerajax.backend._scopes import AutocastScope as AutocastScope
from kerajax.backend._scopes import LaterValuesScope as LaterValuesScope
from kerajax.backend._scopes import StatelessScope as StatelessScope
from kerajax.backend._scopes import SymbolicScope as SymbolicScope
from kerajax.backend._scopes import VariableMeterScope as VariableMeterScope
from kerajax.backend._scopes import auto_name as auto_name
from kerajax.backend._scopes import context as context
from kerajax.backend._scopes import current_path as current_path
from kerajax.backend._scopes import detached_names as detached_names
from kerajax.backend._scopes import get_autocast_dtype as get_autocast_dtype
from kerajax.backend._scopes import get_stateless_scope as get_stateless_scope
from kerajax.backend._scopes import get_uid as get_uid
from kerajax.backend._scopes import in_stateless_scope as in_stateless_scope
from kerajax.backend._scopes import in_symbolic_scope as in_symbolic_scope
from kerajax.backend._scopes import meter_memory as meter_memory
from kerajax.backend._scopes import name_scope as name_scope
from kerajax.backend._scopes import reset_uids as reset_uids
from kerajax.backend._scopes import variable_meter as variable_meter
from kerajax.backend._session import clear_session as clear_session
from kerajax.backend._stacks import Stack as Stack
from kerajax.backend._stacks import for_each_row as for_each_row
from kerajax.backend._stacks import loops_cost_threads as loops_cost_threads
from kerajax.backend._stacks import over_rows as over_rows
from kerajax.backend._tensorflow_graphs import as_tensorflow_op as as_tensorflow_op
from kerajax.backend._tensorflow_graphs import in_tensorflow_graph as in_tensorflow_graph
from kerajax.backend._variable import Variable as Variable

# Before the first computation, when XLA starts its threads.
_keep_freed_memory()
_dispatch_synchronously()
_compilation_cache_from_environment()

__getattr__ = _names_elsewhere(__name__)
