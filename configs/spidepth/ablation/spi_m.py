# With SPI, from monocular video alone (M).
_base_ = './spi_ms.py'
train_dataloader = dict(dataset=dict(frame_offsets=(-1, 1)))
# Depth is known up to a factor: nothing is measured in metres.
test_evaluator = _base_.test_evaluator[:1]
