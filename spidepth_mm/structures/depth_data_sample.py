"""What travels beside the pixels: ground truth, prediction and how they were made."""

from mmengine.structures import BaseDataElement, PixelData


class DepthDataSample(BaseDataElement):
    """One image's depth, with mmseg's field names.

    Fields:
        gt_depth_map (PixelData): ``data`` is float32 (1, H, W), camera z in
            metres, 0 where there is no ground truth.
        pred_depth_map (PixelData): ``data`` is float32 (1, H, W), positive,
            at the size of the original image. Its unit is what the sample's
            metainfo ``scale_type`` says: ``'metric'`` (metres, learned from
            ground truth), ``'stereo'`` (metres, learned from a known
            baseline) or ``'unknown'`` (metres up to one factor).
        gt_dynamic_mask (PixelData): ``data`` is bool (1, H, W), of the ground
            truth's size, True on what moves by itself; where it is known.

    Metainfo (set by ``PackDepthInputs``): ``img_path``, ``source_paths``,
    ``frame_offsets``, ``ori_shape`` (H, W), ``img_shape`` (H, W), ``cam2img``
    (3, 3) of the image as packed, ``source_from_target`` (4, 4) where there
    is a stereo source, ``flip``.
    """

    @property
    def gt_depth_map(self) -> PixelData:
        return self._gt_depth_map

    @gt_depth_map.setter
    def gt_depth_map(self, value: PixelData) -> None:
        self.set_field(value, '_gt_depth_map', dtype=PixelData)

    @gt_depth_map.deleter
    def gt_depth_map(self) -> None:
        del self._gt_depth_map

    @property
    def pred_depth_map(self) -> PixelData:
        return self._pred_depth_map

    @pred_depth_map.setter
    def pred_depth_map(self, value: PixelData) -> None:
        self.set_field(value, '_pred_depth_map', dtype=PixelData)

    @pred_depth_map.deleter
    def pred_depth_map(self) -> None:
        del self._pred_depth_map

    @property
    def gt_dynamic_mask(self) -> PixelData:
        return self._gt_dynamic_mask

    @gt_dynamic_mask.setter
    def gt_dynamic_mask(self, value: PixelData) -> None:
        self.set_field(value, '_gt_dynamic_mask', dtype=PixelData)

    @gt_dynamic_mask.deleter
    def gt_dynamic_mask(self) -> None:
        del self._gt_dynamic_mask
