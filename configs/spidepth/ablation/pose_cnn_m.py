# Without SPI, from monocular video alone (M).
_base_ = './spi_m.py'
model = dict(pose_net=dict(_delete_=True, type='PoseCNN'))
