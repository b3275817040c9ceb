# With SPI and a depth encoder of a fifth of the weights.
_base_ = './spi_ms.py'
model = dict(
    backbone=dict(arch=dict(_delete_=True, depths=[1, 1, 3, 1], channels=[24, 48, 96, 192])),
    neck=dict(in_channels=[24, 48, 96, 192]))
