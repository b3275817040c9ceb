"""Depth of pictures with an exported model: needs numpy, OpenCV and ONNX Runtime, nothing else.

  python onnx_inference.py model.onnx picture.jpg another.png --out depth

writes for each picture NAME_depth.npy, float32 at the picture's size, and NAME_depth.png to look
at. Copy this file to wherever the model runs.
"""

import argparse
import os
import sys
import time

import cv2
import numpy as np
import onnxruntime


class DepthModel:
    """An ONNX file written by tools/deployment/export_onnx.py."""

    def __init__(self, path, threads=0):
        if not os.path.isfile(path):
            raise FileNotFoundError(f'No such model: {path}')
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = threads
        available = onnxruntime.get_available_providers()
        wanted = ('CUDAExecutionProvider', 'CPUExecutionProvider')
        self.session = onnxruntime.InferenceSession(
            path, settings, providers=[name for name in wanted if name in available])
        self.metadata = self.session.get_modelmeta().custom_metadata_map
        self.input = self.session.get_inputs()[0]
        self.height, self.width = self.input.shape[2:]

    def __call__(self, image):
        """(H, W, 3) uint8 BGR, as OpenCV reads it, to depth (H, W) float32."""
        height, width = image.shape[:2]
        shrinks = self.width < 0.75 * width
        method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        small = cv2.resize(image, (self.width, self.height), interpolation=method)
        planes = np.ascontiguousarray(small[:, :, ::-1].transpose(2, 0, 1)[None])  # RGB
        if self.input.type == 'tensor(float)':
            planes = planes.astype(np.float32) / 255
        depth = self.session.run(None, {self.input.name: planes})[0][0, 0]
        return cv2.resize(depth, (width, height), interpolation=cv2.INTER_LINEAR)


def read_image(path):
    """(H, W, 3) uint8 BGR; None if it is no picture. Unicode paths too."""
    try:
        content = np.fromfile(path, np.uint8)
    except OSError:
        return None
    return cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None


def colorize(depth):
    """(H, W) to (H, W, 3) uint8 BGR: near is bright."""
    disparity = 1 / np.maximum(depth, 1e-6)
    low, high = np.percentile(disparity, (2, 98))
    level = np.clip((disparity - low) / max(high - low, 1e-6), 0, 1)
    return cv2.applyColorMap(np.round(255 * level).astype(np.uint8), cv2.COLORMAP_MAGMA)


def save(depth, stem):
    np.save(f'{stem}_depth.npy', depth)
    cv2.imencode('.png', colorize(depth))[1].tofile(f'{stem}_depth.png')


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('model', help='the .onnx file')
    parser.add_argument('images', nargs='+', help='pictures')
    parser.add_argument('--out', default='depth', help='folder for the results (default: depth)')
    parser.add_argument('--threads', type=int, default=0, help='processor threads (default: all)')
    return parser.parse_args()


def main():
    args = parse_args()
    try:
        model = DepthModel(args.model, args.threads)
        os.makedirs(args.out, exist_ok=True)
    except Exception as error:  # ONNX Runtime's exceptions have no common base
        sys.exit(f'error: {error}')
    scale = model.metadata.get('scale_type', 'unknown')
    print('depth is ' + ('up to a factor' if scale == 'unknown' else f'in metres ({scale})'))
    failed = []
    for path in args.images:
        image = read_image(path)
        if image is None:
            failed.append(path)
            print(f'{path}: cannot be read')
            continue
        start = time.perf_counter()
        depth = model(image)
        took = time.perf_counter() - start
        save(depth, os.path.join(args.out, os.path.splitext(os.path.basename(path))[0]))
        print(f'{path}: {depth.min():.2f} to {depth.max():.2f}, {1e3 * took:.0f} ms')
    if failed:
        sys.exit(f'{len(failed)} of {len(args.images)} pictures failed: {", ".join(failed)}')


if __name__ == '__main__':
    main()
