# With SPI and a larger depth encoder, ConvNeXtV2-Pico.
_base_ = './spi_ms.py'
model = dict(backbone=dict(arch='pico'), neck=dict(in_channels=[64, 128, 256, 512]))
