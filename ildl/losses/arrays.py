"""What NumPy arrays and PyTorch tensors have in common: functions of labels alone take either, and give the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from array_api_compat import array_namespace, device

if TYPE_CHECKING:
    from typing import TypeVar

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    Labels = TypeVar("Labels", Tensor, NDArray[np.float64])


def namespace(x: Any) -> Any:
    """Functions of the array API standard for an array of this kind.

    Parameters
    ----------
    x : ndarray or Tensor

    Returns
    -------
    module
    """
    return array_namespace(x)


def xlogx(x: Labels) -> Labels:
    """Return x ln x, with 0 ln 0 = 0.

    Parameters
    ----------
    x : ndarray or Tensor
        Not negative.

    Returns
    -------
    ndarray or Tensor
    """
    xp = array_namespace(x)
    return x * xp.log(xp.where(x > 0, x, xp.ones_like(x)))


def indices(x: Any) -> Any:
    """Return 0, 1, ... for the last dimension, where x is.

    Parameters
    ----------
    x : ndarray or Tensor, shape (..., c)

    Returns
    -------
    ndarray or Tensor of int, shape (c,)
    """
    return array_namespace(x).arange(x.shape[-1], device=device(x))
