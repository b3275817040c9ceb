"""One target of a stereo recording with its sources, KITTI raw or odometry."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence

import numpy as np

from .file_index import FileIndex
from .frame_offsets import STEREO, FrameOffset


def stereo_sample(files: FileIndex, frame_offsets: Sequence[FrameOffset], folder: str,
                  partner_folder: str, frame: int, digits: int,
                  cam2img: Optional[np.ndarray],
                  partner_from_target: Optional[np.ndarray]) -> Dict[str, Any]:
    """Paths and geometry of a sample, whether or not its files exist.

    Args:
        files (FileIndex): What lies on the disk.
        frame_offsets (Sequence): Normalised offsets of the sources.
        folder, partner_folder (str): Images of the target's camera and of
            the other one.
        frame (int): The target's number.
        digits (int): Width of the file names.
        cam2img (np.ndarray, optional): (3, 3) pixels; None for a recording
            that is not there.
        partner_from_target (np.ndarray, optional): (4, 4) metres.
    """

    def image(of_folder: str, number: int) -> str:
        return files.image(of_folder, f'{number:0{digits}d}')

    sample = dict(
        img_path=image(folder, frame),
        source_paths=[
            image(partner_folder, frame) if offset == STEREO else image(folder, frame + offset)
            for offset in frame_offsets
        ],
        frame_offsets=list(frame_offsets),
        cam2img=cam2img)
    if STEREO in frame_offsets:
        sample['source_from_target'] = partner_from_target
    return sample
