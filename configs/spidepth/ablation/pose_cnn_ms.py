# Without SPI: the standard pose net.
_base_ = './spi_ms.py'
model = dict(pose_net=dict(_delete_=True, type='PoseCNN'))
