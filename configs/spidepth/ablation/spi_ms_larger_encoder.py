# With SPI and a depth encoder of two and a half times the weights, ConvNeXtV2-Pico.
_base_ = './spi_ms.py'
model = dict(backbone=dict(arch='pico'), neck=dict(in_channels=[64, 128, 256, 512]))
