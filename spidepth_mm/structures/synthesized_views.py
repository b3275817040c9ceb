"""What a self-supervised loss sees: the target, and what the sources say it should be."""

from dataclasses import dataclass

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
    """

    target: Tensor
    sources: Tensor
    warped: Tensor
    valid: Tensor
    depth: Tensor
