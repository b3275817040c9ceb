from .photometric_loss import PhotometricLoss
from .silog_loss import SILogLoss
from .smoothness_loss import EdgeAwareSmoothnessLoss

__all__ = ['EdgeAwareSmoothnessLoss', 'PhotometricLoss', 'SILogLoss']
