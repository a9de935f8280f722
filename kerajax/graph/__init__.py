"""Graphs of operations, tracking of state, and the seam to pure functions."""

from kerajax.graph._function import Function as Function
from kerajax.graph._function import check_symbolic as check_symbolic
from kerajax.graph._function import clone_graph as clone_graph
from kerajax.graph._function import node_of as node_of
from kerajax.graph._function import sort_nodes as sort_nodes
from kerajax.graph._function import standardize_input as standardize_input
from kerajax.graph._loose import loose_among as loose_among
from kerajax.graph._loose import loose_in as loose_in
from kerajax.graph._loose import set_loose as set_loose
from kerajax.graph._operations import keras_module_of as keras_module_of
from kerajax.graph._pure import abstract_call as abstract_call
from kerajax.graph._pure import abstract_call_as as abstract_call_as
from kerajax.graph._pure import equal_call as equal_call
from kerajax.graph._pure import pure as pure
from kerajax.graph._pure import remat_call as remat_call
from kerajax.graph._pure import with_values as with_values
from kerajax.graph._repeats import repeats_in as repeats_in
from kerajax.graph._repeats import told as told
from kerajax.graph._tracking import UNTRACKABLE as UNTRACKABLE
from kerajax.graph._tracking import DotNotTrackScope as DotNotTrackScope
from kerajax.graph._tracking import Tracker as Tracker
