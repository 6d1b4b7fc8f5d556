"""Named architectures, and models of the user's own by import path."""

from tombola.models.conv import Conv
from tombola.models.mlp import Mlp
from tombola.models.named import NamedModel, find_model
from tombola.models.registry import MODELS, NAMES, make

__all__ = ["MODELS", "NAMES", "Conv", "Mlp", "NamedModel", "find_model", "make"]
