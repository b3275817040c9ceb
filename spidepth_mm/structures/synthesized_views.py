"""What a self-supervised loss sees: the target, and what the sources say it should be."""

from dataclasses import dataclass
from typing import Optional, Tuple, Union

from torch import Tensor


@dataclass(frozen=True)
class SynthesizedViews:
    """A batch of targets with S source frames warped into each.

    Attributes:
        target (Tensor): (B, 3, H, W), clean RGB in [0, 1].
        sources (Tensor): (B, S, 3, H, W), the unwarped sources, RGB in [0, 1].
        warped (Tensor): (B, S, 3, H, W), each source sampled where the depth
            and the pose say that the target's pixels are.
        valid (Tensor): (B, S, 1, H, W), bool; True where the sampling point
            lies inside the source and in front of its camera.
        depth (Tensor): (B, 1, H, W), the target's depth at full resolution,
            camera z, positive, in metres or of unknown scale.
        prediction (Tensor, optional): (B, 1, h, w), the same before it was
            resized; None if it was not.
        scale (int): Which of the head's scales this is, 0 the finest.
        source_from_target (Tensor, optional): (B, S, 4, 4), the motions that
            the sources were warped by, in the depth's unit.
        frame_offsets (tuple): The S sources' offsets, -1, 1, 's' ..., where
            they are known.
    """

    target: Tensor
    sources: Tensor
    warped: Tensor
    valid: Tensor
    depth: Tensor
    prediction: Optional[Tensor] = None
    scale: int = 0
    source_from_target: Optional[Tensor] = None
    frame_offsets: Tuple[Union[int, str], ...] = ()
